package autopatch

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker/safe"
)

// Patch is a change to a package, and what is known of where it comes from.
type Patch struct {
	Package string // the source package
	// Release is the one that AlmaLinux has, "7.el9.alma.1" or "4.el9_6"; ""
	// if it is not known. Its .alma.N is counted up.
	Release string
	// URL is where the patch was got from.
	URL string
	// File is the patch's name in files/; "" while there is none, so that
	// add_files has still to be written.
	File string
	// Number is the patch's in the spec, 1000 if it is 0. AlmaLinux counts
	// from 1000.
	Number int
	// Reports are those that it resolves, by id or URL.
	Reports []string
	// Summary says in a line what it mends; the package's name stands in for
	// it.
	Summary string
	// Name and Email sign the changelog.
	Name, Email string
}

// firstNumber is that of AlmaLinux's first patch to a package.
const firstNumber = 1000

// New makes the config that carries a patch: it adds the file, writes the link
// to its source as a comment into the spec, counts the release up, and names
// the reports and the link in the changelog. It is an *reproduce.Error with
// CodeUsage if the patch cannot be described so.
//
// The comment stands at the top of the spec, the only place that is never
// within a macro, a condition or a text. It repeats the changelog's link since
// the tool wraps the changelog, and breaks addresses that are longer than a
// line. Both are given to rpm, which expands macros in them, so a % is doubled.
func New(p Patch) (Config, error) {
	link, ok := safe.URL(p.URL)
	if !ok {
		return Config{}, wrong("the address of the patch is %q; expected one that begins with https:// or http://", clean(p.URL))
	}
	if err := p.check(); err != nil {
		return Config{}, err
	}
	suffix, err := nextSuffix(p.Release)
	if err != nil {
		return Config{}, err
	}
	var c Config
	number := cmp.Or(p.Number, firstNumber)
	if p.File != "" {
		c.add("add_files", Param{"type", "patch"}, Param{"name", p.File}, Param{"number", number})
	}
	resolves := resolved(p.Reports)
	c.add("add_line", Param{"target", "spec"}, Param{"section", "global"}, Param{"location", "top"},
		Param{"content", comment(p.File, number, resolves, link)})
	c.add("modify_release", Param{"suffix", suffix})
	lines := []string{literal(cmp.Or(summary(p.Summary), "Fix "+clean(cmp.Or(p.Package, "a bug"))))}
	if resolves != "" {
		lines = append(lines, literal(resolves))
	}
	lines = append(lines, literal("Obtained from: "+link))
	c.add("changelog_entry", Param{"name", p.Name}, Param{"email", p.Email}, Param{"line", lines})
	if err := Check("the config for "+clean(cmp.Or(p.Package, "the package")), c.Format()); err != nil {
		return Config{}, fmt.Errorf("make an autopatch config: %w", err)
	}
	return c, nil
}

// What rpm takes for the name and for the release of a package.
var (
	packageName    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]*$`)
	packageRelease = regexp.MustCompile(`^[A-Za-z0-9._+~^]+$`)
)

// check tells what in a patch cannot be written.
func (p *Patch) check() error {
	switch {
	case !person.MatchString(p.Name) || clean(p.Name) != p.Name:
		return wrong("the name that signs the changelog is %q; expected one in a line, without <, > and %%", clean(p.Name))
	case !address.MatchString(p.Email) || clean(p.Email) != p.Email:
		return wrong("the address that signs the changelog is %q; expected one such as name@example.org", clean(p.Email))
	case p.Package != "" && !packageName.MatchString(p.Package):
		return wrong("the package is %q; expected the name of a source package, such as bash", clean(p.Package))
	case p.Release != "" && !packageRelease.MatchString(p.Release):
		return wrong("the release is %q; expected one such as 7.el9 or 7.el9.alma.1, without the version", clean(p.Release))
	case fileName(p.File) != "" || clean(p.File) != p.File:
		return wrong("the file of the patch is %q; expected %s", clean(p.File), fileName("/"))
	case p.Number < 0:
		return wrong("the number of the patch is %d; expected one from 1 on", p.Number)
	}
	return nil
}

func wrong(format string, args ...any) error {
	return &reproduce.Error{Code: reproduce.CodeUsage, Message: fmt.Sprintf(format, args...)}
}

// add appends an action with one entry.
func (c *Config) add(name string, params ...Param) {
	c.Actions = append(c.Actions, Action{Name: name, Entries: []Entry{params}})
}

// almaNumber is the counter of a release that AlmaLinux changed.
var almaNumber = regexp.MustCompile(`\.alma(?:\.(\d+))?$`)

// nextSuffix counts the release's .alma.N up. The old form without a number
// counts as the first.
func nextSuffix(release string) (string, error) {
	if !(rpm.EVR{Release: release}).Split().Alma {
		return ".alma.1", nil
	}
	m := almaNumber.FindStringSubmatch(release)
	if m == nil {
		return "", wrong("the release %q; expected .alma.N at its end", clean(release))
	}
	n, err := strconv.Atoi(cmp.Or(m[1], "1"))
	if err != nil || n >= 1e6 {
		return "", wrong("the release %q; expected a smaller number after .alma", clean(release))
	}
	return fmt.Sprintf(".alma.%d", n+1), nil
}

// comment is what is written into the spec.
func comment(file string, number int, resolves, link string) string {
	var b strings.Builder
	if file != "" {
		fmt.Fprintf(&b, "# Patch%d, %s\n", number, literal(clean(file)))
	}
	if resolves != "" {
		fmt.Fprintf(&b, "# %s\n", literal(resolves))
	}
	fmt.Fprintf(&b, "# Obtained from: %s\n", literal(link))
	return b.String()
}

// resolved names the reports in a line, "" if there are none.
func resolved(reports []string) string {
	var names []string
	for _, report := range reports {
		if name := clean(report); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "Resolves: " + strings.Join(names, ", ")
}

// summary is one line without what would make it a list or a heading.
func summary(s string) string {
	return strings.TrimLeft(clean(s), "-*+#• ")
}

// clean is one line of characters that can be seen.
func clean(s string) string { return strings.TrimSpace(safe.Cell(s)) }

// literal is text that a spec file gives back as it is.
func literal(s string) string { return strings.ReplaceAll(s, "%", "%%") }
