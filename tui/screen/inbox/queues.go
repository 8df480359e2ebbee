package inbox

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/query"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/catalogue"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// queue is a tab: the reports that a query asks for.
type queue struct {
	name, short string
	text        string // the query as it is typed
	query       query.Query
	running     bool // only those with a run in progress
	filter      *catalogue.Filter
	count       int // -1: only the database could count it
}

// builtin are the queues that are always there.
func builtin() []queue {
	return []queue{
		{name: "Undecided", short: "Undec", text: "is:undecided"},
		{name: "Stale", short: "Stale", text: "is:stale"},
		{name: "Running", short: "Run", running: true},
		{name: "Stream-reproducible", short: "Stream", text: "verdict:stream-reproducible"},
		{name: "Alma-only", short: "Alma", text: "verdict:alma-only"},
		{name: "Fixed in Stream", short: "Fixed", text: "verdict:fixed-in-stream"},
		{name: "Other", short: "Other", text: "-verdict:none -verdict:stream-reproducible -verdict:alma-only -verdict:fixed-in-stream"},
		{name: allQueue, short: allQueue},
	}
}

// allQueue is the queue of all reports.
const allQueue = "All"

// newQueues are the built-in queues and the user's own. Their queries were
// read when the configuration was.
func newQueues(c *catalogue.Catalogue, own []screen.SavedQuery, now time.Time) ([]queue, error) {
	list := builtin()
	for _, q := range own {
		list = append(list, queue{name: q.Name, short: q.Name, text: q.Query})
	}
	for i := range list {
		q, err := query.Parse(list[i].text, now)
		if err != nil {
			return nil, fmt.Errorf("the queue %s: %w", list[i].name, err)
		}
		list[i].query = q
		list[i].filter = c.NewFilter(q, list[i].running)
		if !list[i].filter.Meta() {
			list[i].count = -1
		}
	}
	return list, nil
}

// counting takes reports out of the counts before they change (by -1) and puts
// them in again after (by 1).
func (s *Screen) counting(touched []catalogue.Index, by int) {
	for i := range s.queues {
		q := &s.queues[i]
		if q.count < 0 {
			continue
		}
		for _, at := range touched {
			if q.filter.Match(at) {
				q.count += by
			}
		}
	}
}

// recount counts all queues anew.
func (s *Screen) recount() {
	for i := range s.queues {
		if s.queues[i].count >= 0 {
			s.queues[i].count = 0
		}
	}
	s.counting(s.cat.Order(), 1)
}

// tabs is the line of the queues; the active one is always in sight, and told
// by brackets too.
func (s *Screen) tabs() string {
	for _, label := range []func(q *queue) string{
		func(q *queue) string { return q.name },
		func(q *queue) string { return q.short },
	} {
		if line, fits := s.tabLine(label, 0); fits {
			return line
		}
	}
	// Not all fit: those from some place on, so that the active one does.
	for from := range s.queues {
		line, _ := s.tabLine(func(q *queue) string { return q.short }, from)
		if strings.Contains(ansi.Strip(ansi.Truncate(line, s.w, "")), "]") || from == s.active {
			return widget.Fit(line, s.w)
		}
	}
	return ""
}

func (s *Screen) tabLine(label func(q *queue) string, from int) (string, bool) {
	t := s.env.Theme
	var parts []string
	for i := from; i < len(s.queues); i++ {
		q := &s.queues[i]
		text := safe.Line(label(q)).String()
		if q.count >= 0 {
			text += fmt.Sprintf(" %d", q.count)
		}
		if i == s.active {
			parts = append(parts, t.Accent.Render("["+text+"]"))
			continue
		}
		parts = append(parts, " "+text+" ")
	}
	line := strings.Join(parts, "")
	if from > 0 {
		line = t.Faint.Render("‹") + line
	}
	return line, ansi.StringWidth(line) <= s.w
}
