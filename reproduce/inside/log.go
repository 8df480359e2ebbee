package inside

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"regexp"
	"slices"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// How much of an attempt's output is kept: its beginning and its end.
const (
	keptHead    = 384 << 10 // bytes
	keptTail    = 384 << 10
	maxLogLine  = 16 << 10
	lineCost    = 64 // what a line costs beside its text
	searchLimit = 64 << 20
)

// TestLog keeps the output of an attempt's test and looks at every line of it
// as it passes: for the oracle's pattern and for signs of the surroundings.
type TestLog struct {
	began   func() time.Time
	head    []reproduce.LogLine
	tail    []reproduce.LogLine // a ring would save copies; it is trimmed in bulk instead
	headFul bool
	headLen int
	tailLen int
	bytes   int64
	dropped int64
	sum     hash.Hash

	pattern  *regexp.Regexp
	stream   reproduce.Stream
	echo     echo
	broken   broken
	match    *reproduce.Match
	signs    []string
	precheck []string // last lines of precheck and syntax, for the explanation
}

// NewTestLog returns a log for an attempt; began tells when its test began.
func NewTestLog(spec reproduce.AttemptSpec, began func() time.Time) *TestLog {
	l := &TestLog{began: began, sum: sha256.New(), pattern: spec.Pattern, stream: spec.Stream, echo: echoOf(spec.Recipe), broken: brokenOf(spec.Recipe)}
	if spec.Pattern != nil {
		l.match = &reproduce.Match{Pattern: spec.Pattern.String(), Stream: map[reproduce.Stream]string{
			reproduce.Stdout: "stdout", reproduce.Stderr: "stderr"}[spec.Stream]}
	}
	return l
}

// Take is for the sink of a splitter, whose lock guards it. It returns a line
// of the test as it is kept, false for those of the steps before.
func (l *TestLog) Take(got Line) (reproduce.LogLine, bool) {
	if got.Section != Section(reproduce.StepTest) {
		if got.Section != BeforeMarks {
			l.precheck = append(l.precheck[max(0, len(l.precheck)-19):], string(got.Text[:min(len(got.Text), 500)]))
		}
		return reproduce.LogLine{}, false
	}
	l.bytes += int64(len(got.Text))
	l.sum.Write(got.Text)
	if !got.Cut {
		l.bytes++
		l.sum.Write([]byte{'\n'})
	}
	at := time.Since(l.began())
	stream := got.Stream
	if stream == reproduce.Stderr && l.echo.has(got.Text) {
		stream = reproduce.Trace
	} else {
		l.look(got)
	}
	var last reproduce.LogLine
	for text := got.Text; ; {
		piece := text[:min(len(text), maxLogLine)]
		last = reproduce.LogLine{Stream: stream, At: at, Text: string(piece)}
		l.keep(last)
		if text = text[len(piece):]; len(text) == 0 {
			return last, true
		}
	}
}

// look matches the pattern and searches for signs of the surroundings.
func (l *TestLog) look(got Line) {
	if l.bytes < searchLimit {
		found := reproduce.Signatures([]reproduce.LogLine{{Stream: got.Stream, Text: string(got.Text)}}, 0)
		for _, name := range found {
			if !slices.Contains(l.signs, name) {
				l.signs = append(l.signs, name)
			}
		}
	}
	if got.Stream == reproduce.Stderr {
		l.broken.look(got.Text)
	}
	if l.pattern == nil || l.stream != "" && l.stream != got.Stream {
		return
	}
	if got.Cut {
		// What the pattern wants may lie across the cut.
		l.match.Truncated = true
	}
	if l.pattern.Match(got.Text) {
		if l.match.Count++; l.match.Count == 1 {
			l.match.Line = string(got.Text[:min(len(got.Text), 1000)])
		}
	}
}

func (l *TestLog) keep(one reproduce.LogLine) {
	cost := len(one.Text) + lineCost
	if !l.headFul && l.headLen+cost <= keptHead {
		l.head = append(l.head, one)
		l.headLen += cost
		return
	}
	l.headFul = true
	l.tail = append(l.tail, one)
	l.tailLen += cost
	if l.tailLen > 2*keptTail {
		l.trim()
	}
}

// trim drops the oldest lines of the tail down to what is kept.
func (l *TestLog) trim() {
	drop := 0
	for l.tailLen > keptTail {
		cost := len(l.tail[drop].Text)
		l.tailLen -= cost + lineCost
		l.dropped += int64(cost) + 1
		drop++
	}
	l.tail = append(l.tail[:0:0], l.tail[drop:]...)
}

// log is what is kept, with bash's echo at its end.
func (l *TestLog) log(trace []byte) reproduce.Log {
	l.trim()
	lines := append(l.head, l.tail...)
	for text := range bytes.Lines(trace) {
		lines = append(lines, reproduce.LogLine{Stream: reproduce.Trace, Text: string(bytes.TrimSuffix(text[:min(len(text), maxLogLine)], []byte{'\n'}))})
	}
	return reproduce.Log{Lines: lines, Bytes: l.bytes, Dropped: l.dropped, SHA256: hex.EncodeToString(l.sum.Sum(nil))}
}
