package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/almatriage/almatriage/reproduce/podman/fixture"
)

// answer gives one answer on the screen, as a person does.
func (s *screenOf) answer(a answered) {
	s.u.t.Helper()
	_, question, _ := strings.Cut(a.question, " ")
	s.wait(question)
	choice := map[string]string{"prints": "2", "fails": "1", "type": "", "yes": "1"}
	lines, several := strings.CutSuffix(a.text, "\n.")
	switch {
	case strings.HasPrefix(question, "Which commands"):
		if several {
			s.keys("-l", lines)
		}
		s.keys("C-s")
	case choice[a.text] != "":
		s.keys(choice[a.text])
	case a.text == "type":
		s.keys("Down", "Down", "Enter")
	case a.text != "":
		s.keys("-l", a.text)
		s.keys("Enter")
	default:
		s.keys("Enter")
	}
}

// TestGuideInTerminal walks through the guide on a terminal, with real
// containers, to the files at its end.
func TestGuideInTerminal(t *testing.T) {
	fixture.Use(t)
	for _, g := range guidedBugs() {
		t.Run(g.name, func(t *testing.T) {
			u := newUser(t, configOf(mantisServer(t)))
			u.must("sync")
			s := u.inTmux(110, 40, u.program+" guide")
			for _, a := range g.answers[:len(g.answers)-1] {
				s.answer(a)
			}
			if g.name != "kernel" {
				s.wait("goes on with the guide", "Suggested: ")
				s.keys("Escape")
			}
			s.wait("Where shall")
			if g.name == "kernel" {
				s.wait("bcvk ephemeral run-ssh", "almalinux-9")
			}
			s.keys("-l", filepath.Join(u.home, g.name))
			s.keys("Enter")
			s.wait("Saved")
			s.keys("q") // back to the Inbox
			s.wait("[Undecided")
			s.quit()
			out := u.must("list", "has:recipe", "--json", "id,suggested", "--jq", ".[0].suggested")
			g.status, g.ends = 0, g.ends[:1]
			u.guided(g, 0, "suggested: "+out, "")
		})
	}
}

// TestGuideMistyped: a report that is not there is asked for again, and a guide
// that was left before anything was said is none to go on with.
func TestGuideMistyped(t *testing.T) {
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	s := u.inTmux(110, 40, u.program+" guide --plain")
	s.wait("1/8 Which bug")
	s.keys("-l", "almbz#99999")
	s.keys("Enter")
	s.wait("almbz#99999 is stored", "1/8 Which bug")
	s.keys("-l", "almbz#3")
	s.keys("Enter")
	s.wait("2/8 ")
	s.keys("-l", ":quit")
	s.keys("Enter")
	s.wait("Left; go on with: almatriage guide --resume=1")
	s.keys("clear; "+u.program+" guide --plain", "Enter")
	s.wait("1/8 Which bug")
	s.keys("-l", ":quit")
	s.keys("Enter")
	if screen := s.wait("Left"); strings.Contains(screen, "go on with") {
		t.Errorf("there is nothing to go on with:\n%s", screen)
	}
}

// TestGuideKilledInTerminal kills the interface outright at every question; what
// starts next asks the same, with what was typed.
func TestGuideKilledInTerminal(t *testing.T) {
	fixture.Use(t)
	u := newUser(t, configOf(mantisServer(t)))
	u.must("sync")
	g := guidedBugs()[0]
	s := u.inTmux(110, 40, u.program+" guide")
	again := func(question string) {
		t.Helper()
		u.killAll()
		s.wait("Killed")
		s.keys("tput rmcup; stty sane; clear", "Enter")
		s.gone(question) // what is seen after this is of the next one
		s.keys(u.program+" guide --resume", "Enter")
	}
	for i, a := range g.answers[:len(g.answers)-1] {
		_, question, _ := strings.Cut(a.question, " ")
		s.wait(question)
		if i > 0 {
			again(question)
		}
		s.answer(a)
	}
	s.wait("goes on with the guide", "Suggested: ")
	again("Suggested: ")
	s.wait("Where shall", "to be reported upstream")
	s.keys("-l", filepath.Join(u.home, g.name))
	s.keys("Enter")
	s.wait("Saved")
	s.keys("q")
	s.wait("[Undecided")
	s.quit()
	g.ends = nil
	u.guided(g, 0, "", "")
}

// killAll ends the user's programs outright.
func (u *user) killAll() {
	u.t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		u.t.Fatal(err)
	}
	for _, link := range links {
		if exe, err := os.Readlink(link); err != nil || exe != u.program {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err == nil {
			err = syscall.Kill(pid, syscall.SIGKILL)
		}
		if err != nil {
			u.t.Fatal(err)
		}
	}
}
