package reproduce

// Plan says how many attempts are enough (verdict.md, How many attempts). It
// is pure: what comes next follows from what the attempts so far say.
type Plan struct {
	// Repeat fixes the number of valid attempts a side; 0: adaptive.
	Repeat int
	// Sometimes: the report says that the bug shows only now and then.
	Sometimes bool
	// Ask: a person judges, once a side.
	Ask bool
}

// tries is how many attempts that do not count end a side: one is tried
// again, a second makes the side an error.
const tries = 2

// thirdAttempts bounds what a further opinion may cost: enough to speak, not
// enough to delay the answer.
const thirdAttempts = 5

// controlAttempts is how often a control is tried at most (verdict.md, Control).
const controlAttempts = 5

// Tally is what a side's attempts come to.
type Tally struct {
	Seen, Valid, Errors, CannotTell int
	// Failed: preparing failed, so that there will be no attempts.
	Failed bool
}

// Count sums up readings.
func Count(readings []Reading) Tally {
	var t Tally
	for _, r := range readings {
		switch r.Kind {
		case Seen:
			t.Seen++
			t.Valid++
		case NotSeen:
			t.Valid++
		case CannotTell:
			t.CannotTell++
		case Failed:
			t.Errors++
		}
	}
	return t
}

// Over tells that no further attempt can help the side.
func (t Tally) Over() bool { return t.Failed || t.Errors+t.CannotTell >= tries }

// Over tells that no further attempt can help a side: a person who could not
// judge is not asked again.
func (p Plan) Over(t Tally) bool { return t.Over() || p.Ask && t.CannotTell > 0 }

// Has tells that the side has the bug: one valid attempt that shows it is enough.
func (t Tally) Has() bool { return t.Seen > 0 }

// Lacks tells that the side was tried and showed nothing. Whether it was tried
// often enough is for the statistics.
func (t Tally) Lacks() bool { return t.Seen == 0 && t.Valid > 0 && !t.Over() }

// Goal is the number of valid attempts that each of two sides needs by now,
// as far as that can be known from what there is; a side that has as many, or
// is over, is done. It never falls as attempts come in.
func (p Plan) Goal(a, b Tally) (goalA, goalB int) {
	goal := p.goal(a, b)
	return goal, goal
}

func (p Plan) goal(a, b Tally) int {
	switch {
	case p.Repeat > 0:
		return p.Repeat
	case p.Ask:
		return 1
	case a.Over() || b.Over():
		// Nothing to compare with; what the living side says is kept.
		return 2
	case min(a.Valid, b.Valid) < 1:
		return 1
	case a.Has() && b.Has():
		return 2
	case a.Has() != b.Has():
		return difference(a, b)
	case min(a.Valid, b.Valid) < 2:
		return 2
	case p.Sometimes:
		return 10
	}
	return 2
}

// difference is the next look where one side shows the bug and the other has
// not yet: the number both must reach.
func difference(a, b Tally) int {
	n := min(a.Valid, b.Valid)
	for _, look := range looks {
		if n < look.attempts {
			return look.attempts
		}
		// A difference is looked for only here: looking after each attempt
		// would find one by chance.
		if n == look.attempts {
			if _, apart := toldApart(a.Seen, a.Valid, b.Seen, b.Valid, false); apart {
				return n
			}
		}
	}
	return n
}

// Third is the goal of a side that only adds a reason.
func (p Plan) Third(a, b Tally) int {
	if p.Repeat > 0 {
		return min(p.Repeat, thirdAttempts)
	}
	if p.Ask {
		return 1
	}
	if a.Has() != b.Has() {
		return thirdAttempts
	}
	return 2
}
