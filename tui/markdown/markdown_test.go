package markdown_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown"
	"github.com/almatriage/almatriage/tui/theme"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
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

func fixture(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
}

// check finds what no line may be: too wide, with anything but text and SGR
// that safe.Log leaves as it is, with a style that is left open.
func check(t *testing.T, lines []string, width int) {
	t.Helper()
	for _, line := range lines {
		if w := ansi.StringWidth(line); w > width {
			t.Errorf("%d cells, not %d: %q", w, width, line)
		}
		if clean := safe.Log(line).String(); clean != line || strings.Contains(line, "\n") {
			t.Errorf("not safe: %q", line)
		}
	}
}

func text(lines []string) string { return ansi.Strip(strings.Join(lines, "\n")) + "\n" }

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		file string
		draw func(string, int, *theme.Theme) []string
	}{{"all.md", markdown.Render}, {"plain.txt", markdown.Plain}} {
		source := fixture(t, c.file)
		for _, width := range []int{40, 80, 120} {
			lines := c.draw(source, width, coloured())
			check(t, lines, width)
			golden(t, fmt.Sprintf("%s.%d", c.file, width), text(lines))
		}
		for width := range 30 {
			check(t, c.draw(source, width, coloured()), width)
		}
	}
}

// seen writes SGR so that a test can be read.
func seen(lines []string) string {
	s := strings.ReplaceAll(strings.Join(lines, "\n"), "\x1b[0m", "}")
	return regexp.MustCompile(`\x1b\[([0-9;]*)m`).ReplaceAllString(s, "{$1 ")
}

