package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tracker"
)

//go:embed bundle
var bundle embed.FS

// demoCase is a report of the bundle with all that happened to it.
type demoCase struct {
	report    tracker.Report
	apart     []tracker.Comment // where the tracker delivers them so (GitHub)
	recipe    *reproduce.StoredRecipe
	ran       *ran
	decisions []reproduce.Decision // oldest first
}

// ran is when a recorded run ended, and whom else it asked.
type ran struct {
	at   time.Time
	with []string
}

// The files' form.
type (
	reportFile struct {
		ID, Title, Status, Resolution, Reproducibility, Severity string
		Project, Version, Category, Reporter                     string
		Labels                                                   []string
		Created, Updated                                         age
		Private                                                  bool
		Body, Steps, Additional                                  string
		Attachments                                              []attachmentFile
		Comments                                                 []commentFile
		Recipe                                                   *recipeFile
		Run                                                      *runFile
		Decisions                                                []decisionFile
	}
	attachmentFile struct {
		Name string
		Size int64
		Type string
	}
	commentFile struct {
		Author  string
		Ago     age
		Private bool
		Text    string
	}
	recipeFile struct {
		File, Author string
		Ago          age
		Origin       reproduce.Origin // "": set by the author, and accepted by that
		AcceptedBy   string           `yaml:"accepted_by"`
		Accepted     age
	}
	runFile struct {
		Ago  age
		With []string
	}
	decisionFile struct {
		Verdict reproduce.Verdict
		By      string
		Ago     age
		Note    string
		Patch   string
	}
)

// age is a time before now: "41d23h", "35m".
type age time.Duration

// UnmarshalYAML reads Go's durations, with days before them.
func (a *age) UnmarshalYAML(decode func(any) error) error {
	var text string
	if err := decode(&text); err != nil {
		return err
	}
	rest, days := text, 0
	if number, after, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("%q is not an age", text)
		}
		days, rest = n, after
	}
	d := time.Duration(0)
	if rest != "" {
		var err error
		if d, err = time.ParseDuration(rest); err != nil {
			return fmt.Errorf("%q is not an age: %w", text, err)
		}
	}
	*a = age(d + time.Duration(days)*24*time.Hour)
	return nil
}

func (a age) before(now time.Time) time.Time { return now.Add(-time.Duration(a)) }

// readBundle reads all reports, in the order of their files.
func readBundle(now time.Time) ([]demoCase, error) {
	names, err := fs.Glob(bundle, "bundle/*.yaml")
	if err != nil {
		return nil, err
	}
	var cases []demoCase
	for _, name := range names {
		data, err := bundle.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var file reportFile
		if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		c, err := file.demoCase(now)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func (f *reportFile) demoCase(now time.Time) (demoCase, error) {
	var c demoCase
	id, err := tracker.ParseID(f.ID)
	if err != nil {
		return c, err
	}
	c.report = f.report(id, now)
	comments := f.comments(&c.report, now)
	if c.report.Tracker == github {
		c.apart = comments
	} else {
		c.report.Comments = comments
	}
	tracker.Derive(&c.report)
	for i := range c.apart {
		c.apart[i].References = tracker.FindReferences(c.apart[i].Text)
	}
	if f.Recipe != nil {
		if c.recipe, err = f.Recipe.stored(id, now); err != nil {
			return c, err
		}
	}
	if f.Run != nil {
		c.ran = &ran{f.Run.Ago.before(now), f.Run.With}
	}
	c.decisions = f.decisions(&c.report, now)
	return c, nil
}

// github is the name of the tracker that has repositories.
const github = "github"

func (f *reportFile) report(id tracker.ID, now time.Time) tracker.Report {
	r := tracker.Report{
		ID: id, Tracker: id.Space, URL: fmt.Sprintf("https://bugs.example.org/view.php?id=%d", id.Number),
		Title: f.Title, Body: f.Body, Steps: f.Steps, Additional: f.Additional,
		Status: f.Status, Open: !slices.Contains([]string{"resolved", "closed"}, f.Status), Resolution: f.Resolution,
		Reproducibility: f.Reproducibility, Severity: f.Severity, Project: f.Project, Version: f.Version, Category: f.Category,
		Labels: f.Labels, Reporter: f.Reporter, Private: f.Private, Created: f.Created.before(now),
	}
	if strings.Contains(id.Space, "/") {
		r.Tracker, r.Project = github, id.Space
		r.URL = fmt.Sprintf("https://git.example.org/%s/issues/%d", id.Space, id.Number)
	}
	r.Updated = r.Created
	if f.Updated != 0 {
		r.Updated = f.Updated.before(now)
	}
	for i, a := range f.Attachments {
		r.Attachments = append(r.Attachments, tracker.Attachment{ID: id.Number*100 + int64(i), Name: a.Name, Size: a.Size, ContentType: a.Type})
	}
	return r
}

// comments makes the comments of a report, which the last of them has changed.
func (f *reportFile) comments(r *tracker.Report, now time.Time) []tracker.Comment {
	var comments []tracker.Comment
	for i, c := range f.Comments {
		at, number := c.Ago.before(now), r.ID.Number*100+int64(i)
		comments = append(comments, tracker.Comment{ID: number, Report: r.ID, Author: c.Author, Text: c.Text, Created: at, Updated: at, Private: c.Private,
			URL: fmt.Sprintf("%s#c%d", r.URL, number)})
		if at.After(r.Updated) {
			r.Updated = at
		}
	}
	return comments
}

// stored reads the recipe. What its author set is accepted by that; else it is
// accepted by whom the file names, or by nobody.
func (f *recipeFile) stored(id tracker.ID, now time.Time) (*reproduce.StoredRecipe, error) {
	data, err := bundle.ReadFile(path.Join("bundle", f.File))
	if err != nil {
		return nil, err
	}
	recipe, err := fmf.Parse(f.File, data)
	if err != nil {
		return nil, err
	}
	s := &reproduce.StoredRecipe{Report: id.String(), Recipe: recipe, Origin: f.Origin, Set: f.Ago.before(now), Author: f.Author}
	switch {
	case f.Origin == "":
		s.Origin = reproduce.OriginSet
		s.Accepted, s.AcceptedBy, s.AcceptedAt = recipe.Hash(), s.Author, s.Set
	case f.AcceptedBy != "":
		s.Accepted, s.AcceptedBy, s.AcceptedAt = recipe.Hash(), f.AcceptedBy, f.Accepted.before(now)
	}
	return s, nil
}

func (f *reportFile) decisions(r *tracker.Report, now time.Time) []reproduce.Decision {
	var decisions []reproduce.Decision
	for _, d := range f.Decisions {
		at := d.Ago.before(now)
		seen := r.Updated // by the decider: not what came later
		if seen.After(at) {
			seen = at
		}
		decisions = append(decisions, reproduce.Decision{ID: idAt(at, r.ID.String()+" "+d.By), Report: r.ID.String(), Verdict: d.Verdict, Note: d.Note,
			PatchURL: d.Patch, By: d.By, At: at, ReportUpdated: seen})
	}
	return decisions
}
