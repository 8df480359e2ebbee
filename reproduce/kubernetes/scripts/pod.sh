#!/bin/bash
# PID 1 of a pod. It does what plan.sh says: the steps that prepare, one after
# the other, and then the script that the pod is for, in this very shell.
nonce=$1
job=/almatriage/job
out=/almatriage/out
. "$job/plan.sh"
. "$job/lib.sh"
began=0 tags=()

# A pod's log is one stream. So each line says which stream it is of, and its
# number, which shows when the cluster loses one. A long line comes in pieces,
# each small enough for a pipe to take it whole.
tag() {
	LC_ALL=C exec awk -v tag="$1" '{
		for (at = 1; length($0) - at >= 3800; at += 3800) {
			printf "%s%d+%s\n", tag, ++n, substr($0, at, 3800)
			fflush()
		}
		printf "%s%d %s\n", tag, ++n, substr($0, at)
		fflush()
	}' >&3 3>&- 2>/dev/null
}

# say NAME [TEXT]: tells the engine something that is not the test's.
say() { printf '\036%s =%s\n' "$nonce" "$*"; }

# tell NAME: the file of that name in $out, line by line. It starts no process:
# after a fork bomb there may be none left.
tell() {
	local line size=0
	[ -f "$out/$1" ] && [ ! -L "$out/$1" ] || return
	while IFS= read -r -n 3600 line || [ -n "$line" ]; do
		size=$((size + ${#line} + 1))
		[ $size -gt 65536 ] && break
		say "$1" "$line"
	done <"$out/$1"
}

# leave tells all that the engine wants to know, whatever ends this shell.
leave() {
	trap - EXIT
	local ended kernel LC_ALL=C
	read -r ended _ </proc/uptime
	read -r kernel </proc/sys/kernel/osrelease
	say begin
	say machine "$HOSTTYPE $kernel"
	[ "$began" != 0 ] && say uptime "$began $ended"
	tell missing
	tell trace
	tell verdict
	say end
	say end >&2
	exec >/dev/null 2>&1
	# What the test left running may hold the streams open.
	SECONDS=0
	while kill -0 "${tags[0]}" || kill -0 "${tags[1]}"; do
		[ $SECONDS -ge 2 ] && break
	done 2>/dev/null
}

# settled tells whether the step that ran came to a good end.
settled() {
	local key value status= oom= end=
	while read -r key value; do
		case $key in
		status) status=$value ;;
		oom_kills) oom=$value ;;
		end) end=$value ;;
		esac
	done 2>/dev/null <"$out/verdict"
	[ "$end" = "$nonce" ] && [ "$status" = 0 ] && [ "$oom" = 0 ]
}

# sealed waits until the cluster keeps this pod from the network.
sealed() {
	local host=${probe%:*} port=${probe##*:} try
	if [ "$probe" = api ]; then
		host=$KUBERNETES_SERVICE_HOST port=$KUBERNETES_SERVICE_PORT
	fi
	[ -n "$host" ] && [ -n "$port" ] || return 1
	for ((try = 0; try < 30; try++)); do
		timeout 3 bash -c ': <>"/dev/tcp/$0/$1"' "$host" "$port" 2>/dev/null
		case $? in
		1 | 124) return 0 ;; # refused, or nobody answered
		0) sleep 1 ;;
		*) return 1 ;; # could not even be tried
		esac
	done
	return 1
}

if ! command -v awk >/dev/null; then
	echo "the image has no awk"
	exit 1
fi
exec 3>&1
exec > >(tag o)
tags+=($!)
exec 2> >(tag e)
tags+=($!)
exec 3>&-
trap leave EXIT

for one in "${steps[@]}"; do
	declare -n args=${one}_args
	rm -f "$out/verdict"
	bash "$job/$one.sh" "$nonce" "${args[@]}"
	settled || exit 0
done
rm -f "$out/verdict"

if [ ${#steps[@]} -gt 0 ]; then
	found=$(rpm -qa --qf '%{NEVRA}\n' | LC_ALL=C sort | sha256sum)
	found=${found%% *}
	say packages "$found"
	if [ -n "$packages" ] && [ "$packages" != "$found" ]; then
		say changed
		exit 0
	fi
fi

if [ "$network" = none ]; then
	mark network
	if [ -n "$probe" ] && ! sealed; then
		say open
		exit 0
	fi
	# Names are not found at once, instead of after a wait.
	{ : >/etc/resolv.conf; } 2>/dev/null
fi
unset ${!KUBERNETES_@}

read -r began _ </proc/uptime
case $final in
none) finish 0 ;;
shell)
	mark shell
	trap 'exit 0' TERM
	sleep 86400 &
	wait
	;;
*) . "$job/$final.sh" "$nonce" "${final_args[@]}" ;;
esac
