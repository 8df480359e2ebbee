package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/cmd/internal/config"
	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/safe"
)

type guideOptions struct {
	plain, accept bool
	resume        string
	list          bool
	forget        int64
	command       []string
	commands      string
	answers       map[guide.Question]*string
}

// resumeNewest is what --resume without a number means.
const resumeNewest = "last"

func newGuide(a *app) *cobra.Command {
	o := guideOptions{answers: map[guide.Question]*string{}}
	cmd := &cobra.Command{
		Use: "guide [ID]", Short: "Be walked through reproducing a bug",
		Long: `Walks you through reproducing a bug on AlmaLinux and CentOS Stream, question by
question, and ends with what it means, a recipe, the evidence, and texts to send.
Nothing is sent. Nothing runs before you have seen exactly what will.

It can be left at any question and taken up again with --resume. With --plain, or
without a terminal, each question is a line, answered by a line of standard input
or by a flag; an empty line takes the answer in brackets. Several lines end with
a line that is a single dot. :back goes back, :help tells more, :quit leaves.`,
		Example: "  almatriage guide\n  almatriage guide 'almbz#5'\n  almatriage guide 'almbz#5' --plain --no-input --happens prints --pattern 5 --accept\n  almatriage guide --resume",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("name one report at most, as in: almatriage guide 'almbz#5'")
			}
			if len(args) == 1 {
				*o.answers[guide.Bug] = args[0]
			}
			for q := range o.answers {
				if flag := cmd.Flags().Lookup(string(q)); flag != nil && !flag.Changed {
					delete(o.answers, q)
				}
			}
			if len(args) == 0 {
				delete(o.answers, guide.Bug)
			}
			return runGuide(cmd.Context(), a, o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.plain, "plain", false, "plain questions, one a line")
	flags.StringVar(&o.resume, "resume", "", "go on with the guide of that `NUMBER`, or the last one")
	flags.Lookup("resume").NoOptDefVal = resumeNewest
	flags.BoolVar(&o.list, "list", false, "list the guides that were left")
	flags.Int64Var(&o.forget, "forget", 0, "forget the guide of that `NUMBER`")
	flags.StringArrayVar(&o.command, "command", nil, "a `LINE` of the commands; may be given again")
	flags.StringVar(&o.commands, "commands", "", "`FILE` with the commands, - for standard input")
	flags.BoolVar(&o.accept, "accept", false, "run what was put together without being asked")
	bug := ""
	o.answers[guide.Bug] = &bug
	for _, answer := range []struct {
		question guide.Question
		help     string
	}{
		{guide.Title, "what is wrong, of a bug that nobody has reported"}, {guide.Same, "a report that it is the same as, or no"},
		{guide.Release, "AlmaLinux on which it was seen: 9.6, 10, kitten10"}, {guide.Package, "package that it is about"},
		{guide.Version, "version of the package that it was seen with"}, {guide.Require, "packages to install"},
		{guide.Prepare, "commands that set up repositories"}, {guide.Network, "yes if the commands need the network"},
		{guide.Source, "report, history or type: where the commands come from"}, {guide.History, "lines of the history, as in 3-5,9"},
		{guide.Happens, "fails, prints, crashes, hangs or look: how the bug shows"}, {guide.Pattern, "what is printed: a part of a line, or /an expression/"},
		{guide.Signal, "how it crashes: SEGV, ABRT, …"}, {guide.Limit, "after how long it hangs for sure"},
		{guide.Save, "`FOLDER` for the files, - for none"},
	} {
		o.answers[answer.question] = flags.String(string(answer.question), "", answer.help)
	}
	return cmd
}

