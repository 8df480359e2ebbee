package main

import (
	"io"
	"testing"
	"time"

	"github.com/creack/pty"
)

// TestSilentTerminal: on a terminal that answers no question about its colours
// every command starts at once.
func TestSilentTerminal(t *testing.T) {
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	for _, args := range [][]string{{"version"}, {"list"}, {"show", "almbz#3"}} {
		began := time.Now()
		cmd := u.command(args...)
		terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
		if err != nil {
			t.Fatal(err)
		}
		// Reading ends with an error when the program ends; it is never answered.
		said, ended := io.ReadAll(terminal)
		if ended == nil {
			t.Errorf("%v: the terminal has no end", args)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %v", args, err)
		}
		if took := time.Since(began); took > 2*time.Second || len(said) == 0 {
			t.Errorf("%v took %s and said %q", args, took, said)
		}
		if err := terminal.Close(); err != nil {
			t.Error(err)
		}
	}
}
