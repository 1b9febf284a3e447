#!/usr/bin/env bash
# Runs the seven works for all clients and prints one markdown table.
# Usage: ./run.sh [ROUNDS] (default 150, about 4 s each)
set -euo pipefail
cd "$(dirname "$0")"
. ./machine.sh

rounds=${1:-150}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

go test -c -o "$out/bench.test" .
bench() { "$out/bench.test" -test.run '^$' -test.bench "^Benchmark($1)\$" -test.benchtime "$2"; }
# A round has a short sample of every client in every work, so that a ratio is
# between samples of the same moment; each round has another order. Many short
# samples tell more than few long ones: a shared machine's speed changes by the second.
for ((round = 1; round <= rounds; round++)); do
	export BENCH_ROUND=$round
	echo "round: $round"
	bench 'Get|Post|Error|Retry|SignedInMemory' 20ms
	# More often: two samples of one client differ by a tenth over a connection, by which
	# goroutine wakes where, and longer ones do not differ less.
	for turn in {1..5}; do
		BENCH_ROUND=$((5 * round + turn)) bench 'Loopback|Signed' 40ms
	done
	bench Parallel 3000x # a count, so that the connections are opened once
done >"$out/works.txt"

if [[ -n ${BENCH_KEEP:-} ]]; then # for benchstat, and for whoever doubts
	cp "$out/works.txt" "$BENCH_KEEP"
fi
machine "./run.sh $rounds"
go run ./cmd/table works "$out/works.txt"