func runGuide(ctx context.Context, a *app, o guideOptions) error {
	if o.list || o.forget != 0 {
		db, err := a.store(ctx)
		if err != nil {
			return err
		}
		if o.forget != 0 {
			return db.DropGuide(ctx, o.forget)
		}
		return listGuides(ctx, a, db)
	}
	if err := o.takeCommands(ctx, a); err != nil {
		return err
	}
	if !o.plain && !a.flags.noInput && a.onTerminal() {
		return guideOnScreen(ctx, a, o)
	}
	return a.plainGuide(ctx, o)
}

// takeCommands makes the answers of --command and --commands one.
func (o *guideOptions) takeCommands(ctx context.Context, a *app) error {
	if len(o.command) > 0 && o.commands != "" {
		return usage("give --command or --commands, not both")
	}
	text := strings.Join(o.command, "\n")
	if o.commands != "" {
		var data []byte
		var err error
		if o.commands == "-" {
			data, err = io.ReadAll(io.LimitReader(a.input(ctx), maxTyped+1))
		} else {
			data, err = os.ReadFile(o.commands)
		}
		if err != nil {
			return usage("the commands cannot be read: %w", err)
		}
		text = string(data)
	}
	if len(text) > maxTyped {
		return usage("the commands are longer than %d KiB", maxTyped>>10)
	}
	if text != "" {
		o.answers[guide.Commands] = &text
		source := "type"
		o.answers[guide.Source] = &source
	}
	return nil
}

// maxTyped bounds an answer of several lines, in bytes.
const maxTyped = 64 << 10

func listGuides(ctx context.Context, a *app, db *store.DB) error {
	list, err := db.Guides(ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(a.Err, "No guide was left.")
	}
	return table(a, list, []column[guide.Guide]{
		{"NUMBER", func(g guide.Guide) string { return strconv.FormatInt(g.ID, 10) }, false},
		{"ABOUT", func(g guide.Guide) string { return g.Name() }, true},
		{"AT", func(g guide.Guide) string { return guide.Steps()[g.At.Step()] }, false},
		{"LAST", func(g guide.Guide) string { return utc(g.Updated) }, false},
	})
}

// guideToTake is the one to go on with, or a new one.
func (a *app) guideToTake(ctx context.Context, db *store.DB, o guideOptions) (*guide.Guide, error) {
	if o.resume == "" {
		return guide.New(), nil
	}
	if o.resume != resumeNewest {
		n, err := strconv.ParseInt(o.resume, 10, 64)
		if err != nil {
			return nil, usage("--resume %q is no number of a guide; see %s", o.resume, a.again("guide", "--list"))
		}
		return db.Guide(ctx, n)
	}
	list, err := db.Guides(ctx)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notFound("no guide was left; begin one with %s", a.again("guide"))
	}
	return &list[0], nil
}

// guideFacts are what the guide is told of this host and the configuration.
func (a *app) guideFacts(c *config.Config) (guide.Facts, error) {
	f := guide.Facts{Locator: a.locator(c), Targets: c.Targets, Now: a.now()}
	var err, err2 error
	f.Host, err = guide.ReadHost("/etc/os-release")
	f.History, err2 = guide.ReadHistory(a.historyFile())
	return f, errors.Join(err, err2)
}

// historyFile is that of the person's shell, "" if there is none.
func (a *app) historyFile() string {
	if file := a.Env("HISTFILE"); file != "" {
		return file
	}
	home := a.Env("HOME")
	if home == "" {
		return ""
	}
	if filepath.Base(a.Env("SHELL")) == "zsh" {
		return filepath.Join(home, ".zsh_history")
	}
	return filepath.Join(home, ".bash_history")
}

// plain is a guide by questions of one line.
type plain struct {
	app     *app
	db      *store.DB
	session guide.Session
	answers map[guide.Question]*string // by flags; each is used once
	accept  bool
	in      *bufio.Reader
	said    []string // the warnings that were told
}

