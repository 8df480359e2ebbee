#!/bin/bash
# Lists all versions of packages that the enabled repositories offer.
nonce=$1
step=start
job=/almatriage/job
out=/almatriage/out
. "$job/lib.sh"
shift
export LC_ALL=C.UTF-8 TZ=UTC HOME=/root

mark control
dnf -q repoquery --available --showduplicates --qf '%{name}\t%{epoch}\t%{version}\t%{release}\t%{arch}\t%{sourcerpm}' -- "$@"
finish $?
