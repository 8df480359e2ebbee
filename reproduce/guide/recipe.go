package guide

import (
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
)

// recipe is what the answers make: read from its own file form, so that it is
// one that can be set, edited and shared. What cannot be a recipe is an error
// that names the place.
func (g *Guide) recipe(f *Facts) (reproduce.Recipe, error) {
	r := reproduce.Recipe{Summary: g.summary(f), Require: strings.Fields(g.Answers[Require]), Test: g.Answers[Commands], Prepare: g.Answers[Prepare],
		Oracle: g.oracle(), Network: reproduce.NetworkNone}
	if g.Answers[Network] == yes {
		r.Network = reproduce.NetworkFull
	}
	if f.Known != nil {
		r.Environment, r.Precheck, r.Files, r.Repeat, r.Duration = f.Known.Environment, f.Known.Precheck, f.Known.Files, f.Known.Repeat, f.Known.Duration
		r.Links = f.Known.Links
	}
	if g.Answers[Happens] == hangs {
		limit, err := parseLimit(g.Answers[Limit])
		if err != nil {
			return r, err
		}
		r.Duration = limit
	}
	parsed, err := fmf.Parse("the recipe", fmf.Format(r))
	if err != nil {
		return r, fmt.Errorf("your answers make no recipe: %w", err)
	}
	parsed.Files = r.Files
	return parsed, nil
}

func (g *Guide) summary(f *Facts) string {
	switch {
	case g.IsNew():
		return g.Answers[Title]
	case f.Known != nil && f.Known.Summary != "":
		return strings.Join(strings.Fields(f.Known.Summary), " ")
	case f.Report != nil:
		return strings.Join(strings.Fields(f.Report.Title), " ")
	}
	return g.Report
}

func (g *Guide) oracle() reproduce.Oracle {
	switch g.Answers[Happens] {
	case prints:
		return reproduce.Oracle{Kind: reproduce.OracleOutput, Pattern: patternOf(g.Answers[Pattern])}
	case crashes:
		return reproduce.Oracle{Kind: reproduce.OracleSignal, Signal: g.Answers[Signal]}
	case hangs:
		return reproduce.Oracle{Kind: reproduce.OracleTimeout}
	case looks:
		return reproduce.Oracle{Kind: reproduce.OracleAsk}
	}
	return reproduce.Oracle{Kind: reproduce.OracleExit}
}

// Way is a machine that can show what a container cannot.
type Way struct {
	Why      string
	Commands [][]string // one for each side, as argv
}

// vm tells whether the bug is of a kind that a container cannot show, and the
// way that can. It goes by the package and by what is to be installed.
func (g *Guide) vm(f *Facts) (Way, bool) {
	recipe := &reproduce.Recipe{Require: strings.Fields(g.Answers[Require]), Test: g.Answers[Commands]}
	targets, err := f.sides(g.Answers[Release])
	if err != nil { // the release is not known yet
		return Way{}, false
	}
	var way Way
	for _, target := range targets[:min(len(targets), 2)] {
		why, command, needed := reproduce.VMOnly(g.hints(f), recipe, target)
		if !needed {
			return Way{}, false
		}
		way.Why, way.Commands = why, append(way.Commands, command)
	}
	return way, true
}

func (g *Guide) hints(f *Facts) reproduce.Hints {
	hints := reproduce.Hints{}
	if f.Report != nil {
		hints = reproduce.HintsOf(f.Report)
	}
	if name, ok := g.Answers[Package]; ok {
		hints.Package = name
	}
	hints.Text += "\n" + g.Answers[Title]
	return hints
}

// warnings are what a person must know before going on: that a container cannot
// show such a bug, or may not. Commands stand in lines of their own.
func (g *Guide) warnings(f *Facts) []string {
	if way, needed := g.vm(f); needed {
		lines := []string{way.Why + ". A container cannot show this bug; nothing will be run here. The way that can:"}
		for _, command := range way.Commands {
			lines = append(lines, "    "+reproduce.ShellWords(command))
		}
		return lines
	}
	targets, err := f.sides(g.Answers[Release])
	if err != nil {
		return nil
	}
	recipe := &reproduce.Recipe{Require: strings.Fields(g.Answers[Require]), Test: g.Answers[Commands]}
	var lines []string
	for _, doubt := range reproduce.Doubts(g.hints(f), recipe, targets[0]) {
		lines = append(lines, doubt.Why+". If both sides say nothing, the way that can:", "    "+reproduce.ShellWords(doubt.Command))
	}
	return lines
}
