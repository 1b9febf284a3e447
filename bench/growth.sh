#!/usr/bin/env bash
# Measures how costs grow, and prints markdown tables.
# Usage: ./growth.sh [ROUNDS] (default 5, about 20 s each)
set -euo pipefail
cd "$(dirname "$0")"
. ./machine.sh

rounds=${1:-5}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

go test -c -o "$out/bench.test" .
bench() { "$out/bench.test" -test.run '^$' -test.bench "$1" -test.benchtime "$2"; }
for ((round = 1; round <= rounds; round++)); do
	echo "round: $round"
	bench '^BenchmarkErrorBody$' 100ms
	bench '^BenchmarkGoroutines$' 500ms # so that starting 256 goroutines is no part of it
	# A process each: the runtime learns from earlier goroutines how large a
	# stack to begin with.
	for client in handwritten ours retryablehttp gitlab godo go-github; do
		bench "^BenchmarkInFlight\$/^client=$client\$" 1x
	done
	bench '^BenchmarkAtRest$' 1x
done >"$out/growth.txt"

machine "./growth.sh $rounds"
go run ./cmd/table growth "$out/growth.txt"
