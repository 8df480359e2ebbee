package inside

import (
	"bytes"
	"io"
	"sync"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// maxLineLength is where a line that does not end is cut.
const maxLineLength = 64 << 10

// Section is a part of what a container prints, begun by a mark of our script.
type Section string

// BeforeMarks is what comes before the first mark: the engine's own words.
const BeforeMarks Section = ""

// lastMark is what our script prints at its end on both streams. It begins no
// section: what a process that lives on says still belongs to the last step.
const lastMark Section = "done"

// Line is one line of a container's output.
type Line struct {
	Section Section
	Stream  reproduce.Stream
	Text    []byte // without the line feed; only valid during the call
	// Cut: the line goes on in the next one.
	Cut bool
}

// Splitter turns both streams of a container into lines and knows which step
// printed them. It never stops reading: a reader that stalls would stall the
// container and the engine with it.
type Splitter struct {
	mark []byte // what begins the line of a mark
	sink func(Line)
	wake func() // called at the first mark

	mu    sync.Mutex // the two streams take turns with sink
	total int64      // bytes after the first mark
	begun time.Time  // of the first mark; zero before
	ended map[reproduce.Stream]bool
}

// NewSplitter returns a splitter for the marks with a nonce. sink gets every
// line, and wake is called at the first mark.
func NewSplitter(nonce string, sink func(Line), wake func()) *Splitter {
	return &Splitter{mark: []byte("\x1e" + nonce + " "), sink: sink, wake: wake, ended: map[reproduce.Stream]bool{}}
}

// Read takes a stream to its end.
func (s *Splitter) Read(stream reproduce.Stream, from io.Reader) {
	feed := s.Feed(stream)
	defer feed.Close()
	buffer := make([]byte, maxLineLength)
	for {
		n, err := from.Read(buffer)
		feed.Write(buffer[:n])
		if err != nil {
			return
		}
	}
}

// Feed is one stream of a container, for those who have its bytes in hand.
func (s *Splitter) Feed(stream reproduce.Stream) *Feed {
	return &Feed{splitter: s, stream: stream, current: BeforeMarks}
}

// Feed takes the bytes of one stream. Neither of its methods fails.
type Feed struct {
	splitter *Splitter
	stream   reproduce.Stream
	current  Section
	held     []byte // the beginning of a line whose end has not come
}

// Write takes the next bytes.
func (f *Feed) Write(p []byte) (int, error) {
	rest := p
	for len(rest) > 0 {
		room := maxLineLength - len(f.held)
		end := bytes.IndexByte(rest[:min(len(rest), room)], '\n')
		if end < 0 && len(rest) < room {
			f.held = append(f.held, rest...)
			break
		}
		piece, cut := rest[:min(len(rest), room)], true
		if end >= 0 {
			piece, cut = rest[:end], false
		}
		rest = rest[len(piece):]
		if !cut {
			rest = rest[1:]
		}
		if len(f.held) > 0 {
			f.held = append(f.held, piece...)
			piece = f.held
		}
		f.current = f.splitter.take(f.stream, f.current, piece, cut)
		f.held = f.held[:0]
	}
	return len(p), nil
}

// Close gives a last line that has no end.
func (f *Feed) Close() error {
	if len(f.held) > 0 {
		f.current = f.splitter.take(f.stream, f.current, f.held, false)
		f.held = nil
	}
	return nil
}

// take handles a line and returns the section that follows it.
func (s *Splitter) take(stream reproduce.Stream, current Section, text []byte, cut bool) Section {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Output without a line feed at its end stands before the mark.
	at := bytes.Index(text, s.mark)
	if at < 0 {
		s.give(Line{Section: current, Stream: stream, Text: text, Cut: cut})
		return current
	}
	if at > 0 {
		s.give(Line{Section: current, Stream: stream, Text: text[:at]})
	}
	if s.begun.IsZero() {
		s.begun = time.Now()
		s.wake()
	}
	if next := Section(text[at+len(s.mark):]); next != lastMark {
		return next
	}
	s.ended[stream] = true
	return current
}

func (s *Splitter) give(l Line) {
	if l.Section != BeforeMarks {
		s.total += int64(len(l.Text))
		if !l.Cut {
			s.total++
		}
	}
	s.sink(l)
}

// Started is when the first mark came, zero if none did.
func (s *Splitter) Started() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun
}

// Total is how many bytes came after the first mark.
func (s *Splitter) Total() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Whole tells whether both streams came to the last mark: nothing of what the
// script printed was lost on the way.
func (s *Splitter) Whole() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended[reproduce.Stdout] && s.ended[reproduce.Stderr]
}
