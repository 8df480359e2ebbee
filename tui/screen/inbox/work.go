package inbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/store/export"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/prompt"
	"github.com/almatriage/almatriage/tui/widget"
)

// runs asks for the runs of what is chosen; one alone is watched on the Bench.
func (s *Screen) runs(fresh bool) tea.Cmd {
	ids := s.chosen()
	s.clearMarks()
	return s.env.Ask(screen.RunMsg{Reports: ids, Fresh: fresh, Watch: len(ids) == 1})
}

func (s *Screen) decide() tea.Cmd {
	return s.env.Ask(screen.DecideMsg{Reports: s.chosen()})
}

// isRunning tells whether the report has a run of this process.
func (s *Screen) isRunning() (bool, string) {
	row, ok := s.row()
	return ok && s.env.Runs.Of(row.ID) != nil, "nothing of this report runs here"
}

func (s *Screen) cancel() tea.Cmd {
	row, _ := s.row()
	if job := s.env.Runs.Of(row.ID); job != nil {
		job.Cancel()
	}
	return nil
}

// browse opens the report's page.
func (s *Screen) browse() tea.Cmd {
	row, _ := s.row()
	return func() tea.Msg {
		id, err := idOf(row.ID)
		if err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: err.Error()}
		}
		stored, _, err := s.env.DB.Row(s.env.Ctx, id)
		if err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: err.Error()}
		}
		url, ok := safe.URL(stored.URL)
		if !ok {
			return screen.ToastMsg{Level: screen.Failed, Text: fmt.Sprintf("%s has no address that a browser may open: %q", row.ID, stored.URL)}
		}
		if err := s.env.Open(s.env.Ctx, url); err != nil {
			return screen.ToastMsg{Level: screen.Failed, Text: fmt.Sprintf("the browser could not be opened (%v); the address is %s", err, url)}
		}
		return screen.ToastMsg{Level: screen.Done, Text: "Opened " + url}
	}
}

// export asks for a file and writes what is selected, or the whole list.
func (s *Screen) export() tea.Cmd {
	var ids []string
	if len(s.marked) > 0 {
		ids = s.chosen()
	} else {
		for _, at := range s.list.Shown() {
			ids = append(ids, s.cat.Row(at).ID)
		}
	}
	title := fmt.Sprintf("Export %s to a file that ends in %s", widget.Count(len(ids), "report"), endings())
	name := "triage-" + s.env.Now().Format("2006-01-02") + ".csv"
	return s.env.Ask(screen.OpenMsg{Screen: prompt.New(s.env, title, name, func(path string) tea.Cmd {
		return func() tea.Msg { return s.write(ids, path) }
	})})
}

// write writes the file, whole or not at all, and over no other one.
func (s *Screen) write(ids []string, path string) tea.Msg {
	n, left, err := writeExport(s.env.Ctx, s.env, ids, path)
	if err != nil {
		return screen.ToastMsg{Level: screen.Failed, Text: err.Error()}
	}
	text := fmt.Sprintf("%s %s in %s.", widget.Count(n, "report"), widget.Be(n), path)
	if left > 0 {
		text += fmt.Sprintf(" %s %s left out.", widget.Count(left, "private one"), widget.Be(left))
	}
	return screen.ToastMsg{Level: screen.Done, Text: text}
}

func writeExport(ctx context.Context, env *screen.Env, ids []string, path string) (n, left int, err error) {
	format, ok := formats()[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return 0, 0, fmt.Errorf("%s: the ending must be one of %s", path, endings())
	}
	if path, err = screen.Home(path); err != nil {
		return 0, 0, err
	}
	if _, err := os.Lstat(path); err == nil {
		return 0, 0, fmt.Errorf("%s is there already; choose another name", path)
	}
	records, left, err := export.RecordsOf(ctx, env.DB, ids, false)
	if err != nil {
		return 0, 0, err
	}
	return len(records), left, export.ToFile(path, format, records)
}

func formats() map[string]export.Format {
	return map[string]export.Format{".csv": export.CSV, ".tsv": export.TSV, ".json": export.JSON, ".jsonl": export.JSONL, ".md": export.Markdown}
}

func endings() string { return ".csv .tsv .json .jsonl .md" }
