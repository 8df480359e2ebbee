#!/bin/bash
# Runs a recipe's test and tells tmt what it means, in $TMT_TEST_DATA/results.yaml
# (result: custom). To tmt the bug that shows is a failure:
#
#	the bug shows            fail
#	it does not show         pass
#	the test cannot tell     skip
#	a person must judge      info
#	it hangs, and a hang is  warn: the other side must show how long it takes
#	the test is broken here  error
#
# Written by almatriage; almatriage import --tmt reads the results back.
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd) || exit 2
recipe=$here/recipe
work=$(mktemp -d) || exit 2
: "${TMT_TEST_DATA:?is not set: tmt runs this script}"
. "$recipe/settings.sh"
. "$here/read.sh"

export LC_ALL=C.UTF-8 TZ=UTC HOME=/root ALMATRIAGE_MISSING=$work/missing
ulimit -c 0
: >"$work/missing" >"$work/stdout" >"$work/stderr"
end=exited step=syntax status=0 matched=0 missing= surroundings= SECONDS=0

# limited SCRIPT: runs a script in what is left of the limit, and ends all that
# it began when that is over. Puts its exit status in $status. The recipe's own
# variables, which may have any name, are only set around the script.
limited() {
	local pid dog left=$((limit - SECONDS))
	set -m
	(
		set -- "$BASH" "$1" "$recipe/environment.sh"
		cd "$recipe/files" || exit 126
		. "$3"
		exec "$1" "$2"
	) 9>"$work/trace" >"$work/stdout" 2>"$work/stderr" </dev/null &
	pid=$!
	(
		sleep "$((left > 0 ? left : 1))"
		: >"$work/late"
		kill -KILL -- -"$pid"
	) >/dev/null 2>&1 &
	dog=$!
	wait "$pid"
	status=$?
	kill -KILL -- -"$dog" -"$pid"
	wait "$dog"
	set +m
	if [ -e "$work/late" ] && [ "$status" -eq 137 ]; then
		end=timeout status=0
	fi
} 2>/dev/null

# search: looks for the recipe's pattern, line by line, in the test's own output.
search() {
	local from count
	[ "$oracle" = output ] || return
	for from in ${stream:-stdout stderr}; do
		count=$(grep -acP -f "$recipe/pattern" "$work/$from" 2>/dev/null)
		if [ $? -gt 1 ]; then
			matched=unknown
			return
		fi
		matched=$((matched + count))
	done
}

# look: finds signs that the container, not the bug, made the test fail.
look() {
	local name sign
	while IFS=$'\t' read -r name sign; do
		case ,$surroundings, in *,"$name",*) continue ;; esac
		if grep -aiqF -e "$sign" "$work/stdout" "$work/stderr"; then
			surroundings+=${surroundings:+,}$name
		fi
	done <"$here/signs"
}

# started: notes the commands that programs that start others, or a bash that has
# not our handler, did not find, by what they print.
started() {
	LC_ALL=C.UTF-8 sed -nE \
		-e "s/^(\/usr\/bin\/)?(env|nice): [‘'](.+)['’]: No such file or directory\$/\\3/p" \
		-e "s/^(\/usr\/bin\/)?(chroot|env|nice|nohup|runcon|stdbuf|timeout): failed to run command [‘'](.+)['’]: No such file or directory\$/\\3/p" \
		-e 's/^(\/usr\/bin\/)?(chrt|flock|ionice|nsenter|prlimit|runuser|setpriv|setsid|taskset|unshare): failed to execute ([^ ]+): No such file or directory$/\3/p' \
		-e 's/^(\/usr\/bin\/)?(xargs: |time: cannot run |sudo: )([^ ]+): (No such file or directory|command not found)$/\3/p' \
		-e 's/^(-?bash|sh): (eval: )?line [0-9]+: (.+): command not found$/\3/p' \
		"$work/stderr" | head -n 20 >>"$work/missing"
}

# lost: names the commands that were not found, with nothing in them that YAML
# or a terminal could take for its own.
lost() {
	local name
	while IFS= read -r name; do
		name=${name//[^A-Za-z0-9._+-]/_}
		name=${name:0:60}
		case ,$missing, in *,"$name",*) continue ;; esac
		[ "${#missing}" -lt 400 ] && missing+=${missing:+,}${name:-_}
	done <"$work/missing"
}

# tell: writes the result.
tell() {
	local target=${ALMATRIAGE_TARGET//[^A-Za-z0-9._-]/_} image=${ALMATRIAGE_IMAGE//[^A-Za-z0-9._\/:@-]/_}
	read_attempt
	tail -c 1048576 "$work/stdout"
	tail -c 1048576 "$work/stderr" >&2
	rm -rf -- "$TMT_TEST_DATA/results.yaml"
	printf '%s\n' "- name: /" "  result: $outcome" "  note:" \
		"    - \"almatriage 1 report=$report target=$target image=$image recipe=$hash oracle=$oracle_hash limit=$limit end=$end step=$step status=$status matched=$matched missing=$missing surroundings=$surroundings reading=$reading\"" \
		"    - \"$reading: $why\"" "  log: [../output.txt]" >"$TMT_TEST_DATA/results.yaml"
	printf 'almatriage: %s: %s\n' "$reading" "$why" >&2
	rm -rf -- "$work"
	exit 0
}

for script in precheck test; do
	bash -n "$recipe/$script.sh" 2>"$work/stderr" || { status=2; tell; }
done
if [ -s "$recipe/precheck.sh" ]; then
	step=precheck
	limited "$recipe/precheck.sh"
	[ "$end" = exited ] && [ "$status" -eq 0 ] || tell
fi

# Whoever runs a command that is not there has a broken test, whatever its exit
# status: "missing | grep x" looks like a bug.
command_not_found_handle() {
	printf '%s\n' "$1" >>"$ALMATRIAGE_MISSING"
	printf '%s: line %s: %s: command not found\n' "${BASH_SOURCE[1]:-bash}" "${BASH_LINENO[0]}" "$1" >&2
	return 127
}
export -f command_not_found_handle
step=test
limited "$recipe/test.sh"
started
lost
search
[ "$status" -eq 0 ] || look
tell
