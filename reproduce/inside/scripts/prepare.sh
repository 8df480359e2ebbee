#!/bin/bash
# Makes a prepared image of a base layer: the recipe's script, then its packages.
nonce=$1
step=start
job=/almatriage/job
out=/almatriage/out
. "$job/lib.sh"
shift
export LC_ALL=C.UTF-8 TZ=UTC HOME=/root

if [ -s "$job/recipe.sh" ]; then
	mark prepare
	(
		# The recipe's variables may have the names of ours.
		set -- "$BASH" "$job/recipe.sh" "$job/environment.sh"
		cd "$job/files" || exit
		. "$3"
		exec "$1" "$2" 9>&2
	) || finish $?
fi
if [ $# -gt 0 ]; then
	mark require
	dnf -y --setopt=install_weak_deps=False --setopt=tsflags=nodocs install -- "$@" || finish $?
fi
finish 0
