package podman

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// maxPrint is how much an image may tell of itself, in bytes.
const maxPrint = 64 << 20

// sections collects what a script prints, by section.
func (p *preparing) sections(ctx context.Context, image, script string, args []string) (map[section]*bytes.Buffer, error) {
	found := map[section]*bytes.Buffer{}
	size := 0
	box := p.container(image, script, args)
	box.sink = func(l line) {
		if l.stream != reproduce.Stdout {
			return
		}
		if found[l.section] == nil {
			found[l.section] = &bytes.Buffer{}
		}
		if size += len(l.text) + 1; size <= maxPrint {
			found[l.section].Write(l.text)
			if !l.cut {
				found[l.section].WriteByte('\n')
			}
		}
	}
	if err := p.run(ctx, box, reproduce.StepPrint); err != nil {
		return nil, err
	}
	if size > maxPrint {
		return nil, &reproduce.StepError{Target: p.spec.Target.Name, Step: reproduce.StepPrint,
			Message: fmt.Sprintf("the image tells more than %d MiB of itself", maxPrint>>20), Advice: "use the distribution's own image"}
	}
	return found, nil
}

// print takes an image's fingerprint.
func (p *preparing) print(ctx context.Context, image string) (reproduce.Fingerprint, error) {
	said, err := p.sections(ctx, image, "print.sh", []string{rpm.QueryFormat, rpm.FilesFormat, rpm.FilePattern})
	if err != nil {
		return reproduce.Fingerprint{}, err
	}
	text := func(name section) string {
		if said[name] == nil {
			return ""
		}
		return said[name].String()
	}
	set, err := rpm.ParseQuery([]byte(text("packages")))
	if err != nil {
		return reproduce.Fingerprint{}, &reproduce.StepError{Target: p.spec.Target.Name, Step: reproduce.StepPrint, Err: err,
			Message: err.Error(), Advice: "see whether rpm works in the image"}
	}
	print := reproduce.Fingerprint{OSRelease: ParseOSRelease(text("os-release")), Arch: strings.TrimSpace(text("arch")), Packages: set,
		Required: map[string][]string{}, Repos: parseRepos(text("repos")), Level: levelOfPackages(set)}
	for _, want := range p.spec.Require {
		print.Required[want] = nevras(set.WhatProvides(want))
	}
	return print, p.changelogs(ctx, image, &print)
}

func nevras(packages []rpm.Package) []string {
	list := make([]string, 0, len(packages))
	for _, one := range packages {
		list = append(list, one.NEVRA())
	}
	return list
}

// changelogs adds the changelogs that are asked for and not there yet.
func (p *preparing) changelogs(ctx context.Context, image string, print *reproduce.Fingerprint) error {
	byPackage := map[string]string{} // binary package -> source
	var names []string
	for _, source := range p.spec.Changelogs {
		if _, have := print.Changelogs[source]; have || print.Packages == nil {
			continue
		}
		if built := print.Packages.BySource(source); len(built) > 0 {
			name := built[0].NEVRA()
			byPackage[name] = source
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	said, err := p.sections(ctx, image, "changelog.sh", names)
	if err != nil {
		return err
	}
	all := map[string]string{}
	for source, text := range print.Changelogs {
		all[source] = text
	}
	for name, source := range byPackage {
		all[source] = ""
		if said[section(name)] != nil {
			all[source] = said[section(name)].String()
		}
	}
	print.Changelogs = all
	return nil
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
