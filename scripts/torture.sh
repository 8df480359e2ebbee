#!/bin/sh
# Runs all tests with the race detector, those that try to break it in their long
# variants, then every fuzz target for a minute (FUZZTIME=60s), and prints what was
# tried as a table.
# FUZZ=only leaves the tests out, FUZZ=no the targets.
#
# usage: torture.sh [PACKAGE...]
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

fuzztime=${FUZZTIME:-60s}
timeout=${TIMEOUT:-3h}
if [ $# -eq 0 ]; then
	set -- ./...
fi
scripts/setup.sh test
log=$(mktemp)
table=$(mktemp)
trap 'rm -f "$log" "$table"' EXIT
failed=

# row adds one to the table.
row() { printf '| %s | %s | %s | %s |\n' "$1" "$2" "$3" "$4" >>"$table"; }

# tests runs the long variants of a package's tests. Those that count what they
# try print TRIED, their name and a number.
tests() {
	say "== $1"
	result=passed
	if ! ALMATRIAGE_TORTURE=1 go test -v -count 1 -timeout "$timeout" "$1" >"$log" 2>&1; then
		result=FAILED
		failed="$failed $1"
		grep -v '^=== ' "$log" >&2 || :
	fi
	row "$1" 'all tests' "$(grep -c '^--- ' "$log" || :) tests" "$result"
	# A test may count more than once.
	sed -n 's/.*TRIED \([^ ]*\) \([0-9]*\)$/\1 \2/p' "$log" |
		awk '{ n[$1] += $2 } END { for (name in n) print name, n[name] }' | sort |
		while read -r name n; do
			result=passed
			if grep -q "^ *--- FAIL: $name " "$log"; then
				result=FAILED
			fi
			row "$1" "$name" "$n" "$result"
		done
}

if [ "${FUZZ:-}" != only ]; then
	result=passed
	if ! ALMATRIAGE_RACE=1 CGO_ENABLED=1 go test -race -timeout "$timeout" "$@"; then
		result=FAILED
		failed="$failed race"
	fi
	row "$*" 'race detector' 'all tests' "$result"
	for package in $(go list "$@"); do
		tests "./${package#github.com/almatriage/almatriage/}"
	done
fi
if [ "${FUZZ:-}" != no ] && ! scripts/fuzz.sh "$fuzztime" "$@" >>"$table"; then
	failed="$failed fuzzing"
fi

printf '| Package | What | Tried | Result |\n| --- | --- | --- | --- |\n'
cat "$table"
if [ -n "$failed" ]; then
	say "Failed:$failed"
	exit 1
fi
