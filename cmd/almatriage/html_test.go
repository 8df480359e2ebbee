package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/cmd/internal/demo"
	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman/fixture"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/export/html"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/query"
)

// pageTitle is the title of every page.
const pageTitle = "<title>AlmaLinux bug reports: does it also happen on CentOS Stream?</title>"

// withoutScripts is a path whose page runs none.
const withoutScripts = "/without-scripts"

// browser is Chromium without a window, and a server that has the pages.
type browser struct {
	t       *testing.T
	program string
	profile string
	server  *httptest.Server
	mu      sync.Mutex
	pages   map[string]string
	asked   []string // what was asked of the server
}

// newBrowser starts the server. Without Chromium it skips the test, or fails it
// where all tests must run.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv(fixture.Require) == "1" || os.Getenv("CI") == "true" {
			t.Fatalf("Chromium is needed here: %v", err)
		}
		t.Skipf("Chromium is not installed: %v", err)
	}
	b := &browser{t: t, program: program, profile: t.TempDir(), pages: map[string]string{}}
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.asked = append(b.asked, r.URL.Path)
		if r.URL.Path == withoutScripts { // --dump-dom needs a Chromium that has them
			w.Header().Set("Content-Security-Policy", "script-src 'none'")
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, b.pages[r.URL.Path])
	}))
	t.Cleanup(b.server.Close)
	return b
}

// put puts a page at a path.
func (b *browser) put(path, page string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pages[path] = page
}

// run runs Chromium on an address of the server.
func (b *browser) run(address string, options ...string) (stdout, stderr string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 2*time.Minute)
	defer cancel()
	args := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--hide-scrollbars", "--virtual-time-budget=2000", "--enable-logging=stderr", "--user-data-dir=" + b.profile}, options...)
	cmd := exec.CommandContext(ctx, b.program, append(args, b.server.URL+address)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		b.t.Fatalf("chromium %s: %v: %s", address, err, errs.String())
	}
	return out.String(), errs.String()
}

// dom is a page after its script ran, and what the console said.
func (b *browser) dom(address string) (dom string, console []string) {
	b.t.Helper()
	dom, log := b.run(address, "--dump-dom")
	for line := range strings.Lines(log) {
		if strings.Contains(line, ":CONSOLE") {
			console = append(console, line)
		}
	}
	return dom, console
}

// quietly is dom of a page that asks for nothing and has nothing to complain of.
func (b *browser) quietly(address string) string {
	b.t.Helper()
	b.mu.Lock()
	b.asked = nil
	b.mu.Unlock()
	dom, console := b.dom(address)
	path, _, _ := strings.Cut(address, "#")
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.asked, []string{path}) || len(console) > 0 {
		b.t.Errorf("%s asks for %q and says %q", address, b.asked, console)
	}
	return dom
}

var tableRow = regexp.MustCompile(`<tr data-evidence="report-([^"]*)"[^>]*>`)

// visible are the reports in the rows that are shown, in their order.
func visible(dom string) string {
	var names []string
	for _, row := range tableRow.FindAllStringSubmatch(dom, -1) {
		if !strings.Contains(row[0], `hidden=""`) {
			names = append(names, row[1])
		}
	}
	return strings.Join(names, " ")
}

// newDemoUser is a person with the demonstration in the database.
func newDemoUser(t *testing.T) *user {
	t.Helper()
	u := newUser(t, "")
	u.env = append(u.env, alone(u)...)
	fillDemo(t, u.database(), time.Now())
	return u
}

