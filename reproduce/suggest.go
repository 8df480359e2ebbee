package reproduce

import (
	"fmt"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce/rpm"
)

// Suggest says what a run means, from its stored facts alone (verdict.md, The
// suggestion). It does no IO and reads no clock. A run that was compared with
// nothing has no suggestion: the zero value with its reasons.
func Suggest(run Run) Suggestion {
	suggestion, _ := Judge(run)
	return suggestion
}

// Judge is Suggest for a run that may go on: where a control could still
// decide, it is named, and the suggestion is what would hold without it.
func Judge(run Run) (Suggestion, *Control) {
	j := &judge{run: &run}
	suggestion := j.verdict()
	suggestion.Reasons = append(append([]string{}, suggestion.Reasons...), j.old()...)
	return suggestion, j.want
}

// old says which sides rest on images that could not be made anew.
func (j *judge) old() []string {
	var reasons []string
	for i := range j.run.Sides {
		side := &j.run.Sides[i]
		if side.Stale {
			reasons = append(reasons, fmt.Sprintf("%s: cached, %s (no network)", side.Target.Title(), j.run.preparedAgo(side)))
		}
	}
	return reasons
}

// judge is one reading of a run.
type judge struct {
	run          *Run
	alma, stream sideView
	thirds       []sideView
	controls     []sideView
	p            float64  // of the difference
	want         *Control // that could still decide
}

// sideView is a side with its reading and its packages.
type sideView struct{ SideResult }

func (s sideView) set() *rpm.Set {
	if set := s.Side.Prepared.Print.Packages; set != nil {
		return set
	}
	return &rpm.Set{}
}

// required are the installed packages that answer to an entry of require.
func (s sideView) required(entry string) []rpm.Package {
	var found []rpm.Package
	for _, nevra := range s.Side.Prepared.Print.Required[entry] {
		for _, p := range s.set().Packages() {
			if p.NEVRA() == nevra {
				found = append(found, p)
			}
		}
	}
	if len(found) == 0 {
		found = s.set().WhatProvides(entry)
	}
	return found
}

func (s sideView) title() string { return s.Side.Target.Title() }

// verdict is the table of the suggestion, row by row.
func (j *judge) verdict() Suggestion {
	if why, command, needed := VMOnly(j.run.Hints, &j.run.Recipe, j.firstTarget()); needed {
		return Suggestion{Verdict: NeedsVM, Reasons: []string{why + "; a container cannot show this bug, a virtual machine can"}, Command: command}
	}
	if why := j.arrange(); why != "" {
		return Suggestion{Reasons: []string{why}}
	}
	if why := j.uneven(); why != "" {
		return inconclusive(why)
	}
	for _, side := range []sideView{j.alma, j.stream} {
		if !side.Has() && !side.Lacks() {
			return j.troubled()
		}
	}
	switch {
	case j.alma.Has() && j.stream.Has():
		return j.both()
	case !j.alma.Has() && !j.stream.Has():
		return j.neither()
	}
	return j.difference()
}

func inconclusive(reasons ...string) Suggestion {
	return Suggestion{Verdict: Inconclusive, Reasons: reasons}
}

func (j *judge) firstTarget() Target {
	if len(j.run.Sides) == 0 {
		return Target{}
	}
	return j.run.Sides[0].Target
}

// arrange finds who is compared with whom by the sides' roles; why not, if
// there is no comparison.
func (j *judge) arrange() string {
	for _, result := range j.run.Results() {
		view := sideView{result}
		switch result.Side.Role {
		case RoleAlma:
			j.alma = view
		case RoleStream:
			j.stream = view
		case RoleThird:
			j.thirds = append(j.thirds, view)
		case RoleControl:
			j.controls = append(j.controls, view)
		}
	}
	switch {
	case j.alma.Side == nil || j.stream.Side == nil:
		return "no suggestion: that needs an AlmaLinux and a CentOS Stream target"
	case j.alma.Side.Target.Release != j.stream.Side.Target.Release:
		return fmt.Sprintf("no suggestion: %s and %s are not the same release", j.alma.title(), j.stream.title())
	}
	return ""
}

// uneven tells why the two sides cannot be compared whatever they say.
func (j *judge) uneven() string {
	a, s := j.alma.Side.Image.Arch, j.stream.Side.Image.Arch
	if a != "" && s != "" && a != s {
		return fmt.Sprintf("the images are of different architectures: %s is %s, %s is %s", j.alma.title(), a, j.stream.title(), s)
	}
	return ""
}

