#!/bin/sh
# Checks the release's settings and makes a release in dist/ that is not
# published. No other tool is needed: goreleaser is built by Go.
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

goreleaser=github.com/goreleaser/goreleaser/v2@v2.15.1

go run "$goreleaser" check
go run "$goreleaser" release --snapshot --clean --skip=publish
