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
	// entity is drawn as its character, too.
	entity = regexp.MustCompile(`&(#?\w+;)`)
	// called is what calls for somebody, unless it stands in a word: an address
	// does not.
	called = regexp.MustCompile(`\B@+`)
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

// inert takes from a text what MantisBT would draw as more than text, and whom it
// would call for. A number after # or ~ it makes a link to a report of its own,
// and an address a link: that stays, as in any reporter's text.
func inert(text string) string {
	text = entity.ReplaceAllString(text, "&amp;$1")
	text = rendered.ReplaceAllString(text, "&lt;$1")
	return called.ReplaceAllStringFunc(text, func(at string) string { return strings.Repeat("&#64;", len(at)) })
}
