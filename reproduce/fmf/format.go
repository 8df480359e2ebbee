package fmf

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/yamltext"
)

// Format writes a recipe in its file form: the keys in a fixed order, defaults
// left out. Parsing what it wrote gives the same recipe but for Source and
// Files. Characters that cannot be seen are written as escapes, so that what a
// person reads is what runs.
func Format(recipe reproduce.Recipe) []byte {
	w := &writer{}
	w.text(0, "summary", recipe.Summary)
	w.list("require", recipe.Require)
	w.text(0, "test", recipe.Test)
	if recipe.Duration > 0 {
		w.line(0, "duration: "+formatDuration(recipe.Duration)) // text to every YAML: it ends in a letter
	}
	if len(recipe.Environment) > 0 {
		w.line(0, "environment:")
		for _, name := range slices.Sorted(maps.Keys(recipe.Environment)) {
			w.line(1, name+": "+scalar(recipe.Environment[name]))
		}
	}
	if len(recipe.Links) > 0 {
		w.line(0, "link:")
		for _, link := range recipe.Links {
			w.line(1, "- "+link.Relation+": "+scalar(link.Target))
		}
	}
	w.extra(recipe)
	return w.Bytes()
}

// Source is the text of a recipe as a person edits it: the file as it was set,
// else as Format writes it. It ends in a line end.
func Source(recipe reproduce.Recipe) string {
	text := recipe.Source
	if text == "" {
		text = string(Format(recipe))
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

// writer builds the file.
type writer struct{ bytes.Buffer }

// extra writes our own keys, if there is one that is not the default.
func (w *writer) extra(recipe reproduce.Recipe) {
	var own writer
	own.oracle(recipe.Oracle)
	own.text(1, "prepare", recipe.Prepare)
	own.text(1, "precheck", recipe.Precheck)
	if recipe.Network != "" && recipe.Network != reproduce.NetworkNone {
		own.text(1, "network", string(recipe.Network))
	}
	if recipe.Repeat > 0 {
		own.line(1, fmt.Sprintf("repeat: %d", recipe.Repeat))
	}
	if own.Len() > 0 {
		w.line(0, ours+":")
		w.Write(own.Bytes())
	}
}

func (w *writer) oracle(o reproduce.Oracle) {
	switch o.Kind {
	case "", reproduce.OracleExit:
	case reproduce.OracleOutput:
		w.line(1, "reproduced-when:")
		w.line(2, "output: "+scalar(o.Pattern))
		if o.Stream != "" {
			w.line(2, "stream: "+o.Stream)
		}
	case reproduce.OracleSignal:
		w.line(1, "reproduced-when:")
		w.line(2, "signal: "+o.Signal)
	default:
		w.line(1, "reproduced-when: "+scalar(string(o.Kind)))
	}
}

func (w *writer) line(depth int, s string) {
	w.WriteString(strings.Repeat("  ", depth) + s + "\n")
}

func (w *writer) list(key string, items []string) {
	if len(items) == 0 {
		return
	}
	w.line(0, key+":")
	for _, item := range items {
		w.line(1, "- "+scalar(item))
	}
}

// text writes a key with a text, as a block where that shows it as it is.
func (w *writer) text(depth int, key, s string) {
	if s == "" {
		return
	}
	if !blockable(s) {
		w.line(depth, key+": "+scalar(s))
		return
	}
	header := ": |"
	if !strings.HasSuffix(s, "\n") {
		header = ": |-"
	}
	w.line(depth, key+header)
	for _, line := range strings.Split(strings.TrimSuffix(s, "\n"), "\n") {
		if line == "" {
			w.WriteByte('\n')
		} else {
			w.line(depth+1, line)
		}
	}
}

// blockable tells whether a block (|) gives the text back as it is: it has
// several lines, the first is not indented, it ends in at most one line end
// (white space at the very end is cut by some parsers), and all can be seen.
func blockable(s string) bool {
	body := strings.TrimSuffix(s, "\n")
	lines := strings.Split(body, "\n")
	if body == s && len(lines) < 2 || strings.ContainsAny(lines[0][:min(1, len(lines[0]))], " \t") || lines[0] == "" {
		return false
	}
	last := lines[len(lines)-1]
	return last != "" && last == strings.TrimRight(last, " \t") && visible(body)
}

// visible tells whether a text has only characters that show what they are;
// line ends and tabs are taken for such.
func visible(s string) bool {
	for _, c := range s {
		if c != '\n' && c != '\t' && (c == utf8.RuneError || !unicode.IsPrint(c)) {
			return false
		}
	}
	return true
}

// plain are texts that every YAML reads as just this text without quotes:
// words that begin with a letter or a slash and hold nothing that YAML knows.
var plain = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9 _./+@%=-]*$`)

// words are what some YAML reads as no text, in lower case.
var words = []string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}

// scalar writes a text on one line.
func scalar(s string) string {
	if plain.MatchString(s) && !strings.HasSuffix(s, " ") && !slices.Contains(words, strings.ToLower(s)) {
		return s
	}
	return yamltext.Quoted(s)
}
