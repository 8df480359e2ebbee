package screen

import "github.com/almatriage/almatriage/reproduce"

// NewBug as the report of a GuideMsg is a bug that nobody has reported.
const NewBug = "new"

// GuideMsg asks the root to walk a person through reproducing a bug.
type GuideMsg struct {
	Report string // its id; NewBug; "" asks which
	Resume int64  // the number of a guide that was left, to go on with; 0: none
}

// GuideRunMsg asks the root for the run of a guide.
type GuideRunMsg struct {
	Request reproduce.Request
	Watch   bool // open the Bench on it
}

// NotRunMsg tells that a run that was asked for was not begun, and why.
type NotRunMsg struct {
	Report string
	Err    error
}
