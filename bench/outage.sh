#!/usr/bin/env bash
# Simulates an outage for three ways to retry, holds the SDK to its goals, draws
# outage.svg and prints a markdown table. About a minute and a half.
set -euo pipefail
cd "$(dirname "$0")"
. ./machine.sh

# The test's own lines go to stderr where it fails.
table=$(go test ./outage -count 1 -run '^TestOutage$' -v -outage -picture "$PWD/outage.svg") || {
	echo "$table" >&2
	exit 1
}
machine "./outage.sh"
grep '^|' <<<"$table"
