package handoff

import (
	"cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// Build is a source package as AlmaLinux was last seen to have it.
type Build struct {
	Source  string // name of the source package, "" if it is not known
	Release string // of the EVR, as in "7.el9.alma.1", "" if it is not known
}

// AlmaBuild is the build that a patch for the report is made upon: that of the
// subject of its run on the AlmaLinux side.
func AlmaBuild(c Case) Build {
	name := c.Report.Package
	if c.Run != nil {
		name = cmp.Or(c.Run.Suggestion.Subject, name)
	}
	if p, ok := buildOn(c.side(reproduce.RoleAlma), name); ok {
		return Build{Source: p.Source, Release: sourceEVR(p).Release}
	}
	return Build{Source: name}
}

// source is the source package that the report is about.
func (c *Case) source() string { return AlmaBuild(*c).Source }

// buildOn is a package of a source as a side has it; the name may be a binary
// package's.
func buildOn(side *reproduce.Side, name string) (rpm.Package, bool) {
	if side == nil || side.Prepared.Print.Packages == nil {
		return rpm.Package{}, false
	}
	packages := side.Prepared.Print.Packages.BySource(name)
	if len(packages) == 0 {
		packages = side.Prepared.Print.Packages.Find(name)
	}
	if len(packages) == 0 {
		return rpm.Package{}, false
	}
	return packages[0], true
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

// origin is where a bug comes from that only Stream has.
type origin int

const (
	unknownOrigin origin = iota
	regression           // Stream is newer
	almaFix              // AlmaLinux's build carries a fix
)

// origin tells by the builds of the subject where a bug that only Stream has
// comes from (verdict.md, The suggestion).
func (c *Case) origin() origin {
	ours, have := buildOn(c.side(reproduce.RoleAlma), c.source())
	theirs, haveTheirs := buildOn(c.side(reproduce.RoleStream), c.source())
	if !have || !haveTheirs {
		return unknownOrigin
	}
	relation := rpm.CompareSource(sourceEVR(ours), sourceEVR(theirs))
	major, kitten := c.release()
	if kitten {
		major = "kitten" + major
	}
	_, listed := rpm.ModifiedByAlma(major, ours.Source)
	switch {
	case relation == rpm.RightNewer:
		return regression
	case relation == rpm.LeftNewer, listed, ours.Modified(), sourceEVR(ours).Split().Alma:
		return almaFix
	}
	return unknownOrigin
}
