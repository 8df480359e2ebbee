package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the build (scripts/build.sh, .goreleaser.yaml).
var version string

// Version is this build's version: the one that was set, else the module's.
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// program names this program and its version.
func program() string { return "almatriage " + Version() }

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return printVersion(a) },
	}
}

func printVersion(a *app) error {
	_, err := fmt.Fprintf(a.Out, "%s (%s, %s/%s)\n", program(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
