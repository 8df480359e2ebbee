package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/reproduce"
)

func newShell(a *app) *cobra.Command {
	var target string
	cmd := &cobra.Command{
		Use: "shell ID --target TARGET", Short: "Open a shell in a prepared container", Args: oneReport,
		Long: "Opens a shell in a new container as a report's attempts see it: the packages are\ninstalled, and the test is /tmp/test.sh. What you change is gone when you leave.",
		RunE: func(cmd *cobra.Command, args []string) error { return runShell(cmd.Context(), a, args[0], target) },
	}
	cmd.Flags().StringVarP(&target, "target", "t", "", "the target, as in alma9")
	return cmd
}

func runShell(ctx context.Context, a *app, text, name string) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	if name == "" {
		return usage("name a --target, as in --target alma9")
	}
	targets, err := c.Targets.Select([]string{name})
	if err != nil {
		return err
	}
	lab, err := a.lab(ctx)
	if err != nil {
		return err
	}
	id, db, err := a.stored(ctx, text)
	if err != nil {
		return err
	}
	stored, err := db.Recipe(ctx, id.String())
	if err != nil {
		return err
	}
	if err := stored.CheckAccepted(); err != nil {
		return err
	}
	a.warnOfRoot(c)
	req := reproduce.Request{Report: id.String(), Recipe: stored.Recipe, Targets: targets, Pull: c.Engine.Pull}
	progress := newProgress(a)
	progress.sayReach(req)
	spec, err := lab.Prepare(ctx, req, progress.run)
	progress.close()
	if err != nil {
		return err
	}
	if a.ErrTTY {
		fmt.Fprintf(a.Err, "A shell on %s; leave it with exit.\n", targets[0].Title())
	}
	return lab.Shell(ctx, spec, reproduce.Stdio{In: a.In, Out: a.Out, Err: a.Err, Terminal: a.InTTY && a.OutTTY})
}
