package tracker

import (
	"context"
	"strings"
	"time"
)

// Cursor is how far one feed has been read. It is stored by the Sink together
// with the page that moved it, in one transaction, so that a sync that is
// killed goes on where the data is.
type Cursor struct {
	// Mark: every change up to here has been stored (less an overlap). Zero:
	// the feed was never read to its end.
	Mark time.Time
	// Pending is the newest time seen by a walk that has not reached Mark yet;
	// it becomes Mark when the walk gets there.
	Pending time.Time
	// ETag and URL belong to the last request whose answer may be asked for
	// conditionally; ETag is kept byte for byte.
	ETag string
	URL  string
	// Extra is the adapter's own (e.g. a project's id), opaque to others.
	Extra string
}

// Page is one answer of a tracker, turned into reports.
type Page struct {
	Reports  []Report
	Comments []Comment // of reports in this or an earlier page
	// Cursor is what to store with this page.
	Cursor Cursor
	// NotModified: the tracker said that nothing changed (304).
	NotModified bool
}

// Source is the reading side of one tracker. Implementations are safe for use
// by one goroutine at a time.
type Source interface {
	// Name is the tracker's configured name.
	Name() string
	// Feeds names the streams that are read one after the other, each with a
	// cursor of its own: a Mantis project, a GitHub repository. It does no IO
	// where the configuration already tells.
	Feeds(ctx context.Context) ([]string, error)
	// Pull reads what changed in a feed since from and hands it on page by
	// page. With full, it reads everything and ignores the mark. An error of
	// yield ends the walk and is returned. Errors are *Error.
	Pull(ctx context.Context, feed string, from Cursor, full bool, yield func(Page) error) error
}

// Sink keeps what a Source brought. store.DB is one.
type Sink interface {
	// Cursor returns the stored cursor of a feed, zero if there is none.
	Cursor(ctx context.Context, tracker, feed string) (Cursor, error)
	// Commit stores a page and its cursor in one transaction.
	Commit(ctx context.Context, tracker, feed string, page Page) (Counts, error)
}

// Counts says what a page or a sync changed.
type Counts struct {
	New, Updated, Unchanged, Comments int
}

// Add sums.
func (c *Counts) Add(o Counts) {
	c.New += o.New
	c.Updated += o.Updated
	c.Unchanged += o.Unchanged
	c.Comments += o.Comments
}

// Sleep waits, but not longer than the context lives.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// TokenVariable is the environment variable that holds the token of the tracker
// with that configured name.
func TokenVariable(name string) string {
	return "ALMATRIAGE_" + strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			return c
		}
		return '_'
	}, name) + "_TOKEN"
}
