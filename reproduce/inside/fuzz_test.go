package inside

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// FuzzParseVerdict: a verdict says what was written, in the words of its file;
// nothing else is one.
func FuzzParseVerdict(f *testing.F) {
	f.Add([]byte("step test\nstatus 3\noom_kills 1\npids_max 2\nend abc\n"), "abc")
	f.Add([]byte("step \nstatus +3\noom_kills 01\npids_max 0\nend \n"), "")
	f.Add([]byte("step test\nstatus 3\noom_kills 1\npids_max 9223372036854775808\nend abc"), "abc")
	f.Add([]byte("\n\n\n\n"), "")
	f.Fuzz(func(t *testing.T, data []byte, nonce string) {
		v, err := ParseVerdict(data, nonce)
		if err != nil {
			if v != (Verdict{}) {
				t.Fatalf("%q: %+v in spite of %v", data, v, err)
			}
			return
		}
		if v.Status < 0 || v.Status > 255 || v.OOMKills < 0 || v.PidsMax < 0 || strings.Contains(string(v.Step), "\n") {
			t.Fatalf("%q: %+v", data, v)
		}
		written := fmt.Appendf(nil, "step %s\nstatus %d\noom_kills %d\npids_max %d\nend %s\n", v.Step, v.Status, v.OOMKills, v.PidsMax, nonce)
		if again, err := ParseVerdict(written, nonce); err != nil || again != v {
			t.Fatalf("%q: %+v is again %+v, %v", data, v, again, err)
		}
		if _, err := ParseVerdict(data, nonce+"x"); err == nil {
			t.Fatalf("%q is the verdict of another container, too", data)
		}
	})
}

// FuzzSplitter: in whatever pieces a stream comes, its lines are the same, no
// line is longer than the longest, and but for marks and line feeds every byte
// of it is given.
func FuzzSplitter(f *testing.F) {
	f.Add([]byte("podman's\n\x1en test\none\n\x00\xff\x1b]52;c;eA==\a\nhalf\x1en done\nlast"), 3)
	f.Add([]byte(strings.Repeat("x", maxLineLength)+"\n\x1en \n\x1en"), 1000)
	f.Add([]byte("\x1en a\x1en b\n"), 1)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		read := func(size int) (lines []string, whole bool) {
			var given int64
			s := NewSplitter("n", func(l Line) {
				if len(l.Text) > maxLineLength {
					t.Fatalf("a line of %d bytes", len(l.Text))
				}
				if l.Section != BeforeMarks {
					given += int64(len(l.Text))
					if !l.Cut {
						given++
					}
				}
				lines = append(lines, fmt.Sprintf("%q %v %q", l.Section, l.Cut, l.Text))
			}, func() {})
			feed := s.Feed(reproduce.Stdout)
			for piece := range slices.Chunk(data, size) {
				if n, err := feed.Write(piece); n != len(piece) || err != nil {
					t.Fatalf("%d of %d bytes were taken: %v", n, len(piece), err)
				}
			}
			if err := feed.Close(); err != nil || s.Total() != given || s.Started().IsZero() != !bytes.Contains(data, []byte("\x1en ")) && len(data) < maxLineLength {
				t.Fatalf("%q: %v, total %d of %d, begun at %s", data, err, s.Total(), given, s.Started())
			}
			return lines, s.Whole()
		}
		want, _ := read(max(1, len(data)))
		got, whole := read(max(1, min(size, len(data))))
		if diff := cmp.Diff(want, got); diff != "" || whole {
			t.Fatalf("%q in pieces of %d (whole: %v): %s", data, size, whole, diff)
		}
	})
}

