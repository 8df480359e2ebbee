package guide

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/screen"
)

// run is what became of the run of both sides.
type run struct {
	starting bool // it was asked for
	going    bool
	short    bool  // nothing runs: it only says that a virtual machine is needed
	err      error // why it was not begun, or did not come to its end
}

// conclusion is what a run means, in plain words. Texts are raw.
type conclusion struct {
	means    string
	next     []string
	commands [][]string // for a virtual machine, as argv
	dir      string     // that the files were saved to, "" for none
	files    []string
}

// accept stores what the person has looked at as theirs, and asks for its run.
// It runs beside Update.
func (s *Screen) accept(session guide.Session, now time.Time) step {
	out := step{session: session}
	by, err := s.env.Person()
	if err != nil {
		out.notRun = err
		return out
	}
	accepted, req, err := session.Accept(s.env.Ctx, s.env.DB, by, now)
	if err != nil {
		out.notRun = err
		return out
	}
	return step{session: accepted, request: &req}
}

// begin has the run begun. Where a virtual machine is needed nothing runs, and
// there is nothing to watch.
func (s *Screen) begin(req reproduce.Request) tea.Cmd {
	_, vm := s.session.VM()
	s.run = run{starting: true, short: vm}
	return s.env.Ask(screen.GuideRunMsg{Request: req, Watch: !vm})
}

// goes tells that the run goes on.
func (s *Screen) goes() bool {
	return s.run.going || s.run.starting && s.env.Runs.Of(s.report()) != nil
}

// again runs it again.
func (s *Screen) again() tea.Cmd { return s.do(s.accept) }

// happened follows the run.
func (s *Screen) happened(msg runs.EventsMsg) tea.Cmd {
	if !s.began || msg.Report != s.report() || !s.run.starting && !s.run.going {
		return nil
	}
	s.run.starting, s.run.going = false, !msg.Ended
	defer s.layout()
	switch {
	case !msg.Ended:
		return nil
	case msg.Err != nil:
		s.run.err = msg.Err
		return nil
	}
	id := msg.Run.ID
	return s.do(func(session guide.Session, now time.Time) step { return s.ran(session, id, now) })
}

// ran notes the run and what it means.
func (s *Screen) ran(session guide.Session, id string, now time.Time) (out step) {
	if out.session, out.err = session.Ran(s.env.Ctx, id, now); out.err != nil {
		return out
	}
	out.end, out.trouble = conclude(s.env, session.Guide().Report)
	return out
}

// conclude tells what is known of a report by now.
func conclude(env *screen.Env, report string) (*conclusion, error) {
	id, err := tracker.ParseID(report)
	if err != nil {
		return nil, fmt.Errorf("tell what it means: %w", err)
	}
	c, err := env.DB.Case(env.Ctx, id, env.Program, env.Targets)
	if err != nil {
		return nil, fmt.Errorf("tell what it means: %w", err)
	}
	var end conclusion
	end.means, end.next = handoff.Conclusion(c)
	end.commands = handoff.VMCommands(c)
	return &end, nil
}

// notRun tells why the run was not begun.
func (s *Screen) notRun(msg screen.NotRunMsg) tea.Cmd {
	if s.began && s.run.starting && msg.Report == s.report() {
		s.run = run{err: msg.Err}
		s.layout()
	}
	return nil
}

// changed looks whether another process has made the run: one that was left to
// go on by itself.
func (s *Screen) changed(msg screen.ChangedMsg) tea.Cmd {
	about := func(e store.Excerpt) bool { return e.ID == s.report() }
	if s.at() != guide.Run || s.run.starting || s.run.going || s.work.going() || !slices.ContainsFunc(msg.Excerpts, about) {
		return nil
	}
	since := s.session.Guide().Updated
	return s.do(func(session guide.Session, now time.Time) step { return s.lookForRun(session, since, now) })
}

// lookForRun notes a run of what was accepted that has ended since.
func (s *Screen) lookForRun(session guide.Session, since, now time.Time) step {
	out := step{session: session}
	id, err := made(s.env.Ctx, s.env.DB, session.Guide().Report, since)
	if err != nil || id == "" {
		out.trouble = err
		return out
	}
	return s.ran(session, id, now)
}

// made is the id of the run that was made of a report's recipe since, "" for none.
func made(ctx context.Context, db *store.DB, report string, since time.Time) (string, error) {
	recipe, err := db.StoredRecipe(ctx, report)
	if err != nil || recipe == nil {
		return "", err
	}
	run, err := db.LastRun(ctx, report)
	if err != nil || run == nil || run.Started.Before(since) || run.RecipeHash != recipe.Recipe.Hash() {
		return "", err
	}
	return run.ID, nil
}

// why says in words why there is no result.
func (r *run) why() string {
	if reproduce.CodeOf(r.err) == reproduce.CodeInterrupted || errors.Is(r.err, context.Canceled) {
		return "It was cancelled; finished attempts are kept."
	}
	return r.err.Error()
}

// save writes the files, and ends the guide when they are there.
func (s *Screen) save(text string) tea.Cmd {
	dir := strings.TrimSpace(text)
	if dir == "" {
		dir = s.ask.Default
	}
	env, end := s.env, s.end
	return s.do(func(session guide.Session, now time.Time) (out step) {
		end.dir, end.files = "", nil
		if dir != none && dir != "" {
			if end.dir, end.files, out.err = saveTo(env, session.Guide().Report, dir); out.err != nil {
				return out
			}
			out.say = "Saved: " + end.dir
		}
		out.end = &end
		out.session, out.err = session.Answer(env.Ctx, text, now)
		return out
	})
}

// saveTo writes the files to a folder, which may begin with ~/.
func saveTo(env *screen.Env, report, dir string) (string, []string, error) {
	if env.SaveGuide == nil {
		return "", nil, errors.New("nothing can be saved here; - goes on without")
	}
	dir, err := screen.Home(dir)
	if err != nil {
		return "", nil, err
	}
	files, err := env.SaveGuide(env.Ctx, report, dir)
	return dir, files, err
}

// commands are those that are shown, each in a line: for a virtual machine.
func (s *Screen) commands() []string {
	var list []string
	for _, command := range s.end.commands {
		list = append(list, safe.Line(reproduce.ShellWords(command)).String())
	}
	if len(list) > 0 {
		return list
	}
	for _, line := range s.warned {
		if command, is := strings.CutPrefix(line, indent); is {
			list = append(list, safe.Line(command).String())
		}
	}
	return list
}

// copy puts the commands on the clipboard.
func (s *Screen) copy() tea.Cmd {
	env, text := s.env, strings.Join(s.commands(), "\n")
	return func() tea.Msg {
		how, err := env.Copy(env.Ctx, text)
		if err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: err.Error()}
		}
		return screen.ToastMsg{Level: screen.Done, Text: "The commands are copied " + how + "."}
	}
}
