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

# It finds nothing where nothing happens at once: not in packages that start no
# goroutine, and not in these long tests of one. make torture runs all with it.
alone='^(TestEveryKeyWorks|TestTwoProcesses|TestSalvage|TestFlippedBytes|TestTruncated|TestHostileBodies|FuzzView)$'
# shellcheck disable=SC2046 # one word a folder
at_once=$(go list $(grep -rlE --include='*.go' '^[[:space:]]*go [a-z]|\.Go\(|\.Parallel\(\)' cmd reproduce store tracker tui |
	xargs dirname | sort -u | sed 's|^|./|'))
in_turn=$(go list ./... | grep -vxF "$at_once")

# Every fuzz target for a second, but those above SQLite, which would take
# minutes to build for it: their kept inputs alone are tried.
# shellcheck disable=SC2046 # one word a package
scripts/fuzz.sh 1s $(go list -f '{{.ImportPath}} {{join .Deps " "}}' ./... | grep -v modernc.org/sqlite | cut -d ' ' -f 1)
# shellcheck disable=SC2086 # one word a package
go test $in_turn
go test -run "$alone" ./store ./tui
# Tests that wait for containers leave room for one package more.
# shellcheck disable=SC2086 # one word a package
go test -race -timeout 25m -p "$(($(getconf _NPROCESSORS_ONLN) + 1))" -skip "$alone" $at_once
