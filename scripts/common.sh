# shellcheck shell=sh
# What the scripts share; they source it. It goes to the project's folder.
set -eu
cd "$(dirname "$0")/.."

# Where the Go of go.dev is, it goes first: an older one of the system may be
# there, too.
if [ -x /usr/local/go/bin/go ]; then
	PATH=/usr/local/go/bin:$PATH
fi

say() { printf '%s\n' "$*" >&2; }