// troubled is for a side that says nothing: which step of which side, and what
// to do; what the other side says is kept.
func (j *judge) troubled() Suggestion {
	var reasons, rest []string
	for _, side := range []sideView{j.alma, j.stream} {
		if !side.Has() && !side.Lacks() {
			why := side.Trouble()
			if why == "" && side.Side.Budget {
				why = side.title() + ": the time budget of the run ended before an attempt; raise --budget"
			}
			if why == "" {
				why = side.title() + ": interrupted before an attempt was finished; run again"
			}
			reasons = append(reasons, why)
			continue
		}
		rest = append(rest, fmt.Sprintf("%s shows the bug in %s", side.title(), side.Counts()))
	}
	s := inconclusive(append(reasons, rest...)...)
	s.Flaky = j.flaky()
	return s
}

func (j *judge) flaky() bool {
	return j.alma.Outcome == OutcomeFlaky || j.stream.Outcome == OutcomeFlaky
}

// both: has it, has it.
func (j *judge) both() Suggestion {
	counts := fmt.Sprintf("%s %s, %s %s", j.alma.title(), j.alma.Counts(), j.stream.title(), j.stream.Counts())
	by, same := sameFailure(j.run.Recipe.Oracle, j.alma.SideResult, j.stream.SideResult)
	if !same {
		s := inconclusive("both fail, but differently: a person must say whether it is the same bug; "+counts,
			excerpt(j.alma), excerpt(j.stream))
		s.Flaky = j.flaky()
		return s
	}
	s := Suggestion{Verdict: StreamReproducible, Flaky: j.flaky(), Reasons: []string{"the bug is on both: " + counts, by}}
	if s.Flaky {
		s.Reasons = append(s.Reasons, "it is flaky: it does not show in every attempt")
	}
	if subject, _, ok := j.findSubject(); ok {
		s.Subject = subject.source
		s.Reasons = append(s.Reasons, j.versions(subject))
	}
	if j.streamEnded() {
		s.Reasons = append(s.Reasons, j.endedNote())
	}
	s.Reasons = append(s.Reasons, j.opinions()...)
	return s
}

func excerpt(side sideView) string {
	a := side.firstSeen()
	text := strings.TrimSpace(a.Facts.Excerpt)
	if text == "" {
		text = "(no output)"
	}
	return fmt.Sprintf("%s: exit status %d: %s", side.title(), a.Facts.Status, text)
}

// neither: lacks it, lacks it.
func (j *judge) neither() Suggestion {
	n := min(j.alma.Tally.Valid, j.stream.Tally.Valid)
	reasons := []string{fmt.Sprintf("the bug shows on neither side: %s %s, %s %s",
		j.alma.title(), j.alma.Counts(), j.stream.title(), j.stream.Counts())}
	for _, k := range []int{2, 10} {
		reasons = append(reasons, fmt.Sprintf("a bug that shows once in %d runs is missed by %d attempts with probability %.0f %%", k, n, 100*missed(k, n)))
	}
	if j.alma.Side.Budget || j.stream.Side.Budget {
		reasons = append(reasons, "the time budget of the run ended before all attempts were made; raise --budget to go on")
	}
	if s, _, ok := j.findSubject(); ok {
		reasons = append(reasons, "tried with "+j.versions(s))
	}
	return Suggestion{Verdict: NotReproducible, Reasons: append(reasons, j.opinions()...)}
}

// difference: one side has it, the other lacks it, if that is no chance.
func (j *judge) difference() Suggestion {
	a, s := j.alma.Tally, j.stream.Tally
	counts := fmt.Sprintf("%s %s, %s %s", j.alma.title(), j.alma.Counts(), j.stream.title(), j.stream.Counts())
	p, apart := toldApart(a.Seen, a.Valid, s.Seen, s.Valid, j.run.Fixed)
	if !apart {
		why := fmt.Sprintf("%s: too few to tell a difference from chance (p = %.3f)", counts, p)
		if min(a.Valid, s.Valid) < minDifference {
			why = fmt.Sprintf("%s: fewer than %d attempts a side never make a difference; use --repeat", counts, minDifference)
		}
		result := inconclusive(why)
		result.Flaky = j.flaky()
		return result
	}
	j.p = p
	head := fmt.Sprintf("%s, p = %s", counts, formatP(p))
	var result Suggestion
	if j.alma.Has() {
		result = j.onAlma()
	} else {
		result = j.onStream()
	}
	result.PValue = &j.p
	result.Flaky = j.flaky()
	result.Reasons = append([]string{head}, result.Reasons...)
	if j.streamEnded() {
		result.Reasons = append(result.Reasons, j.endedNote())
	}
	if a, b := j.alma.Side.Prepared.Print.Level, j.stream.Side.Prepared.Print.Level; a != b {
		result.Reasons = append(result.Reasons, fmt.Sprintf("the two are built for different levels of x86-64: %s %s, %s %s", j.alma.title(), orBaseline(a),
			j.stream.title(), orBaseline(b)))
	}
	if note, ok := rpm.Deliberate(j.release(), result.Subject); ok && result.Subject != "" {
		result.Reasons = append(result.Reasons, "a known, deliberate difference of AlmaLinux may be the cause: "+note)
	}
	result.Reasons = append(result.Reasons, j.opinions()...)
	return result
}

