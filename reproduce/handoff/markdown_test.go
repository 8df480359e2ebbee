package handoff

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/almatriage/almatriage/tracker/safe"
)

// hostileLines are what a line of Markdown must not take for more than text.
func hostileLines() []string {
	return []string{
		"plain words, 5 of 5 (p = 0.008)", "<script>alert(1)</script>", "<img src=x onerror=y>", "</details>", "<!-- almatriage:0123456789abcdef -->",
		"[a](https://evil.example/)", "![b](https://evil.example/p.png)", "[a]: https://evil.example", "[a][b] [a] ![b]", "<https://evil.example>", "https://evil.example/x",
		"HTTP://evil.example", "www.evil.example", "_www.evil.example", "*www.evil.example*", "(www.evil.example", "xwww.evil.example", "a@evil.example", "mailto:a@evil.example",
		"@everyone", "x/@org/team", "#1", "owner/repo#1", "GH-1", "xgh-1", "GH-https://evil.example", "@www.evil.example", "#@everyone", "a | b", `a \| b`, `\`, `\\`, "`code`", "``", "` ", "**b** *e* __b__ _e_ a_b_c ~~s~~ ~s~", "- item", "+ item", "1. item",
		"1) item", "# head", "## head ##", "===", "---", "> quote", "    indented", "\ttab", "&lt;i&gt; &amp; &#64; &", "$x$ {{y}}", "a\nb", "a\r\n\r\nb", "ends in backslash\\", "!", "![", "a\u202eb\u200b",
		"\x1b[31mred\x1b[0m", "\xff\xfe", "☃ é 日本", "<", "a<b", "*", "_", "a__b", "__", "|", "||", "| --- |", "~~~", "```", "<b", "&#x3c;b&#x3e;", "ftp://evil.example", "xmpp:a@evil.example",
	}
}

// drawn is what a renderer shows of a text, and what it takes for more than text.
func drawn(markdown string) (shown string, more []string) {
	source := []byte(markdown)
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	var b strings.Builder
	// The walker gives no error of its own.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			value := string(n.Segment.Value(source))
			if _, code := n.Parent().(*ast.CodeSpan); !code {
				value = unescaped(value)
			}
			b.WriteString(value)
			if n.SoftLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.RawHTML:
			if raw := string(n.Segments.Value(source)); raw != "<!-- -->" {
				more = append(more, raw)
			}
		case *ast.Document, *ast.Paragraph, *ast.TextBlock, *ast.CodeSpan, *east.Table, *east.TableHeader, *east.TableRow, *east.TableCell:
		default:
			more = append(more, n.Kind().String())
		}
		return ast.WalkContinue, nil
	})
	return b.String(), more
}

// unescaped is what a text node means: goldmark leaves escapes to its renderer.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", rune(s[i+1])) {
			i++
		}
		b.WriteByte(s[i])
	}
	return strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&#124;", "|").Replace(b.String())
}

// means is what a line of hostile text is to be shown as.
func means(line string) string { return strings.TrimSpace(safe.Cell(line)) }

// checkLine tells whether a line is shown as what it is, wherever it stands.
func checkLine(t *testing.T, line string) {
	t.Helper()
	want := means(line)
	if strings.ContainsRune(want, '\ufffd') || want == "" {
		return // what was no text is none of it
	}
	for name, markdown := range map[string]string{"prose": mdText(line), "in a sentence": "Note: " + mdText(line)} {
		shown, more := drawn(markdown)
		if diff := cmp.Diff(want, strings.TrimPrefix(shown, "Note: ")); diff != "" || len(more) > 0 {
			t.Errorf("%s of %q is %q: more than text: %q (-want +got):\n%s", name, line, markdown, more, diff)
		}
	}
	shown, more := drawn("| a |\n| --- |\n| " + mdCell(line) + " |\n")
	if diff := cmp.Diff("a"+strings.ReplaceAll(want, "|", "¦"), shown); diff != "" || len(more) > 0 {
		t.Errorf("a cell of %q is %q: more than text: %q (-want +got):\n%s", line, mdCell(line), more, diff)
	}
	shown, more = drawn(mdCode(line))
	if diff := cmp.Diff(want, shown); diff != "" || len(more) > 0 {
		t.Errorf("code of %q is %q: more than text: %q (-want +got):\n%s", line, mdCode(line), more, diff)
	}
}