func fillDemo(t *testing.T, path string, now time.Time) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), path, store.Options{Now: func() time.Time { return now }})
	if err == nil {
		err = errors.Join(demo.Fill(t.Context(), db, now), db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// page is the page that the program writes.
func (u *user) page(args ...string) string {
	u.t.Helper()
	stdout, stderr, status := u.run(append([]string{"export", "--format", "html", "-o", "page.html"}, args...)...)
	if stdout != "" || status != 0 {
		u.t.Fatalf("status %d, %q, %q", status, stdout, stderr)
	}
	data, err := os.ReadFile(filepath.Join(u.home, "page.html"))
	if err != nil {
		u.t.Fatal(err)
	}
	return string(data)
}

// TestPage opens the page of the demonstration as readers do.
func TestPage(t *testing.T) {
	b, u := newBrowser(t), newDemoUser(t)
	page := u.page("sort:id")
	b.put("/", page)
	all := visible(page)
	for _, test := range []struct{ hash, rows, also string }{
		{"", all, ">13 of 13 reports</p>"},
		{"#verdict=stream-reproducible", "almbz-1001 almbz-1005", ">2 of 13 reports</p>"},
		{"#decision=decided&sort=-id", "almbz-1009 almbz-1007 almbz-1003 almbz-1002", `data-key="id" aria-sort="descending"`},
		{"#q=GIZMO+too", "almbz-1001", ""},
		{"#release=9.6&package=bash", "almbz-1008", ""},
		{"#release=9.6&sort=stream&q=suggested", "almbz-1010 almbz-1011 almbz-1008 almbz-1001 almbz-1004", ""},
		{"#q=nothing+has+this", "", ">0 of 13 reports</p>"},
		{"#release=no-such-release", all, ""},
		{"#report-almbz-1003", all, `<details class="case" id="report-almbz-1003" open="">`},
		{"#verdict=needs-vm&show=report-almbz-1007", "almbz-1007", `<details class="case" id="report-almbz-1007" open="">`},
	} {
		dom := b.quietly("/" + test.hash)
		if got := visible(dom); got != test.rows || !strings.Contains(dom, test.also) {
			t.Errorf("%s shows %q, want %q; %q is there: %v", test.hash, got, test.rows, test.also, strings.Contains(dom, test.also))
		}
	}
	if got := visible(u.page("verdict:fixed-in-stream")); got != "almbz-1003" {
		t.Errorf("the page of a query has %q", got)
	}
}

// TestPageWithoutScripts: all can be read, and only the filters are missing.
func TestPageWithoutScripts(t *testing.T) {
	b, u := newBrowser(t), newDemoUser(t)
	page := u.page()
	b.put(withoutScripts, page)
	dom, _ := b.dom(withoutScripts + "#verdict=needs-vm")
	if got := visible(dom); got != visible(page) || strings.Count(got, " ") != 12 {
		t.Errorf("it shows %q", got)
	}
	if !strings.Contains(dom, `<div id="filters" role="search" hidden="hidden">`) || strings.Contains(dom, "<button type") || strings.Count(dom, `<details class="case"`) != 13 {
		t.Error("there is what does nothing, or evidence is missing")
	}
}

// TestPagePrivate: what is nobody's to know is not in what is published.
func TestPagePrivate(t *testing.T) {
	u := newDemoUser(t)
	if _, stderr, status := u.run("mark", "almbz#1001", "alma-only", "-m", "seen by jo@mail.example.org in /home/jo/gizmo"); status != 0 {
		t.Fatal(stderr)
	}
	page := u.page()
	for _, text := range []string{"almbz#1006", "jo@mail", "/home/jo"} {
		if strings.Contains(page, text) {
			t.Errorf("%s is in the page", text)
		}
	}
	if page = u.page("--include-private"); !strings.Contains(page, "almbz#1006") || !strings.Contains(page, "do not publish") {
		t.Error("what was asked for is missing")
	}
}

// taker are texts that would take a page over, or call home.
func taker(home string) []string {
	act := "document.title='taken';new Image().src='" + home + "/leak'"
	return []string{"<script>" + act + "</script>", "</script><script>" + act + "</script>", `"><img src="` + home + `/leak" onerror="` + act + `">`, "--><svg onload=\"" + act + `">`,
		"</style><style>@import '" + home + "/leak';</style>", `<link rel="stylesheet" href="` + home + `/leak">`, `<iframe src="` + home + `/leak"></iframe>`,
		`<meta http-equiv="refresh" content="0;url=` + home + `/leak">`, "javascript:" + act, `<base href="` + home + `/leak/">`}
}

// TestPageHostile: nothing that reports say acts in a browser. That it would be
// seen if it did is proved by pages into which it is written.
func TestPageHostile(t *testing.T) {
	b, u := newBrowser(t), newUser(t, "")
	if err := os.MkdirAll(filepath.Dir(u.database()), 0o700); err != nil {
		t.Fatal(err)
	}
	putTakers(t, u.database(), taker(b.server.URL))
	page := u.page()
	b.put("/", page)
	attack := taker(b.server.URL)[0]
	for _, hash := range []string{"", "#show=report-almbz-1&q=script"} {
		dom := b.quietly("/" + hash)
		if !strings.Contains(dom, pageTitle) || !strings.Contains(dom, "&lt;script&gt;document.title=") || strings.Count(dom, "<script") != 1 {
			t.Errorf("%s: %s", hash, dom)
		}
	}
	taken := strings.Replace(page, "<main>", "<main>"+attack, 1)
	b.put("/guarded", taken)
	dom, console := b.dom("/guarded")
	if !strings.Contains(dom, pageTitle) || len(console) == 0 {
		t.Errorf("the policy lets a script run, or says nothing: %q", console)
	}
	b.put("/open", strings.Replace(taken, "Content-Security-Policy", "x", 1))
	if dom, _ = b.dom("/open"); strings.Contains(dom, pageTitle) || !slices.Contains(b.asked, "/leak") {
		t.Errorf("the attack does nothing by itself; the server was asked for %q", b.asked)
	}
}

// putTakers stores reports each of whose texts is an attack.
func putTakers(t *testing.T, path string, attacks []string) {
	t.Helper()
	db, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var page tracker.Page
	var decisions []reproduce.Decision
	for i, a := range attacks {
		r := tracker.Report{ID: tracker.ID{Space: "almbz", Number: int64(i + 1)}, Tracker: "almbz", URL: "https://example.org/" + a, Title: a, Body: a, Status: a, Release: a, Package: a, Updated: day(1)}
		page.Reports = append(page.Reports, r)
		decisions = append(decisions, reproduce.Decision{ID: reproduce.NewID(), Report: r.ID.String(), Verdict: reproduce.AlmaOnly, By: a, Note: a, PatchURL: a, At: day(2)})
	}
	_, err = db.Commit(t.Context(), "almbz", "x", page)
	if err := errors.Join(err, db.Decide(t.Context(), decisions...), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestPagePicture takes pictures: light and dark, wide and narrow. Chromium's
// windows are 500 pixels wide at least, so that the narrow page is in a frame.
// With UPDATE_SCRIPTS=1 the wide light one becomes the picture of the docs.
func TestPagePicture(t *testing.T) {
	b := newBrowser(t)
	b.put("/", demoPage(t))
	b.put("/narrow", `<!doctype html><style>body{margin:0}iframe{border:0;width:400px;height:900px}</style><iframe src="/#sort=-verdict"></iframe>`)
	for _, test := range []struct {
		name, address string
		width, height int
		dark          bool
	}{
		{"light", "/#decision=decided&sort=verdict", 1200, 1010, false},
		{"dark", "/#q=alma", 1200, 900, true},
		{"narrow", "/narrow", 500, 900, false},
	} {
		path := filepath.Join(t.TempDir(), test.name+".png")
		options := []string{"--screenshot=" + path, fmt.Sprintf("--window-size=%d,%d", test.width, test.height), "--blink-settings=preferredColorScheme=1"}
		if test.dark {
			options[2] = "--blink-settings=preferredColorScheme=0"
		}
		b.run(test.address, options...)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		colours, light := looks(t, data)
		if colours < 50 || light > 0.5 == test.dark {
			t.Errorf("%s: %d colours, %.0f %% of it light", test.name, colours, 100*light)
		}
		if os.Getenv("UPDATE_SCRIPTS") == "1" && test.name == "light" {
			if err := os.WriteFile("../../docs/screens/export.png", data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// looks tells how many colours a picture has, and how much of it is light.
func looks(t *testing.T, data []byte) (colours int, light float64) {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	seen, all := map[[3]uint32]bool{}, 0
	within := picture.Bounds().Intersect(image.Rect(0, 0, 400, 900)) // what all have
	for y := within.Min.Y; y < within.Max.Y; y++ {
		for x := within.Min.X; x < within.Max.X; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
			all++
			if r+g+b > 3*0x8000 {
				light++
			}
		}
	}
	return len(seen), light / float64(all)
}

// demoPage is the page of the demonstration at a time that stands still.
func demoPage(t *testing.T) string {
	t.Helper()
	now := time.Date(2027, 2, 3, 4, 5, 6, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "demo.db")
	fillDemo(t, path, now)
	db, err := store.Open(t.Context(), path, store.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	q, err := query.Parse("sort:id", now)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.List(t.Context(), q, 0)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]tracker.ID, len(rows))
	for i := range rows {
		if ids[i], err = tracker.ParseID(rows[i].ID); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if left, err := html.Write(t.Context(), &out, db, ids, html.Options{Now: now, Program: "1.2.3"}); err != nil || left != 1 {
		t.Fatalf("%d left out, %v", left, err)
	}
	return out.String()
}

// TestPageGolden: the page changes only when somebody means it to; with
// UPDATE_SCRIPTS=1 it is written anew.
func TestPageGolden(t *testing.T) {
	const golden = "testdata/demo.html"
	page := demoPage(t)
	if os.Getenv("UPDATE_SCRIPTS") == "1" {
		if err := os.WriteFile(golden, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), page); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
