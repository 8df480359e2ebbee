// Package cli is the command line: one file a command, each of which parses
// its arguments and calls a use case. It decides nothing itself. It is the
// last package: it imports all others, and nothing imports it but main.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Stdio is what a command reads and writes, and whether people do.
type Stdio struct {
	In       io.Reader
	Out, Err io.Writer
	InTTY    bool
	OutTTY   bool
	ErrTTY   bool
	// Width is the terminal's, in cells; 0 where Out is none.
	Width func() int
	Env   func(string) string
}

// System is this process's own.
func System() Stdio {
	tty := func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
	return Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, InTTY: tty(os.Stdin), OutTTY: tty(os.Stdout), ErrTTY: tty(os.Stderr),
		Width: func() int {
			width, _, err := term.GetSize(int(os.Stdout.Fd()))
			if err != nil {
				return 0
			}
			return width
		}, Env: os.Getenv}
}

// Main runs the program and returns its exit status. The first interrupt ends
// what runs in good order; the second ends the program at once.
func Main(ctx context.Context, args []string, stdio Stdio) int {
	ctx, stop := interruptible(ctx, stdio.Err)
	defer stop()
	app := &app{Stdio: stdio}
	root := newRoot(app)
	root.SetArgs(args)
	root.SetIn(stdio.In)
	help := &remembering{to: stdio.Out}
	root.SetOut(help)
	root.SetErr(stdio.Err)
	err := root.ExecuteContext(ctx)
	err = errors.Join(err, help.failed, app.close())
	status := exitStatus(err)
	if message := messageOf(err); message != "" {
		fmt.Fprintln(stdio.Err, "almatriage: "+message)
	}
	return status
}

// remembering is where cobra writes help: it says of an error, and ends as if
// there were none.
type remembering struct {
	to     io.Writer
	failed error
}

// Write implements io.Writer.
func (r *remembering) Write(p []byte) (int, error) {
	if r.failed != nil {
		return len(p), nil
	}
	if _, err := r.to.Write(p); err != nil {
		r.failed = err
	}
	return len(p), nil
}

// interruptible ends the context at the first signal.
func interruptible(ctx context.Context, stderr io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
			return
		case <-signals:
			cancel(errInterrupted)
		}
		fmt.Fprintln(stderr, "almatriage: finishing; interrupt again to stop at once")
		select {
		case <-done:
		case <-signals:
			os.Exit(exitInterrupted)
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// withoutConfig tells the commands that work without a sound configuration.
func withoutConfig(cmd *cobra.Command) bool {
	switch cmd.CommandPath() {
	case "almatriage version", "almatriage doctor", "almatriage config path", "almatriage config init", "almatriage help", "almatriage man", "almatriage completion":
		return true
	}
	return cmd.HasParent() && cmd.Parent().Name() == "completion" || strings.HasPrefix(cmd.Name(), "__")
}

// newRoot is the tree of commands.
func newRoot(a *app) *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:   "almatriage",
		Short: "Find out where an AlmaLinux bug belongs",
		Long: `almatriage answers one question for every AlmaLinux bug report: does it also
happen on CentOS Stream? It pulls the reports, runs one reproducer in an
AlmaLinux and a CentOS Stream container, shows both sides, suggests a verdict
with its reasons, lets you decide, and exports the result.

Without a command it opens the interface; without a terminal it syncs and lists
the newest reports.`,
		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
		Args:              noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return printVersion(a)
			}
			return runTUI(cmd.Context(), a)
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.setUp(); err != nil || version || withoutConfig(cmd) {
				return err
			}
			// A mistake in the configuration shows at once, not only in the
			// command that it would mislead.
			_, err := a.config()
			return err
		},
	}
	root.SetFlagErrorFunc(flagError)
	root.Flags().BoolVar(&version, "version", false, "print the version")
	flags := root.PersistentFlags()
	flags.StringVar(&a.flags.config, "config", "", "configuration file ($ALMATRIAGE_CONFIG)")
	flags.StringVar(&a.flags.db, "db", "", "database file ($ALMATRIAGE_DB)")
	flags.BoolVar(&a.flags.noInput, "no-input", false, "never ask ($ALMATRIAGE_NO_INPUT)")
	flags.StringVar(&a.flags.theme, "theme", "", "auto, light, dark or none ($ALMATRIAGE_THEME)")
	flags.StringVar(&a.flags.logLevel, "log-level", "", "debug, info, warn or error ($ALMATRIAGE_LOG_LEVEL)")
	root.AddGroup(&cobra.Group{ID: "reports", Title: "Reports"}, &cobra.Group{ID: "work", Title: "Reproducing and deciding"},
		&cobra.Group{ID: "texts", Title: "Passing it on"},
		&cobra.Group{ID: "upkeep", Title: "Upkeep"})
	for _, command := range []struct {
		group string
		make  func(*app) *cobra.Command
	}{
		{"reports", newSync}, {"reports", newList}, {"reports", newShow}, {"reports", newExport}, {"reports", newImport},
		{"work", newGuide}, {"work", newRecipe}, {"work", newRun}, {"work", newCompare}, {"work", newShell}, {"work", newMark}, {"work", newHistory},
		{"texts", newComment}, {"texts", newUpstream}, {"texts", newPatch},
		{"upkeep", newImages}, {"upkeep", newGC}, {"upkeep", newBackup}, {"upkeep", newDoctor}, {"upkeep", newConfig}, {"upkeep", newStats}, {"upkeep", newDemo}, {"upkeep", newMan}, {"upkeep", newVersion},
	} {
		cmd := command.make(a)
		cmd.GroupID = command.group
		root.AddCommand(cmd)
	}
	root.SetHelpCommandGroupID("upkeep")
	root.SetCompletionCommandGroupID("upkeep")
	strictly(root)
	return root
}

// strictly makes cobra's own commands refuse what they do not know, as all do.
func strictly(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			shows := cmd.Run
			cmd.Run = nil
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				found, rest, err := root.Find(args)
				if len(rest) > 0 {
					return unknownCommand(found, rest[0])
				}
				if err != nil {
					return unknownCommand(found, strings.Join(args, " "))
				}
				shows(cmd, args)
				return nil
			}
		case "completion":
			cmd.Args = noArguments
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}
