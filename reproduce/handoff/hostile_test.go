package handoff_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/tracker"
)

// evil is what a hostile reporter, container or package says.
const evil = "\x1b[2J<script>alert(1)</script> <img src=x onerror=y> [a](https://evil.example/) ![b](https://evil.example/p.png) @everyone #1 GH-1 " +
	"https://evil.example/x www.evil.example | cell | `code` **bold** _em_ </details> <b>fat</b> &lt;i&gt; \u202e$(reboot) 'q' \"d\" \\ ~~no~~"

// evilBlock tries to get out of a block of code.
const evilBlock = "```\n</details>\n~~~\n````\n@everyone https://evil.example/ <b>\nalmatriage:0123456789abcdef\n"

// hostileCase has that in every field.
func hostileCase(t testing.TB, v reproduce.Verdict) handoff.Case {
	t.Helper()
	var tt *testing.T
	if one, ok := t.(*testing.T); ok {
		tt = one
	} else {
		tt = &testing.T{}
	}
	c := newWorld(tt, "gizmo").plays(map[string]string{"alma9": "s", "stream9": "s"}).run()
	c.Report.Title, c.Report.Reporter, c.Report.URL, c.Report.Version = evil, evil, "https://evil.example/\"><b>", evil
	c.Report.References = []tracker.Reference{{Kind: tracker.RefJira, Key: evil, URL: "javascript:alert(1)"}}
	run := *c.Run
	run.Suggestion.Reasons = []string{evil, "- " + evil, "1. " + evil, "# " + evil, evilBlock}
	run.Suggestion.Verdict = v
	run.Author, run.Imported = evil, true
	run.Recipe.Test, run.Recipe.Summary, run.Recipe.Source = evilBlock+evil+"\n", evil, evilBlock+evil
	run.Recipe.Require = []string{"gizmo", "a'b; reboot"}
	run.Recipe.Environment = map[string]string{"A": evil}
	for i := range run.Sides {
		run.Sides[i].Image.Ref = "evil.example/|`x`:9"
		run.Sides[i].Prepared.Print.Podman = evil
		for j := range run.Sides[i].Attempts {
			run.Sides[i].Attempts[j].Facts.Excerpt = evilBlock + evil
		}
	}
	c.Run = &run
	c.Decision = &reproduce.Decision{Verdict: v, By: evil, Note: evil + "\n" + evilBlock, PatchURL: "https://evil.example/\")<b>", At: noon}
	return c
}

// parsed looks at what a renderer makes of a text.
func parsed(t *testing.T, markdown string) {
	t.Helper()
	source := []byte(markdown)
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.RawHTML:
			var raw strings.Builder
			for i := range n.Segments.Len() {
				s := n.Segments.At(i)
				raw.Write(s.Value(source))
			}
			if raw.String() != "<!-- -->" {
				t.Errorf("HTML of theirs: %q", raw.String())
			}
		case *ast.HTMLBlock:
			for i := range n.Lines().Len() {
				s := n.Lines().At(i)
				line := strings.TrimSpace(string(s.Value(source)))
				if line != "" && line != "</details>" && line != "<details><summary>The recipe (a tmt test)</summary>" {
					t.Errorf("HTML of theirs: %q", line)
				}
			}
		case *ast.Image:
			t.Errorf("an image: %s", n.Destination)
		case *ast.Link:
			t.Errorf("a link: %s", n.Destination)
		case *ast.AutoLink:
			if url := string(n.URL(source)); strings.Contains(url, "evil") {
				t.Errorf("a link: %s", url)
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(markdown, "<details>") != 1 && strings.Contains(markdown, "<details>") {
		t.Errorf("folds: %s", markdown)
	}
}

func TestHostileTextIsInert(t *testing.T) {
	for _, v := range []reproduce.Verdict{reproduce.StreamReproducible, reproduce.AlmaOnly, reproduce.FixedInStream, reproduce.StreamOnly, reproduce.NeedsVM, reproduce.Inconclusive} {
		c := hostileCase(t, v)
		md, err := handoff.Comment(c, tracker.Markdown)
		if err != nil {
			t.Fatal(err)
		}
		parsed(t, md)
		plain, err := handoff.Comment(c, tracker.PlainText)
		if err != nil {
			t.Fatal(err)
		}
		texts := []string{md, plain}
		if draft, err := handoff.Upstream(c); err == nil {
			if strings.HasPrefix(draft.To, "Red Hat Jira") {
				parsed(t, draft.Body)
			}
			texts = append(texts, draft.Text(), draft.Title)
			for _, l := range draft.Search {
				if strings.ContainsAny(l.URL, " \"'<>`") {
					t.Errorf("a search that is no address: %q", l.URL)
				}
			}
		}
		for _, text := range texts {
			if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x202e }); i >= 0 {
				t.Errorf("a character that acts: %q", text[max(i-20, 0):min(i+20, len(text))])
			}
			if hash, marked := tracker.MarkedHash(text); marked {
				t.Errorf("marked by their own words: %s", hash)
			}
		}
		// Nobody is called, nothing is drawn by Mantis.
		for _, bad := range []string{" @everyone", "<b>", "&lt;i&gt;"} {
			if strings.Contains(plain, bad) {
				t.Errorf("Mantis would take %q for more than text:\n%s", bad, plain)
			}
		}
	}
}

