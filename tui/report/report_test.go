package report_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/draft"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/report"
	"github.com/almatriage/almatriage/tui/theme"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, lines []string) {
	t.Helper()
	path, got := filepath.Join("testdata", name), ansi.Strip(strings.Join(lines, "\n"))+"\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// check finds lines that are too wide or hold more than text and SGR that they
// close.
func check(t *testing.T, lines []string, width int) {
	t.Helper()
	for _, line := range lines {
		if w := ansi.StringWidth(line); w > width {
			t.Fatalf("%d cells, not %d: %q", w, width, line)
		}
		if clean := safe.Log(line).String(); clean != line || strings.Contains(line, "\n") {
			t.Fatalf("not safe: %q", line)
		}
	}
}

func TestBuildGolden(t *testing.T) {
	for name, in := range map[string]report.Input{"mantis": mantis(t), "github": github(), "row": {Now: now, Row: mantis(t).Row}} {
		for _, width := range []int{40, 80, 120} {
			doc := report.Build(in, width, coloured())
			check(t, doc.Lines, width)
			golden(t, fmt.Sprintf("%s.%d", name, width), doc.Lines)
		}
	}
}

func TestBuildFitsAnyWidth(t *testing.T) {
	for _, in := range []report.Input{mantis(t), attacked(t, mantis(t)), attacked(t, github()), {}} {
		for width := -1; width < 60; width++ {
			check(t, report.Build(in, width, coloured()).Lines, width)
		}
	}
}

func TestHeadings(t *testing.T) {
	doc := report.Build(mantis(t), 60, coloured())
	var titles []string
	for _, h := range doc.Headings {
		titles = append(titles, h.Title)
		if got := ansi.Strip(doc.Lines[h.Line]); !strings.EqualFold(got, h.Title) && !strings.HasPrefix(h.Title, got) {
			t.Errorf("line %d is %q, not %q", h.Line, got, h.Title)
		}
	}
	want := []string{"Verdict", "Evidence", "Recipe", "References", "Description", "Steps to reproduce", "Additional information",
		"Comment 1 of 3, by bo, 39 days ago (2026-10-16)", "Comment 2 of 3, by kim, 24 hours ago (2026-11-23), private", "Comment 3 of 3, by someone, just now (2026-11-24)", "Decisions"}
	if diff := cmp.Diff(want, titles); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLinks(t *testing.T) {
	in := mantis(t)
	in.Report.References = append(in.Report.References, tracker.Reference{Key: "evil", URL: "javascript:alert(1)"})
	want := []tracker.Reference{
		{Key: "https://bugs.almalinux.org/view.php?id=622", URL: "https://bugs.almalinux.org/view.php?id=622"},
		{Key: in.Row.PatchURL, URL: in.Row.PatchURL},
		{Kind: tracker.RefBugzilla, Key: "rhbz#1908127", URL: "https://bugzilla.redhat.com/show_bug.cgi?id=1908127"},
		{Kind: tracker.RefJira, Key: "RHEL-12345", URL: "https://redhat.atlassian.net/browse/RHEL-12345"},
		{Key: "https://example.org/log", URL: "https://example.org/log"},
	}
	if diff := cmp.Diff(want, report.Build(in, 80, coloured()).Links); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, ref := range report.Build(attacked(t, in), 80, coloured()).Links {
		if url, ok := safe.URL(ref.URL); !ok || url != ref.URL {
			t.Errorf("%q cannot be opened", ref.URL)
		}
	}
}

// What others wrote never begins in the first column, so that it cannot pass
// for the program's own words.
func TestNoTextPassesForAVerdict(t *testing.T) {
	for _, in := range []report.Input{attacked(t, mantis(t)), attacked(t, github())} {
		for _, width := range []int{30, 40, 80, 120} {
			lines := report.Build(in, width, theme.New(theme.None)).Lines
			verdicts := 0
			for _, line := range lines {
				line = ansi.Strip(line)
				if line == "VERDICT" || strings.HasPrefix(line, "Decided:") {
					verdicts++
				}
			}
			if verdicts != 2 {
				t.Errorf("%d lines look like a verdict, not 2:\n%s", verdicts, strings.Join(lines, "\n"))
			}
		}
	}
}

func TestVerdictWords(t *testing.T) {
	line := func(in report.Input, name string) string {
		for _, line := range report.Build(in, 100, coloured()).Lines {
			if rest, ok := strings.CutPrefix(ansi.Strip(line), name+":"); ok {
				return strings.TrimSpace(rest)
			}
		}
		return ""
	}
	run := func(s reproduce.Suggestion) *reproduce.Run { return &reproduce.Run{Started: daysAgo(1), Suggestion: s} }
	for _, c := range []struct {
		name  string
		in    report.Input
		field string
		want  string
	}{
		{"undecided", report.Input{}, "Decided", "not yet"},
		{"never run", report.Input{}, "Suggested", "nothing; it was never run"},
		{"run, not loaded", report.Input{Row: store.Row{Suggested: reproduce.NeedsVM, LastRun: daysAgo(1)}}, "Suggested", "needs-vm"},
		{"run, nothing suggested", report.Input{Now: now, Run: run(reproduce.Suggestion{})}, "Suggested", "nothing"},
		{"the run counts", report.Input{Now: now, Row: store.Row{Suggested: reproduce.NeedsVM}, Run: run(reproduce.Suggestion{Verdict: reproduce.AlmaOnly, Flaky: true})},
			"Suggested", "alma-only, flaky: it does not show in every attempt"},
		{"status", report.Input{Row: store.Row{Status: "Open", Open: true}}, "Status", "Open"},
		{"status and class", report.Input{Row: store.Row{Status: "resolved"}}, "Status", "resolved, closed"},
		{"not stale", report.Input{}, "Stale", ""},
	} {
		if got := line(c.in, c.field); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSource(t *testing.T) {
	r := mantis(t).Report
	made, err := draft.From(*r)
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{40, 80, 120} {
		e := report.Source(r, width, coloured(), made.Taken)
		check(t, e.Lines, width)
		golden(t, fmt.Sprintf("source.%d", width), e.Lines)
		if len(made.Taken) == 0 || len(e.At) != len(made.Taken) {
			t.Fatalf("%d places of %d spans", len(e.At), len(made.Taken))
		}
		for i, at := range e.At {
			if line := ansi.Strip(e.Lines[at]); !strings.HasPrefix(line, fmt.Sprintf("▌%d ", made.Taken[i].First)) {
				t.Errorf("span %v is said to be at %q", made.Taken[i], line)
			}
		}
	}
}

func TestSourceOfOddSpans(t *testing.T) {
	r := &tracker.Report{Steps: "one\ntwo\r\nthree \u2028 four\n\n", Body: " \n", Additional: hostile}
	taken := []draft.Span{{Text: draft.Steps, First: 2, Last: 3}, {Text: draft.Steps, First: 9, Last: 10}, {Text: draft.Body, First: 1, Last: 1}, {Text: "other", First: 1, Last: 1}, {Text: draft.Additional, First: 2, Last: 2}}
	e := report.Source(r, 60, coloured(), taken)
	if want := []int{2, -1, -1, -1, 11}; !slices.Equal(e.At, want) {
		t.Errorf("at %v, want %v:\n%s", e.At, want, strings.Join(e.Lines, "\n"))
	}
	got := ansi.Strip(strings.Join(e.Lines[:5], "\n"))
	if want := "STEPS TO REPRODUCE\n 1 one\n▌2 two\n▌3 three\n▌   four"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if e := report.Source(&tracker.Report{}, 60, coloured(), taken); len(e.Lines) != 0 || len(e.At) != len(taken) {
		t.Errorf("of no text: %v", e)
	}
	for width := range 60 {
		check(t, report.Source(r, width, coloured(), taken).Lines, width)
	}
}

// TestStatus: what a report comes to is said once, whatever the tracker calls it.
func TestStatus(t *testing.T) {
	for want, r := range map[string]tracker.Report{
		"new, open":               {Status: "new", Resolution: "open", Open: true},
		"open":                    {Status: "open", Open: true},
		"closed":                  {Status: "closed", Resolution: "open"},
		"resolved, fixed, closed": {Status: "resolved", Resolution: "fixed"},
	} {
		text := ansi.Strip(strings.Join(report.Build(report.Input{Report: &r}, 80, coloured()).Lines, "\n"))
		if !strings.Contains(text+"\n", "Status:     "+want+"\n") && !strings.Contains(text, "Status:     "+want+" ") {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

// 10 kB of texts are to be laid out in 5 ms.
func BenchmarkBuild(b *testing.B) {
	for name, in := range map[string]report.Input{"mantis": mantis(b), "github": github()} {
		b.Run(name, func(b *testing.B) {
			body := in.Report.Body + "\n"
			in.Report.Body = strings.Repeat(body, 10<<10/len(body)+1)[:10<<10]
			t := coloured()
			for b.Loop() {
				report.Build(in, 80, t)
			}
		})
	}
}
