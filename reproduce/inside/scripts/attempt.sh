#!/bin/bash
# PID 1 of an attempt: runs precheck and test and writes down how they ended.
# It is never the reproducer itself, because a process that is PID 1 survives
# signals that would end it.
nonce=$1
step=start
job=/almatriage/job
out=/almatriage/out
umask 077
. "$job/lib.sh"

# No core files, and no file larger than $2 KiB. Not by podman's --ulimit, which
# would take away the defaults that its configuration sets.
ulimit -c 0
[ "$2" -gt 0 ] && ulimit -f "$2"

export LC_ALL=C.UTF-8 TZ=UTC HOME=/root

# run SCRIPT: runs a script of the recipe's in its directory, with its variables.
# They may have the names of ours, and are only set around the script. What this
# shell says of one that a signal ended is not the script's word.
run() {
	exec 8>&2
	{
		(
			exec 2>&8 8>&-
			set -- "$BASH" "$1" "$job/environment.sh"
			. "$3"
			exec "$1" "$2"
		)
	} 2>/dev/null
}
cd "$job/files" || finish 126

mark syntax
for script in precheck test; do
	bash -n "$job/$script.sh" || finish 2
done

if [ -s "$job/precheck.sh" ]; then
	mark precheck
	run "$job/precheck.sh" 9>&2 || finish $?
fi

# Whoever runs a command that is not there has a broken test, whatever its exit
# status: "missing | grep x" looks like a bug.
command_not_found_handle() {
	printf '%s\n' "$1" >>/almatriage/out/missing
	printf '%s: line %s: %s: command not found\n' "${BASH_SOURCE[1]:-bash}" "${BASH_LINENO[0]}" "$1" >&2
	return 127
}
export -f command_not_found_handle

mark test
run "$job/test.sh" 9>"$out/trace"
finish $?
