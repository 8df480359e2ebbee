package github

import (
	"encoding/json"
	"net/url"
	"time"

	"github.com/almatriage/almatriage/tracker"
)

// state is what a cursor keeps for this adapter, in Extra.
type state struct {
	// Private: the repository was, so that its reports are marked.
	Private bool `json:"private,omitempty"`
	// Whole: the walk that has not ended yet reads everything again.
	Whole bool `json:"whole,omitempty"`
	// Comments: a walk that has not ended yet has read the comments up to here.
	Comments time.Time `json:"comments,omitzero"`
}

// parseState reads what extra wrote. What cannot be read is as if it were not
// there: then more is read than need be.
func parseState(extra string) state {
	var s state
	err := json.Unmarshal([]byte(extra), &s)
	s.Comments = s.Comments.UTC()
	if year := s.Comments.Year(); err != nil || year < 1 || year > 9999 { // JSON holds no others
		return state{}
	}
	return s
}

// extra is the state as a cursor keeps it.
func (s state) extra() (string, error) {
	if s == (state{}) {
		return "", nil
	}
	data, err := json.Marshal(s)
	return string(data), err
}

// begin sets where a walk starts to read. Cursors of walks that did not reach
// their end have Pending or Whole; those of ones that did have the URL and the
// ETag of the last request.
func (w *walk) begin(full bool) {
	from := w.from
	switch {
	case full:
		w.whole()
	case !from.Pending.IsZero():
		w.issues.since = from.Pending
	case w.state.Whole:
	case from.URL != "" && w.resume(from.URL):
		w.etag = from.ETag
	case !from.Mark.IsZero():
		w.issues.since = from.Mark.Add(-w.config.Overlap)
	}
	switch {
	case !w.state.Comments.IsZero():
		w.comments.since = w.state.Comments
	case !w.state.Whole && !from.Mark.IsZero():
		w.comments.since = from.Mark.Add(-w.config.Overlap)
	}
}

// whole makes the walk one that reads everything.
func (w *walk) whole() {
	w.state.Whole, w.state.Comments, w.etag = true, time.Time{}, ""
	w.issues.since, w.comments.since = time.Time{}, time.Time{}
}

// resume takes since out of the address of an earlier request, if that is one
// we would ask for today.
func (w *walk) resume(address string) bool {
	w.issues.since = time.Time{}
	if address == w.issues.first().String() {
		return true
	}
	since, err := sinceOf(address)
	if err != nil {
		return false
	}
	if w.issues.since = since; address == w.issues.first().String() {
		return true
	}
	w.issues.since = time.Time{}
	return false
}

// underWay is the cursor while the walk goes on. Issues before Pending have
// all been read, so that a walk which is cut off goes on from there.
func (w *walk) underWay() (tracker.Cursor, error) {
	extra, err := w.state.extra()
	return tracker.Cursor{Mark: w.from.Mark, Pending: w.issues.since, Extra: extra}, err
}

// reached is the cursor of a walk that got to its end.
func (w *walk) reached() (tracker.Cursor, error) {
	extra, err := state{Private: w.state.Private}.extra()
	mark := w.horizon()
	if mark.Before(w.from.Mark) {
		mark = w.from.Mark
	}
	if mark.IsZero() { // a repository without issues has been read, too
		mark = w.issues.late
	}
	return tracker.Cursor{Mark: mark, ETag: w.etag, URL: w.issues.first().String(), Extra: extra}, err
}

// sinceOf is the time from which on an address of a list reads.
func sinceOf(address string) (time.Time, error) {
	u, err := url.Parse(address)
	if err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, u.Query().Get("since"))
}
