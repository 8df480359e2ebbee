#!/bin/sh
# Runs the benchmarks, once each unless told otherwise.
#
# usage: bench.sh [ARGUMENT...]
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

if [ $# -eq 0 ]; then
	set -- -benchtime 1x ./...
fi
go test -run '^$' -bench . "$@"
