package kubernetes

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// maxPiece is the longest line that pod.sh writes, with room to spare, in bytes.
const maxPiece = 8 << 10

// leavings is what pod.sh says beside the output.
type leavings struct {
	verdict, missing, trace []byte
	packages                string // their sum after the steps
	arch, kernel            string // of the node
	duration                time.Duration
	changed                 bool // other packages than the place says
	open                    bool // the network policy does not work
}

// podLog reads the log of a pod (scripts/pod.sh), also in several goes: a line
// that came already is left out, and one that did not come is noticed.
type podLog struct {
	nonce string
	mark  []byte
	feeds map[byte]*inside.Feed
	last  map[byte]int64 // number of the last line of a stream
	ended map[byte]bool  // it said its end
	// marked is told every mark of our scripts, which are their steps too.
	marked func(name string)

	step  reproduce.Step // that began last; "" before the first
	lost  bool           // a line is missing
	words []string       // what is not pod.sh's: of the runtime, or of kubectl
	left  leavings
}

func newPodLog(nonce string, sink func(inside.Line), marked func(string)) *podLog {
	split := inside.NewSplitter(nonce, sink, func() {})
	return &podLog{nonce: nonce, mark: []byte("\x1e" + nonce + " "), marked: marked, last: map[byte]int64{}, ended: map[byte]bool{},
		feeds: map[byte]*inside.Feed{'o': split.Feed(reproduce.Stdout), 'e': split.Feed(reproduce.Stderr)}}
}

// read takes a log from its beginning to its end, or to where it is cut.
func (l *podLog) read(from io.Reader) {
	reader := bufio.NewReaderSize(from, maxPiece)
	for {
		text, err := reader.ReadSlice('\n')
		whole := err == nil
		if whole {
			l.take(text[:len(text)-1])
			continue
		}
		// Too long for a line of ours, or cut.
		l.note(text)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// whole tells that both streams came to their end without a gap.
func (l *podLog) whole() bool { return l.ended['o'] && l.ended['e'] && !l.lost }

// over tells that both streams came to their end.
func (l *podLog) over() bool { return l.ended['o'] && l.ended['e'] }

func (l *podLog) note(text []byte) {
	if len(l.words) < 50 && len(text) > 0 {
		l.words = append(l.words, string(text[:min(len(text), 1000)]))
	}
}

// take handles one line of the log.
func (l *podLog) take(text []byte) {
	stream, number, more, rest, ok := cutLine(text)
	if !ok || l.feeds[stream] == nil {
		l.note(text)
		return
	}
	switch last := l.last[stream]; {
	case number <= last:
		return
	case number > last+1:
		l.lost = true
	}
	l.last[stream] = number
	feed := l.feeds[stream]
	at := bytes.Index(rest, l.mark)
	if at >= 0 {
		if name := string(rest[at+len(l.mark):]); !strings.HasPrefix(name, "=") {
			l.step = inside.KnownStep(name, l.step)
			l.marked(name)
		} else {
			if at > 0 { // output without a line feed at its end
				feed.Write(rest[:at])
				feed.Write([]byte{'\n'})
			}
			l.said(stream, name[1:])
			return
		}
	}
	feed.Write(rest)
	if !more {
		feed.Write([]byte{'\n'})
	}
}

// cutLine takes a line of pod.sh's tag apart: "o12 text", or "o12+text" for a
// piece that the next one goes on with.
func cutLine(text []byte) (stream byte, number int64, more bool, rest []byte, ok bool) {
	at := bytes.IndexAny(text, " +")
	if at < 2 {
		return 0, 0, false, nil, false
	}
	number, err := strconv.ParseInt(string(text[1:at]), 10, 64)
	return text[0], number, text[at] == '+', text[at+1:], err == nil && number > 0
}

// said takes in what pod.sh's say tells.
func (l *podLog) said(stream byte, words string) {
	name, text, _ := strings.Cut(words, " ")
	keep := func(to *[]byte) {
		if len(*to) <= 64<<10 {
			*to = append(append(*to, text...), '\n')
		}
	}
	switch name {
	case "begin":
		// Lines of the output that have no end stand before this.
		l.feeds['o'].Close()
	case "verdict":
		keep(&l.left.verdict)
	case "missing":
		keep(&l.left.missing)
	case "trace":
		keep(&l.left.trace)
	case "packages":
		l.left.packages = text
	case "machine":
		l.left.arch, l.left.kernel, _ = strings.Cut(text, " ")
	case "uptime":
		l.left.duration = uptime(text)
	case "changed":
		l.left.changed = true
	case "open":
		l.left.open = true
	case "end":
		l.feeds[stream].Close()
		l.ended[stream] = true
	}
}

// uptime is the time between two readings of /proc/uptime, 0 if they are none.
func uptime(text string) time.Duration {
	first, second, _ := strings.Cut(text, " ")
	began, err := strconv.ParseFloat(first, 64)
	ended, bad := strconv.ParseFloat(second, 64)
	if err != nil || bad != nil || !(ended >= began) || ended-began > 1e8 {
		return 0
	}
	return time.Duration((ended - began) * float64(time.Second))
}
