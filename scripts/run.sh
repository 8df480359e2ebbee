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
# What was pulled before can be seen without a network, too.
./almatriage sync || say "Not everything could be pulled; what is here:"
exec ./almatriage list