// FuzzFacts: whatever a test prints and leaves, what is kept is bounded, every
// byte is counted once, and what is for people is valid text.
func FuzzFacts(f *testing.F) {
	f.Add([]byte("out\nboom\n"), []byte("+ boom\n"), []byte("nosuch\nnosuch\n"), uint16(1))
	f.Add([]byte("\xff\x00\x1b[31m\n"+strings.Repeat("é", 400)+"\n"), []byte{}, []byte(strings.Repeat("é", 80)+"x\n"), uint16(3))
	f.Add([]byte("cp: error writing 'x': No space left on device\n"), []byte("\n\n"), []byte(strings.Repeat("a", 99)+"\xc3\xa9\n\n \n"), uint16(900))
	f.Fuzz(func(t *testing.T, out, trace, left []byte, times uint16) {
		recipe := &reproduce.Recipe{Test: "set -v\nboom"}
		l := NewTestLog(reproduce.AttemptSpec{Recipe: recipe, Pattern: regexp.MustCompile("boom")}, time.Now)
		var printed int64
		lines := bytes.Split(out, []byte{'\n'})
		for i := range min(int(times), 200) {
			for _, text := range lines {
				l.Take(Line{Section: Section(reproduce.StepTest), Stream: []reproduce.Stream{reproduce.Stdout, reproduce.Stderr}[i%2], Text: text})
				printed += int64(len(text)) + 1
			}
		}
		l.Take(Line{Section: Section(reproduce.StepPrecheck), Stream: reproduce.Stderr, Text: out})
		facts, log := l.Facts(Ended{End: reproduce.EndExited, Step: reproduce.StepPrecheck, Verdict: Verdict{Step: reproduce.StepTest, Status: 1}},
			Leavings{Trace: trace, Missing: left, Problem: errors.New("a link")})
		checkKept(t, log, printed, bytes.Count(trace, []byte("\n"))+min(1, len(trace)-bytes.LastIndexByte(trace, '\n')-1))
		for _, text := range append(facts.Missing, facts.Excerpt, facts.Detail) {
			if !utf8.ValidString(text) {
				t.Fatalf("not valid: %q", text)
			}
		}
		once := slices.Compact(slices.Sorted(slices.Values(facts.Missing)))
		if len(facts.Missing) > 20 || len(once) != len(facts.Missing) || len(facts.Excerpt) > 2*maxExcerpt {
			t.Fatalf("missing %q, excerpt %q", facts.Missing, facts.Excerpt)
		}
		if facts.Match.Count < 0 || int64(facts.Match.Count) > printed || facts.Status != 1 || facts.End != reproduce.EndExited {
			t.Fatalf("%+v", facts)
		}
	})
}

// checkKept: what is kept and what is dropped of the test's own output is all
// that it printed, and no more is kept than may be. The last lines, so many, are
// of a file of bash's.
func checkKept(t *testing.T, log reproduce.Log, printed int64, traced int) {
	t.Helper()
	var kept int64
	for i, line := range log.Lines {
		if len(line.Text) > maxLogLine {
			t.Fatalf("a line of %d bytes", len(line.Text))
		}
		if i < len(log.Lines)-traced {
			kept += int64(len(line.Text)) + 1
		}
	}
	// A long line is kept as several.
	if log.Bytes != printed || kept+log.Dropped < printed || kept+log.Dropped > printed+printed/maxLogLine+1 || kept > keptHead+keptTail {
		t.Fatalf("%d bytes printed, %d told, %d kept, %d dropped", printed, log.Bytes, kept, log.Dropped)
	}
}

