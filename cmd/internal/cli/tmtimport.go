package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/tmt"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/widget"
)

// maxTmtFiles and maxTmtEntries bound what is looked at of a folder of tmt.
const (
	maxTmtFiles   = 2000
	maxTmtEntries = 200_000
)

// untold is a result of tmt that could not be taken.
type untold struct{ file, test, why string }

// runImportTmt takes in what tmt found out.
func runImportTmt(ctx context.Context, a *app, name string, f format) error {
	results, bad, err := a.tmtResults(ctx, name)
	if err != nil {
		return &exitError{status: exitFailed, err: err}
	}
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	runs, worse, err := a.tmtRuns(ctx, db, results)
	if err != nil {
		return err
	}
	bad = append(bad, worse...)
	merged, err := db.Merge(ctx, func(m *store.Merger) error {
		for _, run := range runs {
			if err := m.Run(*run, func(string) ([]reproduce.LogLine, error) { return nil, nil }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := a.printTmt(f, merged, runs, bad); err != nil {
		return err
	}
	switch {
	case len(runs) == 0 && len(bad) == 0:
		return fmt.Errorf("there are no results in %s", name)
	case len(runs) == 0:
		return fmt.Errorf("none of the results could be taken")
	case len(bad) > 0:
		return quietly(exitPartly)
	}
	return nil
}

// printTmt tells what came in, and what did not and why.
func (a *app) printTmt(f format, merged store.Merged, runs []*reproduce.Run, bad []untold) error {
	if f.json {
		list, left := []ordered{}, []ordered{}
		for _, run := range runs {
			list = append(list, ordered{{"report", run.Report}, {"run", run.ID}, {"author", run.Author}})
		}
		for _, u := range bad {
			left = append(left, ordered{{"file", u.file}, {"test", u.test}, {"why", u.why}})
		}
		return a.writeJSON(ordered{{"new", merged.Runs.New}, {"unchanged", merged.Runs.Unchanged}, {"runs", list}, {"left_out", left}}, f.jq)
	}
	type line struct{ report, target, outcome string }
	var lines []line
	for _, run := range runs {
		for _, result := range run.Results() {
			lines = append(lines, line{run.Report, result.Side.Target.Name, string(result.Outcome)})
		}
	}
	err := table(a, lines, []column[line]{
		{"REPORT", func(l line) string { return l.report }, false},
		{"TARGET", func(l line) string { return l.target }, false},
		{"OUTCOME", func(l line) string { return l.outcome }, true},
	})
	for _, u := range bad {
		fmt.Fprintf(a.Err, "left out: %s\n", safeLine(u.file+": "+u.test+": "+u.why))
	}
	fmt.Fprintf(a.Err, "%s of tmt %s new, %d were here\n", widget.Count(merged.Runs.New, "run"), widget.Be(merged.Runs.New), merged.Runs.Unchanged)
	return err
}

// found are the results of one file.
type found struct {
	file string
	tmt.Result
}

// tmtResults reads a file of results, or all of a folder that tmt left.
func (a *app) tmtResults(ctx context.Context, name string) (results []found, bad []untold, err error) {
	read := func(name string, in io.Reader) error {
		data, err := io.ReadAll(io.LimitReader(in, tmt.MaxResults+1))
		if err != nil {
			return fmt.Errorf("read the results: %w", err)
		}
		list, err := tmt.ParseResults(name, data)
		for _, r := range list {
			if r.Note == nil {
				bad = append(bad, untold{name, r.Test, r.Why})
			} else {
				results = append(results, found{name, r})
			}
		}
		return err
	}
	if name == "-" {
		return results, bad, errors.Join(read("standard input", a.input(ctx)))
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil, fmt.Errorf("there are no results at %s to import; name the folder of a run of tmt (tmt run --id FOLDER), or its results.yaml", name)
	case err != nil:
		return nil, nil, fmt.Errorf("import: %w", err)
	case info.IsDir():
		err = walkTmt(name, read)
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s is neither a file nor a folder", name)
	default:
		err = readTmt(os.DirFS(filepath.Dir(name)), filepath.Base(name), name, read)
	}
	return results, bad, err
}

// walkTmt reads all results that the execute steps of a run of tmt left below a
// folder. Links are not followed. What tests and recipes put into a run is not
// looked at: there they can write what they like, results of others too.
func walkTmt(dir string, read func(string, io.Reader) error) (err error) {
	root, err := os.OpenRoot(dir) // nothing outside is ever opened
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	entries, files := 0, 0
	return fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		if entries++; entries > maxTmtEntries || files > maxTmtFiles {
			return fmt.Errorf("import: more than %d files, or %d results, below %s; name the results.yaml", maxTmtEntries, maxTmtFiles, dir)
		}
		if !entry.IsDir() {
			return nil
		}
		switch name := filepath.Base(path); name {
		case "discover", "provision", "prepare", "report", "finish", "cleanup", "tree", "data":
			return fs.SkipDir
		case "execute":
			results := filepath.Join(path, tmt.ResultsName)
			if info, err := root.Lstat(results); err == nil && info.Mode().IsRegular() {
				files++
				return cmp.Or(readTmt(root.FS(), results, filepath.Join(dir, results), read), fs.SkipDir)
			}
		}
		return nil
	})
}

func readTmt(from fs.FS, path, name string, read func(string, io.Reader) error) error {
	file, err := from.Open(path)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return errors.Join(read(name, file), file.Close())
}

// tmtRuns makes a run of the results of each report.
func (a *app) tmtRuns(ctx context.Context, db *store.DB, results []found) (runs []*reproduce.Run, bad []untold, err error) {
	c, err := a.config()
	if err != nil {
		return nil, nil, err
	}
	by, err := a.person()
	if err != nil {
		return nil, nil, err
	}
	files := map[tracker.ID]string{}
	of := map[tracker.ID][]tmt.Result{}
	for _, r := range results {
		if files[r.Report] == "" {
			files[r.Report] = r.file
		}
		of[r.Report] = append(of[r.Report], r.Result)
	}
	ids := slices.SortedFunc(maps.Keys(of), func(x, y tracker.ID) int { return strings.Compare(x.String(), y.String()) })
	for _, id := range ids {
		known, why, err := a.tmtKnown(ctx, db, id, c.Targets)
		if err != nil {
			return nil, nil, err
		}
		if why != "" {
			bad = append(bad, untold{files[id], of[id][0].Test, why})
			continue
		}
		run, worse := known.Run(of[id], by)
		for _, r := range worse {
			bad = append(bad, untold{files[id], r.Test, r.Why})
		}
		if run != nil {
			runs = append(runs, run)
		}
	}
	return runs, bad, nil
}

// tmtKnown is what is here of a report that results are about, or why results on
// it cannot be taken.
func (a *app) tmtKnown(ctx context.Context, db *store.DB, id tracker.ID, targets reproduce.Targets) (tmt.Known, string, error) {
	known := tmt.Known{Targets: targets, Now: a.now()}
	var err error
	if known.Report, err = db.Report(ctx, id); store.CodeOf(err) == store.CodeNotFound {
		return known, "the report " + id.String() + " is not here; sync first", nil
	} else if err != nil {
		return known, "", err
	}
	s, err := db.StoredRecipe(ctx, id.String())
	if err != nil {
		return known, "", err
	}
	if s == nil {
		return known, "the report " + id.String() + " has no recipe here", nil
	}
	known.Recipe = s.Recipe
	return known, "", nil
}