func TestRender(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"nothing", "", ""},
		{"blank", " \n\n\t\n", ""},
		{"paragraphs", "one\ntwo\n\nthree", "one\ntwo\n\nthree"},
		{"hard breaks", "a  \nb\\\nc", "a\nb\nc"},
		{"strong and emphasis", "**a** *b* __c__ _d_ ***e***", "{1 a} {1 b} {1 c} {1 d} {1 e}"},
		{"underscores in words", "a_b_c snake_case_name", "a_b_c snake_case_name"},
		{"struck", "~~a~~ ~b~ ~~~c", "{2 ~~a~~} {2 ~~b~~} ~~~c"},
		{"code", "`a  b` ``c`d``", "{36 `a  b`} {36 `c`d`}"},
		{"style over a break", "**a\nb**", "{1 a}\n{1 b}"},
		{"heading", "## A `b`", "{1 ## }{1 A }{1;36 `b`}"},
		{"no heading", "#1 is\n#hash", "#1 is\n#hash"},
		{"underlined heading", "A\n===\nB\n---", "{1 # }{1 A}\n\n{1 ## }{1 B}"},
		{"link", "[a b](https://x.example/y)", "{4;94;4 a b} ({4;94;4 https://x.example/y})"},
		{"link that is its text", "[https://x.example](https://x.example) [x.example](http://x.example)", "{4;94;4 https://x.example} {4;94;4 x.example}"},
		{"link that lies", "[https://good.example](https://evil.example)", "{4;94;4 https://good.example} ({4;94;4 https://evil.example})"},
		{"link that cannot be opened", "[a](javascript:alert(1)) [b](file:///etc/passwd) [c](#d)", "a (javascript:alert(1)) b (file:///etc/passwd) c (#d)"},
		{"link without text", "[](https://x.example)", "({4;94;4 https://x.example})"},
		{"link in strong", "**[a](https://x.example)**", "{1;4;94;4 a}{1  (}{1;4;94;4 https://x.example}{1 )}"},
		{"reference link", "[a][r] [r] [s]\n\n[r]: https://x.example 't'", "{4;94;4 a} ({4;94;4 https://x.example}) {4;94;4 r} ({4;94;4 https://x.example}) [s]"},
		{"autolinks", "<https://x.example> <a@b.example> https://y.example/z.", "{4;94;4 https://x.example} a@b.example {4;94;4 https://y.example/z}."},
		{"address in code", "`https://x.example`", "{36 `https://x.example`}"},
		{"image", "![a *b*](https://x.example/i.png) ![](i.png)", "[image: a {1 b}] ({4;94;4 https://x.example/i.png}) [image] (i.png)"},
		{"entities", "&lt;a&gt; &amp;amp; &#65; &#x42; &nope; &copy &#0;", "<a> &amp; A B &nope; &copy \ufffd"},
		{"backslashes", `\*a\* \&amp; \z C:\dir`, `*a* &amp; \z C:\dir`},
		{"items", "- a\n- b\n  c\n\n  d", "• a\n\n• b\n  c\n\n  d"},
		{"numbers", "9. a\n10. b\n    - c\n", "9. a\n10. b\n    • c"},
		{"numbers that begin anywhere", "3) a\n4) b", "3) a\n4) b"},
		{"tasks", "- [ ] a\n- [x] b", "• [ ] a\n• [x] b"},
		{"empty item", "-\n- a", "•\n• a"},
		{"item with code", "- a\n\n      b", "• a\n\n    {36 b}"},
		{"quote", "> a\n> > b\n>\n> c", "{2 │} {2 a}\n{2 │}\n{2 │} {2 │} {2 b}\n{2 │}\n{2 │} {2 c}"},
		{"quoted list", "> - a\n>   - b", "{2 │} • {2 a}\n{2 │}   • {2 b}"},
		{"quoted code", "> ```\n> a\n>\n> b\n> ```", "{2 │}   {2;36 a}\n{2 │}\n{2 │}   {2;36 b}"},
		{"code in a fence", "```sh\n# a\n\n\tb\n```", "  {36 # a}\n\n  {36         b}"},
		{"fence without end", "~~~\na\n*b*", "  {36 a}\n  {36 *b*}"},
		{"indented code", "    a\n      b", "  {36 a}\n  {36   b}"},
		{"rule", "a\n\n***\n\nb", "a\n\n{2 ────────────────────}\n\nb"},
		{"html", "a<br>b <b>c</b> <!-- d -->e < f <g", "a\nb c e < f <g"},
		{"html block", "<div align=x>\n  <p>a &amp; <i>b</i></p>\n\n</div>\n\nc", "a & b\n\nc"},
		{"html comment", "a\n\n<!-- b\n\nc -->\n\nd", "a\n\nd"},
		{"html comment without end", "a <!-- b\n\nc", "a <!-- b\n\nc"},
		{"html image", `<img width="1" alt="a > b" src="https://x.example/i.png"/>`, "[image: a > b] ({4;94;4 https://x.example/i.png})"},
		{"html link", `<a href='https://x.example'>a</a> <a>b</a>`, "a ({4;94;4 https://x.example}) b"},
		{"html list", "<ul><li>a</li><li>b</li></ul>", "• a\n• b"},
		{"html in lines", "<pre>\na\n  b\n</pre>", "a\n  b"},
		{"details", "<details><summary>a</summary>\n\n**b**\n\n</details>", "a\n\n{1 b}"},
		{"table", "a|b\n-|-\n1|2", "{1 a} {2 │} {1 b}\n{2 ──┼──}\n1 {2 │} 2"},
		{"table, aligned", "|left|right|mid|\n|:--|--:|:-:|\n|1|2|3|", "{1 left} {2 │} {1 right} {2 │} {1 mid}\n{2 ─────┼───────┼────}\n1    {2 │}     2 {2 │}  3"},
		{"table, rows of any length", "|a|b|\n|-|-|\n|1|\n|1|2|3|", "{1 a} {2 │} {1 b}\n{2 ──┼──}\n1 {2 │}\n1 {2 │} 2"},
		{"table, pipes", "|a|\n|-|\n|`x \\| y` \\| z|", "{1 a}\n{2 ───────────}\n{36 `x | y`} | z"},
		{"table after text", "x\n|a|\n|-|\n|b|", "x\n\n{1 a}\n{2 ─}\nb"},
		{"table without rows", "|a|b|\n|-|-|", "{1 a} {2 │} {1 b}\n{2 ──┼──}"},
		{"table in a quote", "> |a|\n> |-|\n> |b|", "{2 │} {1;2 a}\n{2 │} {2 ─}\n{2 │} {2 b}"},
		{"no table", "a|b\n-|-|-", "a|b\n-|-|-"},
		{"breaks in cells", "|a|\n|-|\n|b<br>c|", "{1 a}\n{2 ─}\nb\nc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := markdown.Render(c.source, 60, coloured())
			check(t, lines, 60)
			if got := seen(lines); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s\n%q", got, c.want, got)
			}
		})
	}
}

