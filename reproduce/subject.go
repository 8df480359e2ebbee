package reproduce

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce/rpm"
)

// subject is a source package as both sides have it: what a difference is
// explained by.
type subject struct {
	source       string
	alma, stream rpm.Package  // representatives of it, of one binary name if there is one
	relation     rpm.Relation // AlmaLinux is left
	modified     bool         // AlmaLinux modifies it
	how          string       // by what one knows that
	// incomparable is why the versions say nothing, "" if they do.
	incomparable string
	distance     int // from the first subject, in dependencies
	// only is set where one side alone has it.
	only string
}

// newerOnStream tells whether Stream has the later build of the source; of two
// that are equal but for a Z-stream counter the higher counter is.
func (s subject) newerOnStream() bool {
	if s.relation == rpm.EqualButCounter {
		counter := func(p rpm.Package) rpm.EVR { return rpm.EVR{Version: cmp.Or(sourceEVR(p).Split().Counter, "0")} }
		return rpm.Compare(counter(s.alma), counter(s.stream)) < 0
	}
	return s.relation == rpm.RightNewer
}

// versions is "widget: 3.2.0-4.el9_6 on AlmaLinux 9, 3.2.0-6.el9 on CentOS Stream 9".
func (j *judge) versions(s subject) string {
	alma, stream := j.alma.Side.Target.Title(), j.stream.Side.Target.Title()
	if s.only != "" {
		return fmt.Sprintf("%s: only on %s", s.source, s.only)
	}
	return fmt.Sprintf("%s: %s on %s, %s on %s", s.source, sourceEVR(s.alma), alma, sourceEVR(s.stream), stream)
}

// sourceEVR is the version of the source package. SOURCERPM holds no epoch;
// that of the binary package stands in.
func sourceEVR(p rpm.Package) rpm.EVR {
	evr := p.SourceEVR
	if evr.Version == "" {
		return p.EVR
	}
	evr.Epoch = p.EVR.Epoch
	return evr
}

// newest is the package that counts where several of a name are installed.
func newest(packages []rpm.Package) rpm.Package {
	return slices.MaxFunc(packages, func(a, b rpm.Package) int { return rpm.Compare(a.EVR, b.EVR) })
}

// compare takes a source package as both sides have it; false if one has not.
func (j *judge) compare(source string) (subject, bool) {
	left, right := j.alma.set().BySource(source), j.stream.set().BySource(source)
	if len(left) == 0 || len(right) == 0 {
		return subject{}, false
	}
	s := subject{source: source, alma: newest(left), stream: newest(right)}
	if a, b, ok := common(source, left, right); ok {
		s.alma, s.stream = a, b
	}
	s.relation = rpm.CompareSource(sourceEVR(s.alma), sourceEVR(s.stream))
	s.incomparable = cmp.Or(moduleMismatch(s.alma, s.stream), partsMismatch(s, left, right))
	s.modified, s.how = j.modified(s.alma)
	return s, true
}

// partsMismatch tells why two builds cannot be compared because of which parts
// of them are installed: parts of several versions, or none in common, with
// epochs that may be those of a part alone.
func partsMismatch(s subject, left, right []rpm.Package) string {
	names := commonNames(left, right)
	if len(names) == 0 && s.alma.EVR.Epoch != s.stream.EVR.Epoch {
		return fmt.Sprintf("of %s no package is installed on both sides, and the epochs of those that are differ, so that its versions cannot be compared", s.source)
	}
	for _, name := range names {
		if rpm.CompareSource(sourceEVR(newestNamed(name, left)), sourceEVR(newestNamed(name, right))) != s.relation {
			return fmt.Sprintf("the packages of %s are not of one version: %s and %s compare otherwise, so that it cannot be told which one matters", s.source, s.alma.Name, name)
		}
	}
	return ""
}

// commonNames are the binary packages that both sides have of a source.
func commonNames(left, right []rpm.Package) []string {
	var names []string
	for _, p := range left {
		if !slices.Contains(names, p.Name) && slices.ContainsFunc(right, func(q rpm.Package) bool { return q.Name == p.Name }) {
			names = append(names, p.Name)
		}
	}
	return names
}

func newestNamed(name string, packages []rpm.Package) rpm.Package {
	return newest(slices.DeleteFunc(slices.Clone(packages), func(p rpm.Package) bool { return p.Name != name }))
}