// orBaseline is a level of x86-64 as packages name it; most name none.
func orBaseline(level string) string {
	if level == "" {
		return "the distribution's own"
	}
	return level
}

func formatP(p float64) string {
	if p < .001 {
		return fmt.Sprintf("%.1e", p)
	}
	return fmt.Sprintf("%.3f", p)
}

// onStream: lacks it, has it.
func (j *judge) onStream() Suggestion {
	result := Suggestion{Verdict: StreamOnly}
	s, why, ok := j.findSubject()
	if !ok {
		result.Reasons = append(result.Reasons, why)
		return result
	}
	result.Subject = s.source
	switch {
	case s.incomparable != "":
		result.Reasons = append(result.Reasons, s.incomparable)
	case s.relation == rpm.RightNewer && j.streamEnded():
		result.Reasons = append(result.Reasons, "newer there: "+j.versions(s))
		result.Reasons = append(result.Reasons, j.changelog(s)...)
	case s.relation == rpm.RightNewer:
		result.Reasons = append(result.Reasons, "a regression on its way: "+j.versions(s))
		result.Reasons = append(result.Reasons, j.changelog(s)...)
	case s.modified || s.relation == rpm.LeftNewer:
		result.Reasons = append(result.Reasons, "AlmaLinux carries a fix, to be offered upstream: "+j.versions(s))
		if s.modified {
			result.Reasons = append(result.Reasons, s.how)
		}
	default:
		result.Reasons = append(result.Reasons, j.versions(s))
		if differ := j.differing(s.source); len(differ) > 0 {
			result.Reasons = append(result.Reasons, "what it depends on differs: "+j.namesOf(differ))
		} else {
			result.Reasons = append(result.Reasons, "nothing that it depends on differs: the build or its configuration does")
		}
	}
	return result
}

// streamEnded tells whether what stands for Stream gets no more updates: the
// Stream itself, or UBI in its place.
func (j *judge) streamEnded() bool {
	if j.stream.Side.Target.Distribution == UBI {
		return true
	}
	return j.stream.Side.Target.EndedBy(j.run.Started)
}

func (j *judge) endedNote() string {
	if j.stream.Side.Target.Distribution == UBI {
		return fmt.Sprintf("CentOS Stream %s has ended: %s stands in for RHEL; an upstream report names RHEL", j.stream.Side.Target.Release, j.stream.title())
	}
	return fmt.Sprintf("%s ended on %s: it says nothing about today's sources; an upstream report names RHEL",
		j.stream.title(), j.stream.Side.Target.Ended.Format("2006-01-02"))
}

// opinions are what further sides add; their errors change nothing.
func (j *judge) opinions() []string {
	var reasons []string
	for _, third := range j.thirds {
		switch {
		case third.Has():
			reasons = append(reasons, fmt.Sprintf("%s shows it as well: %s", third.title(), third.Counts()))
		case third.Lacks():
			reasons = append(reasons, fmt.Sprintf("%s does not show it: %s", third.title(), third.Counts()))
		default:
			reasons = append(reasons, "no further opinion: "+strings.TrimPrefix(third.Trouble(), " "))
		}
	}
	return slices.DeleteFunc(reasons, func(s string) bool { return s == "no further opinion: " })
}

// ubi is the further opinion of UBI of the same release, if it was asked.
func (j *judge) ubi() (sideView, bool) {
	for _, third := range j.thirds {
		if third.Side.Target.Distribution == UBI && third.Side.Target.Release == j.alma.Side.Target.Release {
			return third, true
		}
	}
	return sideView{}, false
}

// changelog lists the entries that only the newer side, Stream, has.
func (j *judge) changelog(s subject) []string {
	text, ok := j.stream.Side.Prepared.Print.Changelogs[s.source]
	own, both := j.alma.Side.Prepared.Print.Changelogs[s.source]
	if !ok || !both {
		return nil // without the other one nothing is known to be only here
	}
	theirs, ours := rpm.ParseChangelog(text), rpm.ParseChangelog(own)
	var reasons []string
	for i, entry := range rpm.OnlyIn(theirs, ours) {
		const most = 10
		if i == most {
			reasons = append(reasons, "and older entries of the changelog")
			break
		}
		reasons = append(reasons, fmt.Sprintf("only in the changelog of %s: %s: %s", j.stream.title(), entry.EVR, strings.Join(entry.Lines, " ")))
	}
	return reasons
}
