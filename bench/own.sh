#!/usr/bin/env bash
# Measures the SDK's own part of the works, without a network, for all clients, and prints
# one markdown table.
# Usage: ./own.sh [ROUNDS] (default 60, about 1.5 s each)
set -euo pipefail
cd "$(dirname "$0")"
. ./machine.sh

rounds=${1:-60}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

go test -c -o "$out/bench.test" .
# A round has a short sample of every client in every work, so that a ratio is
# between samples of the same moment; each round has another order. Many short
# samples tell more than few long ones: a shared machine's speed changes by the second.
for ((round = 1; round <= rounds; round++)); do
	echo "round: $round"
	BENCH_ROUND=$round "$out/bench.test" -test.run '^$' -test.bench '^Benchmark(Get|Post|Error|Retry|Signed)$' -test.benchtime 20ms
done >"$out/own.txt"

if [[ -n ${BENCH_KEEP:-} ]]; then # for benchstat, and for whoever doubts
	cp "$out/own.txt" "$BENCH_KEEP"
fi
machine "./own.sh $rounds"
go run ./cmd/table own "$out/own.txt"
