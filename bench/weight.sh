#!/usr/bin/env bash
# What an SDK adds to a ten-line program: to its binary, its go.sum and its build
# time. Prints a markdown table. About two minutes.
set -euo pipefail
cd "$(dirname "$0")/weight"
. ../machine.sh

programs=(nethttp ours ours-profile gitlab godo go-github)
out=$(mktemp -d)
trap 'chmod -R u+w "$out" && rm -rf "$out"' EXIT

build() { (cd "$1" && GOCACHE=$2 go build -trimpath -ldflags '-s -w' -o "$out/$1.bin" .); }
modules_in_sum() { cut -d ' ' -f 1 "$1/go.sum" 2>/dev/null | sort -u | wc -l; }
modules_listed() { (cd "$1" && go list -m all | tail -n +2 | wc -l); }
modules_built() { (cd "$1" && go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}' . | sort -u | sed '/^$/d' | wc -l); }

# The SDK in this tree is a moving target for its own little module.
for p in ours ours-profile; do
	(cd "$p" && go mod tidy)
done
for p in "${programs[@]:1}"; do # the first has no modules
	(cd "$p" && go mod download) # a build time is not a download's
done

# What the program without an SDK needs is compiled beforehand, so that a build
# time is that of what the SDK adds.
build nethttp "$out/cache"
plain=$(wc -c <"$out/nethttp.bin")

machine "./weight.sh"
echo "| program | stripped binary | added | modules compiled in | modules in go.sum | modules listed | build time |"
echo "|---|---:|---:|---:|---:|---:|---:|"
for p in "${programs[@]}"; do
	cp -r "$out/cache" "$out/cache-$p"
	begun=$(date +%s%N)
	build "$p" "$out/cache-$p"
	ms=$((($(date +%s%N) - begun) / 1000000))
	rm -rf "$out/cache-$p"
	size=$(wc -c <"$out/$p.bin")
	printf '| %s | %d KB | %+d KB | %d | %d | %d | %d.%d s |\n' "$p" $((size / 1000)) $(((size - plain) / 1000)) \
		"$(modules_built "$p")" "$(modules_in_sum "$p")" "$(modules_listed "$p")" $((ms / 1000)) $((ms % 1000 / 100))
done
echo
# Who has no profile does not carry the templates.
templates() { (cd "$1" && go build -o "$out/symbols" . && go tool nm "$out/symbols" | grep -c 'internal/wire\.Compile$' || true); }
echo "Compiled in are the templates of a profile: ours $(templates ours), ours-profile $(templates ours-profile)."
added=$(($(wc -c <"$out/ours.bin") - plain))
if ((added <= 600000)); then verdict=met; else verdict=missed; fi
echo "Goal for ours, at most +600 KB: $verdict."