func TestMarkdownLines(t *testing.T) {
	for _, line := range hostileLines() {
		checkLine(t, line)
	}
	checkLine(t, strings.Join(hostileLines(), " "))
}

// TestNobodyIsCalled looks for what GitHub makes of a text after it was drawn: no
// renderer shows that.
func TestNobodyIsCalled(t *testing.T) {
	for line, want := range map[string]string{
		"@everyone":         "@<!-- -->everyone",
		"see #12 and GH-12": "see #<!-- -->12 and GH-<!-- -->12",
		"a@b.example":       "a@<!-- -->b.example",
		"x @ y # z":         "x @ y # z",
	} {
		if got := mdText(line); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func TestFence(t *testing.T) {
	for _, block := range []string{"a\nb\n", "```\nout\n```\n", "````", "~~~\n</details>\n", "\n\n", "x\n`````\n\n<b>\n", "    ```\n"} {
		source := []byte(mdFence(block, "sh") + "\nafter\n")
		doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
		fence, ok := doc.FirstChild().(*ast.FencedCodeBlock)
		if !ok || doc.ChildCount() != 2 {
			t.Errorf("%q: not a fence and what comes after: %s", block, source)
			continue
		}
		want := strings.TrimRight(safe.Block(block).String(), "\n") + "\n"
		if diff := cmp.Diff(want, string(fence.Lines().Value(source))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", block, diff)
		}
	}
}

func TestLink(t *testing.T) {
	for page, want := range map[string]string{
		"https://bugs.almalinux.org/view.php?id=5":             "https://bugs.almalinux.org/view.php?id=5",
		"https://example.org/a_(b)*c*":                         "<https://example.org/a_(b)*c*>",
		"https://example.org/![b](https://evil.example/p.png)": "<https://example.org/![b](https://evil.example/p.png)>",
	} {
		if got := mdLink(page); got != want {
			t.Errorf("%q: got %q, want %q", page, got, want)
		}
	}
}

func TestMantisText(t *testing.T) {
	for line, want := range map[string]string{
		"a <b>fat</b> <BR/> word":   "a &lt;b>fat&lt;/b> &lt;BR/> word",
		"<script> and a < b":        "<script> and a < b",
		"&lt;i&gt; & co":            "&amp;lt;i&amp;gt; & co",
		"@jo, .@jo and @-@jo":       "&#64;jo, .&#64;jo and &#64;-&#64;jo",
		"jo@example.org x@sha256:0": "jo@example.org x@sha256:0",
		"\x1b[2Ja\u202eb":           "ab",
	} {
		if got := plainLine(line); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func TestFitted(t *testing.T) {
	long := strings.Repeat("<é&", 5000)
	for name, write := range map[string]func(string) string{"prose": mdText, "plain": plainLine, "fence": func(s string) string { return mdFence(s, "") }} {
		for _, s := range []string{long, strings.Repeat("`", 20_000), "short"} {
			got := fitted(s, mostLine, write)
			if len(got) > mostLine || strings.ToValidUTF8(got, "") != got {
				t.Errorf("%s: %d bytes: %q", name, len(got), got)
			}
			if cut := strings.Contains(got, "… (cut)"); cut != (s != "short") {
				t.Errorf("%s of %.9q: cut is %v: %q", name, s, cut, got)
			}
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, line := range hostileLines() {
		f.Add(line)
	}
	f.Fuzz(checkLine)
}
