package main

import (
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce/podman/fixture"
)

// TestHostileOutput: what a container prints is shown while it runs, by run and
// on the Bench, and nothing of it but text and colours reaches the terminal.
func TestHostileOutput(t *testing.T) {
	fixture.Use(t)
	u := newUser(t, configOf(mantisServer(t)))
	u.env = append(u.env, alone(u)...)
	u.must("sync")
	u.write("recipe/text", strings.Repeat(hostile("xline")+"\x1b[31mred\x1b[8mhidden\x1b[5mblinking\x1b[0m\n", 3))
	u.write("recipe/main.fmf", "summary: prints\ntest: cat text; cat text >&2; exit 1\nextra-almatriage:\n  reproduced-when: ask\n")
	u.must("recipe", "set", "almbz#3", "recipe")

	p := u.pty(200, 50, "run", "almbz#3")
	p.wait(0, "Do you see the bug here?")
	p.insist("y\n", "suggested:")
	said, status := p.rest()
	for _, wrong := range working.wrong(strings.ReplaceAll(said, "\r\n", "\n")) {
		t.Error(wrong)
	}
	if !strings.Contains(said, "xline") || !strings.Contains(said, "\x1b[31mred") || status != 0 {
		t.Errorf("the output is not shown, in its colours: status %d: %q", status, said)
	}

	p = u.pty(120, 40)
	p.wait(0, "almbz#3")
	n := p.length()
	p.press("/almbz#3\rR")
	p.wait(n, "xline")
	p.insist("n", "not-reproducible")
	p.settle(drawn)
	p.press("1")
	p.settle(drawn)
	p.press("\x03")
	said, status = p.rest()
	for _, wrong := range screens.wrong(said) {
		t.Error(wrong)
	}
	if !strings.Contains(said, "\x1b[31mred") || status != 0 {
		t.Errorf("the colours are not shown: status %d", status)
	}
}

// insist presses a key from time to time until a text is written: an answer
// counts only once its question was seen for a moment.
func (p *onPty) insist(key, text string) {
	p.tb.Helper()
	for end := time.Now().Add(patience); !p.wrote(0, text); time.Sleep(300 * time.Millisecond) {
		if time.Now().After(end) {
			p.tb.Fatalf("%q was never written: %q", text, p.said[max(0, p.length()-2000):])
		}
		p.press(key)
	}
}
