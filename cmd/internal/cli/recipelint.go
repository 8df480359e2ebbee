package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
)

func newRecipeLint(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "lint FILE|DIR|-", Short: "Check a recipe without storing it", Args: exactly("a FILE", "FILE"),
		Long: "Checks a recipe's form, and by the bash of this computer the syntax of its commands.\nNothing of it is run or stored.",
		RunE: func(cmd *cobra.Command, args []string) error {
			recipe, err := a.readRecipe(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := a.checkSyntax(cmd.Context(), recipe); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.Out, "ok: %s\n", safe.Line(recipe.Summary))
			return err
		},
	}
}

// checkSyntax has bash read a recipe's commands and run none of them. The bash of
// the container has the last word when it runs.
func (a *app) checkSyntax(ctx context.Context, recipe reproduce.Recipe) error {
	for _, part := range []struct{ name, text string }{{"test", recipe.Test}, {"prepare", recipe.Prepare}, {"precheck", recipe.Precheck}} {
		if part.text == "" {
			continue
		}
		said, err := bashReads(ctx, part.text)
		switch {
		case errors.Is(err, exec.ErrNotFound):
			fmt.Fprintln(a.Err, "There is no bash here: the syntax of the commands was not checked.")
			return nil
		case ctx.Err() != nil:
			return errInterrupted
		case err != nil && said == "":
			return fmt.Errorf("check the syntax by bash -n: %w", err)
		case err != nil:
			return usage("%s: bash does not accept it: %s", part.name, said)
		}
	}
	return nil
}

// bashReads is the first thing that bash -n complains of. It gets no environment:
// BASH_ENV names a file to run.
func bashReads(ctx context.Context, text string) (said string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	path, err := exec.LookPath("bash")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, path, "--norc", "--noprofile", "-n")
	cmd.Env, cmd.Stdin = []string{"LC_ALL=C"}, strings.NewReader(text)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	err = cmd.Run()
	said, _, _ = strings.Cut(stderr.String(), "\n")
	return strings.TrimPrefix(strings.TrimPrefix(said, path+": "), "bash: "), err
}
