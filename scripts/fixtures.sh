#!/bin/sh
# Builds the container images that the tests use, where the tests look for
# them, and tells how to use them by hand. The tests do it by themselves.
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

scripts/setup.sh test
dir=${ALMATRIAGE_FIXTURES:-${XDG_CACHE_HOME:-$HOME/.cache}/almatriage-fx}
reproduce/podman/testdata/fixtures/build-images.sh "$dir"
say "To use the images: . $dir/env"
