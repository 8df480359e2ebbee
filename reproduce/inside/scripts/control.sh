#!/bin/bash
# Puts other versions of packages into an image, older ones too.
nonce=$1
step=start
job=/almatriage/job
out=/almatriage/out
. "$job/lib.sh"
shift
export LC_ALL=C.UTF-8 TZ=UTC HOME=/root

mark control
dnf -y --setopt=install_weak_deps=False --setopt=tsflags=nodocs --allowerasing install -- "$@"
finish $?
