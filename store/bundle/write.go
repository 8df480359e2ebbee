package bundle

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/export"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

// Options are what goes into a bundle.
type Options struct {
	Program string // name and version of the program that writes it
	Author  string // who made the runs that were made here
	Private bool   // with private reports and private comments
	// AllRuns: every finished run of a report, not only the newest. Runs that a
	// decision rests on are always there.
	AllRuns bool
}

// Summary is what came into a bundle, and what was left out for being private.
type Summary struct {
	Reports, Runs                   int
	PrivateReports, PrivateComments int
}

// Write writes a bundle of reports, each once and by the order of their ids
// whatever the order they are named in. It holds one file and one run at a time
// in memory, and a line of the manifest for each file. A report that is not
// stored is a *store.Error with CodeNotFound.
func Write(ctx context.Context, w io.Writer, db *store.DB, ids []tracker.ID, o Options) (Summary, error) {
	out, err := newArchive(w)
	if err != nil {
		return Summary{}, fmt.Errorf("write the bundle: %w", err)
	}
	b := &bundler{db: db, options: o, out: out, written: map[string]bool{}}
	// Of several errors the first is the cause of the others.
	if err := cmp.Or(b.write(ctx, ids), out.close()); err != nil {
		return Summary{}, fmt.Errorf("write the bundle: %w", err)
	}
	return b.summary, nil
}

// WriteFile is Write to a file, whole or not at all: see export.WriteFile.
func WriteFile(ctx context.Context, path string, db *store.DB, ids []tracker.ID, o Options) (summary Summary, err error) {
	err = export.WriteFile(path, func(w io.Writer) error {
		summary, err = Write(ctx, w, db, ids, o)
		return err
	})
	return summary, err
}

// bundler is a bundle that is being written.
type bundler struct {
	db      *store.DB
	options Options
	out     *archive
	madeOf  []string
	written map[string]bool // package sets
	summary Summary
}

