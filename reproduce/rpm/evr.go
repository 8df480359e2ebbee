// Package rpm knows what a verdict needs of RPM: versions and how they compare
// across rebuilds, package sets and who depends on whom, changelogs, and which
// packages AlmaLinux modifies.
//
// It is pure: it does no IO, runs nothing, and imports nothing of this program.
package rpm

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	rpmversion "github.com/knqyf263/go-rpm-version"
)

// EVR is epoch, version and release of a package. It is comparable with ==,
// which is stricter than Compare.
type EVR struct {
	Epoch   int
	Version string
	Release string
}

// ParseEVR reads [EPOCH:]VERSION[-RELEASE]; the epoch may be "(none)", as rpm
// prints it.
func ParseEVR(s string) (EVR, error) {
	var e EVR
	rest := strings.TrimSpace(s)
	if epoch, after, ok := strings.Cut(rest, ":"); ok {
		n, err := parseEpoch(epoch)
		if err != nil {
			return EVR{}, fmt.Errorf("version %q: %w", s, err)
		}
		e.Epoch, rest = n, after
	}
	e.Version, e.Release, _ = strings.Cut(rest, "-")
	if e.Version == "" || strings.ContainsAny(rest, " \t\r\n:") || strings.Contains(e.Release, "-") {
		return EVR{}, fmt.Errorf("version %q is not [EPOCH:]VERSION[-RELEASE]", s)
	}
	return e, nil
}

func parseEpoch(s string) (int, error) {
	if s == "(none)" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("epoch %q is not a number", s)
	}
	return int(n), nil
}

// String is VERSION-RELEASE, with the epoch before it if there is one.
func (e EVR) String() string {
	s := e.Version
	if e.Release != "" {
		s += "-" + e.Release
	}
	if e.Epoch > 0 {
		return strconv.Itoa(e.Epoch) + ":" + s
	}
	return s
}

// Compare orders by rpm's rules: epoch, version, release. A missing release
// equals any, as in rpm's own comparison of dependencies.
func Compare(a, b EVR) int {
	if c := cmp.Compare(a.Epoch, b.Epoch); c != 0 {
		return c
	}
	if c := compareSegment(a.Version, b.Version); c != 0 || a.Release == "" || b.Release == "" {
		return c
	}
	return compareSegment(a.Release, b.Release)
}

// compareSegment is rpmvercmp. The library takes epoch and release apart
// itself; given one segment without : and -, it compares just that.
func compareSegment(a, b string) int {
	return rpmversion.NewVersion(clean(a)).Compare(rpmversion.NewVersion(clean(b)))
}

// clean keeps separators of the library's own syntax out of a segment: rpm
// treats them, like all that is no letter, digit, ~ or ^, as mere separators.
func clean(s string) string { return strings.NewReplacer(":", ".", "-", ".").Replace(s) }

// Parts is a version taken apart at its dist tag.
type Parts struct {
	// Base is without the dist tag and what follows it: what the source is,
	// whoever built it.
	Base EVR
	Dist string // "el9", "el9_6", "fc38"; "" if there is none
	// Counter is the Z-stream counter after the dist tag, "2" in
	// 3.el9_6.2; "" if there is none.
	Counter string
	Alma    bool // .alma or .alma.N: AlmaLinux changed the sources
	AlmaN   int  // N, 0 for a bare .alma
	Module  bool // a module build, .module_el… or .module+el…
	Rest    string
}

var (
	// The dist tag begins a dot-separated part of the release; what follows it
	// directly may name a variant (el8sat, el9_6~bootstrap).
	distTag   = regexp.MustCompile(`(?i)\.((?:hs\.)?(?:el|fc)\d+(?:_\d+)*)([^.0-9_][^.]*)?(\..*)?$`)
	moduleTag = regexp.MustCompile(`(?i)\.module[_+]((?:el|fc)?[^.]*(?:\.\d+)*)(?:\+[0-9A-Za-z+_]*)?(\..*)?$`)
	almaTag   = regexp.MustCompile(`(?i)\.alma(?:\.?(\d+))?(?:\.|$)`)
	counter   = regexp.MustCompile(`^(?:\.(\d+(?:\.\d+)*))(?:\.|$)`)
)

// Split takes a version apart (facts.md 6).
func (e EVR) Split() Parts {
	p := Parts{Base: e}
	release, after := e.Release, ""
	if m := moduleTag.FindStringSubmatchIndex(release); m != nil {
		p.Module, p.Dist = true, release[m[2]:m[3]]
		release, after = release[:m[0]], release[m[0]+1:]
		if i := strings.Index(strings.ToLower(after), ".alma"); i >= 0 {
			after = after[i:]
		} else {
			after = ""
		}
	} else if m := distTag.FindStringSubmatchIndex(release); m != nil {
		p.Dist = release[m[2]:m[3]]
		variant := group(release, m, 2)
		after = group(release, m, 3)
		release = release[:m[0]]
		p.Rest = variant
	}
	// The suffix may stand before the dist tag, or without one.
	if m := almaTag.FindStringIndex(release); m != nil {
		release, after = release[:m[0]], release[m[0]:]+after
	}
	p.Base.Release = release
	if m := almaTag.FindStringSubmatchIndex(after); m != nil {
		p.Alma = true
		if n, err := strconv.Atoi(group(after, m, 1)); err == nil {
			p.AlmaN = n
		}
		after = after[:m[0]] + "." + after[m[1]:]
		after = strings.TrimSuffix(after, ".")
	}
	if m := counter.FindStringSubmatch(after); m != nil {
		p.Counter = m[1]
		after = strings.TrimPrefix(after, "."+m[1])
	}
	p.Rest += after
	return p
}

func group(s string, m []int, n int) string {
	if m[2*n] < 0 {
		return ""
	}
	return s[m[2*n]:m[2*n+1]]
}

// Relation is how two source versions stand to each other.
type Relation int

// The relations.
const (
	Equal Relation = iota
	// EqualButCounter: the same but for a Z-stream counter, which can be a fix
	// of one distribution's.
	EqualButCounter
	LeftNewer
	RightNewer
)

// String names the relation.
func (r Relation) String() string {
	return [...]string{"equal", "equal but for a Z-stream counter", "left is newer", "right is newer"}[r]
}

// CompareSource compares what two builds were made of: epoch, version and
// release without the dist tag and what follows it, by rpm's rules.
func CompareSource(left, right EVR) Relation {
	l, r := left.Split(), right.Split()
	switch c := Compare(l.Base, r.Base); {
	case c > 0:
		return LeftNewer
	case c < 0:
		return RightNewer
	case l.Counter != r.Counter:
		return EqualButCounter
	}
	return Equal
}