func (a *app) plainGuide(ctx context.Context, o guideOptions) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	g, err := a.guideToTake(ctx, db, o)
	if err != nil {
		return err
	}
	facts, err := a.guideFacts(c)
	if err != nil {
		return err
	}
	if !a.InTTY { // a script's answers must not depend on whose computer it is
		facts.History = nil
	}
	session, err := guide.Begin(ctx, g, facts, db)
	if err != nil {
		return err
	}
	p := &plain{app: a, db: db, session: session, answers: maps.Clone(o.answers), accept: o.accept, in: bufio.NewReader(a.input(ctx))}
	err = p.walk(ctx)
	if p.nothingSaid() {
		err = errors.Join(err, db.DropGuide(context.WithoutCancel(ctx), p.session.Guide().ID))
	}
	return err
}

// nothingSaid tells that there is nothing to go on with.
func (p *plain) nothingSaid() bool {
	g := p.session.Guide()
	return g.At == guide.Bug && g.Words == ""
}

// goOn is how to go on with the guide, behind what was said; empty where there is nothing to go on with.
func (p *plain) goOn() string {
	if p.nothingSaid() {
		return ""
	}
	return "; go on with: " + p.app.againGuide(p.session.Guide().ID)
}

// walk asks until the guide is done.
func (p *plain) walk(ctx context.Context) error {
	var verdict error
	for {
		switch g := p.session.Guide(); {
		case ctx.Err() != nil:
			return errInterrupted
		case g.At == guide.Done:
			return verdict
		case g.At == guide.Run:
			var err error
			if verdict, err = p.run(ctx); err != nil {
				return err
			}
		default:
			again, err := p.ask(ctx)
			if err != nil || !again {
				return err
			}
		}
	}
}

// ask puts one question and takes its answer; again is false when the person
// leaves.
func (p *plain) ask(ctx context.Context) (again bool, err error) {
	p.warn()
	a := p.session.Ask()
	if text, given := p.given(a); given {
		return true, p.answer(ctx, a, text, true)
	}
	if p.app.flags.noInput {
		if a.Default == "" && !a.Optional {
			return false, p.missing(a)
		}
		return true, p.answer(ctx, a, "", true)
	}
	p.put(a)
	text, err := p.read(ctx, a)
	if err != nil {
		return false, err
	}
	switch strings.TrimSpace(text) {
	case ":quit", ":q":
		fmt.Fprintf(p.app.Err, "Left%s\n", p.goOn())
		return false, nil
	case ":back", ":b":
		p.session, err = p.session.Back(ctx, p.app.now())
		return err == nil, err
	case ":help", ":h", "?":
		p.say(a.Help)
		return true, nil
	}
	return true, p.answer(ctx, a, text, false)
}

// given is the answer of a flag.
func (p *plain) given(a guide.Ask) (string, bool) {
	if a.Question == guide.Look && p.accept {
		for _, note := range a.Notes {
			p.say(note)
		}
		return "yes", true
	}
	text, ok := p.answers[a.Question]
	if !ok {
		return "", false
	}
	delete(p.answers, a.Question)
	return *text, true
}

// answer takes an answer. One that cannot be one is said, and asked again where
// somebody is there to answer.
func (p *plain) answer(ctx context.Context, a guide.Ask, text string, fixed bool) error {
	if a.Question == guide.Save { // first, so that it is asked again where that fails
		dir := cmp.Or(strings.TrimSpace(text), a.Default)
		if err := p.save(ctx, dir); err != nil {
			return err
		}
	}
	next, err := p.session.Answer(ctx, text, p.app.now())
	mistyped := reproduce.CodeOf(err) == reproduce.CodeUsage || p.app.InTTY && a.Question == guide.Bug && store.CodeOf(err) == store.CodeNotFound
	if mistyped && !fixed {
		p.say(err.Error())
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", a.Question, err)
	}
	if fixed && next.Guide().At == a.Question { // words that found nothing, or several
		if a := next.Ask(); p.app.flags.noInput || len(a.Choices) == 0 {
			return usage("%s: %q is no id or address of a report, nor new; find the id with: %s, or begin with a bug that nobody has reported: %s",
				a.Question, text, p.app.again("list", "--", text), p.app.again("guide", "new"))
		}
	}
	p.session = next
	return nil
}

