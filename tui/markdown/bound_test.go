package markdown_test

import (
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tui/markdown"
)

// hard are texts that parsers of Markdown are slow at.
func hard(n int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, n/len(s)+1)[:n] }
	return map[string]string{
		"words":                fill("some words in a line\n"),
		"one line":             fill("word "),
		"one word":             fill("x"),
		"empty lines":          fill("\n"),
		"paragraphs":           fill("x\n\n"),
		"quotes":               fill(">"),
		"quotes, then lines":   fill(">")[:n/2] + fill("\nx")[:n/2],
		"quotes in lines":      fill(strings.Repeat(">", 200) + "x\n"),
		"lists":                fill("- "),
		"lists, then lines":    fill("- ")[:n/2] + fill("\n")[:n/2] + "x",
		"lists and quotes":     fill("> - "),
		"numbers":              fill("1. "),
		"items":                fill("- x\n"),
		"indented items":       fill("- x\n  - y\n    - z\n"),
		"opening brackets":     fill("["),
		"opening in lines":     fill("[\n\n"),
		"images":               fill("!["),
		"brackets":             fill("[]"),
		"brackets in each":     fill("[")[:n/2] + fill("]")[:n/2],
		"labels":               fill("[x]["),
		"links":                fill("[a](b)"),
		"links without end":    fill("[a]("),
		"links, paragraphs":    fill(strings.Repeat("[a](", 900) + "\n\n"),
		"links in brackets":    fill(strings.Repeat("[[a](b)", 500) + "\n\n"),
		"link titles":          fill("[a](b \""),
		"definitions":          fill("[a]: b\n"),
		"definitions, titles":  fill("[a]: b \"\n"),
		"definitions, labels":  fill("[a\n"),
		"emphasis":             fill("*a "),
		"emphasis, closing":    fill("a* "),
		"emphasis, mixed":      fill("*a _b "),
		"emphasis, both":       fill("*a_ "),
		"emphasis, paragraphs": fill(strings.Repeat("*a _b** c__ ", 300) + "\n\n"),
		"emphasis, nested":     fill("**a "),
		"emphasis, all":        fill("**")[:n/2] + "x" + fill("**")[:n/2],
		"strikes":              fill("~a "),
		"backticks":            fill("`"),
		"backticks, growing":   growing(n),
		"autolinks":            fill("<a:"),
		"autolinks, in parts":  fill(strings.Repeat("<a:b", 900) + "\n\n"),
		"emails":               fill("<a@b"),
		"tags":                 fill("<a "),
		"tags, quoted":         fill("<a b=\""),
		"tags, in parts":       fill(strings.Repeat("<a b='", 600) + "\n\n"),
		"comments":             fill("<!--"),
		"comments in text":     fill("x <!--"),
		"comments, in parts":   fill(strings.Repeat("x <!-- ", 500) + "\n\n"),
		"declarations":         fill("x <!A "),
		"instructions":         fill("x <? "),
		"html":                 fill("<div>\n"),
		"html, comments":       "<div>" + fill("<!--"),
		"html, tags":           "<div>" + fill("<a "),
		"html, quotes":         "<div>" + fill("<a b=\""),
		"html, links":          "<div>" + fill("<a href=x>"),
		"html, all links":      "<div>" + fill("<a href=x>")[:n/2] + fill("</a>")[:n/2],
		"entities":             fill("&"),
		"entities, long":       fill("&aaaaaaaaaaaaaaaaaaaaaaa"),
		"backslashes":          fill("\\"),
		"urls":                 fill("http://"),
		"urls, long":           fill("http://x.example/"),
		"urls, words":          fill("http://x.example "),
		"urls, brackets":       fill("http://x.example(("),
		"headings":             fill("# x\n"),
		"heading, one":         "# " + fill("[a]("),
		"underlines":           fill("x\n=\n"),
		"underlined, long":     fill("x\n") + "==\n",
		"pipes":                fill("|"),
		"table, wide":          fill("|a")[:n/2] + "\n" + fill("|-")[:n/2],
		"table, wide and high": fill("|a")[:n/4&^1] + "\n" + fill("|-")[:n/4&^1] + "\n" + fill("x\n")[:n/2],
		"table, high":          "a|b\n-|-\n" + fill("x\n"),
		"tables":               fill("a|b\n-|-\nx|y\n\n"),
		"delimiters":           fill("-|-\n"),
		"rules":                fill("***\n"),
		"fences":               fill("```\n"),
		"fences, open":         fill("```x\n~~~\n"),
		"code":                 "```\n" + fill("code and code\n"),
		"code, one line":       "```\n" + fill("x"),
		"code, indented":       fill("    x\n\n"),
		"marks":                fill("a\u0301\u0302\u0303\u0304"),
		"emoji":                fill("👩\u200d💻"),
		"wide":                 fill("日本語"),
		"nul":                  fill("\x00"),
		"escape":               fill("\x1b["),
		"osc":                  fill("\x1b]0;"),
		"not utf-8":            fill("\xff"),
		"tabs":                 fill("\t"),
		"tabs in items":        fill("-\t"),
	}
}

// growing has runs of backticks of all lengths.
func growing(n int) string {
	var b strings.Builder
	for i := 1; b.Len() < n; i++ {
		b.WriteString(strings.Repeat("`", i%300) + " ")
	}
	return b.String()
}

// What nobody writes must not stop the program: a megabyte of it takes the time
// that a reader hardly notices.
func TestHardTextsAreBounded(t *testing.T) {
	th := coloured()
	for name, source := range hard(1 << 20) {
		bounded(t, "Render", name, func() []string { return markdown.Render(source, 80, th) })
	}
	for _, name := range []string{"words", "one word", "empty lines", "urls", "urls, words", "urls, brackets", "code, indented", "marks", "emoji", "osc", "tabs", "not utf-8"} {
		source := hard(1 << 20)[name]
		bounded(t, "Plain", name, func() []string { return markdown.Plain(source, 80, th) })
	}
}

func bounded(t *testing.T, door, name string, draw func() []string) {
	t.Helper()
	// It is half a second; the race detector and tests beside it take ten times that.
	const most = 30 * time.Second
	began := time.Now()
	lines := draw()
	took := time.Since(began)
	t.Logf("%-8s %-22s %6d ms %d lines", door, name, took.Milliseconds(), len(lines))
	if took > most {
		t.Errorf("%s, %s: %v", door, name, took)
	}
	if last := lines[len(lines)-1]; !strings.Contains(last, "is not shown") {
		t.Errorf("%s, %s: the last line does not tell what is not shown: %q", door, name, last)
	}
}
