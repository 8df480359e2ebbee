#!/bin/sh
# Sees that what is needed is installed, and installs what is missing after
# asking. With ASSUME_YES=1 or CI=true it does not ask.
#
# usage: setup.sh run|test
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

# What is missing is found by commands, so that nothing is asked of a package
# manager when all is there. Each line: for what; a command, or a file; its
# package for Debian and Ubuntu; for Fedora and Enterprise Linux (- is none).
#
# The images for the tests are made of Debian's packages, so elsewhere the
# tests that run containers skip, and less is needed.
needed() {
	cat <<-'END'
		run podman podman podman
		test runc runc -
		test conmon conmon -
		test netavark netavark -
		test aardvark-dns aardvark-dns -
		test iptables iptables -
		test catatonit catatonit -
		test rpmbuild rpm rpm-build
		test dnf dnf -
		test createrepo_c createrepo-c createrepo_c
		test gcc gcc gcc
		test /usr/include/stdio.h libc6-dev glibc-devel
		test patch patch patch
		test xz xz-utils xz
		test gawk gawk gawk
		test docker-registry docker-registry -
		test tmux tmux tmux
		test sqlite3 sqlite3 sqlite
		test chromium chromium -
	END
}

main() {
	case ${1:-} in
	run | test) purpose=$1 ;;
	*)
		say 'usage: setup.sh run|test'
		exit 64
		;;
	esac
	find_manager
	find_missing
	if [ -n "$missing" ]; then
		install_missing
	fi
	check_go
}

find_manager() {
	if [ "$(uname -s)" = Darwin ]; then
		manager=brew
	elif command -v apt-get >/dev/null; then
		manager=apt
	elif command -v dnf >/dev/null; then
		manager=dnf
	else
		manager=none
	fi
}

# find_missing puts the packages to install in $missing.
find_missing() {
	missing=
	helpers=$PATH:/usr/libexec/podman:/usr/lib/podman:/usr/libexec/catatonit:/usr/sbin:/sbin
	while read -r for what deb rpm; do
		package=$deb
		if [ "$manager" = dnf ]; then
			package=$rpm
		fi
		if [ "$for" = test ] && [ "$purpose" = run ] || [ "$package" = - ]; then
			continue
		fi
		# Ubuntu's is a snap, which no apt-get installs; without one that test skips.
		if [ "$what" = chromium ] && [ "$(distribution)" = ubuntu ]; then
			continue
		fi
		# macOS runs the tests that need no container with what Go brings.
		if [ "$manager" = brew ] && [ "$for" = test ]; then
			continue
		fi
		if ! PATH=$helpers command -v "$what" >/dev/null && [ ! -f "$what" ]; then
			missing="$missing $package"
		fi
	done <<-END
		$(needed)
	END
	if ! command -v go >/dev/null; then
		find_go
	fi
	missing=${missing# }
}

# distribution is the system's name for itself, as in debian.
distribution() { sed -n 's/^ID="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' /etc/os-release 2>/dev/null; }

# oldest_go is the first that fetches the Go that go.mod names by itself.
oldest_go=1.21

# find_go adds Go to the missing packages where the system's is new enough.
find_go() {
	case $manager in
	brew) missing="$missing go" ;;
	apt) at_least "$(apt_go)" "$oldest_go" && missing="$missing golang-go" ;;
	dnf) at_least "$(dnf -q repoquery --qf '%{version}\n' golang 2>/dev/null | tail -n 1)" "$oldest_go" && missing="$missing golang" ;;
	esac || say_go "Go is not installed, and the system has no Go of $oldest_go or later."
}

# apt_go is the version of Go that apt would install. A new machine has no
# lists of packages yet; without root there is nothing to be done about that.
apt_go() {
	if [ "$(id -u)" -eq 0 ] && ! apt-cache show golang-go >/dev/null 2>&1; then
		apt-get update -qq >/dev/null 2>&1 || say 'apt-get update failed; going on with what is known.'
	fi
	apt-cache show golang-go 2>/dev/null | sed -n 's/^Version: \([0-9]*:\)\{0,1\}\([0-9.]*\).*/\2/p' | head -n 1
}

# at_least compares versions of numbers and dots; an empty one is too old.
at_least() {
	[ -n "$1" ] && [ "$(printf '%s\n%s\n' "$2" "$1" | sort -t . -k 1,1n -k 2,2n -k 3,3n | head -n 1)" = "$2" ]
}

wanted_go() { sed -n 's/^go //p' go.mod; }

# say_go tells the one command that brings Go, and ends.
say_go() {
	os=$(uname -s | tr '[:upper:]' '[:lower:]')
	arch=$(uname -m | sed -e 's/x86_64/amd64/' -e 's/aarch64/arm64/')
	say "$1 Type this, and then the same make again:"
	say "  curl -fsSL https://go.dev/dl/go$(wanted_go).$os-$arch.tar.gz | $(root_prefix)tar -C /usr/local -xz"
	exit 1
}

# check_go sees that Go is, or can fetch, what go.mod asks for. (go version
# would not look into go.mod.)
check_go() {
	if ! said=$(go list -m 2>&1); then
		say "$said"
		say_go "This Go ($(go version 2>/dev/null || echo unusable)) cannot build the project."
	fi
}

# root_prefix is what stands before a command to run it as root.
root_prefix() {
	if [ "$(id -u)" -ne 0 ]; then
		printf 'sudo '
	fi
}

# command_line is what installs $missing, as one types it.
command_line() {
	case $manager in
	apt)
		# Only on a desktop are the recommended packages wanted: podman without
		# root needs some of them.
		options=
		if [ "$purpose" = test ]; then
			options=' --no-install-recommends'
		fi
		printf '%sapt-get update && %sapt-get install -y%s %s' "$(root_prefix)" "$(root_prefix)" "$options" "$missing"
		;;
	dnf) printf '%sdnf install -y %s' "$(root_prefix)" "$missing" ;;
	brew) printf 'brew install %s' "$missing" ;;
	esac
}

install_missing() {
	if [ "$manager" = none ]; then
		say "Not installed: $missing. Install what brings them, and type the same make again."
		exit 1
	fi
	line=$(command_line)
	if ! agreed || ! can_install; then
		say "Not installed: $missing. Type this, and then the same make again:"
		say "  $line"
		exit 1
	fi
	say "Installing $missing ..."
	log=$(mktemp)
	if ! DEBIAN_FRONTEND=noninteractive sh -c "$line" >"$log" 2>&1 </dev/null; then
		tail -n 20 "$log" >&2
		say "Installing failed; the whole of what it said is in $log. It was:"
		say "  $line"
		exit 1
	fi
	rm -f "$log"
}

# agreed asks, if there is somebody to ask.
agreed() {
	if [ "${ASSUME_YES:-}" = 1 ] || [ "${CI:-}" = true ]; then
		return 0
	fi
	if ! [ -t 0 ] || ! [ -t 2 ]; then
		return 1
	fi
	printf 'Not installed: %s.\nInstall them now with:\n  %s\n[y/N] ' "$missing" "$line" >&2
	read -r answer || return 1
	case $answer in
	[yY]*) return 0 ;;
	esac
	return 1
}

# can_install tells whether the command can be run; sudo asks for a password
# here, on the terminal, before its output goes to a log.
can_install() {
	if [ "$(id -u)" -eq 0 ] || [ "$manager" = brew ]; then
		return 0
	fi
	command -v sudo >/dev/null || return 1
	if [ -t 0 ]; then
		sudo -v
	else
		sudo -n true 2>/dev/null
	fi
}

main "$@"
