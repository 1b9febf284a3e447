#!/usr/bin/env bash
# Runs the six works for all clients and prints one markdown table.
# Usage: ./run.sh [ROUNDS] (default 40, about 5 s each)
set -euo pipefail
cd "$(dirname "$0")"
. ./machine.sh

rounds=${1:-40}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

go test -c -o "$out/bench.test" .
# A round has a short sample of every client in every work, so that a ratio is
# between samples of the same few seconds; each round has another order.
for ((round = 1; round <= rounds; round++)); do
	echo "round: $round"
	BENCH_ROUND=$round "$out/bench.test" -test.run '^$' -test.benchtime 100ms \
		-test.bench '^Benchmark(Get|Post|Error|Retry|Loopback|Parallel)$'
done >"$out/works.txt"

if [[ -n ${BENCH_KEEP:-} ]]; then # for benchstat, and for whoever doubts
	cp "$out/works.txt" "$BENCH_KEEP"
fi
machine "./run.sh $rounds"
go run ./cmd/table works "$out/works.txt"
