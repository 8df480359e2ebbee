package rpm

import (
	"fmt"
	"regexp"
	"strings"
)

// Package is an installed or offered binary package.
type Package struct {
	Name      string
	EVR       EVR
	Arch      string
	Source    string // name of the source package
	SourceEVR EVR    // of the source package; SOURCERPM tells no epoch
	Vendor    string
	// Module and ModuleStream are of a module build that carries its label.
	Module, ModuleStream string
	Requires, Provides   []string // names only
	Files                []string // of bin, sbin and etc folders
}

// NVR is name-version-release.
func (p Package) NVR() string { return p.Name + "-" + p.EVR.Version + "-" + p.EVR.Release }

// NEVRA is name-[epoch:]version-release.arch, the epoch only if there is one,
// as rpm prints it.
func (p Package) NEVRA() string {
	s := p.Name + "-" + p.EVR.String()
	if p.Arch != "" {
		s += "." + p.Arch
	}
	return s
}

// Modified tells whether the build says of itself that AlmaLinux changed it.
func (p Package) Modified() bool { return p.EVR.Split().Alma }

// arches are the architectures that EL builds for; only they are taken for an
// architecture at the end of a name.
var arches = regexp.MustCompile(`\.(noarch|x86_64|x86_64_v2|i[3-6]86|aarch64|ppc64le|s390x|src|nosrc|riscv64)$`)

// ParseNEVRA reads NAME-[EPOCH:]VERSION-RELEASE[.ARCH][.rpm], with the epoch
// before the version or before the name.
func ParseNEVRA(s string) (Package, error) {
	p := Package{}
	rest := strings.TrimSuffix(strings.TrimSpace(s), ".rpm")
	if strings.ContainsFunc(rest, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return p, notNEVRA(s)
	}
	if m := arches.FindStringIndex(rest); m != nil {
		p.Arch, rest = rest[m[0]+1:], rest[:m[0]]
	}
	release := strings.LastIndexByte(rest, '-')
	if release <= 0 {
		return p, notNEVRA(s)
	}
	version := strings.LastIndexByte(rest[:release], '-')
	if version <= 0 {
		return p, notNEVRA(s)
	}
	p.Name = rest[:version]
	vr := rest[version+1:]
	if epoch, name, ok := strings.Cut(p.Name, ":"); ok {
		p.Name, vr = name, epoch+":"+vr
	}
	evr, err := ParseEVR(vr)
	if err != nil || p.Name == "" || evr.Release == "" || strings.ContainsAny(p.Name, ":/") {
		return Package{}, notNEVRA(s)
	}
	p.EVR = evr
	return p, nil
}

func notNEVRA(s string) error {
	return fmt.Errorf("%q is not NAME-VERSION-RELEASE", s)
}

// parseSource reads SOURCERPM.
func (p *Package) parseSource(sourcerpm string) {
	p.Source, p.SourceEVR = p.Name, p.EVR
	if source, err := ParseNEVRA(sourcerpm); err == nil {
		p.Source, p.SourceEVR = source.Name, source.EVR
	}
}

// nvrInText finds builds of Enterprise Linux in a text: only with a dist tag,
// since without one too much looks like a build.
var nvrInText = regexp.MustCompile(`\b[A-Za-z0-9][A-Za-z0-9+._-]*-(?:\d+:)?[0-9][A-Za-z0-9.~^+_]*-[0-9][A-Za-z0-9.~^+_]*\.(?:el|module_el|module\+el)\d+[A-Za-z0-9._~+]*`)

// FindNVRs finds the builds that a text names, each once, in order.
func FindNVRs(text string) []Package {
	const most = 200
	var found []Package
	seen := map[string]bool{}
	for _, s := range nvrInText.FindAllString(text, most) {
		p, err := ParseNEVRA(strings.TrimRight(s, ".,;:"))
		if err != nil || seen[p.NVR()] {
			continue
		}
		seen[p.NVR()] = true
		found = append(found, p)
	}
	return found
}

// Offered makes a package of what a repository offers. SOURCERPM is as rpm tells
// it; one that is none means that the package is its own source.
func Offered(name string, evr EVR, arch, sourcerpm string) Package {
	p := Package{Name: name, EVR: evr, Arch: arch}
	p.parseSource(sourcerpm)
	return p
}

// PickSource chooses, of the packages that repositories offer, those of a source
// in version want: the same base and Z-stream counter, whatever dist tag and
// .alma suffix, a module's build for a module's. The epoch is not compared:
// SOURCERPM tells none, and parts can have their own. Of each binary name it
// takes the newest build; none if the version is not offered.
func PickSource(source string, want EVR, offered []Package) []Package {
	want.Epoch = 0
	best := map[string]int{}
	var picked []Package
	for _, p := range offered {
		have := p.SourceEVR
		have.Epoch = 0
		if p.Source != source || have.Split().Module != want.Split().Module || CompareSource(want, have) != Equal {
			continue
		}
		if i, ok := best[p.Name]; !ok {
			best[p.Name] = len(picked)
			picked = append(picked, p)
		} else if Compare(p.EVR, picked[i].EVR) > 0 {
			picked[i] = p
		}
	}
	return picked
}
