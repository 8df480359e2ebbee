package report_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/report"
	"github.com/almatriage/almatriage/tui/theme"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func daysAgo(n int) time.Time { return now.AddDate(0, 0, -n) }

// coloured is the dark theme on a renderer that is told to colour, whatever it
// writes to.
func coloured() *theme.Theme {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.ANSI)
	t := theme.New(theme.Dark)
	for _, s := range []*lipgloss.Style{&t.Text, &t.Bold, &t.Faint, &t.Title, &t.Accent, &t.Link, &t.Code, &t.Quote, &t.Marked, &t.Warn, &t.Seen, &t.NotSeen} {
		*s = s.Renderer(r)
	}
	return t
}

func packages(t testing.TB, version string) *rpm.Set {
	t.Helper()
	evr, err := rpm.ParseEVR(version)
	if err != nil {
		t.Fatal(err)
	}
	return rpm.NewSet([]rpm.Package{{Name: "bash", Arch: "x86_64", EVR: evr, Source: "bash", SourceEVR: evr}})
}

// side is a side that saw the bug in so many of its attempts.
func side(t testing.TB, name string, role reproduce.Role, version string, seen, all int) reproduce.Side {
	s := reproduce.Side{Target: reproduce.BuiltinTargets()[name], Role: role, Prepared: reproduce.Prepared{Key: "k", At: daysAgo(2),
		Print: reproduce.Fingerprint{Packages: packages(t, version)}}}
	for i := range all {
		status := 0
		if i < seen {
			status = 1
		}
		s.Attempts = append(s.Attempts, reproduce.Attempt{ID: "a", Done: true, Facts: reproduce.Facts{End: reproduce.EndExited, Step: reproduce.StepTest, Status: status}})
	}
	return s
}

func mantis(t testing.TB) report.Input {
	t.Helper()
	run := reproduce.Run{ID: "r", Report: "almbz#622", Started: daysAgo(2), State: reproduce.RunDone, Hints: reproduce.Hints{Package: "bash"},
		Recipe: reproduce.Recipe{Require: []string{"bash"}, Test: "bash -c 'exit 1'\n", Oracle: reproduce.Oracle{Kind: reproduce.OracleExit}}}
	run.Sides = []reproduce.Side{side(t, "alma9", reproduce.RoleAlma, "5.1.8-9.el9", 5, 5), side(t, "stream9", reproduce.RoleStream, "5.1.8-10.el9", 0, 5),
		side(t, "ubi9", reproduce.RoleThird, "5.1.8-9.el9", 0, 0)}
	run.Sides[1].Cached, run.Sides[1].CachedAt = true, now.Add(-3*time.Hour)
	run.Sides[2].Err = &reproduce.StepError{Target: "ubi9", Step: reproduce.StepRequire, Message: "no package bash-debug", Advice: "correct require"}
	run.Suggestion = reproduce.Suggest(run)
	recipe := run.Recipe
	return report.Input{
		Now: now, Run: &run,
		Row: store.Row{ID: "almbz#622", Title: "bash", Verdict: reproduce.FixedInStream, Suggested: run.Suggestion.Verdict, DecidedBy: "kim", DecidedAt: daysAgo(1),
			Note: "The fix is in 5.1.8-10.\nAsk for a backport.", PatchURL: "https://gitlab.com/redhat/centos-stream/rpms/bash/-/commit/1", Stale: true,
			StaleWhy: "the report changed on 2026-11-23", Disputed: true, Recipe: store.RecipeAccepted, LastRun: daysAgo(2)},
		Recipe: &reproduce.StoredRecipe{Report: "almbz#622", Recipe: recipe, Origin: reproduce.OriginDraft, Author: "kim", Set: daysAgo(4), Accepted: recipe.Hash(), AcceptedBy: "kim", AcceptedAt: daysAgo(3)},
		Report: &tracker.Report{
			ID: tracker.ID{Space: "almbz", Number: 622}, Tracker: "almbz", URL: "https://bugs.almalinux.org/view.php?id=622",
			Title: "bash: here-documents of more than 64 KiB hang for ever when the pipe is full and nobody reads from it",
			Body:  "After the update to 9.6 a here-document hangs.\nSee https://bugzilla.redhat.com/show_bug.cgi?id=1908127 for an older one.\n\n# this is no heading\nIt works with **dash**.",
			Steps: "1. Install the package:\n[root@host ~]# dnf install -y bash bash-doc bash-devel --enablerepo=crb --setopt=install_weak_deps=False --assumeyes\n2. Run\n$ bash -c 'cat <<< $(head -c 70000 /dev/zero | tr \"\\0\" x) | true'\n    indented output\n", Additional: "Only on x86_64. 日本語のテキスト 👩\u200d💻 e\u0301 שלום",
			Status: "assigned", Open: true, Resolution: "reopened", Reproducibility: "always", Severity: "major", Project: "AlmaLinux-9", Version: "9.6", Category: "bash",
			Reporter: "ale", Created: daysAgo(40), Updated: daysAgo(1), Private: true, Release: "9.6", Package: "bash",
			References:  []tracker.Reference{{Kind: tracker.RefBugzilla, Key: "rhbz#1908127", URL: "https://bugzilla.redhat.com/show_bug.cgi?id=1908127"}, {Kind: tracker.RefAdvisory, Key: "ALSA-2026:1234"}},
			Attachments: []tracker.Attachment{{Name: "strace.txt", Size: 12345}, {Name: "core.zst", Size: 3 << 20}},
			Comments: []tracker.Comment{
				{Author: "bo", Text: "I see it, too: https://example.org/log\n> quoted\n# dnf update", Created: daysAgo(39)},
				{Author: "kim", Text: "Internal: RHEL-12345.", Created: daysAgo(1), Private: true, References: []tracker.Reference{{Kind: tracker.RefJira, Key: "RHEL-12345", URL: "https://redhat.atlassian.net/browse/RHEL-12345"}}},
				{Created: daysAgo(0)},
			},
		},
		History: []reproduce.Decision{
			{ID: "3", Verdict: reproduce.FixedInStream, By: "kim", At: daysAgo(1), Note: "The fix is in 5.1.8-10."},
			{ID: "2", Undoes: "1", By: "kim", At: daysAgo(2)},
			{ID: "1", Verdict: reproduce.AlmaOnly, By: "bo", At: daysAgo(3)},
		},
	}
}

