#!/bin/sh
# Takes inputs that fuzzing found new ways with into testdata/fuzz, where every
# go test tries them again: of each target the newest few that are small. What
# is there under a name of its own is kept.
#
# usage: corpus.sh [INPUTS-OF-A-TARGET]
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

most=${1:-5}
module=github.com/almatriage/almatriage
cache=$(go env GOCACHE)/fuzz/$module
if [ ! -d "$cache" ]; then
	say 'Nothing was fuzzed yet; make torture FUZZ=only does it.'
	exit 1
fi
find "$cache" -mindepth 1 -type d -name 'Fuzz*' | sort | while read -r found; do
	path=${found#"$cache"/}
	kept=./${path%/*}/testdata/fuzz/${path##*/}
	# A target may be gone.
	grep -qs "^func ${path##*/}(" "./${path%/*}"/*_test.go || continue
	mkdir -p "$kept"
	find "$kept" -type f -regextype posix-extended -regex '.*/[0-9a-f]{16}' -delete
	find "$found" -type f -size -2 -printf '%T@ %p\n' | sort -rn | head -n "$most" | while read -r _ file; do
		cp "$file" "$kept/"
	done
	rmdir "$kept" 2>/dev/null || :
done
