#!/bin/sh
# Builds ./almatriage: one file that needs nothing else.
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

if [ ! -e almatriage ]; then
	say "Building; the first time takes a few minutes."
fi
version=$(git describe --tags --always --dirty 2>/dev/null || echo dev)
CGO_ENABLED=0 go build -trimpath -buildvcs=false \
	-ldflags "-X github.com/almatriage/almatriage/cmd/internal/cli.version=$version" \
	-o almatriage ./cmd/almatriage