// common finds a binary package that both sides built from the source, the one
// of the source's own name first.
func common(source string, left, right []rpm.Package) (a, b rpm.Package, ok bool) {
	names := commonNames(left, right)
	if len(names) == 0 {
		return a, b, false
	}
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(-cmp.Compare(b2i(x == source), b2i(y == source)), strings.Compare(x, y))
	})
	return newestNamed(names[0], left), newestNamed(names[0], right), true
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// moduleMismatch tells why two builds cannot be compared because of modules: a
// module build is compared only with the same name:stream.
func moduleMismatch(a, b rpm.Package) string {
	left, right := moduleOf(a), moduleOf(b)
	switch {
	case left == "" && right == "":
		return ""
	case left == right && left != unknownModule:
		return ""
	}
	word := func(module string) string {
		if module == "" {
			return "no module"
		}
		return "module " + module
	}
	return fmt.Sprintf("%s is a build of %s here and of %s there, which cannot be compared", a.Source, word(left), word(right))
}

// unknownModule is a module build that does not tell its module (old builds of
// AlmaLinux lacked the label, facts.md 6).
const unknownModule = "without a label"

func moduleOf(p rpm.Package) string {
	switch {
	case p.Module != "":
		return p.Module + ":" + p.ModuleStream
	case p.EVR.Split().Module:
		return unknownModule
	}
	return ""
}

// modified tells whether AlmaLinux modifies the package, and how one knows.
func (j *judge) modified(p rpm.Package) (bool, string) {
	if p.Modified() || sourceEVR(p).Split().Alma {
		return true, fmt.Sprintf("%s carries AlmaLinux's own patches (%s)", p.Source, sourceEVR(p))
	}
	if note, ok := rpm.ModifiedByAlma(j.release(), p.Source); ok {
		return true, fmt.Sprintf("%s is on AlmaLinux's list of modified packages (%s)", p.Source, note)
	}
	return false, ""
}

// release names the AlmaLinux side as the lists of modified packages do.
func (j *judge) release() string {
	target := j.alma.Side.Target
	if target.Distribution == Kitten {
		return "kitten" + target.Release
	}
	return target.Release
}

// findSubject finds what the report or the recipe is about: the source package
// of the report's package if both sides have it, else of the first require.
func (j *judge) findSubject() (subject, string, bool) {
	if name := j.run.Hints.Package; name != "" {
		if s, ok := j.subjectOf(packagesNamed(j.alma.set(), name), packagesNamed(j.stream.set(), name)); ok {
			return s, "", true
		}
	}
	if len(j.run.Recipe.Require) == 0 {
		return subject{}, "it is not known which package is at fault: name it in require", false
	}
	first := j.run.Recipe.Require[0]
	s, ok := j.subjectOf(j.alma.required(first), j.stream.required(first))
	if !ok {
		return subject{}, fmt.Sprintf("the first package of require, %s, is not the same source package on both sides", first), false
	}
	return s, "", true
}

// packagesNamed are the installed packages of a binary or source package's name.
func packagesNamed(set *rpm.Set, name string) []rpm.Package {
	if found := set.Find(name); len(found) > 0 {
		return found
	}
	return set.BySource(name)
}

func (j *judge) subjectOf(left, right []rpm.Package) (subject, bool) {
	for _, p := range left {
		for _, q := range right {
			if p.Source == q.Source && p.Source != "" {
				return j.compare(p.Source)
			}
		}
	}
	return subject{}, false
}

// differs tells that the two sides have not the same of it. Being on the list of
// modified packages alone is no difference: such builds carry .alma too, and
// where they do not nothing tells that they differ.
func (s subject) differs() bool {
	return s.relation != rpm.Equal || s.incomparable != "" || sourceEVR(s.alma).Split().Alma
}

// differing lists the source packages in the dependency closure of a subject
// that are not the same on both sides: nearest first.
func (j *judge) differing(of string) []subject {
	distance := map[string]int{}
	for _, set := range []*rpm.Set{j.alma.set(), j.stream.set()} {
		for _, member := range set.Closure(of) {
			if d, ok := distance[member.Source]; !ok || member.Distance < d {
				distance[member.Source] = member.Distance
			}
		}
	}
	var differ []subject
	for source, d := range distance {
		s, both := j.compare(source)
		switch {
		case !both:
			s = j.onlyHere(source)
		case !s.differs():
			continue
		}
		s.distance = d
		differ = append(differ, s)
	}
	slices.SortFunc(differ, func(a, b subject) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), strings.Compare(a.source, b.source))
	})
	return differ
}

// onlyHere is a source package that one side alone has.
func (j *judge) onlyHere(source string) subject {
	s := subject{source: source, only: j.stream.Side.Target.Title()}
	if here := j.alma.set().BySource(source); len(here) > 0 {
		s.only, s.alma = j.alma.Side.Target.Title(), newest(here)
		s.modified, s.how = j.modified(s.alma)
	}
	return s
}

// namesOf joins subjects for a sentence, at most a few of them.
func (j *judge) namesOf(list []subject) string {
	const most = 6
	var words []string
	for i, s := range list {
		if i == most {
			words = append(words, fmt.Sprintf("and %d more", len(list)-most))
			break
		}
		words = append(words, j.versions(s))
	}
	return strings.Join(words, "; ")
}
