package handoff_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/tracker"
)

func draftOf(t *testing.T, c handoff.Case) handoff.Draft {
	t.Helper()
	draft, err := handoff.Upstream(c)
	if err != nil {
		t.Fatal(err)
	}
	return draft
}

func TestWhereItGoes(t *testing.T) {
	all := cases(t)
	for name, want := range map[string]string{
		"stream-reproducible":        "jira CentOS Stream 9",
		"stream-reproducible-kitten": "jira CentOS Stream 10",
		"stream-reproducible-ended":  "jira RHEL 8", // its Stream takes no reports any more
		"stream-only":                "jira CentOS Stream 9",
		"fixed-in-stream":            "backport ",
		"alma-only":                  "comment ",
		"alma-only-github":           "comment ",
		"alma-only-local":            "tracker ",
	} {
		draft := draftOf(t, all[name])
		version := ""
		for _, f := range draft.Fields {
			if f.Name == "Affects version" {
				version = f.Value
			}
		}
		if got := string(draft.Kind) + " " + version; got != want {
			t.Errorf("%s goes to %q, want %q", name, got, want)
		}
	}
}

// TestNothingToReport tells that where there is nothing to report, one sentence
// says so, and names no command that the report cannot take.
func TestNothingToReport(t *testing.T) {
	for name, c := range cases(t) {
		switch c.Verdict() {
		case reproduce.StreamReproducible, reproduce.StreamOnly, reproduce.FixedInStream, reproduce.AlmaOnly:
			continue
		}
		_, err := handoff.Upstream(c)
		if reproduce.CodeOf(err) != reproduce.CodeUsage || !strings.Contains(err.Error(), "nothing to report upstream") {
			t.Errorf("%s: %v", name, err)
		}
		c.Report.ID = tracker.ID{Space: tracker.LocalSpace, Number: 3}
		if _, err := handoff.Upstream(c); strings.Contains(err.Error(), "almatriage comment") {
			t.Errorf("%s: a report that is at no tracker can have no comment: %v", name, err)
		}
	}
}

func TestSearches(t *testing.T) {
	c := cases(t)["stream-reproducible"]
	c.Report.Title = `--check "fails" (AND) \ on it's -- empty_list & more`
	draft := draftOf(t, c)
	search, err := url.Parse(draft.Search[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	if search.RawQuery != strings.ReplaceAll(search.RawQuery, "+", "%20") {
		t.Errorf("a plus stands for a blank: %s", search.RawQuery)
	}
	want := `project = RHEL AND component = "gizmo" AND text ~ "check fails empty_list more" ORDER BY updated DESC`
	if diff := cmp.Diff(want, search.Query().Get("jql")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSources(t *testing.T) {
	all := cases(t)
	for name, want := range map[string]string{
		"stream-reproducible":        "https://git.almalinux.org/rpms/gizmo/src/branch/a9",
		"stream-reproducible-kitten": "https://git.almalinux.org/rpms/gizmo/src/branch/a10s",
		"stream-reproducible-ended":  "https://git.almalinux.org/rpms/gizmo/src/branch/a8",
	} {
		if text := draftOf(t, all[name]).Text(); !strings.Contains(text, want+"\n") {
			t.Errorf("%s: no %s in:\n%s", name, want, text)
		}
	}
	c := all["stream-reproducible"]
	run := *c.Run
	run.Suggestion.Subject, c.Report.Package = "../../evil", "-x"
	c.Run = &run
	if text := draftOf(t, c).Text(); strings.Contains(text, "rpms/") {
		t.Errorf("a name that is no package's is in an address:\n%s", text)
	}
}

// TestFilledPage looks at what Mantis would take from the address.
func TestFilledPage(t *testing.T) {
	c := cases(t)["alma-only-local"]
	c.Report.Title = strings.Repeat("é", 300)
	draft := draftOf(t, c)
	page, err := url.Parse(draft.Open)
	if err != nil || page.Host != "bugs.almalinux.org" || page.Path != "/bug_report_page.php" {
		t.Fatalf("%s: %v", draft.Open, err)
	}
	fields := page.Query()
	for field, want := range map[string]string{"description": "Only AlmaLinux has the bug", "steps_to_reproduce": "dnf -y install", "additional_info": "podman run", "product_version": "9.6"} {
		if !strings.Contains(fields.Get(field), want) {
			t.Errorf("%s is %q, without %q", field, fields.Get(field), want)
		}
	}
	if n := len([]rune(fields.Get("summary"))); n != 128 {
		t.Errorf("the summary has %d characters, and Mantis takes 128", n)
	}

	run := *c.Run
	run.Recipe.Test = strings.Repeat("frobnicate --check\n", 400)
	c.Run = &run
	if draft = draftOf(t, c); draft.Open != "" || !strings.Contains(draft.Text(), "too long for an address") {
		t.Errorf("a long draft: open %.80s, notes %q", draft.Open, draft.Notes)
	}
}

// TestDecidedOtherwise tells that a draft whose evidence says something else is
// not given without a word.
func TestDecidedOtherwise(t *testing.T) {
	all := cases(t)
	for name, want := range map[string]bool{"decided-alma-only": true, "decided-fixed-in-stream": true, "decided-stream-reproducible": false, "stream-reproducible": false} {
		warned := strings.Contains(strings.Join(draftOf(t, all[name]).Notes, "\n"), "but the run suggests stream-reproducible")
		if warned != want {
			t.Errorf("%s: warned %v, want %v", name, warned, want)
		}
	}
}

func TestIssueThatIsThere(t *testing.T) {
	notes := strings.Join(draftOf(t, cases(t)["stream-only"]).Notes, "\n")
	if !strings.Contains(notes, "RHEL-4711 https://redhat.atlassian.net/browse/RHEL-4711") {
		t.Errorf("the issue that the report names is not told: %s", notes)
	}
}
