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

# The race detector needs C, and makes everything ten times slower.
export CGO_ENABLED=1
if [ $# -gt 0 ]; then
	go test -race -timeout 25m "$@"
	exit
fi
# Every fuzz target for a second, but those above SQLite, which would take
# minutes to build for it: their kept inputs alone are tried.
# shellcheck disable=SC2046 # one word a package
scripts/fuzz.sh 1s $(go list -f '{{.ImportPath}} {{join .Deps " "}}' ./... | grep -v modernc.org/sqlite | cut -d ' ' -f 1)
# Screens start no goroutines: Bubble Tea runs what they return, and package tui
# is tested with the detector. make torture runs them with it, too.
go test ./tui/screen/...
# Tests that wait for containers leave room for one package more.
# shellcheck disable=SC2046 # one word a package
go test -race -timeout 25m -p "$(($(getconf _NPROCESSORS_ONLN) + 1))" $(go list ./... | grep -v /tui/screen/)
