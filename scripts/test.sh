#!/bin/sh
# Checks and tests everything. Arguments go to go test instead of ./...
#
# usage: test.sh [ARGUMENT...]
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

# The same for everybody; raise it by hand.
staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2

scripts/setup.sh test

unformatted=$(find . -name '*.go' -not -path './.*' -not -path './dist/*' -exec gofmt -l {} +)
if [ -n "$unformatted" ]; then
	say 'Not formatted; run gofmt -w on:'
	say "$unformatted"
	exit 1
fi
go vet ./...
go run "$staticcheck" ./...

if [ $# -eq 0 ]; then
	set -- ./...
fi
CGO_ENABLED=1 go test -race -timeout 25m "$@" # the race detector needs C
