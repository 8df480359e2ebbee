package handoff

import (
	"regexp"
	"strings"

	"github.com/almatriage/almatriage/tracker/safe"
)

var (
	// rendered are the tags that MantisBT draws in a note, as delivered
	// (html_valid_tags); an entity is drawn as its character.
	rendered = regexp.MustCompile(`(?i)<(/?(?:p|li|ul|ol|br|pre|i|b|u|em|strong)\b)`)
	// called is how a note calls for somebody.
	called = regexp.MustCompile(`(^|[^\w@.])@(\w)`)
	// entities are drawn as characters, too.
	entities = regexp.MustCompile(`&(#?\w+;)`)
)

// plainLine is a line of hostile text in a note of Mantis.
func plainLine(text string) string { return inert(safe.Cell(text)) }

// plainBlock is a block of hostile text in a note of Mantis, indented.
func plainBlock(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(safe.Block(text).String(), "\n")) {
		b.WriteString(strings.TrimRight("    "+inert(strings.TrimRight(line, "\n")), " ") + "\n")
	}
	return b.String()
}

func inert(text string) string {
	text = entities.ReplaceAllString(text, "&amp;$1")
	text = rendered.ReplaceAllString(text, "&lt;$1")
	return called.ReplaceAllString(text, "$1&#64;$2")
}
