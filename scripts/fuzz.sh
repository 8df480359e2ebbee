#!/bin/sh
# Runs the fuzz targets of packages for a time each, as many side by side as
# there are cores, and prints a row of a table for each. A failing input is left
# in the package's testdata/fuzz.
#
# usage: fuzz.sh TIME PACKAGE...
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

fuzztime=$1
shift
module=github.com/almatriage/almatriage
cache=$(go env GOCACHE)/fuzz
cores=$(getconf _NPROCESSORS_ONLN)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each package is built once, which takes longer than a second of fuzzing.
for package in $(go list "$@"); do
	folder=.${package#"$module"}
	targets=$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$folder"/*_test.go 2>/dev/null || :)
	[ -n "$targets" ] || continue
	program=$work/$(printf '%s' "$folder" | tr / _).test
	go test -c -fuzz . -o "$program" "$package"
	for target in $targets; do
		printf '%s %s %s %s\n' "$program" "$folder" "$package" "$target" >>"$work/targets"
	done
done
[ -e "$work/targets" ] || exit 0

# fuzz runs one target.
fuzz() { # PROGRAM FOLDER PACKAGE TARGET
	log=$1.$4.log
	result=passed
	# Without a limit a new input may be made smaller for a minute.
	# Now and then the time's end is called a failure: then there is no input.
	if ! (cd "$2" && "$1" -test.run '^$' -test.fuzz "^$4\$" -test.fuzztime "$fuzztime" -test.fuzzminimizetime 0x \
		-test.parallel 1 -test.fuzzcachedir "$cache/$3") >"$log" 2>&1 &&
		! { grep -q '^ *context deadline exceeded$' "$log" && ! grep -q 'Failing input written\|panic:' "$log"; }; then
		result=FAILED
		printf ' %s:%s' "$2" "$4" >>"$work/failed"
		cat "$log" >&2
	fi
	inputs=$(sed -n 's/.* execs: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	printf '| %s | %s | %s inputs | %s |\n' "$2" "$4" "${inputs:-0}" "$result" >>"$work/rows"
}

core=0
while [ "$core" -lt "$cores" ]; do
	awk "NR % $cores == $core" "$work/targets" | while read -r program folder package target; do
		fuzz "$program" "$folder" "$package" "$target"
	done &
	core=$((core + 1))
done
wait
sort "$work/rows"
if [ -e "$work/failed" ]; then
	say "Failed:$(cat "$work/failed")"
	exit 1
fi
