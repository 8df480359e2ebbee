#!/bin/bash
# A person's shell, in the surroundings of an attempt.
job=/almatriage/job
export LC_ALL=C.UTF-8 TZ=UTC HOME=/root
cd "$job/files" || exit 126
printf 'shell\n' >/almatriage/out/step
cat "$job/test.sh" >/tmp/test.sh
printf 'The test is /tmp/test.sh; run it with: bash /tmp/test.sh\n' >&2
set -- "$BASH"
. "$job/environment.sh"
exec "$1" -i
