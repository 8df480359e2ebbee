#!/bin/bash
# Prints the changelogs of packages, one section each.
nonce=$1
step=start
job=/almatriage/job
out=/almatriage/out
. "$job/lib.sh"
shift
export LC_ALL=C.UTF-8 TZ=UTC HOME=/root

for package in "$@"; do
	mark "$package"
	rpm -q --changelog -- "$package" || finish $?
done
mark fingerprint
finish 0