// missing is the end of a guide that nobody answers.
func (p *plain) missing(a guide.Ask) error {
	flag := "--" + string(a.Question)
	switch a.Question {
	case guide.Run:
		return usage("an answer is missing: whether you see the bug%s", p.goOn())
	case guide.Bug:
		flag = "the report's id as argument, or new"
	case guide.Look:
		flag = "--accept"
	case guide.Commands:
		flag = "--command LINE or --commands FILE"
	}
	return usage("an answer is missing: %s (%s): give %s%s", a.Question, a.Text, flag, p.goOn())
}

// warn tells what must be known before going on, once.
func (p *plain) warn() {
	for _, line := range p.session.Warnings() {
		if !slices.Contains(p.said, line) {
			p.said = append(p.said, line)
			p.say(line)
		}
	}
}

// say tells something, indented and clean.
func (p *plain) say(text string) {
	for _, line := range safe.Reveal(text).Lines() {
		fmt.Fprintln(p.app.Err, "  "+line.String())
	}
}

// put writes a question: what must be known, and the line itself.
func (p *plain) put(a guide.Ask) {
	for _, note := range a.Notes {
		p.say(note)
	}
	for i, c := range a.Choices {
		p.say(fmt.Sprintf("%d  %s  %s", i+1, c.Key, c.Title))
	}
	standard := safe.Line(a.Default).String()
	if a.Kind == guide.Lines && a.Default != "" {
		p.say("The answer in brackets, " + a.Why + ":")
		for line := range strings.Lines(a.Default) {
			p.say("    " + strings.TrimSuffix(line, "\n"))
		}
		standard = "as above"
	}
	if a.Kind == guide.Lines {
		p.say("The answer may have several lines; a line that is a single dot ends it.")
	}
	if typed := p.session.Guide().Typed; typed != "" {
		p.say("Typed before, and part of the answer:")
		p.say(strings.TrimSuffix(typed, "\n"))
	}
	prompt := fmt.Sprintf("%d/%d %s", a.Question.Step()+1, len(guide.Steps()), safe.Line(a.Text))
	switch {
	case standard != "":
		prompt += " [" + standard + "]"
	case a.Optional:
		prompt += " [none]"
	}
	fmt.Fprint(p.app.Err, prompt+" ")
}

// read reads an answer. Lines that are typed one by one are stored as they come.
func (p *plain) read(ctx context.Context, a guide.Ask) (string, error) {
	first, err := p.line(a)
	if err != nil || a.Kind != guide.Lines {
		return first, err
	}
	text := p.session.Guide().Typed
	if trimmed := strings.TrimSpace(first); text == "" && (trimmed == "" || trimmed == "-" || strings.HasPrefix(trimmed, ":")) {
		return first, nil
	}
	for line := first; strings.TrimSpace(line) != "."; {
		if text += line + "\n"; len(text) > maxTyped {
			return "", usage("the answer is longer than %d KiB", maxTyped>>10)
		}
		if p.session, err = p.session.Type(ctx, text, p.app.now()); err != nil {
			return "", err
		}
		if line, err = p.line(a); err != nil {
			return "", err
		}
	}
	return text, nil
}

// line reads a line of standard input. Its end leaves the guide where it is.
func (p *plain) line(a guide.Ask) (string, error) {
	text, err := p.in.ReadString('\n')
	switch {
	case errors.Is(err, io.EOF) && text == "":
		fmt.Fprintln(p.app.Err)
		return "", p.missing(a)
	case errors.Is(err, errInterrupted):
		return "", errInterrupted
	case err != nil && !errors.Is(err, io.EOF):
		return "", fmt.Errorf("read the answer: %w", err)
	}
	return strings.TrimRight(text, "\r\n"), nil
}
