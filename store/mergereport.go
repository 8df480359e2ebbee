package store

import (
	"github.com/almatriage/almatriage/tracker"
)

// Report merges a report and returns the id that it has here. Of one that is
// here the one that changed last counts. Comments are united, and stay until
// their tracker is asked. What somebody calls private stays private: a bundle
// publishes nothing.
func (m *Merger) Report(r tracker.Report) (tracker.ID, error) {
	if r.ID.IsLocal() {
		if err := m.number(&r); err != nil {
			return r.ID, err
		}
	}
	here, err := m.here(r.ID.String())
	if err != nil {
		return r.ID, err
	}
	page, err := m.news(r, here)
	if err != nil {
		return r.ID, err
	}
	w := &writer{ctx: m.ctx, tx: m.tx, prepared: m.prepared, touched: map[int64]bool{}}
	if err := w.page(page); err != nil {
		return r.ID, err
	}
	switch {
	case here == nil:
		m.merged.Reports.New++
	case here.changed || w.counts.Updated > 0 || w.counts.Comments > 0:
		m.merged.Reports.Updated++
	default:
		m.merged.Reports.Unchanged++
	}
	return r.ID, nil
}

// reportHere is what matters of a report that is stored.
type reportHere struct {
	n, updated int64
	private    bool
	changed    bool // by the merge
}

// here looks a report up, nil if it is not stored.
func (m *Merger) here(id string) (*reportHere, error) {
	var h reportHere
	found, err := m.find([]any{&h.n, &h.updated, &h.private}, `SELECT n, updated, private FROM reports WHERE id = ?`, id)
	if !found {
		return nil, err
	}
	return &h, nil
}

// news is what is to be written of a report. Its comments count as having come
// apart from it: what a tracker says of the report alone does not drop them.
func (m *Merger) news(r tracker.Report, here *reportHere) (page tracker.Page, err error) {
	page.Comments, r.Comments = r.Comments, nil
	if here == nil {
		page.Reports = []tracker.Report{r}
		return page, nil
	}
	if page.Comments, err = m.newComments(page.Comments, here.n); err != nil {
		return page, err
	}
	if millis(r.Updated) > here.updated {
		r.Private = r.Private || here.private
		page.Reports = []tracker.Report{r}
		_, err = m.tx.ExecContext(m.ctx, `UPDATE comments SET apart = 1 WHERE report = ? AND apart = 0`, here.n)
	} else if r.Private && !here.private {
		here.changed = true
		// Without the hash the tracker's next word is taken for news.
		_, err = m.tx.ExecContext(m.ctx, `UPDATE reports SET private = 1, content = x'' WHERE n = ?`, here.n)
	}
	return page, err
}

// newComments are those that are not here, or changed later than here.
func (m *Merger) newComments(comments []tracker.Comment, n int64) (list []tracker.Comment, err error) {
	for _, c := range comments {
		var updated int64
		var private bool
		found, err := m.find([]any{&updated, &private}, `SELECT updated, private FROM comments WHERE report = ? AND id = ?`, n, c.ID)
		if err != nil {
			return nil, err
		}
		if found && millis(c.Updated) <= updated {
			continue
		}
		c.Private = c.Private || private
		list = append(list, c)
	}
	return list, nil
}

// number gives a report of the local tracker the number that it has here.
// Everybody counts from 1, so the number says nothing: it is the same report if
// the same person began it at the same time. Another one keeps its number if
// that is free.
func (m *Merger) number(r *tracker.Report) error {
	told := r.ID
	found, err := m.find([]any{&r.ID.Number}, `SELECT number FROM reports WHERE space = ? AND created = ? AND reporter = ? ORDER BY number LIMIT 1`,
		tracker.LocalSpace, millis(r.Created), r.Reporter)
	if err != nil {
		return err
	}
	if !found {
		var taken, next int64
		if _, err := m.find([]any{&taken, &next}, `SELECT coalesce(sum(number = ?), 0), coalesce(max(number), 0) + 1 FROM reports WHERE space = ?`,
			told.Number, tracker.LocalSpace); err != nil {
			return err
		}
		if taken > 0 {
			r.ID.Number = next
		}
	}
	if r.ID == told {
		return nil
	}
	m.merged.Renamed = append(m.merged.Renamed, Renamed{told.String(), r.ID.String()})
	for i := range r.Comments {
		r.Comments[i].Report = r.ID
	}
	return nil
}
