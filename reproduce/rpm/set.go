package rpm

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

// QueryFormat is what rpm -qa --qf is asked for: a P line for each package,
// then an R line for each name it requires and a V line for each it provides.
// Fields are separated by tabs, which none of them can hold.
const QueryFormat = `P\t%{NAME}\t%{EPOCH}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\t%{VENDOR}\t%{MODULARITYLABEL}\n` +
	`[R\t%{REQUIRENAME}\n][V\t%{PROVIDENAME}\n]`

// FilesFormat asks for the files of all packages; the lines of interest (see
// IsFileLine) are put after those of QueryFormat.
const FilesFormat = `[F\t%{=NAME}\t%{FILENAMES}\n]`

// FilePattern matches, as an extended regular expression, the lines of
// FilesFormat that can answer a requirement of a path.
const FilePattern = `^F	[^	]*	/((usr/)?s?bin|etc)/`

// Limits of what a container may tell of its packages.
const (
	maxPackages = 20000
	maxLine     = 64 << 10
)

// Set is the packages of one system. The zero value is empty. A set does not
// change once it is made and may be read by several goroutines.
type Set struct {
	packages []Package // by name, then version, then architecture
	byName   map[string][]int
	bySource map[string][]int
	provides map[string][]int // names and paths
	hash     string
}

