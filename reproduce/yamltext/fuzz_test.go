package yamltext

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// FuzzQuoted: any text comes back whole from YAML, and what is written is one
// line that is seen as it is.
func FuzzQuoted(f *testing.F) {
	for _, s := range []string{"", "a", `"\`, "a\nb\r\tc", "yes", "# a", "\u2028\u0085\ufeff", "\x1b[31m", "漢字 👩‍👩‍👧", "\U000e0041", "{{.}} %{x} $(x)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return // YAML has neither
		}
		line := Quoted(s)
		if strings.ContainsAny(line, "\n\r\t\x1b\u0085\u2028\u2029") {
			t.Errorf("%q is written as %q", s, line)
		}
		if _, why := Unreadable([]byte(line), ""); why != "" {
			t.Errorf("%q is written as %q: %s", s, line, why)
		}
		var back struct{ A string }
		if err := yaml.Unmarshal([]byte("a: "+line+"\n"), &back); err != nil || back.A != s {
			t.Errorf("%q is written as %s and read as %q, %v", s, line, back.A, err)
		}
	})
}

// FuzzUnreadable: a file is refused exactly if it holds what YAML forbids, and
// where that stands is the place that is named.
func FuzzUnreadable(f *testing.F) {
	f.Add([]byte("a: b\n\tc\n"), "")
	f.Add([]byte("a\r\nb\u0085\x7f"), "\r\u0085")
	f.Add([]byte("a\n\xffb\x00"), "")
	f.Add([]byte("\u0080\ufffd"), "\r")
	f.Fuzz(func(t *testing.T, data []byte, allowed string) {
		forbidden := func(c rune) bool {
			return c != '\n' && c != '\t' && (c < ' ' || c >= 0x7f && c < 0xa0) && !strings.ContainsRune(allowed, c)
		}
		at, why := Unreadable(data, allowed)
		bad := !utf8.Valid(data) || strings.ContainsFunc(string(data), forbidden)
		if bad != (why != "") {
			t.Fatalf("%q, %q allowed: %q", data, allowed, why)
		}
		if why == "" {
			return
		}
		lines := strings.Split(string(data), "\n")
		if at.Line < 1 || at.Line > len(lines) || at.Column < 1 {
			t.Fatalf("%q: at %d:%d", data, at.Line, at.Column)
		}
		before := []rune(lines[at.Line-1])
		if at.Column > len(before) || !forbidden(before[at.Column-1]) && before[at.Column-1] != utf8.RuneError {
			t.Errorf("%q: nothing is wrong at %d:%d: %s", data, at.Line, at.Column, why)
		}
	})
}

// FuzzExcess: what is not refused is small enough for the parser, which is
// found out by parsing it.
func FuzzExcess(f *testing.F) {
	f.Add("a: [b, {c: d}]\n- - - e\n")
	f.Add("[[[[[[[[[[")
	f.Add("- - - - - - - - - - a")
	f.Add("? ? ? ? a\n: b\n!!a !!b &c &d *e")
	f.Add("a: |\n\t x\n")
	f.Fuzz(func(t *testing.T, text string) {
		const nesting, entries = 8, 200
		if _, why := Unreadable([]byte(text), ""); why != "" || len(text) > 10_000 {
			return
		}
		tokens := lexer.Tokenize(text)
		found, deep := Excess(tokens, nesting, entries)
		if found != nil {
			if less, _ := Excess(tokens, len(text)+nesting, len(text)+entries); less != nil {
				t.Fatalf("%q is refused whatever the limits (%v)", text, deep)
			}
			return
		}
		if brackets := depth(tokens); brackets > nesting {
			t.Errorf("%q nests %d deep and is not refused", text, brackets)
		}
		file, err := parser.Parse(tokens, 0)
		if err != nil {
			if at, why := Syntax(err); at.Line < 1 || at.Column < 1 || !strings.HasPrefix(why, "not YAML: ") {
				t.Errorf("%q: %v at %v", text, why, at)
			}
			return
		}
		checkTabs(t, text, file)
	})
}

// depth is how deep the brackets nest.
func depth(tokens token.Tokens) (most int) {
	open := 0
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			open++
		case token.SequenceEndType, token.MappingEndType:
			open--
		}
		most = max(most, open)
	}
	return most
}

// checkTabs: the place of a tab is one.
func checkTabs(t *testing.T, text string, file *ast.File) {
	t.Helper()
	lines := strings.Split(text, "\n")
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		for _, n := range ast.Filter(ast.LiteralType, doc.Body) {
			at, found := Tab(lines, n.(*ast.LiteralNode))
			if found && lines[at.Line-1][at.Column-1] != '\t' {
				t.Errorf("%q: no tab at %d:%d", text, at.Line, at.Column)
			}
		}
	}
}
