package podman

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"regexp"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// How much of an attempt's output is kept: its beginning and its end.
const (
	keptHead    = 384 << 10 // bytes
	keptTail    = 384 << 10
	maxLogLine  = 16 << 10
	maxExcerpt  = 2 << 10
	lineCost    = 64 // what a line costs beside its text
	searchLimit = 64 << 20
)

// testLog keeps the output of an attempt's test and looks at every line of it
// as it passes: for the oracle's pattern and for signs of the surroundings.
type testLog struct {
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
	echo     map[string]bool // lines of the test that bash may echo (set -v)
	match    *reproduce.Match
	signs    []string
	precheck []string // last lines of precheck and syntax, for the explanation
}

func newTestLog(spec reproduce.AttemptSpec, began func() time.Time) *testLog {
	l := &testLog{began: began, sum: sha256.New(), pattern: spec.Pattern, stream: spec.Stream}
	if spec.Pattern != nil {
		l.match = &reproduce.Match{Pattern: spec.Pattern.String(), Stream: map[reproduce.Stream]string{
			reproduce.Stdout: "stdout", reproduce.Stderr: "stderr"}[spec.Stream]}
		l.echo = echoed(spec.Recipe.Test)
	}
	return l
}

// verbose finds a test that makes bash echo what it reads.
var verbose = regexp.MustCompile(`set\s+-[a-zA-Z]*v|-o\s+verbose|bash\s+-[a-zA-Z]*v`)

// echoed are the lines that bash may print of the test itself.
func echoed(test string) map[string]bool {
	if !verbose.MatchString(test) {
		return nil
	}
	lines := map[string]bool{}
	for text := range strings.Lines(test) {
		lines[strings.TrimSuffix(text, "\n")] = true
	}
	return lines
}

// take is the splitter's sink. The caller holds its lock.
func (l *testLog) take(got line) (reproduce.LogLine, bool) {
	if got.section != section(reproduce.StepTest) {
		if got.section != beforeMarks {
			l.precheck = append(l.precheck[max(0, len(l.precheck)-19):], string(got.text[:min(len(got.text), 500)]))
		}
		return reproduce.LogLine{}, false
	}
	l.bytes += int64(len(got.text)) + 1
	l.sum.Write(got.text)
	l.sum.Write([]byte{'\n'})
	at := time.Since(l.began())
	l.look(got)
	var last reproduce.LogLine
	for text := got.text; ; {
		piece := text[:min(len(text), maxLogLine)]
		last = reproduce.LogLine{Stream: got.stream, At: at, Text: string(piece)}
		l.keep(last)
		if text = text[len(piece):]; len(text) == 0 {
			return last, true
		}
	}
}

// look matches the pattern and searches for signs of the surroundings.
func (l *testLog) look(got line) {
	if l.bytes < searchLimit {
		found := reproduce.Signatures([]reproduce.LogLine{{Stream: got.stream, Text: string(got.text)}}, 0)
		for _, name := range found {
			if !contains(l.signs, name) {
				l.signs = append(l.signs, name)
			}
		}
	}
	if l.pattern == nil || l.stream != "" && l.stream != got.stream {
		return
	}
	if got.stream == reproduce.Stderr && l.echo[string(got.text)] {
		return
	}
	if got.cut {
		// What the pattern wants may lie across the cut.
		l.match.Truncated = true
	}
	if l.pattern.Match(got.text) {
		if l.match.Count++; l.match.Count == 1 {
			l.match.Line = string(got.text[:min(len(got.text), 1000)])
		}
	}
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

func (l *testLog) keep(one reproduce.LogLine) {
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
func (l *testLog) trim() {
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
func (l *testLog) log(trace []byte) reproduce.Log {
	l.trim()
	lines := append(l.head, l.tail...)
	for text := range bytes.Lines(trace) {
		lines = append(lines, reproduce.LogLine{Stream: reproduce.Trace, Text: string(bytes.TrimSuffix(text[:min(len(text), maxLogLine)], []byte{'\n'}))})
	}
	return reproduce.Log{Lines: lines, Bytes: l.bytes, Dropped: l.dropped, SHA256: hex.EncodeToString(l.sum.Sum(nil))}
}

// excerpt is the end of the test's output for people, errors preferred.
func excerpt(lines []reproduce.LogLine) string {
	for _, stream := range []reproduce.Stream{reproduce.Stderr, reproduce.Stdout} {
		var parts []string
		size := 0
		for i := len(lines) - 1; i >= 0 && len(parts) < 8; i-- {
			if lines[i].Stream != stream || strings.TrimSpace(lines[i].Text) == "" {
				continue
			}
			text := strings.ToValidUTF8(lines[i].Text[:min(len(lines[i].Text), 400)], "\uFFFD")
			if size += len(text); size > maxExcerpt {
				break
			}
			parts = append([]string{text}, parts...)
		}
		if len(parts) > 0 {
			return strings.Join(parts, "\n")
		}
	}
	return ""
}
