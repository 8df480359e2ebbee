package reproduce

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/almatriage/almatriage/reproduce/rpm"
)

// mostControls bounds how many packages are tried one after the other; beyond
// that the answer would cost more than a person's look.
const mostControls = 5

// onAlma: has it, lacks it.
func (j *judge) onAlma() Suggestion {
	s, why, ok := j.findSubject()
	if !ok {
		return inconclusive(why)
	}
	return j.limitEnded(j.explain(s, false))
}

// limitEnded applies what cannot be said when Stream has ended: nothing can be
// fixed in it, and alma-only needs UBI not to show the bug.
func (j *judge) limitEnded(s Suggestion) Suggestion {
	if !j.streamEnded() {
		return s
	}
	j.want = nil // a control cannot make up for a Stream that has ended
	switch s.Verdict {
	case FixedInStream:
		s.Verdict = Inconclusive
		s.Reasons = append(s.Reasons, "it cannot be called fixed in Stream, which gets no more updates")
	case AlmaOnly:
		if j.stream.Side.Target.Distribution == UBI {
			return s // it is the side that lacks it
		}
		ubi, asked := j.ubi()
		switch {
		case asked && ubi.Has():
			s.Verdict = Inconclusive
			s.Reasons = append(s.Reasons, ubi.title()+" shows it too: it is not AlmaLinux's own")
		case !asked || !ubi.Lacks() || !j.differsFrom(ubi):
			s.Verdict = Inconclusive
			s.Reasons = append(s.Reasons, "UBI must be asked before it is called AlmaLinux's own: add --with ubi")
		}
	}
	return s
}

// differsFrom tells whether a side lacks the bug beyond chance, against AlmaLinux.
func (j *judge) differsFrom(other sideView) bool {
	_, apart := toldApart(j.alma.Tally.Seen, j.alma.Tally.Valid, other.Tally.Seen, other.Tally.Valid, true)
	return apart
}

// explain is the part of the table for a bug that only AlmaLinux has, with s
// as the subject. inherited: s took the place of a subject that is alike.
func (j *judge) explain(s subject, inherited bool) Suggestion {
	result := Suggestion{Subject: s.source, Reasons: []string{j.versions(s)}}
	say := func(verdict Verdict, reasons ...string) Suggestion {
		result.Verdict = verdict
		result.Reasons = append(reasons, result.Reasons...)
		return result
	}
	switch {
	case s.only != "":
		return say(Inconclusive, fmt.Sprintf("%s is installed on one side only, so that its versions cannot be compared", s.source))
	case s.incomparable != "":
		return say(Inconclusive, s.incomparable)
	case s.relation == rpm.RightNewer && !s.modified:
		return j.confirm(s, result)
	case s.relation == rpm.Equal && s.modified:
		return say(AlmaOnly, s.how+" and is otherwise the same on Stream")
	case s.relation == rpm.LeftNewer && s.modified:
		return say(AlmaOnly, s.how+" and is newer than Stream's")
	case s.relation == rpm.Equal:
		return j.explainByClosure(s, result, inherited)
	}
	return j.confirm(s, result)
}

// explainByClosure: the subject is the same, unmodified, on both sides.
func (j *judge) explainByClosure(s subject, result Suggestion, inherited bool) Suggestion {
	differ := j.differing(s.source)
	switch {
	case len(differ) == 0 || inherited:
		if others := j.othersRequired(s.source); len(others) > 0 {
			result.Verdict = Inconclusive
			result.Reasons = append([]string{fmt.Sprintf("%s and all that it depends on have the same sources, but the recipe also requires what differs, which may be the cause: %s",
				s.source, j.namesOf(others))}, result.Reasons...)
			return result
		}
		result.Verdict = AlmaOnly
		result.Reasons = append([]string{fmt.Sprintf("%s and all that it depends on have the same sources: AlmaLinux's build or configuration differs", s.source)}, result.Reasons...)
		return result
	case len(differ) == 1:
		next := j.explain(differ[0], true)
		next.Reasons = append([]string{fmt.Sprintf("%s is the same on both sides; of what it depends on only %s differs", s.source, differ[0].source)}, next.Reasons...)
		return next
	}
	result.Verdict = Inconclusive
	result.Reasons = append([]string{fmt.Sprintf("%s is the same on both sides, but several packages that it depends on differ: %s", s.source, j.namesOf(differ))}, result.Reasons...)
	return result
}

// othersRequired are the packages that a recipe requires beside a source's, where
// they are not the same on both sides, in its order.
func (j *judge) othersRequired(but string) []subject {
	var others []subject
	known := map[string]bool{but: true}
	for _, entry := range j.run.Recipe.Require {
		for _, p := range j.alma.required(entry) {
			if known[p.Source] {
				continue
			}
			known[p.Source] = true
			if s, both := j.compare(p.Source); both && s.differs() {
				others = append(others, s)
			}
		}
	}
	return others
}

// controlState is what a control says of a package.
type controlState int

