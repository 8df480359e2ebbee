package reproduce

import (
	"errors"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/almatriage/almatriage/reproduce/rpm"
)

// ErrOneSided is what Compare says of a run without an AlmaLinux side, or
// without one that it was compared with.
var ErrOneSided = errors.New("the run has not two sides to compare")

// Comparison is the two sides of a run and what they differ in. AlmaLinux's is
// left. Texts are raw.
type Comparison struct {
	Run         *Run
	Left, Right SideResult

	// Output is a unified diff of what the telling attempts printed, line by
	// line as NormaliseLine leaves it; "" if they are alike. A side without an
	// attempt (see Unrun) counts as one that printed nothing.
	Output string
	// Packages are those that differ; none where a side was not prepared (see
	// Unprepared).
	Packages []rpm.Change
	// Subject is the source package that the suggestion rests on, "" if none.
	Subject string
	// Changelogs tells that the subject's are known of both sides: they are
	// fetched only for a suggestion that quotes them. OnlyLeft and OnlyRight
	// are the entries that one side alone has, newest first.
	Changelogs          bool
	OnlyLeft, OnlyRight []rpm.Entry
}

// Compare finds what the two sides of a run differ in. log returns an
// attempt's output by its id; its error ends the comparison. A run that has
// not two sides is ErrOneSided.
func Compare(run *Run, log func(attempt string) (Log, error)) (Comparison, error) {
	c := Comparison{Run: run, Subject: run.Suggestion.Subject}
	for _, r := range run.Results() {
		switch r.Side.Role {
		case RoleAlma:
			c.Left = r
		case RoleStream:
			c.Right = r
		}
	}
	if c.Left.Side == nil || c.Right.Side == nil {
		return Comparison{}, ErrOneSided
	}
	left, err := outputOf(c.Left, log)
	if err != nil {
		return Comparison{}, err
	}
	right, err := outputOf(c.Right, log)
	if err != nil {
		return Comparison{}, err
	}
	c.Output = string(diff.Diff(c.Left.Side.Target.Name, left, c.Right.Side.Target.Name, right))
	a, b := c.Left.Side.Prepared.Print, c.Right.Side.Prepared.Print
	if a.Packages != nil && b.Packages != nil {
		c.Packages = rpm.Diff(a.Packages, b.Packages)
	}
	ours, haveOurs := a.Changelogs[c.Subject]
	theirs, haveTheirs := b.Changelogs[c.Subject]
	if c.Changelogs = haveOurs && haveTheirs; c.Changelogs {
		left, right := rpm.ParseChangelog(ours), rpm.ParseChangelog(theirs)
		c.OnlyLeft, c.OnlyRight = rpm.OnlyIn(left, right), rpm.OnlyIn(right, left)
	}
	return c, nil
}

// Unprepared are the titles of the sides whose packages are not known, because
// they were not prepared: of them Packages says nothing.
func (c Comparison) Unprepared() (titles []string) {
	return c.titles(func(r SideResult) bool { return r.Side.Prepared.Print.Packages == nil })
}

// Unrun are the titles of the sides that made no attempt: of what they print
// Output says nothing.
func (c Comparison) Unrun() (titles []string) {
	return c.titles(func(r SideResult) bool { return r.Telling() == nil })
}

func (c Comparison) titles(of func(SideResult) bool) (titles []string) {
	for _, r := range []SideResult{c.Left, c.Right} {
		if r.Side != nil && of(r) {
			titles = append(titles, r.Side.Target.Title())
		}
	}
	return titles
}

// outputOf is what a side's telling attempt printed, without bash's echo of
// what it ran.
func outputOf(r SideResult, log func(attempt string) (Log, error)) ([]byte, error) {
	attempt := r.Telling()
	if attempt == nil {
		return nil, nil
	}
	printed, err := log(attempt.ID)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, line := range printed.Lines {
		if line.Stream != Trace {
			b.WriteString(NormaliseLine(line.Text) + "\n")
		}
	}
	return []byte(b.String()), nil
}

// RelationOf says in words how a source package of a Comparison differs.
func RelationOf(c rpm.Change) string {
	switch {
	case c.OnlyLeft:
		return "only on AlmaLinux"
	case c.OnlyRight:
		return "only on Stream"
	case c.Relation == rpm.LeftNewer:
		return "newer on AlmaLinux"
	case c.Relation == rpm.RightNewer:
		return "newer on Stream"
	case c.Relation == rpm.EqualButCounter:
		return "equal but for a Z-stream counter"
	}
	return "modified by AlmaLinux"
}
