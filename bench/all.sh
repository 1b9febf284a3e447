#!/usr/bin/env bash
# Measures everything and puts the tables into README.md, or the parts that are named.
# Under twenty minutes on two cores in all, each part under eight.
# Usage: ./all.sh [PART …], of: http1 http2 signed own growth sign faults outage weight
set -euo pipefail
cd "$(dirname "$0")"

# The commands behind the parts.
declare -A parts=(
	[http1]="./connections.sh http1"
	[http2]="./connections.sh http2"
	[signed]="./connections.sh signed"
	[own]="./own.sh"
	[growth]="./growth.sh"
	[sign]="./sign.sh"
	[faults]="./faults.sh"
	[outage]="./outage.sh"
	[weight]="./weight.sh"
)
(($#)) || set -- http1 http2 signed own growth sign faults outage weight
for part in "$@"; do
	[[ -n ${parts[$part]:-} ]] || { echo "no part is called $part" >&2 && exit 2; }
done
for part in "$@"; do
	echo "$part …" >&2
	begun=$SECONDS
	# To a variable first: a script that fails must not leave half a table.
	table=$(${parts[$part]})
	go run ./cmd/table paste README.md "$part" <<<"$table"$'\n\n'"This part took $((SECONDS - begun)) s."
	echo "$part took $((SECONDS - begun)) s" >&2
done
