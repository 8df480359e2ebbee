package guide

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/draft"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tracker"
)

// Desk is where reports and recipes are looked up and guides are kept. store.DB
// is one.
type Desk interface {
	// SaveGuide keeps a guide and gives one that is new its ID.
	SaveGuide(ctx context.Context, g *Guide) error
	// Report returns a stored report.
	Report(ctx context.Context, id tracker.ID) (*tracker.Report, error)
	// StoredRecipe returns a report's recipe, nil if it has none.
	StoredRecipe(ctx context.Context, report string) (*reproduce.StoredRecipe, error)
	// Find returns reports whose title or texts have all words, newest first.
	Find(ctx context.Context, words string, limit int) ([]tracker.Report, error)
	// Similar returns reports whose titles share words with a text, those that
	// share most first.
	Similar(ctx context.Context, text string, limit int) ([]tracker.Report, error)
}

// mostFound is how many reports a person chooses from.
const mostFound = 9

// Facts are what is known when a question is asked. What the caller brings is
// Host, History, Locator, Targets and Now; the rest is looked up after each
// answer.
type Facts struct {
	Report *tracker.Report // the chosen one; nil before, and for a new bug
	// Known is a recipe to begin with: the report's own, or drafted from its
	// text; nil if neither is to be had.
	Known *reproduce.Recipe
	// Drafted tells that Known is a draft, Notes what to check in it.
	Drafted bool
	Notes   []string
	// NoDraft is why the report's text gives no draft.
	NoDraft string
	Found   []tracker.Report // what the words of the search found
	Similar []tracker.Report // to a new bug's title
	Host    Host
	Seen    string   // the package's version on this host
	History []string // the last lines of the shell's history, oldest first

	Locator tracker.Locator
	Targets reproduce.Targets
	Now     time.Time
}

// gather looks up what the question at hand needs.
func (f Facts) gather(ctx context.Context, g *Guide, desk Desk) (*Facts, error) {
	f.Report, f.Known, f.Drafted, f.Notes, f.NoDraft, f.Found, f.Similar, f.Seen = nil, nil, false, nil, "", nil, nil, ""
	if err := f.search(ctx, g, desk); err != nil {
		return nil, err
	}
	if bug := g.Answers[Bug]; bug != "" && bug != newBug {
		id, err := tracker.ParseID(bug)
		if err != nil {
			return nil, err
		}
		if f.Report, err = desk.Report(ctx, id); err != nil {
			return nil, err
		}
		if err := f.begin(ctx, desk); err != nil {
			return nil, err
		}
	}
	if name := g.Answers[Package]; name != "" {
		f.Seen = f.Host.Installed(ctx, name)
	}
	return &f, nil
}

// search finds the reports that there is to choose from.
func (f *Facts) search(ctx context.Context, g *Guide, desk Desk) (err error) {
	if g.Words != "" {
		if f.Found, err = desk.Find(ctx, g.Words, mostFound); err != nil {
			return fmt.Errorf("search the reports for %q: %w", g.Words, err)
		}
	}
	if title := g.Answers[Title]; g.IsNew() && title != "" {
		if f.Similar, err = desk.Similar(ctx, title, mostFound); err != nil {
			return fmt.Errorf("search the reports for %q: %w", title, err)
		}
		f.Similar = slices.DeleteFunc(f.Similar, func(r tracker.Report) bool { return r.ID.String() == g.Report })
	}
	return nil
}

// begin finds the recipe to begin with.
func (f *Facts) begin(ctx context.Context, desk Desk) error {
	stored, err := desk.StoredRecipe(ctx, f.Report.ID.String())
	if err != nil {
		return err
	}
	if stored != nil {
		f.Known = &stored.Recipe
		return nil
	}
	made, err := draft.From(*f.Report)
	var none *reproduce.Error
	if errors.As(err, &none) {
		f.NoDraft = "The report's own text shows no commands."
		return nil
	}
	if err != nil {
		return err
	}
	recipe, err := fmf.Parse("the draft", []byte(made.Source))
	if err != nil {
		return fmt.Errorf("read the draft for %s: %w", f.Report.ID, err)
	}
	f.Known, f.Drafted, f.Notes = &recipe, true, made.Notes
	return nil
}

// The sources of the commands.
const (
	fromReport  = "report"
	fromHistory = "history"
	fromPerson  = "type"
)

// sources are where the commands can come from here.
func (f *Facts) sources() []string {
	var all []string
	if f.Known != nil {
		all = append(all, fromReport)
	}
	if len(f.History) > 0 {
		all = append(all, fromHistory)
	}
	return append(all, fromPerson)
}

// source is where they come from.
func (g *Guide) source(f *Facts) string {
	all := f.sources()
	if chosen := g.Answers[Source]; slices.Contains(all, chosen) {
		return chosen
	}
	if f.Known == nil {
		return fromPerson
	}
	return fromReport
}

// release is the release that a report or this host names, and who says so. One
// that cannot be compared is none.
func (f *Facts) release() (release, why string) {
	if f.Report != nil && f.Report.Release != "" {
		if _, err := f.sides(f.Report.Release); err == nil {
			return f.Report.Release, "from the report"
		}
	}
	if f.Host.Release != "" {
		return f.Host.Release, "from this host's os-release"
	}
	return "", ""
}

// sides are the targets of a release.
func (f *Facts) sides(release string) ([]reproduce.Target, error) {
	return f.Targets.ForRelease(strings.TrimSpace(release), f.Now)
}
