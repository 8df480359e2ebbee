package inside

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// MaxPrint is how much an image may tell of itself, in bytes.
const MaxPrint = 64 << 20

// Sections collects what a script prints to its stdout, by section. The zero
// value is ready; it is not safe for several goroutines.
type Sections struct {
	found map[Section]*bytes.Buffer
	size  int
}

// Take is for the sink of a splitter.
func (s *Sections) Take(l Line) {
	if l.Stream != reproduce.Stdout {
		return
	}
	if s.found == nil {
		s.found = map[Section]*bytes.Buffer{}
	}
	if s.found[l.Section] == nil {
		s.found[l.Section] = &bytes.Buffer{}
	}
	if s.size += len(l.Text) + 1; s.size <= MaxPrint {
		s.found[l.Section].Write(l.Text)
		if !l.Cut {
			s.found[l.Section].WriteByte('\n')
		}
	}
}

// TooMuch tells that more than MaxPrint came, and that it is not all here.
func (s *Sections) TooMuch() bool { return s.size > MaxPrint }

// Text is what a section holds, empty if there is none.
func (s *Sections) Text(name Section) string {
	if s.found[name] == nil {
		return ""
	}
	return s.found[name].String()
}

// PrintArgs are the arguments of print.sh after the nonce.
func PrintArgs() []string { return []string{rpm.QueryFormat, rpm.FilesFormat, rpm.FilePattern} }

// ReadPrint makes a fingerprint of what print.sh printed.
func ReadPrint(said *Sections, require []string) (reproduce.Fingerprint, error) {
	set, err := rpm.ParseQuery([]byte(said.Text("packages")))
	if err != nil {
		return reproduce.Fingerprint{}, err
	}
	print := reproduce.Fingerprint{OSRelease: ParseOSRelease(said.Text("os-release")), Arch: strings.TrimSpace(said.Text("arch")), Packages: set,
		Required: map[string][]string{}, Repos: parseRepos(said.Text("repos")), Level: levelOfPackages(set)}
	for _, want := range require {
		print.Required[want] = nevras(set.WhatProvides(want))
	}
	return print, nil
}

func nevras(packages []rpm.Package) []string {
	list := make([]string, 0, len(packages))
	for _, one := range packages {
		list = append(list, one.NEVRA())
	}
	return list
}

// WantedChangelogs are the packages to ask changelog.sh for, by the source
// package that each stands for: those that are asked for and not there yet.
func WantedChangelogs(print *reproduce.Fingerprint, sources []string) map[string]string {
	byPackage := map[string]string{}
	for _, source := range sources {
		if _, have := print.Changelogs[source]; have || print.Packages == nil {
			continue
		}
		if built := print.Packages.BySource(source); len(built) > 0 {
			byPackage[built[0].NEVRA()] = source
		}
	}
	return byPackage
}

// AddChangelogs adds what changelog.sh printed.
func AddChangelogs(print *reproduce.Fingerprint, said *Sections, byPackage map[string]string) {
	all := maps.Clone(print.Changelogs) // others may read the old one
	if all == nil {
		all = map[string]string{}
	}
	for name, source := range byPackage {
		all[source] = said.Text(Section(name))
	}
	print.Changelogs = all
}

// ParseOSRelease reads the file of that name: NAME=value, where the value may
// be quoted as in a shell (os-release(5)). Lines that are not that are left out.
func ParseOSRelease(text string) map[string]string {
	values := map[string]string{}
	for one := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(one), "=")
		if !ok || name == "" || strings.ContainsAny(name, " \t#") {
			continue
		}
		if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			quoted := value[0] == '"'
			value = value[1 : n-1]
			if quoted {
				value = strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\$`, `$`, "\\`", "`").Replace(value)
			}
		}
		values[name] = value
	}
	return values
}

// parseRepos reads dnf repolist -v.
func parseRepos(text string) []reproduce.Repo {
	var repos []reproduce.Repo
	for one := range strings.Lines(text) {
		key, value, ok := strings.Cut(one, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "Repo-id":
			repos = append(repos, reproduce.Repo{ID: value})
		case "Repo-revision":
			if len(repos) > 0 {
				repos[len(repos)-1].Revision = value
			}
		}
	}
	slices.SortFunc(repos, func(a, b reproduce.Repo) int { return strings.Compare(a.ID, b.ID) })
	return repos
}

// levelOfPackages is the x86-64 level that packages are built for, where their
// architecture tells (AlmaLinux builds x86_64_v2 beside x86_64).
func levelOfPackages(set *rpm.Set) string {
	for _, one := range set.Packages() {
		if ok, err := path.Match("x86_64_v[0-9]", one.Arch); err == nil && ok {
			return strings.ReplaceAll(one.Arch, "_", "-")
		}
	}
	return ""
}
