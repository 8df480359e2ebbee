package autopatch

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/almatriage/almatriage/reproduce/yamltext"
)

// Format writes the config as the tool reads it. Text is always in quotes, or
// a block (|) where it has several lines and that shows it as it is, so no
// YAML takes it for something else; characters that cannot be seen are
// escaped. Parsing what it wrote gives the same config, provided that the
// config is one that Parse gives.
func (c Config) Format() []byte {
	w := &writer{}
	if len(c.Parameters) > 0 {
		w.WriteString("parameters:\n")
		w.params(c.Parameters, "  ", "  ")
	}
	w.WriteString("actions:\n")
	for _, action := range c.Actions {
		fmt.Fprintf(w, "  - %s:\n", action.Name)
		for _, entry := range action.Entries {
			w.params(entry, "      - ", "        ")
		}
	}
	return w.Bytes()
}

type writer struct{ bytes.Buffer }

// params writes a mapping. First stands before its first key.
func (w *writer) params(params []Param, first, indent string) {
	for _, p := range params {
		w.WriteString(first + p.Key + ":")
		first = indent
		switch v := p.Value.(type) {
		case []string:
			w.WriteByte('\n')
			for _, s := range v {
				w.WriteString(indent + "  -")
				w.text(s, indent+"    ")
			}
		case string:
			w.text(v, indent+"  ")
		default:
			fmt.Fprintf(w, " %v\n", v) // a number or a truth value
		}
	}
}

// text writes a string after its key.
func (w *writer) text(s, indent string) {
	if !blockable(s) {
		w.WriteString(" " + yamltext.Quoted(s) + "\n")
		return
	}
	w.WriteString(" |\n")
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		if line != "" {
			w.WriteString(indent + line)
		}
		w.WriteByte('\n')
	}
}

// blockable tells whether a block gives the text back as it is: its lines all
// end, the first is not indented, the last is not blank, and all can be seen.
func blockable(s string) bool {
	body, ends := strings.CutSuffix(s, "\n")
	if !ends || body == "" || strings.ContainsAny(body[:1], " \t\n") {
		return false
	}
	last := body[strings.LastIndexByte(body, '\n')+1:]
	if strings.TrimRight(last, " \t") != last || last == "" {
		return false
	}
	for _, c := range body {
		if c != '\n' && c != '\t' && (c == utf8.RuneError || !unicode.IsPrint(c)) {
			return false
		}
	}
	return true
}
