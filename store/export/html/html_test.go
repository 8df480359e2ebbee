package html

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
)

// told are the texts that a page shows of a report; of the other texts it shows
// none.
var told = []string{"title", "status", "release", "package", "note", "patch", "by", "runner", "recipe", "excerpt", "message", "advice", "output", "verdict", "reason",
	"target", "image", "digest", "version"}

func TestShows(t *testing.T) {
	db := open(t)
	page, left := written(t, db, Options{}, put(t, db, 1, false, plain))
	for _, name := range told {
		if !strings.Contains(page, "x"+name) {
			t.Errorf("the %s is not in the page", name)
		}
	}
	for _, name := range []string{"body", "steps", "more", "reporter", "author", "comment", "secret"} {
		if strings.Contains(page, "x"+name) {
			t.Errorf("the %s is in the page", name)
		}
	}
	for _, text := range []string{"This is no bug.", "The run below suggests", "reproduced, 3 of 3", "3/3", "1 report, 1 decided", ">2026-03-01 12:00 UTC</time> by almatriage 1.2.3",
		`href="https://bugs.example.org/view.php?id=1&amp;xurl"`} {
		if !strings.Contains(page, text) {
			t.Errorf("%q is not in the page", text)
		}
	}
	if again, _ := written(t, db, Options{}, tracker.ID{Space: "almbz", Number: 1}); left != 0 || again != page {
		t.Errorf("left out %d; the same twice: %v", left, again == page)
	}
}

func TestPrivate(t *testing.T) {
	db := open(t)
	open := put(t, db, 1, false, func(name string) string { return "open" + name })
	hidden := put(t, db, 2, true, func(name string) string { return "hidden" + name })
	page, left := written(t, db, Options{}, hidden, open)
	if strings.Contains(page, "hidden") && regexp.MustCompile("hidden(?:"+strings.Join(told, "|")+")").MatchString(page) || left != 1 || !strings.Contains(page, "opentitle") {
		t.Errorf("left out %d: %s", left, page)
	}
	if strings.Contains(page, "do not publish") || strings.Contains(page, "almbz-2") {
		t.Error("a page without private reports speaks of some")
	}
	page, left = written(t, db, Options{Private: true}, hidden, open)
	if !strings.Contains(page, "hiddentitle") || !strings.Contains(page, "do not publish") || left != 0 || strings.Contains(page, "hiddensecret") {
		t.Errorf("left out %d when asked for all: %s", left, page)
	}
}

func TestNothingTold(t *testing.T) {
	db := open(t)
	page, _ := written(t, db, Options{}, put(t, db, 1, false, func(name string) string { return "x" + name + " Jo <jo@mail.example.org> /home/jo" }))
	if !strings.Contains(page, "/home/jo") {
		t.Error("nothing was there to hide")
	}
	page, _ = written(t, db, Options{Hide: hide}, tracker.ID{Space: "almbz", Number: 1})
	for _, text := range []string{"/home/jo", "jo@"} {
		if strings.Contains(page, text) {
			t.Errorf("%s is in the page: %s", text, page)
		}
	}
}

func TestUntold(t *testing.T) {
	for in, want := range map[string]string{
		"Jo <jo.doe+x@mail.example.org> said": "Jo <(address left out)> said",
		"jo\u200b@exam\u200bple.org":          "(address left out)",
		"getty@tty1.service failed":           "getty@tty1.service failed",
		"almalinux@sha256:abc":                "almalinux@sha256:abc",
		"a @ b.org, @name":                    "a @ b.org, @name",
		strings.Repeat("x", mostLine+1):       strings.Repeat("x", mostLine) + "…",
		strings.Repeat("é", mostLine):         strings.Repeat("é", mostLine/2) + "…",
	} {
		if got := (cleaner{}).line(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if got := (cleaner{}).judged("a\u202eb\n", 100); got != `a\u202eb`+"\n" {
		t.Errorf("what is to be judged became %q", got)
	}
	if got := (cleaner{}).block("123456", 4); got != "1234\n… (2 bytes more are left out)" {
		t.Errorf("a long text became %q", got)
	}
	for in, want := range map[string]string{"https://example.org/a": "https://example.org/a", "https://example.org/?m=jo@example.org": "", "javascript:alert(1)": "", "": ""} {
		if got := (cleaner{}).link(in); got != want {
			t.Errorf("the link %q became %q", in, got)
		}
	}
}

func TestNoReports(t *testing.T) {
	page, left := written(t, open(t), Options{})
	if left != 0 || !strings.Contains(page, "0 reports, 0 decided") || strings.Contains(page, "<svg") {
		t.Errorf("left out %d: %s", left, page)
	}
}

type full struct{ n int }

func (f *full) Write(b []byte) (int, error) {
	f.n += len(b)
	return 0, errors.New("no space left")
}

func TestErrors(t *testing.T) {
	db := open(t)
	id := put(t, db, 1, false, plain)
	out := &full{}
	if _, err := Write(t.Context(), out, db, []tracker.ID{id, {Space: "almbz", Number: 9}}, Options{}); store.CodeOf(err) != store.CodeNotFound || out.n > 0 {
		t.Errorf("a report that is not stored: %v, %d bytes", err, out.n)
	}
	if _, err := Write(t.Context(), out, db, []tracker.ID{id}, Options{}); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("on a full disk: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Write(ended, &full{}, db, []tracker.ID{id}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestAnchor(t *testing.T) {
	seen := map[string]string{}
	for id, want := range map[tracker.ID]string{
		{Space: "almbz", Number: 622}:                      "report-almbz-622",
		{Space: "AlmaLinux/container-images", Number: 12}:  "report-AlmaLinux_container-images-12",
		{Space: "AlmaLinux_container-images", Number: 12}:  "report-AlmaLinux.5fcontainer-images-12",
		{Space: "AlmaLinux.2fcontainer-images", Number: 1}: "report-AlmaLinux.2e2fcontainer-images-1",
		{Space: "a\"><=&é", Number: 1}:                     "report-a.22.3e.3c.3d.26.c3.a9-1",
	} {
		got := anchor(id)
		if got != want || seen[got] != "" {
			t.Errorf("%s is at %s, want %s; so is %s", id, got, want, seen[got])
		}
		seen[got] = id.String()
	}
}
