#!/usr/bin/env bash
# Measures what a call costs the client's process over real connections, and prints
# markdown tables. The server is a process of its own.
# Usage: ./connections.sh http1|http2|signed [ROUNDS]
# (default 44 rounds of about 4 s; 24 of about 8 s for "signed")
set -euo pipefail
cd "$(dirname "$0")"
. ./machine.sh

part=${1:?http1, http2 or signed}
rounds=44
case $part in
http1) works='^proto=HTTP1$/^signed=no$' ;;
http2) works='^proto=HTTP2$/^signed=no$' ;;
signed) works='^proto=/^signed=yes$' rounds=24 ;;
*) echo "no part is called $part" >&2 && exit 2 ;;
esac
rounds=${2:-$rounds}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

go test -c -o "$out/bench.test" .
# A round is a process, with a server of its own: where memory comes to lie is drawn anew.
for ((round = 1; round <= rounds; round++)); do
	echo "round: $round"
	BENCH_ROUND=$round BENCH_SAMPLE=40ms "$out/bench.test" -test.run '^$' \
		-test.bench "^BenchmarkConnection\$/$works" -test.benchtime 1x
done >"$out/connections.txt"

if [[ -n ${BENCH_KEEP:-} ]]; then # for benchstat, and for whoever doubts
	cp "$out/connections.txt" "$BENCH_KEEP"
fi
machine "./connections.sh $part $rounds"
go run ./cmd/table connections "$out/connections.txt"
