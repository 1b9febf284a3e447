# machine prints on what and with what a table was made. Sourced by the scripts.
machine() {
	local cpu
	cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo 2>/dev/null | head -n 1)
	[[ -n $cpu ]] || cpu=$(uname -m)
	echo "$cpu, $(getconf _NPROCESSORS_ONLN) cores, $(uname -s); $(go env GOVERSION) $(go env GOOS)/$(go env GOARCH); load $(load). Command: \`$1\`."
	echo
}

# load says how busy the machine was: ratios are noisy on a busy one.
load() {
	cut -d ' ' -f 1 /proc/loadavg 2>/dev/null || echo unknown
}
