package guide

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// Kind is how a question is answered.
type Kind int

// The kinds.
const (
	Line   Kind = iota // a line of text
	Lines              // several lines
	Choice             // one of Ask.Choices
)

// Option is an answer to choose.
type Option struct{ Key, Title string }

// Ask is a question as it is put to a person. All texts are raw.
type Ask struct {
	Question Question
	Text     string // the question, one line
	Kind     Kind
	Choices  []Option
	// Default is what an empty answer means, "" for none; Why is where it
	// comes from.
	Default, Why string
	// Optional: there may be no answer.
	Optional bool
	// Help tells more, for who asks for it.
	Help string
	// Notes are what must be known before answering: lines of their own.
	Notes []string
}

// newBug is the answer for a bug that nobody has reported.
const newBug = "new"

// none is the answer that empties an optional one that has a default.
const none = "-"

// The ways in which a bug shows.
const (
	fails   = "fails"
	prints  = "prints"
	crashes = "crashes"
	hangs   = "hangs"
	looks   = "look"
)

// The answers to yes and no.
const (
	yes = "yes"
	no  = "no"
)

// put is the question at hand. Whether what is seen shall run is asked anew each
// time.
func (g *Guide) put(f *Facts) Ask {
	a := g.ask(f)
	a.Question = g.At
	if g.At == Look {
		return a
	}
	if given, ok := g.Answers[g.At]; ok && given != "" {
		a.Default, a.Why = given, "your answer"
	} else if ok && a.Optional && a.Default != "" {
		a.Default, a.Why = none, "your answer"
	}
	return a
}

func (g *Guide) ask(f *Facts) Ask {
	switch g.At.Step() {
	case 0:
		return g.askBug(f)
	case 1:
		return g.askSeen(f)
	case 2:
		return g.askNeeds(f)
	case 3:
		return g.askCommands(f)
	case 4:
		return g.askHappens(f)
	}
	return g.askLast(f)
}

func (g *Guide) askBug(f *Facts) Ask {
	switch g.At {
	case Title:
		return Ask{Text: "What is wrong, in one sentence?",
			Help: "It becomes the title of the report. Name the program and what it does wrong, as in: gizmo add 2 2 prints 5."}
	case Same:
		a := Ask{Text: "Is it one of these?", Kind: Choice, Default: no, Why: "it is another one",
			Help: "A report that is there already is better than a second one: what you find out is added to it."}
		for _, r := range f.Similar {
			a.Choices = append(a.Choices, optionOf(r))
		}
		a.Choices = append(a.Choices, Option{no, "none of them"})
		return a
	}
	a := Ask{Text: "Which bug is it? Give its id or address, words to search for, or new.",
		Help: "An id is like almbz#622, or OWNER/REPOSITORY#12; an address is that of the report's page. Words are searched for in the reports " +
			"that are stored here (almatriage sync brings them). Answer new for a bug that nobody has reported."}
	if g.Words == "" {
		return a
	}
	if len(f.Found) == 0 {
		a.Notes = []string{fmt.Sprintf("No stored report has %q. Try fewer words, or answer new.", g.Words)}
		a.Default, a.Why = newBug, "nothing was found"
		return a
	}
	a.Text = "Which of them is it? Give its id, other words, or new."
	for _, r := range f.Found {
		a.Choices = append(a.Choices, optionOf(r))
	}
	return a
}

// optionOf offers a report.
func optionOf(r tracker.Report) Option {
	return Option{r.ID.String(), fmt.Sprintf("%s (%s)", r.Title, r.Status)}
}

func (g *Guide) askSeen(f *Facts) Ask {
	switch g.At {
	case Package:
		a := Ask{Text: "Which package is it about?", Optional: true,
			Help: "Its name as dnf knows it, as in gizmo. Which package a file belongs to tells: rpm -qf /usr/bin/gizmo"}
		if f.Report != nil && nameOnly.MatchString(f.Report.Package) {
			a.Default, a.Why = f.Report.Package, "from the report"
		} else if f.Known != nil && len(f.Known.Require) > 0 && nameOnly.MatchString(f.Known.Require[0]) {
			a.Default, a.Why = f.Known.Require[0], "from the report's commands"
		}
		return a
	case Version:
		a := Ask{Text: "Which version of " + g.Answers[Package] + " did you see it with?", Optional: true,
			Help: "What rpm -q " + g.Answers[Package] + " says on the system where you saw it. It is written into the report; the newest versions are tried."}
		if f.Seen != "" {
			a.Default, a.Why = f.Seen, "from this host"
		}
		return a
	}
	a := Ask{Text: "On which AlmaLinux was it seen?",
		Help: "As in 9.6, 9, 10 or kitten10. It tells which images are compared: AlmaLinux and CentOS Stream of the same major release."}
	a.Default, a.Why = f.release()
	if f.Host.Name != "" && f.Host.Release == "" {
		a.Notes = []string{"This host is " + f.Host.Name + ", which is no AlmaLinux."}
	}
	return a
}

