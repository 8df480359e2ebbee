package runs

import (
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// Stored is a run of the database as Live would have it at its end. log returns
// an attempt's output by its id; its error ends the reading.
func Stored(run *reproduce.Run, log func(attempt string) (reproduce.Log, error)) (*Live, error) {
	l := &Live{Ended: true, Run: *run}
	for _, r := range run.Results() {
		s := l.side(r.Side.Target.Name)
		if r.Side.Role == reproduce.RoleControl {
			s.control()
		} else {
			s.Target = r.Side.Target
			if s.Cached = r.Side.Cached; s.Cached {
				s.CachedAge = run.Started.Sub(r.Side.CachedAt)
			}
		}
		if err := s.replay(run, r, log); err != nil {
			return nil, err
		}
		if r.Side.Err != nil {
			s.fail(r.Side.Err)
		}
	}
	return l, nil
}

// replay writes a side's attempts into its log.
func (s *Side) replay(run *reproduce.Run, r reproduce.SideResult, log func(string) (reproduce.Log, error)) error {
	for i, a := range r.Side.Attempts {
		printed, err := log(a.ID)
		if err != nil {
			return fmt.Errorf("read what attempt %d on %s printed: %w", a.Number, a.Target, err)
		}
		begin := Line{Kind: LineAttempt, Control: s.Control, Number: i + 1, Of: len(r.Side.Attempts)}
		if a.Run != run.ID {
			begin.Text = "of an earlier run, " + before(run.Started.Sub(a.Started))
			s.CachedCount++
		}
		s.Log.Add(begin)
		s.print(a, printed)
		s.read(r.Readings[i])
	}
	s.Attempt, s.Of = len(r.Side.Attempts), len(r.Side.Attempts)
	return nil
}

// print writes an attempt's output. Of an attempt that came without, as of an
// import, there is the end at least.
func (s *Side) print(a reproduce.Attempt, printed reproduce.Log) {
	for _, line := range printed.Lines {
		s.Log.Add(Line{Kind: LineOutput, Control: s.Control, Stream: line.Stream, Text: line.Text})
	}
	if len(printed.Lines) == 0 && a.Facts.Excerpt != "" {
		for line := range strings.SplitSeq(strings.TrimRight(a.Facts.Excerpt, "\n"), "\n") {
			s.Log.Add(Line{Kind: LineOutput, Control: s.Control, Text: line})
		}
	}
	if printed.Dropped > 0 {
		s.Log.Add(Line{Kind: LineLost, Control: s.Control, Text: fmt.Sprintf("%d bytes of output were not kept", printed.Dropped)})
	}
}

// fail writes down the step that ended the side, with what it printed.
func (s *Side) fail(err *reproduce.StepError) {
	s.Err = err
	for line := range strings.SplitSeq(strings.TrimRight(err.Output, "\n"), "\n") {
		if line != "" {
			s.Log.Add(Line{Kind: LineOutput, Control: s.Control, Text: line})
		}
	}
	s.Log.Add(Line{Kind: LineFailed, Control: s.Control, Step: err.Step, Text: complaint(err)})
}