const (
	controlWanted  controlState = iota // not tried yet, and could be
	controlShows                       // the same bug, with AlmaLinux's version on Stream
	controlLacks                       // not the bug, beyond chance
	controlMissing                     // the version is not to be had
	controlUnclear                     // tried, and says nothing
)

// control reads the control of a package: AlmaLinux's source version of it on
// the Stream side. why is a sentence.
func (j *judge) control(s subject) (controlState, string) {
	wanted := Control{Source: s.source, EVR: sourceEVR(s.alma)}
	// What only Stream's version is split into is not offered in the other.
	here := j.stream.set().BySource(s.source)
	if wanted.Packages = commonNames(here, j.alma.set().BySource(s.source)); wanted.Packages == nil {
		wanted.Packages = commonNames(here, here)
	}
	slices.Sort(wanted.Packages)
	name := fmt.Sprintf("%s %s on %s", s.source, wanted.EVR.Split().Base, j.stream.title())
	for _, c := range j.controls {
		if c.Side.Control == nil || c.Side.Control.Source != wanted.Source || c.Side.Control.EVR != wanted.EVR {
			continue
		}
		switch {
		case c.Side.Prepared.Unavailable != "":
			return controlMissing, "not confirmed: " + c.Side.Prepared.Unavailable
		case j.unchanged(c, s.source):
			return controlUnclear, fmt.Sprintf("control: %s was not put in place of %s's own", name, j.stream.title())
		case c.Has():
			if by, same := sameFailure(j.run.Recipe.Oracle, j.alma.SideResult, c.SideResult); same {
				return controlShows, fmt.Sprintf("control: %s shows it in %s (%s)", name, c.Counts(), by)
			}
			return controlUnclear, fmt.Sprintf("control: %s fails, but differently", name)
		case c.Lacks() && j.differsFrom(c):
			return controlLacks, fmt.Sprintf("control: %s does not show it (%s)", name, c.Counts())
		case c.Lacks():
			return controlUnclear, fmt.Sprintf("control: %s did not show it in %s, which is too few to be sure", name, c.Counts())
		}
		return controlUnclear, "control: " + c.Trouble()
	}
	if len(j.controls) >= mostControls {
		return controlUnclear, fmt.Sprintf("%d controls were tried, the limit", mostControls)
	}
	if j.want == nil {
		j.want = &wanted
	}
	return controlWanted, fmt.Sprintf("not confirmed: %s was not tried", name)
}

// unchanged tells that a control has no other version of a source than Stream has:
// what it shows says nothing of AlmaLinux's.
func (j *judge) unchanged(control sideView, source string) bool {
	versions := func(set *rpm.Set) (list []string) {
		for _, p := range set.BySource(source) {
			list = append(list, p.NEVRA())
		}
		slices.Sort(list)
		return list
	}
	if control.Side.Prepared.Print.Packages == nil {
		return false // it was never prepared, which is told elsewhere
	}
	return slices.Equal(versions(control.set()), versions(j.stream.set()))
}

// confirm asks the control whether the differing version of s is the cause
// before anything is concluded from it.
func (j *judge) confirm(s subject, result Suggestion) Suggestion {
	say := func(verdict Verdict, reasons ...string) Suggestion {
		result.Verdict = verdict
		result.Reasons = append(reasons, result.Reasons...)
		return result
	}
	state, why := j.control(s)
	if state != controlShows && state != controlLacks && !j.streamEnded() && s.relation == rpm.RightNewer && s.modified && j.ubiShows() {
		return say(FixedInStream, append([]string{"UBI shows it too, so it is not AlmaLinux's own; Stream is newer and does not", why}, j.changelog(s)...)...)
	}
	switch state {
	case controlShows:
		return j.caused(s, result, why)
	case controlLacks:
		return j.elsewhere(s, result, why)
	case controlMissing:
		if s.relation == rpm.RightNewer && !s.modified {
			if patched := j.patchedIn(s.source); len(patched) > 0 {
				return say(Inconclusive, why, "AlmaLinux modifies what it depends on, which may be the cause as well: "+j.namesOf(patched))
			}
			return say(FixedInStream, append([]string{"Stream is newer", why}, j.changelog(s)...)...)
		}
	}
	reasons := []string{j.unclear(s), why}
	if j.ubiShows() {
		reasons = append(reasons, "UBI shows it too: it is not AlmaLinux's own")
	}
	return say(Inconclusive, reasons...)
}

func (j *judge) ubiShows() bool {
	ubi, asked := j.ubi()
	if !asked || !ubi.Has() {
		return false
	}
	_, same := sameFailure(j.run.Recipe.Oracle, j.alma.SideResult, ubi.SideResult)
	return same
}

// unclear says why versions alone do not tell.
func (j *judge) unclear(s subject) string {
	switch {
	case s.relation == rpm.RightNewer && s.modified:
		return fmt.Sprintf("Stream is newer, but %s: either may be the cause", s.how)
	case s.relation == rpm.RightNewer:
		return "Stream is newer, which need not be the cause"
	case s.relation == rpm.EqualButCounter:
		return "the two are equal but for a Z-stream counter"
	}
	return "AlmaLinux is newer and does not modify it"
}