// FuzzReadPrint: an image's own account of itself becomes a fingerprint that
// answers for every entry of require, or an error.
func FuzzReadPrint(f *testing.F) {
	f.Add([]byte("\x1en os-release\nID=\"almalinux\"\nVERSION_ID='9.6'\n\x1en arch\nx86_64\n\x1en repos\nRepo-id : baseos\nRepo-revision : 1:2\n\x1en packages\nP\ta\t1\t1\t1\tx86_64_v2\ta-1-1.src.rpm\tv\tm:s:1:c\n"), "a")
	f.Add([]byte("\x1en repos\nRepo-revision : 1\nRepo-id\n:\n\x1en packages\nR\t(a if b)\n"), "")
	f.Add([]byte("\x1en os-release\nA=\"\nB='\"\n=c\n#D=e\nF=\"\\\\\\$\"\n\xff=\x00\n"), "/bin/sh")
	f.Fuzz(func(t *testing.T, data []byte, want string) {
		var said Sections
		feed := NewSplitter("n", said.Take, func() {}).Feed(reproduce.Stdout)
		if _, err := feed.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := feed.Close(); err != nil {
			t.Fatal(err)
		}
		print, err := ReadPrint(&said, []string{want})
		if err != nil {
			return
		}
		if _, ok := print.Required[want]; !ok || said.TooMuch() || print.Packages == nil {
			t.Fatalf("%q: %+v", data, print)
		}
		for name := range print.OSRelease {
			if name == "" || strings.ContainsAny(name, " \t#=\n") {
				t.Fatalf("%q: the name %q", data, name)
			}
		}
		if !slices.IsSortedFunc(print.Repos, func(a, b reproduce.Repo) int { return strings.Compare(a.ID, b.ID) }) {
			t.Fatalf("%q: %+v", data, print.Repos)
		}
		if print.Level != "" && !strings.HasPrefix(print.Level, "x86-64-v") {
			t.Fatalf("%q: level %q", data, print.Level)
		}
		AddChangelogs(&print, &said, WantedChangelogs(&print, []string{"a", want}))
	})
}

// FuzzOffers: what is chosen was offered in the wanted version, and not as an
// old architecture's; a package that is missing was wanted.
func FuzzOffers(f *testing.F) {
	f.Add("a\t0\t1\t1\tx86_64\ta-1-1.src.rpm\n", "a")
	f.Add("Last metadata expiration check\na\t(none)\t1\t1\ti686\ty\n", "b")
	f.Add("\t\t\t\t\t\n\xff\t0\t1\t1\tx\t\n", "")
	f.Fuzz(func(t *testing.T, text, want string) {
		offers := ParseOffers(text)
		if len(offers) > strings.Count(text, "\n")+1 {
			t.Fatalf("%q: %d offers", text, len(offers))
		}
		for _, p := range offers {
			if strings.ContainsAny(p.Name+p.Arch, "\t\n") {
				t.Fatalf("%q: %+v", text, p)
			}
		}
		all := slices.Clone(offers)
		control := &reproduce.Control{Source: "a", EVR: rpm.EVR{Version: "1", Release: "1"}, Packages: []string{want}}
		chosen, missing := Choose(offers, control)
		if missing != "" && (missing != want || chosen != nil) {
			t.Fatalf("%q: %q is missing, chosen are %q", text, missing, chosen)
		}
		for _, name := range chosen {
			if !slices.ContainsFunc(all, func(p rpm.Package) bool { return p.NEVRA() == name && p.Arch != "i686" }) {
				t.Fatalf("%q: %q was not offered", text, name)
			}
		}
	})
}

// FuzzBlame: a failed step always has a sentence, of one valid line.
func FuzzBlame(f *testing.F) {
	f.Add("Error: Unable to find a match: x\nNo match for argument: x\n", 1)
	f.Add("curl error (6): "+strings.Repeat("é", 200), 255)
	f.Add("x"+strings.Repeat("é", 200), 255)
	f.Add("\xff\x00\r", -1)
	f.Fuzz(func(t *testing.T, output string, status int) {
		e := &reproduce.StepError{Target: "alma9", Step: reproduce.StepRequire}
		Blame(e, strings.Split(output, "\n"), status)
		if e.Message == "" || e.Advice == "" || !utf8.ValidString(e.Message) || strings.Contains(e.Message, "\n") || len(e.Message) > 500 {
			t.Fatalf("%q: %+v", output, e)
		}
	})
}
