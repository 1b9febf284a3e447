#!/usr/bin/env bash
# Measures what limits signed calls: the signature. Prints markdown tables.
# BoringCrypto needs cgo and a C compiler, and openssl is asked where there is one; what is
# missing is left out, and said.
# Usage: ./sign.sh [ROUNDS] (default 12, about 5 s each)
set -euo pipefail
cd "$(dirname "$0")"
. ./machine.sh

rounds=${1:-12}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

builds=(go)
go test -c -o "$out/bench.test" .
go test -c -o "$out/go.test" ./signing
if CGO_ENABLED=1 GOEXPERIMENT=boringcrypto go test -c -o "$out/boringcrypto.test" ./signing 2>"$out/why"; then
	builds+=(boringcrypto)
else
	echo "BoringCrypto is left out: $(tail -n 1 "$out/why")" >&2
fi
cores=$(getconf _NPROCESSORS_ONLN)

# ask_openssl gives openssl's own figure, from n processes, as a benchmark's line. With -mr
# the line of RSA has index, bits, signatures a second, verifications a second.
ask_openssl() {
	openssl speed -mr -elapsed -seconds 1 -multi "$1" rsa2048 2>/dev/null |
		awk -F: -v n="$1" '/^\+F2:/ { printf "BenchmarkSignRate/by=openssl/n=%d 1 %s signatures/s\n", n, $4 }'
}

for ((round = 1; round <= rounds; round++)); do
	echo "round: $round"
	for build in "${builds[@]}"; do
		echo "build: $build"
		BENCH_SAMPLE=200ms "$out/$build.test" -test.run '^$' -test.bench '^BenchmarkSignRate$' -test.benchtime 1x
		"$out/$build.test" -test.run '^$' -test.bench '^BenchmarkSignPart$' -test.benchtime 50ms
	done
	echo "build: go"
	BENCH_SAMPLE=40ms "$out/bench.test" -test.run '^$' -test.bench '^BenchmarkSignedCall$' -test.benchtime 1x
	if command -v openssl >/dev/null; then
		echo "build: openssl"
		ask_openssl 1
		ask_openssl "$cores"
	fi
done >"$out/sign.txt"

machine "./sign.sh $rounds"
echo "$(openssl version 2>/dev/null || echo 'No openssl here')."
echo
go run ./cmd/table sign "$out/sign.txt"
