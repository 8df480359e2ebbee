package bundle

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
)

// Import merges a bundle into a database, whole or not at all: it is read and
// checked to its end first. One that is damaged, of a newer version, or made to
// do harm is a *Refused. Beside the database there must be room for it unpacked.
// What it says must not have happened after now.
//
// A report is known by its id. One of the local tracker, where everybody counts
// from 1, is known by who began it when: it keeps its number if that is free
// here, else it gets the next one.
func Import(ctx context.Context, db *store.DB, in io.Reader, now time.Time) (store.Merged, error) {
	c, err := unpack(ctx, in, filepath.Dir(db.Path()), now)
	if err != nil {
		return store.Merged{}, err
	}
	merged, err := c.merge(ctx, db)
	return merged, errors.Join(err, c.close())
}

func (c *contents) merge(ctx context.Context, db *store.DB) (store.Merged, error) {
	if err := c.walk(&reader{}); err != nil {
		return store.Merged{}, err
	}
	if name := c.unused(); name != "" {
		return store.Merged{}, refusef(name, "it does not belong into a bundle")
	}
	return db.Merge(ctx, func(m *store.Merger) error { return c.walk(m) })
}

// taker takes what a bundle holds, report by report: store.Merger is one.
type taker interface {
	// Report returns the id that the report has here.
	Report(r tracker.Report) (tracker.ID, error)
	Recipe(s reproduce.StoredRecipe) error
	// Run gets the output of attempts by asking for it.
	Run(run reproduce.Run, log func(attempt string) ([]reproduce.LogLine, error)) error
	// Decisions gets the journal, which may be empty, when all else of the report is known.
	Decisions(report string, list []reproduce.Decision) error
}

// walk gives a taker all reports.
func (c *contents) walk(to taker) error {
	if err := checkReports(c.manifest.MadeOf); err != nil {
		return err
	}
	runs := map[string][]string{} // by the folder of their report
	for _, file := range c.list {
		if dir, _, ok := strings.Cut(file.Path, "runs/"); ok && strings.HasPrefix(dir, "reports/") {
			runs[dir] = append(runs[dir], file.Path)
		}
	}
	for i, id := range c.manifest.MadeOf {
		dir := dirOf(i+1, id)
		w := walker{contents: c, to: to, dir: dir, told: id}
		if err := w.report(runs[dir]); err != nil {
			return err
		}
	}
	return nil
}

// walker gives a taker one report.
type walker struct {
	*contents
	to   taker
	dir  string
	told string     // its id in the bundle
	id   tracker.ID // and here
}

func (w *walker) report(runs []string) error {
	name := w.dir + "report.json"
	var told Report
	if err := w.json(name, &told); err != nil {
		return err
	}
	if err := checkReport(&told, w.told); err != nil {
		return refuse(name, err)
	}
	r, err := reportFrom(&told)
	if err != nil {
		return refuse(name, err)
	}
	if w.id, err = w.to.Report(r); err != nil {
		return taken(name, err)
	}
	if err := w.recipe(); err != nil {
		return err
	}
	for _, run := range runs {
		if err := w.run(run); err != nil {
			return err
		}
	}
	return w.decisions()
}

// taken tells what a database refuses from what happens to one.
func taken(name string, err error) error {
	if err == nil || store.CodeOf(err) != store.CodeConflict {
		return err
	}
	return refuse(name, err)
}

func (w *walker) recipe() error {
	name := w.dir + "recipe.json"
	if !w.has(name) {
		return nil
	}
	var about StoredRecipe
	if err := w.json(name, &about); err != nil {
		return err
	}
	if err := checkRecipe(&about, w.told); err != nil {
		return refuse(name, err)
	}
	source, err := w.read(w.dir + "recipe.fmf")
	if err != nil {
		return err
	}
	var files []reproduce.File
	size := len(source)
	for _, file := range about.Files {
		data, err := w.read(w.dir + file.File)
		if err != nil {
			return err
		}
		if size += len(data); size > fmf.MaxSize {
			return refusef(w.dir+file.File, "the recipe and its files are larger than %d bytes", fmf.MaxSize)
		}
		files = append(files, reproduce.File{Path: file.Path, Executable: file.Executable, Data: data})
	}
	s, err := storedRecipeFrom(&about, source, files)
	if err != nil {
		return refuse(w.dir+"recipe.fmf", err)
	}
	s.Report = w.id.String()
	return taken(name, w.to.Recipe(s))
}

func (w *walker) run(name string) error {
	var told Run
	if err := w.json(name, &told); err != nil {
		return err
	}
	if err := checkRun(&told, w.told, w.now); err != nil {
		return refuse(name, err)
	}
	if name != w.dir+"runs/"+entryName(told.ID)+".json" {
		return refusef(name, "it is of run %s", told.ID)
	}
	if err := w.sameAttempts(&told); err != nil {
		return refuse(name, err)
	}
	run, err := runFrom(&told, w.set)
	if err != nil {
		return refuse(name, err)
	}
	run.Report = w.id.String()
	if !run.Hints.Report.IsZero() {
		run.Hints.Report = w.id
	}
	return taken(name, w.to.Run(run, w.log))
}

// sameAttempts refuses an attempt that was told otherwise before: runs share
// them.
func (w *walker) sameAttempts(run *Run) error {
	for i := range run.Sides {
		for _, a := range run.Sides[i].Attempts {
			data, err := encode(a)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(data)
			if before, met := w.attempts[a.ID]; met && before != sum {
				return fmt.Errorf("attempt %s is told in two ways", a.ID)
			}
			w.attempts[a.ID] = sum
		}
	}
	return nil
}

// log is the output of an attempt, nil if there was none.
func (w *walker) log(attempt string) ([]reproduce.LogLine, error) {
	name := w.dir + "logs/" + entryName(attempt) + ".jsonl"
	if !w.has(name) {
		return nil, nil
	}
	data, err := w.read(name)
	if err != nil {
		return nil, err
	}
	lines, err := linesFrom(data)
	if err != nil {
		return nil, refuse(name, err)
	}
	return lines, nil
}

func (w *walker) decisions() error {
	name := w.dir + "decisions.json"
	var list []reproduce.Decision
	if w.has(name) {
		var told []Decision
		if err := w.json(name, &told); err != nil {
			return err
		}
		if err := checkDecisions(told, w.told, w.now); err != nil {
			return refuse(name, err)
		}
		list = each(told, decisionFrom)
		for i := range list {
			list[i].Report = w.id.String()
		}
	}
	return taken(name, w.to.Decisions(w.id.String(), list))
}

// reader takes everything and keeps nothing: what it is given was checked.
type reader struct{}

// Report implements taker.
func (reader) Report(r tracker.Report) (tracker.ID, error) { return r.ID, nil }

// Recipe implements taker.
func (reader) Recipe(reproduce.StoredRecipe) error { return nil }

// Run implements taker: it reads what attempts put out.
func (reader) Run(run reproduce.Run, log func(string) ([]reproduce.LogLine, error)) error {
	for i := range run.Sides {
		for _, a := range run.Sides[i].Attempts {
			if _, err := log(a.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// Decisions implements taker.
func (reader) Decisions(string, []reproduce.Decision) error { return nil }