func (b *bundler) write(ctx context.Context, ids []tracker.ID) error {
	if err := b.out.addJSON(HeaderName, Header{Format: FormatName, Version: FormatVersion, Program: b.options.Program}); err != nil {
		return err
	}
	sorted := slices.Clone(ids)
	slices.SortFunc(sorted, compareIDs)
	for _, id := range slices.Compact(sorted) {
		if err := b.report(ctx, id); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return b.out.addJSON(ManifestName, Manifest{MadeOf: filled(b.madeOf), Files: b.out.files})
}

// report writes all that belongs to a report, if it may be told.
func (b *bundler) report(ctx context.Context, id tracker.ID) error {
	r, err := b.db.Report(ctx, id)
	if err != nil {
		return err
	}
	if r.Private && !b.options.Private {
		b.summary.PrivateReports++
		return nil
	}
	b.summary.Reports++
	b.madeOf = append(b.madeOf, id.String())
	dir := dirOf(b.summary.Reports, id.String())
	report := reportOf(r, b.options.Private)
	b.summary.PrivateComments += len(r.Comments) - len(report.Comments)
	if err := b.out.addJSON(dir+"report.json", report); err != nil {
		return err
	}
	if err := b.recipe(ctx, dir, id.String()); err != nil {
		return err
	}
	// Read before the runs: what a decision rests on is there by then.
	decisions, err := b.db.History(ctx, id.String())
	if err != nil {
		return err
	}
	if err := b.runs(ctx, dir, id.String(), decisions); err != nil || len(decisions) == 0 {
		return err
	}
	slices.Reverse(decisions)
	return b.out.addJSON(dir+"decisions.json", each(decisions, decisionOf))
}

// dirOf is the folder of a report, the first of which is number 1.
func dirOf(number int, id string) string {
	return fmt.Sprintf("reports/%04d-%s/", number, safe.FileName(id))
}

// recipe writes the report's recipe, if it has one.
func (b *bundler) recipe(ctx context.Context, dir, report string) error {
	s, err := b.db.Recipe(ctx, report)
	if store.CodeOf(err) == store.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	about := storedRecipeOf(s)
	if err := b.out.addJSON(dir+"recipe.json", about); err != nil {
		return err
	}
	source := []byte(s.Recipe.Source) // to the byte, which fmf.Source is not
	if len(source) == 0 {
		source = fmf.Format(s.Recipe)
	}
	if err := b.out.add(dir+"recipe.fmf", source); err != nil {
		return err
	}
	for i, file := range s.Recipe.Files {
		if err := b.out.add(dir+about.Files[i].File, file.Data); err != nil {
			return err
		}
	}
	return nil
}

// runs writes the runs that were asked for and those that decisions rest on.
func (b *bundler) runs(ctx context.Context, dir, report string, decisions []reproduce.Decision) error {
	list, err := b.db.Runs(ctx, report)
	if err != nil {
		return err
	}
	written := map[string]bool{} // attempts: runs share them
	for _, id := range chosen(list, decisions, b.options.AllRuns) {
		run, err := b.db.Run(ctx, id)
		if err != nil {
			return err
		}
		if err := b.run(ctx, dir, run, written); err != nil {
			return err
		}
	}
	return nil
}

// chosen are the ids of the runs that a bundle holds, oldest first: the newest
// finished one, or all of these, and those that decisions rest on. None of them
// is going on.
func chosen(runs []store.RunState, decisions []reproduce.Decision, all bool) (ids []string) {
	cited := map[string]bool{}
	for _, d := range decisions {
		cited[d.Run] = true
	}
	newest := true
	for _, run := range runs {
		done := run.State == reproduce.RunDone
		if done && (all || newest) || cited[run.ID] && run.State != reproduce.RunRunning {
			ids = append(ids, run.ID)
		}
		newest = newest && !done
	}
	slices.Reverse(ids)
	return ids
}

// run writes a run with what it names: before it its package sets, behind it
// the output of its attempts.
func (b *bundler) run(ctx context.Context, dir string, run *reproduce.Run, written map[string]bool) error {
	b.summary.Runs++
	told := runOf(run, b.options.Author)
	sets := map[string]*rpm.Set{}
	for i := range run.Sides {
		set := run.Sides[i].Prepared.Print.Packages
		name, err := b.packages(set)
		if err != nil {
			return err
		}
		sets[name], told.Sides[i].Prepared.Fingerprint.Packages = set, name
	}
	if err := judge(&told, sets); err != nil {
		return fmt.Errorf("run %s: %w", run.ID, err)
	}
	if err := b.out.addJSON(dir+"runs/"+entryName(run.ID)+".json", told); err != nil {
		return err
	}
	for _, side := range run.Sides {
		for _, attempt := range side.Attempts {
			if written[attempt.ID] {
				continue
			}
			written[attempt.ID] = true
			if err := b.log(ctx, dir, attempt.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// judge puts into a run that is told what this program makes of it, as whoever
// imports it will: of what is told, and by the rules of today.
func judge(told *Run, sets map[string]*rpm.Set) error {
	suggestion := reproduce.Suggestion{}
	if told.State == reproduce.RunDone {
		run, err := runFrom(told, func(name string) (*rpm.Set, error) { return sets[name], nil })
		if err != nil {
			return err
		}
		suggestion = reproduce.Suggest(run)
	}
	suggestion.Reasons = filled(suggestion.Reasons)
	told.Suggestion = suggestion
	return nil
}

// packages writes a package set that is not there yet, and returns its name,
// "" for none.
func (b *bundler) packages(set *rpm.Set) (string, error) {
	if set == nil {
		return "", nil
	}
	data, err := encode(each(set.Packages(), packageOf))
	if err != nil {
		return "", fmt.Errorf("packages: %w", err)
	}
	name := sha256Of(string(data))
	if b.written[name] {
		return name, nil
	}
	b.written[name] = true
	return name, b.out.add(setPath(name), data)
}

// setPath is the file of a package set.
func setPath(name string) string { return "packages/" + name + ".json" }

// log writes an attempt's output, if there is any.
func (b *bundler) log(ctx context.Context, dir, attempt string) error {
	log, err := b.db.AttemptLog(ctx, attempt)
	if err != nil || len(log.Lines) == 0 {
		return err
	}
	name := dir + "logs/" + entryName(attempt) + ".jsonl"
	var lines bytes.Buffer
	for _, l := range log.Lines {
		line, err := encode(logLineOf(l))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		lines.Write(line)
	}
	return b.out.add(name, lines.Bytes())
}
