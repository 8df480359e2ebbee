package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// exactly makes a command take as many arguments as the examples are, which are
// what it says they are: "a FILE".
func exactly(what string, examples ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(examples) {
			return nil
		}
		return usage("name %s, as in: %s %s", what, cmd.CommandPath(), strings.Join(examples, " "))
	}
}

// oneReport is what a command about one report takes.
var oneReport = exactly("one report", "'almbz#622'")

// noArguments refuses all. Of a command with commands it is one that is not
// there, so that the nearest are named.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return usage("%s takes no argument, and was given %q; see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return unknownCommand(cmd, args[0])
}

// unknownCommand is an error of a command that is not there.
func unknownCommand(cmd *cobra.Command, name string) error {
	next := fmt.Sprintf("; see %s --help", cmd.CommandPath())
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		next = fmt.Sprintf(": did you mean %s? See %s --help", strings.Join(near, " or "), cmd.CommandPath())
	}
	return usage("unknown command %q of %s%s", name, cmd.CommandPath(), next)
}

// flagError is what is said of a flag that cannot be one. Where a query may
// stand it may be a key that is to be negated.
func flagError(cmd *cobra.Command, err error) error {
	if strings.Contains(cmd.Use, "[QUERY]") && strings.Contains(err.Error(), "unknown shorthand flag") {
		return usage("%w; put -- before a query that begins with -; see %s --help", err, cmd.CommandPath())
	}
	return usage("%w; see %s --help", err, cmd.CommandPath())
}
