package html

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/store"
)

// Bounds of what a page repeats of a run.
const (
	mostReasons  = 12
	mostPackages = 20 // of a side
	mostSides    = 10
)

// evidence is all that a page tells of a report, clean.
type evidence struct {
	*row
	Means     string
	Otherwise string // what the run suggests, if somebody decided otherwise
	Note      string
	Patch     string // address of the fix, as it is shown
	PatchURL  string // the same, if it may be linked
	Reasons   []string
	Sides     []side
	Recipe    string
	Ran       time.Time
	RunBy     string // of an imported run
}

// side is what a target came to.
type side struct {
	Title, Result, Class string
	Image, Digest        string
	Packages             []string
	Trouble, Cached      string
	Excerpt, ByHand      string
}

// together is how many reports' evidence is in memory.
const together = 32

// writeCases writes the evidence of all reports. Most of the time goes into
// reading it, which cores share.
func (p *page) writeCases(ctx context.Context, db *store.DB) error {
	for some := range slices.Chunk(p.rows, together) {
		texts := make([]bytes.Buffer, len(some))
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(runtime.GOMAXPROCS(0))
		for i := range some {
			group.Go(func() error { return p.writeCase(ctx, &texts[i], db, &some[i]) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
		for i := range texts {
			if _, err := texts[i].WriteTo(p.out); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeCase writes the evidence of a report.
func (p *page) writeCase(ctx context.Context, w io.Writer, db *store.DB, r *row) error {
	c, err := db.Case(ctx, r.id, p.options.Program, nil)
	if err != nil {
		return err
	}
	if c.Report.Private && !p.options.Private {
		return nil // it became so meanwhile
	}
	return parts.ExecuteTemplate(w, "case", p.evidence(r, &c))
}

func (p *page) evidence(r *row, c *handoff.Case) *evidence {
	e := &evidence{row: r, Means: p.clean.line(c.Meaning())}
	if d := c.Decision; d != nil {
		e.Note, e.Patch, e.PatchURL = p.clean.block(d.Note, mostNote), p.clean.line(d.PatchURL), p.clean.link(d.PatchURL)
	}
	run := c.Run
	if run == nil {
		if c.Recipe != nil {
			e.Recipe = p.clean.judged(fmf.Source(c.Recipe.Recipe), mostRecipe)
		}
		return e
	}
	if s := run.Suggestion.Verdict; c.Decision != nil && s != c.Decision.Verdict {
		e.Otherwise = p.clean.line(string(s))
	}
	e.Ran, e.Recipe = run.Finished.UTC(), p.clean.judged(fmf.Source(run.Recipe), mostRecipe)
	if run.Imported {
		e.RunBy = p.clean.line(cmp.Or(run.Author, "somebody who is not named"))
	}
	reasons := run.Suggestion.Reasons
	for _, reason := range reasons[:min(len(reasons), mostReasons)] {
		e.Reasons = append(e.Reasons, p.clean.line(reason))
	}
	if more := len(reasons) - mostReasons; more > 0 {
		e.Reasons = append(e.Reasons, fmt.Sprintf("and %d more reasons", more))
	}
	results := run.Results()
	for _, result := range results[:min(len(results), mostSides)] {
		e.Sides = append(e.Sides, p.side(run, result))
	}
	return e
}

func (p *page) side(run *reproduce.Run, r reproduce.SideResult) side {
	s := side{Title: r.Side.Target.Title(), Result: fmt.Sprintf("%s, %s", r.Outcome, r.Counts()), Class: "untold",
		Image: p.clean.line(cmp.Or(r.Side.Image.Ref, r.Side.Target.Image)), Digest: p.clean.line(r.Side.Image.Digest),
		Trouble: p.clean.line(r.Trouble()), Cached: p.clean.line(run.SourceNote(r.Side, p.options.Now)), Excerpt: p.excerpt(r)}
	switch {
	case r.Has():
		s.Class = "seen"
	case r.Lacks():
		s.Class = "unseen"
	default:
		s.Result = string(r.Outcome)
	}
	if control := r.Side.Control; control != nil {
		s.Title += " with " + control.Source + " " + control.EVR.String()
	}
	s.Title, s.Result = p.clean.line(s.Title), p.clean.line(s.Result)
	packages := run.PackagesOf(r.Side)
	for _, one := range packages[:min(len(packages), mostPackages)] {
		s.Packages = append(s.Packages, p.clean.line(one.NVR()))
	}
	if more := len(packages) - mostPackages; more > 0 {
		s.Packages = append(s.Packages, fmt.Sprintf("and %d more", more))
	}
	if len(r.Side.Attempts) > 0 && (r.Side.Role == reproduce.RoleAlma || r.Side.Role == reproduce.RoleStream) {
		s.ByHand = p.command(handoff.ByHand(run, r.Side))
	}
	return s
}

// excerpt is the end of what the attempt that stands for a side printed, else
// of what kept it from being made.
func (p *page) excerpt(r reproduce.SideResult) string {
	text := ""
	if r.Side.Err != nil {
		text = r.Side.Err.Output
	}
	if a := r.Telling(); a != nil {
		text = cmp.Or(a.Facts.Excerpt, text)
	}
	return strings.TrimRight(p.clean.block(text, mostExcerpt), "\n ")
}

// command is a command if it can be told as a whole: a part of a command is
// another command.
func (p *page) command(line string) string {
	if len(line) > mostRecipe || p.clean.untold(line) != line {
		return ""
	}
	return line
}
