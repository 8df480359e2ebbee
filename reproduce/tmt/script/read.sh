# What an attempt says, by the rules of almatriage. Sourced by wrap.sh.

# say READING WHY: the reading, and tmt's outcome of it.
say() {
	reading=$1 why=$2
	case $1 in
	seen) outcome=fail ;;
	not-seen) outcome=pass ;;
	cannot-tell) outcome=skip ;;
	ask) outcome=info ;;
	hang) outcome=warn ;;
	*) reading=error outcome=error ;;
	esac
}

# crash: the signal in $status is one that a program gets for its own faults.
crash() {
	case $((status - 128)) in 4 | 5 | 6 | 7 | 8 | 11 | 31) return 0 ;; esac
	return 1
}

# unless_disturbed WHY: not seen, if the test could do its work.
unless_disturbed() {
	case $status in
	0) say not-seen "$1" ;;
	77 | 125) say cannot-tell "exit status $status: the test says that it cannot tell" ;;
	*)
		if [ -n "$surroundings" ]; then
			say cannot-tell "exit status $status, but the container may be the cause: $surroundings"
		elif [ "$status" -ge 128 ]; then
			say cannot-tell "exit status $status is not what was declared"
		else
			say not-seen "$1"
		fi
		;;
	esac
}

# read_attempt: sets $reading, $why and $outcome from $end, $step, $status,
# $matched, $missing and $surroundings, under $oracle and $signal.
read_attempt() {
	if [ "$end" = timeout ]; then
		read_late
	elif [ "$step" != test ]; then
		say error "$step failed with exit status $status, so the test does not count"
	elif [ -n "$missing" ]; then
		say error "command not found: $missing"
	elif [ "$status" -eq 126 ] || [ "$status" -eq 127 ]; then
		say error "exit status $status: the test is broken here"
	else
		read_oracle
	fi
}

# read_late: the limit was hit.
read_late() {
	if [ "$step" != test ]; then
		say error "$step: the limit of $limit s was hit before the test began"
	elif [ "$oracle" = output ] && [ "$matched" != unknown ] && [ "$matched" -gt 0 ]; then
		say seen "a line matched, then the limit of $limit s was hit"
	elif [ "$oracle" = timeout ]; then
		say hang "the limit of $limit s was hit; whether that is the bug, the other side shows"
	else
		say cannot-tell "the limit of $limit s was hit"
	fi
}

read_oracle() {
	case $oracle in
	ask) say ask "exit status $status; a person must judge whether the bug is there" ;;
	output)
		if [ "$matched" = unknown ]; then
			say cannot-tell "the output could not be searched for the pattern"
		elif [ "$status" -eq 77 ] || [ "$status" -eq 125 ]; then
			say cannot-tell "exit status $status: the test says that it cannot tell"
		elif [ "$matched" -gt 0 ]; then
			say seen "a line matched the pattern"
		else
			unless_disturbed "no line matched the pattern"
		fi
		;;
	signal)
		if [ "$status" -eq "$((128 + signal))" ]; then
			say seen "ended by the declared signal $signal"
		else
			unless_disturbed "exit status $status, not signal $signal"
		fi
		;;
	timeout) unless_disturbed "ended in time" ;;
	*) read_exit ;;
	esac
}

read_exit() {
	case $status in
	0) say not-seen "exit status 0" ;;
	77 | 125) say cannot-tell "exit status $status: the test says that it cannot tell" ;;
	*)
		if [ "$status" -ge 128 ] && ! crash; then
			say cannot-tell "exit status $status is neither a failure of 1 to 124 nor a crash"
		elif [ -n "$surroundings" ]; then
			say cannot-tell "exit status $status, but the container may be the cause: $surroundings"
		else
			say seen "exit status $status"
		fi
		;;
	esac
}