// Without colours every sign that has a meaning is still there.
func TestRenderWithoutColours(t *testing.T) {
	lines := markdown.Render("# a\n\n`b` ~~c~~ > d\n> e\n\n[f](https://x.example)\n\n```\ng\n```", 60, theme.New(theme.None))
	if got, want := text(lines), "# a\n\n`b` ~~c~~ > d\n\n│ e\n\nf (https://x.example)\n\n  g\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNarrow(t *testing.T) {
	for _, c := range []struct {
		name, source string
		width        int
		want         string
	}{
		{"words", "one two three", 7, "one two\nthree"},
		{"a long word", "one abcdefghijkl", 5, "one\nabcde\nfghij\nkl"},
		{"items hang", "- one two three", 9, "• one two\n  three"},
		{"code is marked where it goes on", "```\nabcdefghij\n```", 6, "  abcd\n↳ efgh\n↳ ij"},
		{"code with blanks", "```\na     b\n```", 6, "  a   \n↳   b"},
		{"wide characters", "日本語日本語", 5, "日本\n語日\n本語"},
		{"a wide character without room", "日本", 1, "…\n…"},
		{"joined emoji", "👩‍💻👩‍💻", 3, "👩‍💻\n👩‍💻"},
		{"combining marks", "e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301\ne\u0301"},
		{"right to left", "שלום עולם", 5, "שלום\nעולם"},
		{"margins give way", "> > > > > a b", 6, "a b"},
		{"table as a list", "|name|b|\n|-|-|\n|some words|x|\n|y||", 12, "name: some\n  words\nb: x\n\nname: y\nb:"},
		{"table that is wrapped", "|a|b|\n|-|-|\n|x|one two three four|\n|y|z|", 20, "a │ b\n──┼─────────────────\nx │ one two three\n  │ four\n──┼─────────────────\ny │ z"},
		{"no room", "a", 0, ""},
		{"less", "a", -1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := markdown.Render(c.source, c.width, coloured())
			check(t, lines, c.width)
			if got := strings.TrimRight(text(lines), "\n"); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestPlain(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"nothing", "\n \n", ""},
		{"no Markdown", "# a\n**b** <c> &lt; [d](e)\n===", "{36 # a}\n**b** <c> &lt; [d](e)\n==="},
		{"lines stay", "a\n\n\nb\r\nc", "a\n\n\nb\nc"},
		{"address", "see (https://x.example/a), ok", "see ({4;94;4 https://x.example/a}), ok"},
		{"address that cannot be opened", "http://u:p@x.example http:// ftp://x.ex", "http://u:p@x.example http:// ftp://x.ex"},
		{"prompts", "$ a\n[root@h ~]# b\nu@h:~$ c\nbash-5.1$ d\n    e", "{36 $ a}\n{36 [root@h ~]# b}\n{36 u@h:~$ c}\n{36 bash-5.1$ d}\n{36     e}"},
		{"no prompts", "#1 a\n$b\n[a] b\nmail a@b.example: c", "#1 a\n$b\n[a] b\nmail a@b.example: c"},
		{"indentation hangs", "  aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk llll mmmm", "  aaaa bbbb cccc dddd eeee ffff gggg hhhh\n  iiii jjjj kkkk llll mmmm"},
		{"items hang", " 1. aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj", " 1. aaaa bbbb cccc dddd eeee ffff gggg\n    hhhh iiii jjjj"},
		{"code is not wrapped at words", "$ " + strings.Repeat("abcd ", 9), "{36 $ abcd abcd abcd abcd abcd abcd abcd abcd}\n{2 ↳} {36  abcd}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := markdown.Plain(c.source, 41, coloured())
			check(t, lines, 41)
			if got := seen(lines); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s\n%q", got, c.want, got)
			}
		})
	}
}

