// Package yamltext is what the readers and writers of YAML files have in
// common: what is refused before the parser sees a file that others wrote, and
// how a text is written so that every YAML reads the same. It imports nothing of
// this program.
package yamltext

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Unreadable finds what YAML forbids in a file: bytes that are no UTF-8, and
// control characters but line feeds, tabs, and those that are allowed. why is ""
// where there is nothing.
func Unreadable(data []byte, allowed string) (at token.Position, why string) {
	at = token.Position{Line: 1, Column: 1}
	for rest := data; len(rest) > 0; {
		c, size := utf8.DecodeRune(rest)
		switch {
		case c == utf8.RuneError && size == 1:
			return at, fmt.Sprintf("the byte %#02x is not UTF-8; expected UTF-8 text", rest[0])
		case c == '\n':
			at.Line, at.Column = at.Line+1, 0
		case c != '\t' && (c < ' ' || c >= 0x7f && c < 0xa0) && !strings.ContainsRune(allowed, c):
			return at, fmt.Sprintf("the control character %U", c)
		}
		at.Column++
		rest = rest[size:]
	}
	return at, ""
}

// Excess finds the token by which a file has the shape of an attack on the
// parser, whose work grows with the square of the nesting and of the number of
// keys, and which recurses: nested more than nesting deep, or more than entries
// keys and list entries. nil where there is none; deep tells which it is.
func Excess(tokens token.Tokens, nesting, entries int) (t *token.Token, deep bool) {
	flow, inLine, line, n := 0, 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, inLine = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType:
			inLine++ // "- - - a" nests without a bracket
			n++
		case token.MappingValueType, token.CollectEntryType:
			n++
		}
		if flow+inLine > nesting || n > entries {
			return t, flow+inLine > nesting
		}
	}
	return nil, false
}

// Syntax is where a parser's error stands, and what is wrong there.
func Syntax(err error) (at token.Position, why string) {
	at, why = token.Position{Line: 1, Column: 1}, err.Error()
	var found yaml.Error
	if errors.As(err, &found) {
		why = found.GetMessage()
		if t := found.GetToken(); t != nil && t.Position != nil {
			at = *t.Position
		}
	}
	return at, "not YAML: " + strings.TrimSpace(why)
}

// Tab finds a tab at the beginning of a block's first line: the parser takes it
// for indentation and gives another text than was written. lines are those of
// the file.
func Tab(lines []string, n *ast.LiteralNode) (at token.Position, found bool) {
	for i := n.Start.Position.Line; i < len(lines); i++ {
		line := strings.TrimLeft(lines[i], " ")
		if line == "" {
			continue
		}
		return token.Position{Line: i + 1, Column: len(lines[i]) - len(line) + 1}, line[0] == '\t'
	}
	return at, false
}

// Quoted writes a text on one line, in double quotes, with escapes for what
// cannot be seen.
func Quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(c):
			b.WriteRune(c)
		case c > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, c)
		default:
			fmt.Fprintf(&b, `\u%04x`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
