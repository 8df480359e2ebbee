package html

import (
	"bufio"
	"bytes"
	"html/template"
	"strings"
	"testing"
	"unicode"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
)

// unstored is a page about a report that is in no database.
func unstored(t testing.TB, w words) string {
	t.Helper()
	id := tracker.ID{Space: "almbz", Number: 1}
	run, verdict := runOf(id, w), reproduce.Verdict(w("decided"))
	r := store.Result{ID: w("id"), URL: "https://bugs.example.org/view.php?id=1&" + w("url"), Title: w("title"), Release: w("release"), Package: w("package"), Status: w("status"),
		Verdict: verdict, Suggested: run.Suggestion.Verdict, DecidedBy: w("by"), DecidedAt: noon, LastRun: noon,
		Evidence: store.Evidence{AlmaResult: w("alma"), StreamResult: w("stream")}}
	c := handoff.Case{Report: tracker.Report{ID: id, URL: r.URL, Title: r.Title, Package: r.Package, Release: r.Release}, Run: &run,
		Decision: &reproduce.Decision{Verdict: verdict, Note: w("note"), PatchURL: w("patch"), By: r.DecidedBy, At: noon}}
	var out bytes.Buffer
	p := &page{options: Options{Now: noon, Program: "1.2.3"}, out: bufio.NewWriter(&out)}
	p.rows = []row{p.row(id, &r)}
	for _, part := range []struct {
		name string
		data any
	}{{"head", p.head()}, {"row", &p.rows[0]}, {"evidence", nil}, {"case", p.evidence(&p.rows[0], &c)}, {"foot", template.JS(script)}} {
		check(t, parts.ExecuteTemplate(p.out, part.name, part.data))
	}
	check(t, p.out.Flush())
	return out.String()
}

// FuzzWrite: whatever a report, its run and its decision say, the page has the
// elements of one about a calm report and no other ones, each with attributes
// that only the page has, and links that lead to http only; its own script and
// style are in it as they are, and nothing that is not seen.
func FuzzWrite(f *testing.F) {
	for _, attack := range attacks {
		f.Add(attack, ^uint32(0), uint16(1))
	}
	f.Add("https://example.org/' onclick=x", ^uint32(0), uint16(1))
	f.Add("<b>\u202e&\"'", ^uint32(0), uint16(9999))
	f.Add("a@b.example </td>", uint32(0xaaaaaaaa), uint16(1))
	calm := unstored(f, plain)
	f.Fuzz(func(t *testing.T, text string, which uint32, times uint16) {
		n, long := 0, strings.Repeat(text, min(int(times), 20_000/max(1, len(text))))
		page := unstored(t, func(name string) string {
			n++
			if which>>(n%32)&1 == 0 {
				return plain(name)
			}
			return long
		})
		got, want := tree(t, page), tree(t, calm)
		for name, count := range got {
			if want[name] == 0 {
				t.Errorf("%q: %d of <%s>", text, count, name)
			}
		}
		for _, name := range []string{"html", "head", "body", "meta", "link", "style", "script", "select", "input", "button", "table", "tr"} {
			if got[name] != want[name] {
				t.Errorf("%q: %d of <%s>, want %d", text, got[name], name, want[name])
			}
		}
		for _, r := range page {
			if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029') {
				t.Fatalf("%q: %U is in the page", text, r)
			}
		}
	})
}
