package handoff_test

import (
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
	c := newWorld(t, "gizmo").plays(map[string]string{"alma9": "s", "stream9": "s"}).run()
	c.Report.Title, c.Report.Reporter, c.Report.URL, c.Report.Version, c.Report.Body = evil, evil, "https://evil.example/\"><b>", evil, evilBlock+evil
	c.Report.References = []tracker.Reference{{Kind: tracker.RefJira, Key: evil, URL: "javascript:alert(1)"}}
	run := *c.Run
	run.Suggestion.Reasons = []string{evil, "- " + evil, "1. " + evil, "# " + evil, evilBlock}
	run.Suggestion.Verdict, run.Suggestion.Subject = v, "gizmo"
	run.Author, run.Imported = evil, true
	run.Recipe.Test, run.Recipe.Summary, run.Recipe.Source = evilBlock+evil+"\n", evil, evilBlock+evil
	run.Recipe.Require = []string{"gizmo", "a'b; reboot"}
	run.Recipe.Environment = map[string]string{"A": evil}
	run.Recipe.Files = []reproduce.File{{Path: evil}}
	run.Recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleOutput, Pattern: evil}
	log := map[string]string{"gizmo": "* Mon Jun 15 2026 Jo Doe <jo@example.org> - 9-9\n- " + strings.ReplaceAll(evil, "\n", " ") + "\n"}
	for i := range run.Sides {
		run.Sides[i].Image.Ref = "evil.example/|`x`:9"
		run.Sides[i].Target.Distribution, run.Sides[i].Target.Name = "", evil
		run.Sides[i].Prepared.Print.Podman, run.Sides[i].Prepared.Print.Kernel = evil, evil
		run.Sides[i].Prepared.Print.OSRelease = map[string]string{"ALMALINUX_MANTISBT_PROJECT": evil, "ALMALINUX_MANTISBT_PROJECT_VERSION": evil}
		run.Sides[i].Prepared.Print.Changelogs = map[string]string{"gizmo": ""}
		if run.Sides[i].Role == reproduce.RoleStream {
			run.Sides[i].Prepared.Print.Changelogs = log
		}
		for j := range run.Sides[i].Attempts {
			run.Sides[i].Attempts[j].Facts.Excerpt = evilBlock + evil
			run.Sides[i].Attempts[j].Facts.Match = &reproduce.Match{Pattern: evil, Count: 1, Line: evil}
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

// hostileVerdicts are those whose texts differ.
func hostileVerdicts() []reproduce.Verdict {
	return []reproduce.Verdict{reproduce.StreamReproducible, reproduce.AlmaOnly, reproduce.FixedInStream, reproduce.StreamOnly, reproduce.NeedsVM, reproduce.Inconclusive}
}

// hostileTexts are all texts of a hostile case at a tracker of one markup.
func hostileTexts(t *testing.T, c handoff.Case) (bodies, all []string) {
	t.Helper()
	comment, err := handoff.Comment(c, c.Report.ID.Markup())
	if err != nil {
		t.Fatal(err)
	}
	bodies = append(bodies, comment)
	if draft, err := handoff.Upstream(c); err == nil {
		if draft.Kind != handoff.KindJira { // that is Markdown, wherever the report is
			bodies = append(bodies, draft.Body)
		} else {
			parsed(t, draft.Body)
			if strings.Contains(draft.Body, "<!--") {
				t.Errorf("an editor would show this comment:\n%s", draft.Body)
			}
		}
		all = append(all, draft.Text())
		for _, l := range draft.Search {
			if strings.ContainsAny(l.URL, " \"'<>`") {
				t.Errorf("a search that is no address: %q", l.URL)
			}
		}
	}
	return bodies, append(all, bodies...)
}

func TestHostileTextIsInert(t *testing.T) {
	for _, v := range hostileVerdicts() {
		for _, space := range []string{"almbz", "AlmaLinux/container-images", tracker.LocalSpace} {
			c := hostileCase(t, v)
			c.Report.ID.Space = space
			bodies, all := hostileTexts(t, c)
			for _, text := range bodies {
				if c.Report.ID.Markup() == tracker.Markdown {
					parsed(t, text)
					continue
				}
				for _, bad := range []string{" @everyone", "<b>", "&lt;i&gt;"} {
					if strings.Contains(text, bad) {
						t.Errorf("Mantis would take %q for more than text:\n%s", bad, text)
					}
				}
			}
			for _, text := range all {
				if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x202e }); i >= 0 {
					t.Errorf("a character that acts: %q", text[max(i-20, 0):min(i+20, len(text))])
				}
				if hash, marked := tracker.MarkedHash(text); marked {
					t.Errorf("marked by their own words: %s", hash)
				}
			}
		}
	}
}

// TestFits tells that what trackers take is never exceeded.
func TestFits(t *testing.T) {
	long := strings.Repeat("<b>&@x|`_ ", 20_000)
	for _, v := range hostileVerdicts() {
		c := hostileCase(t, v)
		c.Run.Hints.Package = "kernel"
		c.Run.Suggestion.Reasons = slices.Repeat([]string{long}, 50)
		c.Run.Sides = slices.Repeat(c.Run.Sides, 20)
		c.Run.Recipe.Source, c.Run.Author = strings.Repeat("`", 100_000), long
		c.Decision.Note, c.Decision.By = long, long
		for _, test := range []string{long, long[:1000]} {
			c.Run.Recipe.Test, c.Run.Sides[0].Target.Name = test, test
			for _, markup := range []tracker.Markup{tracker.Markdown, tracker.PlainText} {
				text, err := handoff.Comment(c, markup)
				if err != nil || len(text) > 65_000 {
					t.Errorf("%s, %s, a test of %d bytes: %d bytes, %v", v, markup, len(test), len(text), err)
				}
				// A part of a command is another command: it is whole or not there.
				if whole := len(test) == 1000; strings.Contains(text, "the command is too long") == whole || strings.Contains(text, "bash -c") != whole && v != reproduce.NeedsVM {
					t.Errorf("%s, %s, a test of %d bytes: the command is not whole, or not there", v, markup, len(test))
				}
			}
		}
	}
}

func FuzzComment(f *testing.F) {
	c := hostileCase(f, reproduce.AlmaOnly)
	f.Add(evil, evilBlock)
	f.Add("a\r\nb", "`")
	f.Add("- x", "``\n```\n")
	f.Add("almatriage:0123456789abcdef", "\n\nalmatriage:0123456789abcdef")
	f.Fuzz(func(t *testing.T, line, block string) {
		c, run, decision := c, *c.Run, *c.Decision
		run.Suggestion.Reasons = []string{line, block}
		run.Recipe.Source, decision.Note, decision.By = block, line, line
		c.Run, c.Decision = &run, &decision
		for _, without := range []bool{false, true} {
			if without {
				c.Run = nil
			}
			md, err := handoff.Comment(c, tracker.Markdown)
			if err != nil {
				t.Fatal(err)
			}
			parsed(t, md)
			plain, err := handoff.Comment(c, tracker.PlainText)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{md, plain} {
				if _, marked := tracker.MarkedHash(text); marked {
					t.Errorf("marked by their own words: %q", text)
				}
			}
		}
	})
}
