package handoff

import (
	"cmp"

	"github.com/almatriage/almatriage/reproduce"
)

// Build is a source package as AlmaLinux was last seen to have it.
type Build struct {
	Source  string // name of the source package, "" if it is not known
	Release string // of the EVR, as in "7.el9.alma.1", "" if it is not known
}

// AlmaBuild is the build that a patch for the report is made upon: that of the
// subject of its run on the AlmaLinux side.
func AlmaBuild(c Case) Build {
	build := Build{Source: c.Report.Package}
	if c.Run == nil {
		return build
	}
	build.Source = cmp.Or(c.Run.Suggestion.Subject, build.Source)
	for i := range c.Run.Sides {
		side := &c.Run.Sides[i]
		if side.Role != reproduce.RoleAlma || side.Prepared.Print.Packages == nil {
			continue
		}
		packages := side.Prepared.Print.Packages.BySource(build.Source)
		if len(packages) == 0 { // a binary package's name, perhaps
			packages = side.Prepared.Print.Packages.Find(build.Source)
		}
		if len(packages) > 0 {
			build.Source = packages[0].Source
			build.Release = cmp.Or(packages[0].SourceEVR.Release, packages[0].EVR.Release)
		}
	}
	return build
}
