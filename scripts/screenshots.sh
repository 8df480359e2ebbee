#!/bin/sh
# Draws the README's pictures anew, from what the program itself shows of its
# demonstration: docs/screens/*.svg.
#
# usage: screenshots.sh
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

columns=110
lines=34

scripts/build.sh
command -v tmux >/dev/null || { say 'tmux is needed: install it and type the same again.'; exit 1; }
dir=$(mktemp -d)
mkdir -p docs/screens

terminal() { tmux -S "$dir/socket" -f /dev/null "$@"; }

finish() {
	terminal kill-server 2>/dev/null || true
	rm -rf "$dir"
}
trap finish EXIT

# wait_for waits until the screen shows a text.
wait_for() {
	for _ in $(seq 1 200); do
		if terminal capture-pane -p | grep -qF -- "$1"; then
			return
		fi
		sleep 0.05
	done
	say "The screen never shows: $1"
	terminal capture-pane -p >&2
	exit 1
}

press() { terminal send-keys "$@"; }

# shot draws the screen once it shows a text and stands still.
shot() {
	wait_for "$2"
	sleep 0.3
	terminal capture-pane -e -p | go run ./tui/tuitest/svg "$columns" >"docs/screens/$1.svg"
}

# home goes back to the Inbox.
home() {
	press Escape
	sleep 0.3 # else it would be taken for alt with the next key
	wait_for '[Undecided'
}

terminal new-session -d -x "$columns" -y "$lines" \
	"env -u TMUX -u NO_COLOR HOME=$dir LC_ALL=C.UTF-8 TERM=xterm-256color ./almatriage --theme dark demo"
wait_for '[Undecided'
press '/' 'almbz#1001' Enter
shot inbox 'EVIDENCE'
press t
wait_for 'suggested by a run'
press 2
shot texts 'To: Red Hat Jira'
home
press w
wait_for 'On which AlmaLinux'
press Enter
wait_for 'Which package is it'
press Enter
wait_for 'Which version'
press Enter
wait_for 'must be installed'
press Enter
wait_for 'set up repositories'
press C-s
wait_for 'need the network'
press Enter
wait_for 'Where do the commands'
press Enter
wait_for 'Which commands show it'
press C-s
wait_for 'How does one see'
press Enter
shot guide 'Is this what shall run'
for _ in 1 2 3 4 5 6 7 8 9 10 11; do
	press Escape
	sleep 0.3
done
wait_for '[Undecided'
press b
wait_for 'Suggested: stream-reproducible'
press 1
shot bench 'gizmo'
home
press d
shot decide 'enter accepts'
home
press '/' C-u 'almbz#1012' Enter
wait_for '/ almbz#1012'
press e
shot recipe '▌'
home
press '#'
shot stats 'ndecided'
home
press '?'
shot help 'Help'
home
press q
say 'Drawn: docs/screens/'