func (g *Guide) askNeeds(f *Facts) Ask {
	switch g.At {
	case Prepare:
		a := Ask{Text: "Which commands set up repositories or modules before?", Kind: Lines, Optional: true,
			Help: "As in: dnf -y install epel-release. They run first, as root and with network, on both sides. Leave it empty if packages of " +
				"AlmaLinux itself are enough (CodeReady Builder is on)."}
		if f.Known != nil && f.Known.Prepare != "" {
			a.Default, a.Why = f.Known.Prepare, g.knownWhy(f)
		}
		return a
	case Network:
		a := Ask{Text: "Do the commands need the network while they run?", Kind: Choice, Choices: []Option{{no, "they do without"}, {yes, "they need it"}},
			Default: no, Help: "Installing packages has the network anyway. A test without it cannot be disturbed by it."}
		if f.Known != nil && f.Known.Network == reproduce.NetworkFull {
			a.Default, a.Why = yes, g.knownWhy(f)
		}
		return a
	}
	a := Ask{Text: "Which packages must be installed?", Optional: true,
		Help: "Names as for dnf install, with blanks between them. They are installed on both sides, newest versions."}
	switch {
	case f.Known != nil && len(f.Known.Require) > 0:
		a.Default, a.Why = strings.Join(f.Known.Require, " "), g.knownWhy(f)
	case g.Answers[Package] != "":
		a.Default, a.Why = g.Answers[Package], "the package that it is about"
	}
	return a
}

func (g *Guide) knownWhy(f *Facts) string {
	if f.Drafted {
		return "from the report's text"
	}
	return "from the report's recipe"
}

func (g *Guide) askCommands(f *Facts) Ask {
	switch g.At {
	case Source:
		titles := map[string]string{fromReport: "those of the report's recipe", fromHistory: "from this shell's history", fromPerson: "typed or pasted"}
		if f.Drafted {
			titles[fromReport] = "those that the report's text shows"
		}
		a := Ask{Text: "Where do the commands come from?", Kind: Choice, Default: g.source(f),
			Help: "You can change them in the next question, whichever you take."}
		for _, s := range f.sources() {
			a.Choices = append(a.Choices, Option{s, titles[s]})
		}
		return a
	case History:
		a := Ask{Text: "Which lines of the history? As in 3-5,9.", Help: "The last commands of your shell, without those that were typed since it was opened."}
		for i, line := range f.History {
			a.Notes = append(a.Notes, fmt.Sprintf("%3d  %s", i+1, line))
		}
		return a
	}
	a := Ask{Text: "Which commands show it?", Kind: Lines,
		Help: "Exactly as they are typed in a shell. They run with bash as root, in a new container each time, and stop at the first that fails " +
			"(set -eo pipefail). Prompts and sudo are not needed."}
	switch g.source(f) {
	case fromReport:
		a.Default, a.Why, a.Notes = f.Known.Test, g.knownWhy(f), f.Notes
	case fromHistory:
		a.Default, a.Why = f.picked(g.Answers[History]), "from the history"
	default:
		if f.NoDraft != "" {
			a.Notes = []string{f.NoDraft}
		}
	}
	return a
}

