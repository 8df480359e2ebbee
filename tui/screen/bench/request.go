package bench

import (
	"cmp"
	"context"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
)

// Options is how a run is to be made.
type Options struct {
	Targets []string // by name; none: those of the report's release
	With    []string // further opinions: ubi, kitten, or a target
	Repeat  int      // so many attempts a side; 0: the recipe's, or adaptive
	Fresh   bool     // take no earlier attempts
	Watch   bool     // open the Bench on it
	Guide   bool     // for a guide, which goes on when the Bench is left
}

// ReadyMsg is a request for a run, ready for Manager.Start, or why there is
// none: with reproduce.CodeNoRecipe the recipe has to be written, or to be read
// and accepted, first.
type ReadyMsg struct {
	Report  string
	Options Options
	Request reproduce.Request
	// Elsewhere is since when another process runs it; zero: none does.
	Elsewhere time.Time
	Err       error
}

// Request makes what the lab is asked for: the report and its recipe are read
// from the database. The answer is a ReadyMsg.
func Request(env *screen.Env, report string, o Options) tea.Cmd {
	now := env.Now()
	return func() tea.Msg {
		req, err := request(env.Ctx, env, report, o, now)
		if err == nil {
			err = limit(env, &req)
		}
		msg := ReadyMsg{Report: report, Options: o, Request: req}
		if err == nil {
			msg.Elsewhere, err = ranElsewhere(env.Ctx, env.DB, report)
		}
		msg.Err = err
		return msg
	}
}

// Ready is Request for what is to be run already: only how is filled in.
func Ready(env *screen.Env, req reproduce.Request, o Options) tea.Cmd {
	return func() tea.Msg {
		req.Repeat, req.Fresh, req.Pull = o.Repeat, o.Fresh, env.Pull
		err := limit(env, &req)
		return ReadyMsg{Report: req.Report, Options: o, Request: req, Err: err}
	}
}

// request reads the report and its recipe.
func request(ctx context.Context, env *screen.Env, report string, o Options, now time.Time) (reproduce.Request, error) {
	id, err := tracker.ParseID(report)
	if err != nil {
		return reproduce.Request{}, err
	}
	about, err := env.DB.Report(ctx, id)
	if err != nil {
		return reproduce.Request{}, err
	}
	stored, err := env.DB.Recipe(ctx, report)
	if store.CodeOf(err) == store.CodeNotFound {
		return reproduce.Request{}, &reproduce.Error{Code: reproduce.CodeNoRecipe, Message: "there is no recipe yet", Err: err}
	}
	if err != nil {
		return reproduce.Request{}, err
	}
	if err := stored.CheckAccepted(); err != nil {
		return reproduce.Request{}, &reproduce.Error{Code: reproduce.CodeNoRecipe, Message: "the recipe is not accepted yet: read what it executes, and accept it", Err: err}
	}
	req, err := reproduce.NewRequest(about, stored, reproduce.Sides{All: env.Targets, Names: o.Targets, With: o.With}, now)
	if err != nil {
		return req, err
	}
	req.Repeat, req.Fresh, req.Pull = o.Repeat, o.Fresh, env.Pull
	return req, nil
}

// limit fills in the limit of an attempt, which the screen shows: it is the
// one that the lab would take.
func limit(env *screen.Env, req *reproduce.Request) error {
	lab, err := env.Runs.Lab()
	if err != nil {
		return fmt.Errorf("recipes cannot run here: %w", err)
	}
	req.Timeout = cmp.Or(req.Timeout, req.Recipe.Duration, lab.Timeout)
	return nil
}