// ParseQuery reads the output of rpm -qa with QueryFormat and the F lines.
func ParseQuery(data []byte) (*Set, error) {
	var packages []Package
	index := map[string]int{}
	scanner := bufio.NewScanner(bytes.NewReader(data))
	scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
	for line := 1; scanner.Scan(); line++ {
		fields := strings.Split(scanner.Text(), "\t")
		switch {
		case len(fields) == 9 && fields[0] == "P":
			p, err := packageOf(fields)
			if err != nil {
				return nil, fmt.Errorf("package list, line %d: %w", line, err)
			}
			if len(packages) == maxPackages {
				return nil, fmt.Errorf("package list, line %d: more than %d packages", line, maxPackages)
			}
			index[p.Name] = len(packages)
			packages = append(packages, p)
		case len(fields) == 2 && len(packages) > 0 && fields[0] == "R":
			last := &packages[len(packages)-1]
			last.Requires = append(last.Requires, fields[1])
		case len(fields) == 2 && len(packages) > 0 && fields[0] == "V":
			last := &packages[len(packages)-1]
			last.Provides = append(last.Provides, fields[1])
		case len(fields) == 3 && fields[0] == "F":
			if i, ok := index[fields[1]]; ok {
				packages[i].Files = append(packages[i].Files, fields[2])
			}
		case scanner.Text() == "":
		default:
			return nil, fmt.Errorf("package list, line %d: not a line of rpm's answer: %.80q", line, scanner.Text())
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("package list: %w", err)
	}
	return NewSet(packages), nil
}

func packageOf(fields []string) (Package, error) {
	epoch, err := parseEpoch(fields[2])
	if err != nil {
		return Package{}, err
	}
	none := func(s string) string {
		if s == "(none)" {
			return ""
		}
		return s
	}
	p := Package{Name: fields[1], EVR: EVR{Epoch: epoch, Version: fields[3], Release: fields[4]}, Arch: none(fields[5]), Vendor: none(fields[7])}
	if p.Name == "" || p.EVR.Version == "" {
		return p, fmt.Errorf("a package without name or version")
	}
	p.parseSource(none(fields[6]))
	if label := strings.Split(none(fields[8]), ":"); len(label) >= 2 {
		p.Module, p.ModuleStream = label[0], label[1]
	}
	return p, nil
}

// NewSet makes a set of packages, which it takes over.
func NewSet(packages []Package) *Set {
	s := &Set{packages: packages, byName: map[string][]int{}, bySource: map[string][]int{}, provides: map[string][]int{}}
	slices.SortFunc(s.packages, func(a, b Package) int {
		if a.Name != b.Name { // nearly always; the rest is costly
			return strings.Compare(a.Name, b.Name)
		}
		return cmp.Or(Compare(a.EVR, b.EVR), strings.Compare(a.Arch, b.Arch))
	})
	sum := sha256.New()
	for i := range s.packages {
		p := &s.packages[i]
		for _, list := range []*[]string{&p.Requires, &p.Provides, &p.Files} {
			slices.Sort(*list)
			*list = slices.Compact(*list)
		}
		s.byName[p.Name] = append(s.byName[p.Name], i)
		s.bySource[p.Source] = append(s.bySource[p.Source], i)
		for _, name := range p.Provides {
			s.provide(name, i)
		}
		for _, file := range p.Files {
			s.provide(mergeUsr(file), i)
		}
		s.provide(p.Name, i)
		fmt.Fprintf(sum, "%s\t%s:%s\n", p.NEVRA(), p.Module, p.ModuleStream)
	}
	s.hash = hex.EncodeToString(sum.Sum(nil))
	return s
}

func (s *Set) provide(name string, i int) {
	name = mergeUsr(name)
	if list := s.provides[name]; len(list) == 0 || list[len(list)-1] != i {
		s.provides[name] = append(list, i)
	}
}

// mergeUsr makes one of the two names that a path has where /bin, /sbin, /lib
// and /lib64 are links into /usr.
func mergeUsr(name string) string {
	for _, folder := range []string{"/bin/", "/sbin/", "/lib/", "/lib64/"} {
		if strings.HasPrefix(name, folder) {
			return "/usr" + name
		}
	}
	return name
}

// Hash identifies the set: the SHA-256, in hexadecimal, of all NEVRAs with
// their module streams.
func (s *Set) Hash() string {
	if s.hash == "" {
		return NewSet(nil).hash
	}
	return s.hash
}

// Packages lists all packages by name. It must not be changed.
func (s *Set) Packages() []Package { return s.packages }

func (s *Set) at(indexes []int) []Package {
	var list []Package
	for _, i := range indexes {
		list = append(list, s.packages[i])
	}
	return list
}

// Find lists the packages of a name: several where architectures or kernels
// are installed beside each other.
func (s *Set) Find(name string) []Package { return s.at(s.byName[name]) }

// BySource lists the binary packages of a source package's name.
func (s *Set) BySource(source string) []Package { return s.at(s.bySource[source]) }

// WhatProvides lists the packages that answer to a name as dnf install takes
// it: a package's name, with architecture or version, a glob, something
// provided, or a path.
func (s *Set) WhatProvides(what string) []Package {
	what = strings.TrimSpace(what)
	if what == "" {
		return nil
	}
	if name, _, ok := strings.Cut(what, " "); ok && !strings.HasPrefix(what, "(") {
		what = name // "foo >= 1.2"
	}
	if found := s.Find(what); len(found) > 0 {
		return found
	}
	if list := s.provides[mergeUsr(what)]; len(list) > 0 {
		return s.at(list)
	}
	var found []Package
	for _, p := range s.packages {
		if p.answersTo(what) {
			found = append(found, p)
		}
	}
	return found
}

// answersTo tells whether one of the forms of the package's name matches.
func (p Package) answersTo(what string) bool {
	epoch := fmt.Sprintf("%d:%s-%s", p.EVR.Epoch, p.EVR.Version, p.EVR.Release)
	forms := []string{p.Name, p.Name + "." + p.Arch, p.NVR(), p.NVR() + "." + p.Arch, p.NEVRA(), p.Name + "-" + p.EVR.String(),
		p.Name + "-" + epoch, p.Name + "-" + epoch + "." + p.Arch, p.Name + "-" + p.EVR.Version}
	for _, form := range forms {
		if form == what {
			return true
		}
		if strings.ContainsAny(what, "*?[") {
			if ok, err := path.Match(what, form); err == nil && ok {
				return true
			}
		}
	}
	return false
}

// Member is a source package in a closure.
type Member struct {
	Source   string
	Distance int // steps of dependency, 1 or more
	Packages []Package
}

// Closure walks the requirements of the installed packages of the given
// source packages, breadth first, and lists the source packages met: nearest
// first, then by name; without the given ones, and without those that only
// say which distribution this is.
func (s *Set) Closure(sources ...string) []Member {
	distance := map[string]int{}
	var queue []string
	for _, source := range sources {
		if _, known := distance[source]; !known {
			distance[source] = 0
			queue = append(queue, source)
		}
	}
	// The walk goes from package to package: of a source package only the
	// binary packages that something needs count.
	visited := map[int]bool{}
	var frontier []int
	for _, source := range queue {
		frontier = append(frontier, s.bySource[source]...)
	}
	var members []Member
	for depth := 1; len(frontier) > 0; depth++ {
		var next []int
		for _, i := range frontier {
			if visited[i] {
				continue
			}
			visited[i] = true
			for _, j := range s.requiredBy(i) {
				if s.isIdentity(j) {
					continue
				}
				next = append(next, j)
				source := s.packages[j].Source
				if _, known := distance[source]; !known {
					distance[source] = depth
					members = append(members, Member{Source: source, Distance: depth, Packages: s.BySource(source)})
				}
			}
		}
		frontier = next
	}
	slices.SortFunc(members, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), strings.Compare(a.Source, b.Source))
	})
	return members
}

