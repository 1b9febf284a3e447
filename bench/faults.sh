#!/usr/bin/env bash
# Simulates, in fake time, what small faults cost callers, and prints a markdown table.
# About half a minute.
set -euo pipefail
cd "$(dirname "$0")"
. ./machine.sh

# The test's own lines go to stderr where it fails.
table=$(go test ./faults -count 1 -run '^TestFaults$' -v -faults) || {
	echo "$table" >&2
	exit 1
}
machine "./faults.sh"
grep '^|' <<<"$table"
