#!/bin/sh
# Sets up, builds and starts the program.
#
# usage: run.sh [ARGUMENT...]
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

scripts/setup.sh run
scripts/build.sh
if [ $# -gt 0 ]; then
	exec ./almatriage "$@"
fi

exec ./almatriage

