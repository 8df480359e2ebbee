package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/store/bundle"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/screen"
)

// run stores what the person has accepted, runs it, and tells what it means.
// The first error is the status of a result that leaves the question open.
func (p *plain) run(ctx context.Context) (open, err error) {
	a := p.app
	by, err := a.person()
	if err != nil {
		return nil, err
	}
	session, req, err := p.session.Accept(ctx, p.db, by, a.now())
	if err != nil {
		return nil, err
	}
	p.session = session
	lab, err := a.lab(ctx)
	if err != nil {
		return nil, err
	}
	a.warnOfRoot(a.loaded)
	if err := a.tidyUp(ctx, lab); err != nil {
		return nil, err
	}
	req.Pull = a.loaded.Engine.Pull
	progress := newProgress(a)
	defer progress.close()
	progress.sayReach(req)
	if !a.flags.noInput {
		req.Ask = p.judge(by, progress)
	}
	run, err := lab.Run(ctx, req, progress.run)
	progress.pause()
	if err != nil {
		a.sayKept(p.session.Guide().ID)
		return nil, err
	}
	if _, err := fmt.Fprintln(a.Out, a.runText(run, false)); err != nil {
		return nil, err
	}
	if p.session, err = p.session.Ran(ctx, run.ID, a.now()); err != nil {
		return nil, err
	}
	return singleStatus(run), p.conclude(ctx)
}

// sayKept tells how to go on with a guide that was left.
func (a *app) sayKept(id int64) {
	fmt.Fprintf(a.Err, "almatriage: your answers are kept; go on with: %s\n", a.againGuide(id))
}

// judge puts the question whether the bug is there, after what a side printed.
func (p *plain) judge(by string, progress *progress) func(context.Context, reproduce.Target, reproduce.Attempt) (reproduce.Answer, error) {
	return func(ctx context.Context, target reproduce.Target, attempt reproduce.Attempt) (reproduce.Answer, error) {
		progress.pause()
		defer progress.resume()
		p.say(fmt.Sprintf("%s, exit status %d:", target.Title(), attempt.Facts.Status))
		for _, line := range attempt.Log.Lines {
			fmt.Fprintln(p.app.Err, "      "+safe.Log(line.Text).String())
		}
		for {
			fmt.Fprintf(p.app.Err, "7/8 Do you see the bug here, on %s? yes, no, unsure: ", safe.Line(target.Title()))
			text, err := p.line(p.session.Ask())
			if err != nil {
				return reproduce.Answer{}, err
			}
			switch strings.ToLower(strings.TrimSpace(text)) {
			case "y", "yes":
				return reproduce.Answer{Seen: true, By: by}, nil
			case "n", "no":
				return reproduce.Answer{By: by}, nil
			case "u", "unsure", "":
				return reproduce.Answer{Unsure: true, By: by}, nil
			}
		}
	}
}

// conclude tells in plain words what it means and what to do now.
func (p *plain) conclude(ctx context.Context) error {
	c, err := p.app.caseOf(ctx, p.session.Guide().Report)
	if err != nil {
		return err
	}
	means, next := handoff.Conclusion(c)
	lines := []string{means}
	for _, step := range next {
		lines = append(lines, "- "+step)
	}
	for _, command := range handoff.VMCommands(c) {
		lines = append(lines, "    "+reproduce.ShellWords(command))
	}
	_, err = fmt.Fprintln(p.app.Out, safe.Block(strings.Join(lines, "\n")))
	return err
}

// caseOf is all that is known of a report, for what is written about it.
func (a *app) caseOf(ctx context.Context, report string) (handoff.Case, error) {
	id, err := tracker.ParseID(report)
	if err != nil {
		return handoff.Case{}, err
	}
	c, err := a.config()
	if err != nil {
		return handoff.Case{}, err
	}
	db, err := a.store(ctx)
	if err != nil {
		return handoff.Case{}, err
	}
	return db.Case(ctx, id, Version(), c.Targets)
}

// save writes what came of the guide to a folder; - is none.
func (p *plain) save(ctx context.Context, dir string) error {
	if dir == "-" {
		return nil
	}
	files, err := p.app.saveGuide(ctx, p.session.Guide().Report, dir)
	for _, file := range files {
		fmt.Fprintf(p.app.Err, "Saved: %s\n", safe.Line(file))
	}
	return err
}

// saveGuide writes recipe, evidence and texts of a report to a folder, and gives
// the paths of the files.
func (a *app) saveGuide(ctx context.Context, report, dir string) ([]string, error) {
	c, err := a.caseOf(ctx, report)
	if err != nil {
		return nil, err
	}
	by, err := a.person()
	if err != nil {
		return nil, err
	}
	return bundle.Folder(ctx, dir, a.db, c, bundle.Options{Program: program(), Author: by})
}

// guideOnScreen shows the guide in the interface. Answers that were given by
// flags are for the plain questions.
func guideOnScreen(ctx context.Context, a *app, o guideOptions) error {
	for q := range o.answers {
		if q != guide.Bug {
			return usage("--%s answers a question of the plain guide: add --plain", q)
		}
	}
	begin := &screen.GuideMsg{}
	if answer, ok := o.answers[guide.Bug]; ok {
		begin.Report = *answer
		if !strings.EqualFold(*answer, screen.NewBug) {
			id, _, err := a.stored(ctx, *answer)
			if err != nil {
				return err
			}
			begin.Report = id.String()
		}
	}
	if o.resume != "" {
		db, err := a.store(ctx)
		if err != nil {
			return err
		}
		g, err := a.guideToTake(ctx, db, o)
		if err != nil {
			return err
		}
		begin.Resume = g.ID
	}
	_, err := a.interact(ctx, false, begin)
	return err
}