func (g *Guide) askHappens(f *Facts) Ask {
	known := reproduce.Oracle{}
	if f.Known != nil {
		known = f.Known.Oracle
	}
	switch g.At {
	case Pattern:
		a := Ask{Text: "What does it print when the bug is there?",
			Help: "A part of a line, as it is; or an expression between slashes, as in /got [0-9]+ items/. It is looked for in all that the commands print."}
		if known.Kind == reproduce.OracleOutput {
			a.Default, a.Why = "/"+known.Pattern+"/", g.knownWhy(f)
		}
		return a
	case Signal:
		a := Ask{Text: "How does it crash?", Kind: Choice, Default: "SEGV", Help: "What the shell says of it: Segmentation fault, Aborted, …"}
		a.Choices = []Option{{"SEGV", "segmentation fault"}, {"ABRT", "aborted"}, {"BUS", "bus error"}, {"FPE", "floating point exception"},
			{"ILL", "illegal instruction"}, {"TRAP", "trap"}, {"SYS", "bad system call"}}
		if known.Kind == reproduce.OracleSignal {
			a.Default, a.Why = known.Signal, g.knownWhy(f)
		}
		return a
	case Limit:
		a := Ask{Text: "After how long does it hang for sure?", Default: "1m", Help: "As in 30s, 2m. Take ten times what it takes when it works."}
		if f.Known != nil && f.Known.Duration > 0 && known.Kind == reproduce.OracleTimeout {
			a.Default, a.Why = f.Known.Duration.String(), g.knownWhy(f)
		}
		return a
	}
	a := Ask{Text: "How does one see that the bug is there?", Kind: Choice, Default: fails, Choices: []Option{
		{fails, "a command fails, which should not"}, {prints, "it prints something that it should not"}, {crashes, "it crashes"},
		{hangs, "it hangs"}, {looks, "I will judge by looking"}},
		Help: "Both sides are judged by the same sign. Where none of them fits, you are shown what each side printed, and asked."}
	for how, kind := range map[string]reproduce.OracleKind{prints: reproduce.OracleOutput, crashes: reproduce.OracleSignal, hangs: reproduce.OracleTimeout, looks: reproduce.OracleAsk} {
		if known.Kind == kind {
			a.Default, a.Why = how, g.knownWhy(f)
		}
	}
	return a
}

func (g *Guide) askLast(f *Facts) Ask {
	if g.At == Save {
		return Ask{Text: "Where shall the recipe, the evidence and the texts be saved?", Default: g.folder(), Optional: true,
			Help: "A folder, which is made; - saves nothing. Everything is kept in the database as well."}
	}
	a := Ask{Text: "Is this what shall run on both sides?", Kind: Choice, Choices: []Option{{yes, "run it"}, {no, "go back and change it"}},
		Help: "Nothing else runs. It runs in containers, which are removed afterwards."}
	if _, needed := g.vm(f); needed {
		a.Text, a.Choices[0].Title = "Is this what the virtual machine is to run?", "it is; nothing runs here"
	}
	recipe, err := g.recipe(f)
	if err != nil {
		a.Notes = []string{"This cannot run: " + err.Error()}
		return a
	}
	for _, part := range recipe.Discloses() {
		a.Notes = append(a.Notes, part.Title)
		for line := range strings.Lines(part.Text) {
			a.Notes = append(a.Notes, "    "+strings.TrimSuffix(line, "\n"))
		}
	}
	a.Notes = append(a.Notes, "The bug is there if "+g.sign()+".")
	return a
}

// sign says in words how one sees the bug.
func (g *Guide) sign() string {
	switch g.Answers[Happens] {
	case prints:
		return "a line has " + g.Answers[Pattern]
	case crashes:
		return "it ends by the signal " + g.Answers[Signal]
	case hangs:
		return "it takes longer than " + g.Answers[Limit]
	case looks:
		return "you say so when you have seen what each side printed"
	}
	return "a command fails"
}

// parseLimit reads a time as people write it.
func parseLimit(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d > 24*time.Hour {
		return 0, fmt.Errorf("%q is no time between 1s and 24h; write 30s or 2m", text)
	}
	return d, nil
}

// option finds a choice by its key, its number from 1, or its beginning.
func option(choices []Option, text string) (string, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	for i, c := range choices {
		if key := strings.ToLower(c.Key); key == text || fmt.Sprint(i+1) == text {
			return c.Key, true
		}
	}
	begins := func(c Option) bool { return text != "" && strings.HasPrefix(strings.ToLower(c.Key), text) }
	if i := slices.IndexFunc(choices, begins); i >= 0 && !slices.ContainsFunc(choices[i+1:], begins) {
		return choices[i].Key, true
	}
	return "", false
}