// caused: the control shows the bug, so the version of s is the cause.
func (j *judge) caused(s subject, result Suggestion, why string) Suggestion {
	result.Subject = s.source
	if s.newerOnStream() {
		result.Verdict = FixedInStream
		result.Reasons = append([]string{why, fmt.Sprintf("%s is the cause, and Stream's newer one is repaired", s.source)}, result.Reasons...)
		result.Reasons = append(result.Reasons, j.changelog(s)...)
		return result
	}
	result.Verdict = Inconclusive
	result.Reasons = append([]string{why, fmt.Sprintf("%s is the cause; Stream does not have this version, and it is not AlmaLinux's own: ask RHEL (--with ubi)", s.source)}, result.Reasons...)
	return result
}

// patchedIn lists what a subject depends on that carries AlmaLinux's patches.
func (j *judge) patchedIn(source string) []subject {
	return slices.DeleteFunc(j.differing(source), func(s subject) bool { return !s.modified })
}

// elsewhere: AlmaLinux's version of s on Stream does not show the bug, so the
// cause is AlmaLinux's patch of s, or another package of the closure.
// Modified ones are looked at first, then the nearest. What can be tried is
// tried; only where all else is excluded do AlmaLinux's own patches remain. Each
// control has one package of AlmaLinux's: where Stream has newer ones of several,
// two of the older ones together may be the cause as well.
func (j *judge) elsewhere(first subject, result Suggestion, why string) Suggestion {
	result.Reasons = append([]string{why}, result.Reasons...)
	var patches, open, missing []subject
	excluded := 0 // one by one
	if first.modified {
		patches = append(patches, first)
	}
	differ := j.differing(first.source)
	slices.SortStableFunc(differ, func(a, b subject) int { return -cmp.Compare(b2i(a.modified), b2i(b.modified)) })
	for _, s := range differ {
		if s.only != "" || s.incomparable != "" {
			open = append(open, s)
			continue
		}
		// Another counter, or a newer version, can be tried by itself.
		if s.modified && (s.relation == rpm.Equal || s.relation == rpm.LeftNewer) {
			patches = append(patches, s)
			continue
		}
		state, why := j.control(s)
		if state == controlShows {
			return j.caused(s, result, why)
		}
		result.Reasons = append(result.Reasons, why)
		switch state {
		case controlLacks:
			excluded++
			if s.modified {
				patches = append(patches, s)
			}
		case controlWanted:
			// One control at a time: what it says decides what is asked next.
			result.Verdict = Inconclusive
			return result
		case controlMissing:
			missing = append(missing, s)
		default:
			open = append(open, s)
		}
	}
	if next, ok := vanished(patches, open, missing); ok {
		result.Verdict, result.Subject = FixedInStream, next.source
		result.Reasons = append(result.Reasons, "all else is excluded, and Stream is newer: "+j.namesOf(missing))
		result.Reasons = append(result.Reasons, j.changelog(next)...)
		return result
	}
	if excluded > 0 && !slices.ContainsFunc(patches, func(s subject) bool { return s.relation != rpm.RightNewer }) {
		open, patches = append(patches, open...), nil
	}
	return j.remaining(first, patches, append(open, missing...), result)
}

// vanished tells whether the cause must be one of the packages whose version
// is not to be had any more: nothing else is left, AlmaLinux modifies nothing,
// and Stream has a newer one of each. The nearest of them is the subject.
func vanished(patches, open, missing []subject) (subject, bool) {
	if len(patches) > 0 || len(open) > 0 || len(missing) == 0 {
		return subject{}, false
	}
	for _, s := range missing {
		if s.relation != rpm.RightNewer || s.modified {
			return subject{}, false
		}
	}
	return missing[0], true
}

// remaining concludes when nothing more can be tried.
func (j *judge) remaining(first subject, patches, open []subject, result Suggestion) Suggestion {
	switch {
	case len(open) > 0:
		result.Verdict = Inconclusive
		result.Reasons = append(result.Reasons, "the cause lies elsewhere; what differs and could not be excluded: "+j.namesOf(append(patches, open...)))
	case len(patches) > 0 && j.ubiShows():
		result.Verdict = Inconclusive
		result.Reasons = append(result.Reasons, "every other difference is excluded, and UBI shows it too, so that AlmaLinux's own cannot be the cause: "+j.namesOf(patches))
	case len(patches) > 0:
		result.Verdict = AlmaOnly
		result.Subject = patches[0].source
		result.Reasons = append(result.Reasons, "every other difference is excluded; what remains is AlmaLinux's own: "+j.namesOf(patches))
	default:
		result.Verdict = Inconclusive
		result.Reasons = append(result.Reasons, fmt.Sprintf("the cause is not the version of %s, and nothing else that it depends on explains it", first.source))
	}
	return result
}