// requiredBy are the packages that answer to a package's requirements.
func (s *Set) requiredBy(i int) []int {
	var needed []int
	for _, name := range s.packages[i].Requires {
		if strings.HasPrefix(name, "rpmlib(") {
			continue
		}
		for _, one := range richNames(name) {
			needed = append(needed, s.provides[mergeUsr(one)]...)
		}
	}
	return needed
}

// richNames are the capabilities that a rich dependency names, "(a if b)".
func richNames(name string) []string {
	if !strings.HasPrefix(name, "(") {
		return []string{name}
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == '(' || r == ')' })
	return slices.DeleteFunc(words, func(w string) bool {
		return slices.Contains([]string{"if", "or", "and", "else", "unless", "with", "without", "=", "<", ">", "<=", ">="}, w)
	})
}

// identity names, beside whoever provides system-release, the packages that
// differ on every two distributions and explain nothing.
var identity = []string{"*-release", "*-repos", "*-logos", "*-logos-*", "*-backgrounds", "*-indexhtml", "*-gpg-keys", "*-eula", "gpg-pubkey"}

func (s *Set) isIdentity(i int) bool {
	p := &s.packages[i]
	if _, found := slices.BinarySearch(p.Provides, "system-release"); found {
		return true
	}
	return slices.ContainsFunc(identity, func(pattern string) bool {
		ok, err := path.Match(pattern, p.Name)
		return err == nil && ok
	})
}

// MarshalJSON is the set as the list of its packages.
func (s *Set) MarshalJSON() ([]byte, error) { return json.Marshal(s.packages) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Set) UnmarshalJSON(data []byte) error {
	var packages []Package
	if err := json.Unmarshal(data, &packages); err != nil {
		return fmt.Errorf("package set: %w", err)
	}
	if len(packages) > maxPackages {
		return fmt.Errorf("package set: more than %d packages", maxPackages)
	}
	*s = *NewSet(packages)
	return nil
}

// Change is a source package that two systems do not have alike.
type Change struct {
	Source              string
	Left, Right         Package // zero where a side has none
	Relation            Relation
	OnlyLeft, OnlyRight bool
	LeftModified        bool
}

// Diff lists the source packages that differ, by name; the newest build of
// each counts.
func Diff(left, right *Set) []Change {
	sources := map[string]bool{}
	for _, s := range []*Set{left, right} {
		for source := range s.bySource {
			sources[source] = true
		}
	}
	var changes []Change
	for source := range sources {
		l, r := left.BySource(source), right.BySource(source)
		c := Change{Source: source, OnlyLeft: len(r) == 0, OnlyRight: len(l) == 0}
		byEVR := func(a, b Package) int { return Compare(a.EVR, b.EVR) }
		if len(l) > 0 {
			c.Left = slices.MaxFunc(l, byEVR)
			c.LeftModified = c.Left.Modified()
		}
		if len(r) > 0 {
			c.Right = slices.MaxFunc(r, byEVR)
		}
		if !c.OnlyLeft && !c.OnlyRight {
			c.Relation = CompareSource(c.Left.EVR, c.Right.EVR)
			if c.Relation == Equal && !c.LeftModified {
				continue
			}
		}
		changes = append(changes, c)
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Source, b.Source) })
	return changes
}
