package inbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/almatriage/almatriage/tracker/safe"
)

// empty says in plain words why there is nothing, and what to do.
func (s *Screen) empty() []string {
	var text string
	switch {
	case s.failed != nil:
		text = "The stored reports cannot be read: " + s.failed.Error() + "\n\nQuit and run: almatriage doctor"
	case s.loading:
		text = "Loading …"
	case s.cat.Len() == 0 && s.syncing:
		text = "Pulling the reports for the first time. They appear here as they arrive; that takes a minute or two."
	case s.cat.Len() == 0 && s.syncErr != nil:
		text = "No tracker could be reached, so there is nothing here yet.\n\n" + s.key("global.sync") + "  try again\n" + s.key("inbox.demo") +
			"  see the demonstration: invented reports, recorded runs, no network needed\n\n" + s.syncErr.Error()
	case s.cat.Len() == 0:
		text = "No reports are stored yet.\n\n" + s.key("global.sync") + "  pull them from the trackers\n" + s.key("inbox.demo") + "  see the demonstration"
	case s.applied != "" && s.search.open > 0:
		text = "No title has this; searching the texts …"
	case s.applied != "":
		text = s.nothing() + "\n\n"
		if !s.typing { // its key is text then
			text += s.key("inbox.filter") + "  change the query, "
		}
		text += s.key("global.back") + "  drop it"
	case s.queues[s.active].running:
		text = "Nothing runs. " + s.key("inbox.run") + " runs the recipe of a report."
	case s.active == 0:
		text = "Every report is decided. Nothing is left to do here."
	default:
		text = "This queue is empty."
	}
	var lines []string
	for line := range strings.SplitSeq(ansi.Wrap(safe.Block(text).String(), max(10, s.w-4), ""), "\n") {
		lines = append(lines, "  "+line)
	}
	return lines
}

// nothing says that the query finds nothing, and where it does.
func (s *Screen) nothing() string {
	if s.elsewhere == 0 {
		return "Nothing here matches " + s.applied
	}
	keys := s.key(fmt.Sprintf("inbox.queue%d", s.allQueue()+1))
	if s.typing {
		keys = s.key("filter.keep") + " " + keys // a digit is text now
	}
	return fmt.Sprintf("Nothing in %s matches %s; %s in %s (%s goes there)", s.queues[s.active].name, s.applied, does(s.elsewhere), allQueue, keys)
}

// lookElsewhere counts what a query that finds nothing here finds among all
// reports: once it is known, and not for each frame.
func (s *Screen) lookElsewhere() {
	s.elsewhere = 0
	if s.applied != "" && s.search.open == 0 && len(s.list.Shown()) == 0 && s.active != s.allQueue() {
		s.elsewhere = len(s.list.Filter.Over(s.parsed).All())
	}
}

func (s *Screen) allQueue() int {
	return slices.IndexFunc(s.queues, func(q queue) bool { return q.name == allQueue })
}

func does(n int) string {
	if n == 1 {
		return "1 does"
	}
	return fmt.Sprintf("%d do", n)
}
