# Shared by the scripts that run as PID 1.

# mark STEP: what follows on both streams belongs to it.
mark() {
	step=$1
	printf '\036%s %s\n' "$nonce" "$step"
	printf '\036%s %s\n' "$nonce" "$step" >&2
	printf '%s\n' "$step" >"$out/step"
}

# counter FILE KEY: puts a number of a cgroup's event file in $value, 0 if there
# is none. It starts no process: after a fork bomb there may be none left.
counter() {
	local name
	while read -r name value; do
		[ "$name" = "$2" ] && return
	done <"$1"
	value=0
} 2>/dev/null

# finish STATUS: writes the verdict, and a last mark on both streams. A verdict
# without its last line is none.
finish() {
	local status=$1 cgroup=/sys/fs/cgroup oom pids value
	if [ -e "$cgroup/memory.events" ]; then
		counter "$cgroup/memory.events" oom_kill
		oom=$value
		counter "$cgroup/pids.events" max
		pids=$value
	else
		counter "$cgroup/memory/memory.oom_control" oom_kill
		oom=$value
		counter "$cgroup/pids/pids.events" max
		pids=$value
	fi
	printf '%s\n' "step $step" "status $status" "oom_kills $oom" "pids_max $pids" "end $nonce" >"$out/verdict"
	printf '\036%s done\n' "$nonce"
	printf '\036%s done\n' "$nonce" >&2
	exit 0
}
