package podman

import (
	"bytes"
	"io"
	"sync"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// maxLineLength is where a line that does not end is cut.
const maxLineLength = 64 << 10

// section is a part of what a container prints, begun by a mark of our script.
type section string

// beforeMarks is what comes before the first mark: podman's own words.
const beforeMarks section = ""

// line is one line of a container's output.
type line struct {
	section section
	stream  reproduce.Stream
	text    []byte // without the line feed; only valid during the call
	// cut: the line goes on in the next one.
	cut bool
}

// splitter turns both streams of a container into lines and knows which step
// printed them. It never stops reading: a reader that stalls would stall the
// container and podman with it.
type splitter struct {
	mark []byte // what begins the line of a mark
	sink func(line)
	wake func() // called at the first mark

	mu    sync.Mutex // the two streams take turns with sink
	total int64      // bytes after the first mark
	begun time.Time  // of the first mark; zero before
}

func newSplitter(nonce string, sink func(line), wake func()) *splitter {
	return &splitter{mark: []byte("\x1e" + nonce + " "), sink: sink, wake: wake}
}

// read takes a stream to its end.
func (s *splitter) read(stream reproduce.Stream, from io.Reader) {
	buffer := make([]byte, maxLineLength)
	held, current := 0, beforeMarks
	for {
		n, err := from.Read(buffer[held:])
		held += n
		rest := buffer[:held]
		for {
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				break
			}
			current = s.take(stream, current, rest[:end], false)
			rest = rest[end+1:]
		}
		if len(rest) == len(buffer) || err != nil && len(rest) > 0 {
			current = s.take(stream, current, rest, err == nil)
			rest = nil
		}
		held = copy(buffer, rest)
		if err != nil {
			return
		}
	}
}

// take handles a line and returns the section that follows it.
func (s *splitter) take(stream reproduce.Stream, current section, text []byte, cut bool) section {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Output without a line feed at its end stands before the mark.
	at := bytes.Index(text, s.mark)
	if at < 0 {
		s.give(line{section: current, stream: stream, text: text, cut: cut})
		return current
	}
	if at > 0 {
		s.give(line{section: current, stream: stream, text: text[:at]})
	}
	if s.begun.IsZero() {
		s.begun = time.Now()
		s.wake()
	}
	return section(text[at+len(s.mark):])
}

func (s *splitter) give(l line) {
	if l.section != beforeMarks {
		s.total += int64(len(l.text)) + 1
	}
	s.sink(l)
}

// started is when the first mark came, zero if none did.
func (s *splitter) started() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun
}
