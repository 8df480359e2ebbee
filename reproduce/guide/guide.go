// Package guide walks a person through reproducing a bug: what is asked, in
// which order, what a sensible answer is, and the recipe that the answers make.
//
// It is a plain state machine over text, so that the terminal interface and the
// plain questions of the command line are the same guide, and a guide that was
// left or killed goes on where it was. It imports tracker and reproduce, and
// nothing of store, tui or cmd.
package guide

import (
	"slices"
	"strings"
	"time"
)

// Question names what is asked.
type Question string

// The questions, in their order. Some are asked only after certain answers.
const (
	Bug      Question = "bug"      // which report, or a new one
	Title    Question = "title"    // of a new one
	Same     Question = "same"     // is it one of these?
	Release  Question = "release"  // where it was seen
	Package  Question = "package"  // that it is about
	Version  Question = "version"  // of the package
	Require  Question = "require"  // packages to install
	Prepare  Question = "prepare"  // repositories to set up
	Network  Question = "network"  // do the commands need it
	Source   Question = "source"   // where the commands come from
	History  Question = "history"  // which lines of the shell's history
	Commands Question = "commands" // that show it
	Happens  Question = "happens"  // how one sees it
	Pattern  Question = "pattern"  // what is printed
	Signal   Question = "signal"   // how it crashes
	Limit    Question = "limit"    // when it counts as hung
	Look     Question = "look"     // is this what shall run
	Run      Question = "run"      // not a question: both sides are run
	Save     Question = "save"     // where to
	Done     Question = "done"     // not a question: the end
)

// order is how they are asked.
func order() []Question {
	return []Question{Bug, Title, Same, Release, Package, Version, Require, Prepare, Network, Source, History, Commands, Happens, Pattern, Signal, Limit,
		Look, Run, Save, Done}
}

// Guide is how far a person has got. All of it is stored after every answer.
type Guide struct {
	ID int64 `json:"-"`
	// At is what is asked now.
	At Question `json:"at"`
	// Answers are those given so far, as they are understood. One of a question
	// that was gone back to stays and is offered again.
	Answers map[Question]string `json:"answers"`
	// Typed is what was typed at At and is no answer yet.
	Typed string `json:"typed,omitempty"`
	// Left is what was typed at questions that were gone back from.
	Left map[Question]string `json:"left,omitempty"`
	// Words are what the reports were last searched for.
	Words string `json:"words,omitempty"`
	// Report is the report that it is about, once there is one; of a new bug
	// that is a report of the local tracker.
	Report string `json:"report,omitempty"`
	// Run is the run that was made, "" before.
	Run     string    `json:"run,omitempty"`
	Started time.Time `json:"-"`
	Updated time.Time `json:"-"`
}

// New begins.
func New() *Guide { return &Guide{At: Bug, Answers: map[Question]string{}} }

// IsNew tells that it is about a bug that nobody has reported.
func (g *Guide) IsNew() bool { return g.Answers[Bug] == newBug }

// Name says what a guide is about, for a list of those that were left.
func (g *Guide) Name() string {
	switch {
	case g.IsNew() && g.Answers[Title] != "":
		return g.Answers[Title]
	case g.IsNew():
		return "a new bug"
	case g.Answers[Bug] != "":
		return g.Answers[Bug]
	}
	return "nothing chosen yet"
}

// applies tells whether a question is asked after the answers before it.
func (g *Guide) applies(q Question, f *Facts) bool {
	switch q {
	case Title:
		return g.IsNew()
	case Same:
		return g.IsNew() && len(f.Similar) > 0
	case Version:
		return g.Answers[Package] != ""
	case Source:
		return len(f.sources()) > 1
	case History:
		return g.source(f) == fromHistory
	case Pattern:
		return g.Answers[Happens] == prints
	case Signal:
		return g.Answers[Happens] == crashes
	case Limit:
		return g.Answers[Happens] == hangs
	}
	return true
}

// next goes on to the question after the one that was answered; which one that
// is can depend on what the answer brought to light (settle).
func (g *Guide) next() {
	all := order()
	if i := slices.Index(all, g.At); i < len(all)-1 {
		g.turn(all[i+1])
	}
}

// settle passes over what need not be asked.
func (g *Guide) settle(f *Facts) {
	for g.At != Done && !g.applies(g.At, f) {
		g.next()
	}
}

// back goes to the question before, and tells whether there is one. What was
// answered is offered again.
func (g *Guide) back(f *Facts) bool {
	all := order()
	for i := slices.Index(all, g.At) - 1; i >= 0; i-- {
		if all[i] != Run && g.applies(all[i], f) {
			if g.Typed != "" {
				g.left(g.At, g.Typed)
			}
			g.turn(all[i])
			return true
		}
	}
	return false
}

// turn puts another question, with what was typed there before it was left.
func (g *Guide) turn(q Question) { g.At, g.Typed = q, g.Left[q] }

// left keeps what was typed at a question until that is answered.
func (g *Guide) left(q Question, typed string) {
	if g.Left == nil {
		g.Left = map[Question]string{}
	}
	g.Left[q] = typed
}

// Steps are the parts that a person sees, for "step 3 of 8".
func Steps() []string {
	return []string{"Which bug", "Where it was seen", "What is needed", "The commands", "How it shows", "A look at it", "Both sides", "What it means"}
}

// Step is the part that a question belongs to, counted from 0.
func (q Question) Step() int {
	switch q {
	case Bug, Title, Same:
		return 0
	case Release, Package, Version:
		return 1
	case Require, Prepare, Network:
		return 2
	case Source, History, Commands:
		return 3
	case Happens, Pattern, Signal, Limit:
		return 4
	case Look:
		return 5
	case Run:
		return 6
	}
	return 7
}

// plainLines is a text of several lines as it will run: Unix line ends, and
// one at the end.
func plainLines(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.TrimRight(strings.Trim(text, "\n"), " \t\n")
	if text == "" {
		return ""
	}
	return text + "\n"
}
