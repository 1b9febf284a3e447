#!/usr/bin/env bash
# Measures how costs grow, and prints markdown tables.
# Usage: ./growth.sh [ROUNDS] (default 4, about 45 s each)
set -euo pipefail
cd "$(dirname "$0")"
. ./machine.sh

rounds=${1:-4}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

go test -c -o "$out/bench.test" .
bench() { "$out/bench.test" -test.run '^$' -test.bench "$1" -test.benchtime "$2"; }
for ((round = 1; round <= rounds; round++)); do
	echo "round: $round"
	bench '^BenchmarkErrorBody$' 100ms
	BENCH_SAMPLE=100ms bench '^BenchmarkGoroutines$' 1x
	for turn in {1..5}; do
		BENCH_ROUND=$((5 * round + turn)) BENCH_SAMPLE=40ms bench '^BenchmarkNewHeaders$' 1x
	done
	# A process each: the runtime learns from earlier goroutines how large a
	# stack to begin with.
	for client in handwritten ours retryablehttp gitlab godo go-github hcloud resty; do
		bench "^BenchmarkInFlight\$/^over=memory\$/^client=$client\$" 1x
		bench "^BenchmarkInFlight\$/^over=HTTP2\$/^client=$client\$" 1x
	done
	bench '^BenchmarkAtRest$' 1x
	for start in {1..5}; do
		BENCH_ROUND=$((5 * round + start)) bench '^BenchmarkColdStart$' 1x
	done
done >"$out/growth.txt"

machine "./growth.sh $rounds"
go run ./cmd/table growth "$out/growth.txt"

# Beside the first call: what the packages do before main, as the runtime tells it.
echo
echo "Before main, the SDK's packages and go-retryablehttp take:"
echo
echo "| package | time | allocated |"
echo "|---|---:|---:|"
{ BENCH_COLD=none GODEBUG=inittrace=1 "$out/bench.test" 2>&1 </dev/null || true; } | # it ends there, with an error
	awk '/^init github.com\/(fypass\/coreapi-go|hashicorp\/go-retryablehttp)/ && !/coreapi-go\/bench/ {
		printf "| %s | %s ms | %s B |\n", $2, $5, $8 }'
