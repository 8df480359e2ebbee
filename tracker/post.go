package tracker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// Markup is how a tracker draws what is written to it.
type Markup string

// The markups.
const (
	PlainText Markup = "text"     // Mantis: lines as they are
	Markdown  Markup = "markdown" // GitHub
)

// Note is a comment that a report is to have, once.
type Note struct {
	Report ID
	// Text is clean, in the tracker's markup, and has no marker.
	Text string
	// Private: only those who may see private notes are to see it.
	Private bool
}

// markWord begins the marker by which our own notes are known again.
const markWord = "almatriage:"

// Hash identifies what a note says.
func (n Note) Hash() string {
	sum := sha256.Sum256([]byte(n.Text))
	return hex.EncodeToString(sum[:8])
}

// Marker is the line, or the inside of an HTML comment, by which a note is
// known again.
func (n Note) Marker() string { return markWord + n.Hash() }

var markerLine = regexp.MustCompile(`^(?:<!-- )?` + markWord + `([0-9a-f]{16})(?: -->)?$`)

// MarkedHash is the hash in the last line of a note that bears our marker. It
// counts only in notes of our own login: anybody can copy it.
func MarkedHash(text string) (hash string, ok bool) {
	text = strings.TrimSpace(text)
	m := markerLine.FindStringSubmatch(strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:]))
	if m == nil {
		return "", false
	}
	return m[1], true
}

// PostState is what became of a note.
type PostState string

// The states.
const (
	PostAdded     PostState = "added"
	PostEdited    PostState = "edited"    // our earlier one says it now
	PostUnchanged PostState = "unchanged" // it was there already
)

// Posted tells what became of a note and where it is.
type Posted struct {
	State PostState
	URL   string // of the note
	By    string // our login at the tracker
	// Replaces is the page of our earlier note, which says something else and
	// stays; "" if there is none.
	Replaces string
}

// Poster is the writing side of a tracker. It looks before it writes, so that
// a note that is there is not written twice, not even when the answer to the
// first was lost. Errors are *Error: CodeAuth where the token may not write,
// CodeReadOnly where the report is closed or locked, CodeRateLimited with the
// time at which it may be tried again, CodeRefused where the tracker does not
// take the text. A Source that can be written to is one.
type Poster interface {
	Name() string
	// Post sees to it that the report has the note.
	Post(ctx context.Context, note Note) (Posted, error)
}