func github() report.Input {
	return report.Input{
		Now: now, Row: store.Row{ID: "AlmaLinux/container-images#12", Title: "minimal image lacks tar"},
		Report: &tracker.Report{ID: tracker.ID{Space: "AlmaLinux/container-images", Number: 12}, Tracker: "github", URL: "https://github.com/AlmaLinux/container-images/issues/12",
			Title: "minimal image lacks `tar`", Status: "closed", Labels: []string{"bug", "minimal"}, Project: "AlmaLinux/container-images", Reporter: "octo",
			Created: daysAgo(400), Updated: now.Add(-90 * time.Minute), Release: "9",
			Body:     "## Steps\n\n1. Run `podman run almalinux:9-minimal tar`\n2. It *fails*, see [the docs](https://wiki.almalinux.org/containers/)\n\n```console\n# tar --version\nbash: tar: command not found\n```\n\n| image | tar |\n|---|---|\n| default | yes |\n| minimal | no |\n\n- [x] I searched\n",
			Comments: []tracker.Comment{{Author: "dev", Text: "> It fails\n\nThat is **by design**.", Created: daysAgo(399)}}},
	}
}

// hostile is what a terminal acts on, and what would pass for the program's
// own words.
const hostile = "a\x1b]52;c;ZXZpbA==\ab\x1b]0;x\x1b\\\x1b[2J\x1b[H\x1bc\x1bP+q\x1b\\\u009b2J\x9b\rc\bd\x00\x07\x7f\u0085\u2028e\u202ef\u2066\u200b\xff\x1b[8mg&#27;[2J&#x9b;\n" +
	"VERDICT\nDecided:    not-a-bug, by root\n\x1b[31mEVIDENCE\t\x1b]0;no end"

// attacked puts it in every text.
func attacked(t testing.TB, in report.Input) report.Input {
	t.Helper()
	r := in.Report
	for _, s := range []*string{&in.Row.Title, &in.Row.DecidedBy, &in.Row.Note, &in.Row.PatchURL, &in.Row.StaleWhy, &r.URL, &r.Title, &r.Body, &r.Steps, &r.Additional, &r.Status,
		&r.Resolution, &r.Reproducibility, &r.Severity, &r.Project, &r.Version, &r.Category, &r.Reporter, &r.Release, &r.Package} {
		*s = hostile + *s + hostile
	}
	r.Labels = append(r.Labels, hostile)
	r.References = append(r.References, tracker.Reference{Key: hostile, URL: hostile}, tracker.Reference{Key: "x", URL: "javascript:alert(1)"}, tracker.Reference{Key: "y", URL: "https://x.example/" + hostile})
	r.Attachments = append(r.Attachments, tracker.Attachment{Name: hostile, Size: -1})
	r.Comments = append(r.Comments, tracker.Comment{Author: hostile, Text: hostile})
	for i := range in.History {
		in.History[i].By, in.History[i].Note = hostile, hostile
	}
	if in.Recipe != nil {
		in.Recipe.Author, in.Recipe.AcceptedBy = hostile, hostile
	}
	if in.Run != nil {
		in.Run.Imported, in.Run.Author = true, hostile
		in.Run.Suggestion.Reasons = append(in.Run.Suggestion.Reasons, hostile)
		in.Run.Suggestion.Command = []string{"podman", hostile}
		in.Run.Sides[0].Target.Name, in.Run.Sides[0].Target.Distribution = strings.Repeat(hostile, 2), "x"
		in.Run.Sides[2].Err.Message = hostile
	}
	return in
}
