package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/tracker"
)

// Mark is our newest note on a report that bears our marker. Zero: there is
// none.
type Mark struct {
	ID   int64
	URL  string // of the note
	Hash string // of what it says, see tracker.Note
}

// Writer is an adapter's part in posting one note to one report. Errors are
// *tracker.Error, or *LostError.
type Writer interface {
	// Login asks the server who we are.
	Login(ctx context.Context) (string, error)
	// Look reads the report as it is now, and finds our mark.
	Look(ctx context.Context) (Mark, error)
	// Write sends the note, once. Its errors are whole sentences: see Unposted
	// and Doubt.
	Write(ctx context.Context, earlier Mark) (Mark, error)
	// Posted tells what has become of the earlier mark, and of the note.
	Posted(earlier, now Mark) tracker.Posted
}

// LostError is that of a note that was sent and may be there: no answer tells.
type LostError struct{ Why *tracker.Error }

// Error is why there is no answer.
func (e *LostError) Error() string { return e.Why.Error() }

// Unwrap is why there is no answer.
func (e *LostError) Unwrap() error { return e.Why }

// Post sees to it that the report has the note. It looks before it writes, and
// looks again when the answer was lost; it never writes twice.
func (s *Server) Post(ctx context.Context, note tracker.Note, w Writer) (tracker.Posted, error) {
	posted, err := s.post(ctx, note, w)
	if tracker.CodeOf(err) == tracker.CodeAuth {
		s.ForgetToken() // another one may have been saved by the next time
	}
	return posted, err
}

func (s *Server) post(ctx context.Context, note tracker.Note, w Writer) (tracker.Posted, error) {
	by, err := w.Login(ctx)
	if err != nil {
		return tracker.Posted{}, s.NotYet(ctx, note, err)
	}
	earlier, err := w.Look(ctx)
	switch {
	case err != nil:
		return tracker.Posted{}, s.NotYet(ctx, note, err)
	case earlier.Hash == note.Hash():
		return tracker.Posted{State: tracker.PostUnchanged, URL: earlier.URL, By: by}, nil
	}
	now, err := w.Write(ctx, earlier)
	var lost *LostError
	if errors.As(err, &lost) {
		now, err = s.lookAgain(ctx, note, w, lost.Why)
	}
	if err != nil {
		return tracker.Posted{}, err
	}
	posted := w.Posted(earlier, now)
	posted.By = by
	return posted, nil
}

// NotYet makes the error of what failed before anything was written.
func (s *Server) NotYet(ctx context.Context, note tracker.Note, err error) error {
	if ctx.Err() != nil {
		return Because(s.Unposted(note, tracker.CodeUnavailable, "it was interrupted; post again"), ctx.Err())
	}
	var e *tracker.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("post to %s: %w", note.Report, err)
	}
	whole := *e
	whole.Message = unposted(note) + e.Message
	return &whole
}

// lookAgain finds out what became of a note whose answer was lost.
func (s *Server) lookAgain(ctx context.Context, note tracker.Note, w Writer, why *tracker.Error) (Mark, error) {
	now, err := w.Look(ctx)
	switch {
	case err != nil:
		return Mark{}, Because(s.Problem(tracker.CodeUnavailable, "it cannot be told whether the note is on %s: %s; look there, or post again, which does not double it",
			note.Report, reason(ctx, why)), err)
	case now.Hash != note.Hash():
		return Mark{}, Because(s.Problem(tracker.CodeUnavailable, "the note did not get to %s: %s, and it is not there; post again", note.Report, reason(ctx, why)), why)
	}
	return now, nil
}

// reason is what a sentence says before the advice at its end.
func reason(ctx context.Context, e *tracker.Error) string {
	if ctx.Err() != nil {
		return "it was interrupted"
	}
	if i := strings.LastIndex(e.Message, "; "); i >= 0 {
		return e.Message[:i]
	}
	return e.Message
}

// Unposted makes the error of a note that is certainly not at the tracker. The
// rest of the sentence says why, and what to do.
func (s *Server) Unposted(note tracker.Note, code tracker.Code, format string, args ...any) *tracker.Error {
	return s.Problem(code, "%s%s", unposted(note), fmt.Sprintf(format, args...))
}

func unposted(note tracker.Note) string {
	return fmt.Sprintf("nothing was posted to %s: ", note.Report)
}

// Doubt makes the error of a note whose answer is not what it should be. The
// rest of the sentence says how.
func (s *Server) Doubt(note tracker.Note, page, format string, args ...any) *tracker.Error {
	return s.Problem(tracker.CodeBadAnswer, "the answer to the note on %s %s; see what is there before you post again: %s",
		note.Report, fmt.Sprintf(format, args...), page)
}
