package tmt

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/yamltext"
)

// writer builds a file of metadata. Every text of somebody's is in double
// quotes: no YAML takes it for anything else.
type writer struct{ bytes.Buffer }

func (w *writer) line(s string) { w.WriteString(s + "\n") }

func (w *writer) comment(program, note string) { w.line("# Written by " + program + ". " + note) }

func (w *writer) text(key, s string) { w.line(key + ": " + quoted(s)) }

func (w *writer) list(key string, items []string) {
	if len(items) == 0 {
		return
	}
	w.line(key + ":")
	for _, item := range items {
		w.line("  - " + quoted(item))
	}
}

// links writes what the report and its recipe point to.
func (w *writer) links(i *Item) {
	link := i.link()
	var lines []string
	if link != "" {
		lines = append(lines, "  - verifies: "+quoted(link))
	}
	for _, l := range i.Recipe.Links {
		if line := "  - " + l.Relation + ": " + quoted(l.Target); relations[l.Relation] && isTarget(l.Target) && (len(lines) == 0 || line != lines[0]) {
			lines = append(lines, line)
		}
	}
	if len(lines) > 0 {
		w.line("link:")
		w.line(strings.Join(lines, "\n"))
	}
}

// link is the report's page, "" if it is no address that tmt takes.
func (i *Item) link() string {
	if strings.ContainsRune(i.URL, '$') || !isURL(i.URL) {
		return ""
	}
	return i.URL
}

// quoted writes a text in double quotes; what is not UTF-8 in it is replaced.
func quoted(s string) string { return yamltext.Quoted(strings.ToValidUTF8(s, "\uFFFD")) }

// OracleHash identifies an oracle in results: 16 hexadecimal digits.
func OracleHash(o reproduce.Oracle) string {
	if o.Kind == "" {
		o.Kind = reproduce.OracleExit
	}
	data, err := json.Marshal(o)
	if err != nil {
		panic(fmt.Sprintf("tmt: hash of an oracle: %v", err)) // only texts are in it
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
