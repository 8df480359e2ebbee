package html

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
)

// Who said what a report's verdict is.
const (
	decided   = "decided"   // a person
	suggested = "suggested" // its newest run
	undecided = "none"      // nobody
)

// row is a line of the table, clean.
type row struct {
	id     tracker.ID
	Anchor string // of its evidence in the page

	ID, URL, Title, Release, Package, Status string
	Verdict, Decision                        string // one of the above
	Alma, Stream                             string // "k/n"
	By                                       string
	At, LastRun                              time.Time
	Private                                  bool
}

// chunk is how many reports are read at once.
const chunk = 1000

// read reads the rows, and tells how many private ones it left out.
func (p *page) read(ctx context.Context, db *store.DB, ids []tracker.ID) (left int, err error) {
	p.rows = make([]row, 0, len(ids))
	for i := 0; i < len(ids); i += chunk {
		part := ids[i:min(i+chunk, len(ids))]
		names := make([]string, len(part))
		for j, id := range part {
			names[j] = id.String()
		}
		found := 0
		for r, err := range db.ResultsOf(ctx, names) {
			if err != nil {
				return 0, err
			}
			if r.ID != names[found] {
				break // one that is not stored was left out
			}
			found++
			if r.Private && !p.options.Private {
				left++
				continue
			}
			p.rows = append(p.rows, p.row(part[found-1], r))
		}
		if found < len(names) {
			return 0, &store.Error{Code: store.CodeNotFound, Message: "no report " + names[found] + " is stored"}
		}
	}
	return left, nil
}

func (p *page) row(id tracker.ID, r *store.Result) row {
	line := p.clean.line
	one := row{id: id, Anchor: anchor(id), ID: line(r.ID), URL: p.clean.link(r.URL), Title: line(r.Title), Release: line(r.Release), Package: line(r.Package),
		Status: line(r.Status), Decision: undecided, By: line(r.DecidedBy), At: r.DecidedAt.UTC(), LastRun: r.LastRun.UTC(), Private: r.Private,
		Alma: line(r.AlmaResult), Stream: line(r.StreamResult)}
	switch {
	case r.Verdict != "":
		one.Decision = decided
	case r.Suggested != "":
		one.Decision = suggested
	}
	one.Verdict = line(string(cmp.Or(r.Verdict, r.Suggested)))
	return one
}

// anchor names a report within a page: no two alike, and without what means
// something in an address.
func anchor(id tracker.ID) string {
	var b strings.Builder
	b.WriteString("report-")
	for _, c := range []byte(id.Space) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-':
			b.WriteByte(c)
		case c == '/':
			b.WriteByte('_')
		default:
			fmt.Fprintf(&b, ".%02x", c)
		}
	}
	return fmt.Sprintf("%s-%d", b.String(), id.Number)
}
