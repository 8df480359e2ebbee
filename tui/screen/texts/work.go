package texts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/store/export"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/prompt"
)

// name is the text of the tab in a sentence.
func (t tab) name() string { return [...]string{"comment", "draft"}[t] }

// told makes of what was done a message, or of why it was not.
func told(text string, err error) tea.Msg {
	if err != nil {
		return screen.ToastMsg{Level: screen.Failed, Text: err.Error()}
	}
	return screen.ToastMsg{Level: screen.Done, Text: text}
}

// copy puts the text on the clipboard.
func (s *Screen) copy() tea.Cmd {
	env, text, name := s.env, s.page().text.String(), s.tab.name()
	return func() tea.Msg {
		how, err := env.Copy(env.Ctx, text)
		return told("The "+name+" is copied "+how+".", err)
	}
}

// save asks for a file and writes the text to it.
func (s *Screen) save() tea.Cmd {
	text, name := s.page().text.String(), s.tab.name()
	return s.env.Ask(screen.OpenMsg{Screen: prompt.New(s.env, "Save the "+name+" to a file", s.fileName(), func(path string) tea.Cmd {
		return func() tea.Msg { return told("The "+name+" is in "+path+".", write(path, text)) }
	})})
}

// fileName is the name that is offered for the text's file.
func (s *Screen) fileName() string {
	ending := ".md"
	if s.tab == tabComment && s.known.note.Report.Markup() == tracker.PlainText {
		ending = ".txt"
	}
	return safe.FileName(strings.ReplaceAll(s.report, "#", "-") + "-" + s.tab.id() + ending)
}

// write writes a file, whole or not at all, and over no other one.
func write(path, text string) error {
	path, err := screen.Home(path)
	if err != nil {
		return err
	}
	switch _, err := os.Lstat(path); {
	case err == nil:
		return fmt.Errorf("%s is there already; choose another name", path)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("save the text: %w", err)
	}
	if err := export.WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		return fmt.Errorf("save the text: %w", err)
	}
	return nil
}

// target is the page where the text goes, and what was opened with it. It is raw.
func (s *Screen) target() (page, said string) {
	switch d := s.known.draft; {
	case s.tab == tabComment:
		return s.known.of.Report.URL, "Opened "
	case d.Open != "":
		return d.Open, "Opened the page for a new report with the draft filled in: "
	case len(d.Search) > 0:
		return d.Search[0].URL, "No page takes the draft filled in. Opened instead: " + d.Search[0].Title + ", "
	}
	return "", ""
}

// browse opens the page where the text goes.
func (s *Screen) browse() tea.Cmd {
	env, report := s.env, s.report
	page, said := s.target()
	return func() tea.Msg {
		address, ok := safe.URL(page)
		if !ok {
			return told("", fmt.Errorf("%s has no address that a browser may open: %q", report, page))
		}
		return told(said+address, open(env.Ctx, env, address))
	}
}

func open(ctx context.Context, env *screen.Env, address string) error {
	if err := env.Open(ctx, address); err != nil {
		return fmt.Errorf("the browser could not be opened (%w); the address is %s", err, address)
	}
	return nil
}