func TestURLs(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"a http://x.example/a. b https://y.example/(b) (https://z.example)", []string{"http://x.example/a", "https://y.example/(b)", "https://z.example"}},
		{"[a](https://x.example/a),[b](https://y.example)", []string{"https://x.example/a", "https://y.example"}},
		{`<a href="https://x.example/?a=1&amp;b=2">`, []string{"https://x.example/?a=1&b=2"}},
		{"https://x.example https://x.example", []string{"https://x.example"}},
		{"xhttps://x.example javascript://x.example http://u@x.example http://\u0440.example", nil},
		{"https://x.example/\u202egnp", nil},
		{"https://x.example\x1b[31m", []string{"https://x.example"}},
	} {
		if diff := cmp.Diff(c.want, markdown.URLs(c.text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

// hostile is what a text can hold that a terminal acts on, also as an entity.
const hostile = "a\x1b]52;c;ZXZpbA==\ab \x1b]0;owned\x1b\\c \x1b]8;;http://evil.example\x1b\\d\x1b]8;;\x1b\\ " +
	"\x1b[2Je\x1b[Hf\x1b[6ng\x1b[?1049lh\x1bci \x1bP+q544e\x1b\\j \x1b_Gf=100;AAAA\x1b\\k \u009b2Jl \u009d0;x\u009cm \x9b2Jn " +
	"o\rp\bq\x00r\as\x7ft\u0085u\u2028v\u202ew\u2066x\u2069y\u200bz\ufeff \xff \x1b[31mred\x1b[8mhidden\x1b]0;no end"

// hostileTexts puts it everywhere in a text.
func hostileTexts() []string {
	entities := "&#27;[2J&#x1b;]0;x&#7;&#155;2J&#x9b;31m&#0;&#8;&#13;&#x202e;&NewLine;&Tab;&ZeroWidthSpace;&#xfeff;&#x7f;"
	var texts []string
	for _, h := range []string{hostile, entities} {
		line := strings.ReplaceAll(h, "\r", " ")
		texts = append(texts, h, "# "+h, "**"+h+"**", "~~"+h+"~~", "`"+h+"`", "> "+h, "- "+h, "1. "+h, "```"+h+"\n"+h+"\n```", "    "+h,
			"["+h+"]("+h+")", "[a](<"+h+">)", "[a](https://x.example/"+h+")", "!["+h+"]("+h+")", "<https://x.example/"+h+">", "<p title='"+h+"'>"+h+"</p>",
			"<img alt='"+h+"' src='"+h+"'>", "<a href='"+h+"'>"+h+"</a>", "[a][b]\n\n[b]: "+h+" '"+h+"'", "|"+line+"|b|\n|-|-|\n|"+line+"|c|", h+"\n===", "https://x.example/"+h,
			"\x1b**[31m**x", "\x1b*]0;*y\a", "$ "+h)
	}
	return texts
}

func TestHostile(t *testing.T) {
	for _, source := range hostileTexts() {
		for _, width := range []int{1, 7, 40, 200} {
			check(t, markdown.Render(source, width, coloured()), width)
			check(t, markdown.Plain(source, width, coloured()), width)
		}
		for _, u := range markdown.URLs(source) {
			if safe.Cell(u) != u {
				t.Errorf("address %q", u)
			}
		}
	}
}

// Reports are drawn away from the keys, several at once.
func TestRenderAtOnce(t *testing.T) {
	source, th := fixture(t, "all.md"), coloured()
	want := text(markdown.Render(source, 80, th))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := text(markdown.Render(source, 80, th)); got != want {
				t.Error("drawn differently beside others")
			}
		})
	}
	all.Wait()
}

func FuzzRender(f *testing.F) {
	for _, source := range hostileTexts() {
		f.Add(source, 40)
	}
	f.Add(fixture(f, "all.md"), 30)
	f.Add(fixture(f, "plain.txt"), 30)
	for name, source := range hard(300) {
		f.Add(source, 5+len(name))
	}
	f.Fuzz(func(t *testing.T, source string, width int) {
		width = width%200 - 1
		check(t, markdown.Render(source, width, coloured()), width)
		check(t, markdown.Plain(source, width, coloured()), width)
		markdown.URLs(source)
	})
}

func BenchmarkRender(b *testing.B) {
	source := strings.Repeat(fixture(b, "all.md"), 9)[:10<<10]
	th := coloured()
	for b.Loop() {
		markdown.Render(source, 80, th)
	}
}

func BenchmarkPlain(b *testing.B) {
	source := strings.Repeat(fixture(b, "plain.txt"), 11)[:10<<10]
	th := coloured()
	for b.Loop() {
		markdown.Plain(source, 80, th)
	}
}
