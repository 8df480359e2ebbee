package main

import (
	"testing"
	"time"
)

// TestSilentTerminal: on a terminal that answers no question about its colours
// every command starts at once.
func TestSilentTerminal(t *testing.T) {
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	for _, args := range [][]string{{"version"}, {"list"}, {"show", "almbz#3"}} {
		began := time.Now()
		p := u.pty(80, 24, args...)
		if err := p.end(); err != nil {
			t.Errorf("%v: %v", args, err)
		}
		if took := time.Since(began); took > 2*time.Second || p.length() == 0 {
			t.Errorf("%v took %s and said %q", args, took, p.text())
		}
	}
}
