#!/usr/bin/env bash
# Regenerates every table of README.md and of the SDK's README, and the picture.
# About fifteen minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")"

paste() { go run ./cmd/table paste "$1" "$2" <<<"$3"; }

durations="| script | took |
|---|---:|"
for part in works:run.sh growth:growth.sh outage:outage.sh weight:weight.sh; do
	script=${part#*:}
	echo "$script …" >&2
	begun=$SECONDS
	# To a variable first: a script that fails must not leave half a table.
	table=$("./$script")
	durations+=$'\n'"| $script | $((SECONDS - begun)) s |"
	paste README.md "${part%%:*}" "$table"
	[[ $script == growth.sh ]] || paste ../README.md "${part%%:*}" "$table"
done
durations+=$'\n'"| all.sh | $SECONDS s |"
paste README.md durations "$durations"