// TestByHand runs the command in a shell, with a podman that writes down what it
// was given, and has bash read the script.
func TestByHand(t *testing.T) {
	dir := t.TempDir()
	podman := "#!/bin/bash\nprintf '%s\\0' \"$@\" > " + filepath.Join(dir, "argv") + "\n"
	if err := os.WriteFile(filepath.Join(dir, "podman"), []byte(podman), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]handoff.Case{"plain": cases(t)["stream-reproducible"], "hostile": hostileCase(t, reproduce.AlmaOnly)} {
		line := handoff.ByHand(c.Run, &c.Run.Sides[0])
		if strings.ContainsAny(line, "\n\r\x1b") {
			t.Errorf("%s: not one line: %q", name, line)
		}
		cmd := exec.Command("bash", "-c", line)
		cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
		data, err := os.ReadFile(filepath.Join(dir, "argv"))
		if err != nil {
			t.Fatal(err)
		}
		argv := strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
		if len(argv) != 6 || !slices.Equal(argv[:2], []string{"run", "--rm"}) || !slices.Equal(argv[3:5], []string{"bash", "-c"}) {
			t.Fatalf("%s: argv %q", name, argv)
		}
		if !strings.HasSuffix(argv[5], strings.TrimRight(c.Run.Recipe.Test, "\n")) {
			t.Errorf("%s: the test is another: %q", name, argv[5])
		}
		for _, want := range []string{"set -eo pipefail\n", "install -- gizmo"} {
			if !strings.Contains(argv[5], want) {
				t.Errorf("%s: no %q in %q", name, want, argv[5])
			}
		}
		if name == "hostile" {
			if !strings.Contains(argv[5], `install -- gizmo 'a'\''b; reboot'`) || !strings.HasPrefix(argv[5], "set -eo pipefail\ndnf -qy upgrade\nexport A=") {
				t.Errorf("a package is more than that: %q", argv[5])
			}
		}
	}
}

func FuzzComment(f *testing.F) {
	f.Add(evil, evilBlock)
	f.Add("a\r\nb", "`")
	f.Add("- x", "``\n```\n")
	f.Fuzz(func(t *testing.T, line, block string) {
		c := hostileCase(t, reproduce.AlmaOnly)
		c.Run.Suggestion.Reasons = []string{line, block}
		c.Run.Recipe.Source, c.Decision.Note, c.Decision.By = block, line, line
		md, err := handoff.Comment(c, tracker.Markdown)
		if err != nil {
			t.Fatal(err)
		}
		parsed(t, md)
		if _, marked := tracker.MarkedHash(md); marked {
			t.Error("marked by their own words")
		}
	})
}
