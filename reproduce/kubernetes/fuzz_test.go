package kubernetes

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

const fuzzNonce = "0123456789abcdef0123456789abcdef"

// FuzzPodLog: a log without our mark, which no test knows, ends nothing and is
// no verdict; one that came in two goes says what it says in one.
func FuzzPodLog(f *testing.F) {
	for _, log := range []string{
		"o1 MARKprepare\ne1 MARKprepare\no2 MARKtest\no3 out\ne2 MARKtest\ne3 err\no4 MARK=begin\no5 MARK=verdict status 3\no6 MARK=packages ab\no7 MARK=machine x86_64 6.1\n" +
			"o8 MARK=uptime 1.5 3.25\no9 MARK=end\ne4 MARK=end\n",
		"o1+half a\no2 line\no3 half MARK=verdict status 0\no5 MARK=end\n",
		"o1 \x1e" + strings.Repeat("f", 32) + " =verdict status 0\no2 =end\n",
		"Error from server: unable to retrieve container logs\n",
		"o0 x\no-1 x\no9223372036854775807 x\no99999999999999999999 x\nx1 y\n \no+\n",
		"o1 " + strings.Repeat("long", 5000) + "\no2 MARK=uptime nan inf\no3 MARK=changed\no4 MARK=open\n",
		"o1 \x00\xff\u202e\x1b[2J\r\ne1",
	} {
		data := strings.ReplaceAll(log, "MARK", "\x1e"+fuzzNonce+" ")
		f.Add([]byte(data), len(data)/2)
	}
	read := func(parts ...[]byte) (*podLog, []string) {
		var lines []string
		log := newPodLog(fuzzNonce, func(l inside.Line) { lines = append(lines, string(l.Stream)+" "+string(l.Text)) }, func(string) {})
		for _, part := range parts {
			log.read(bytes.NewReader(part))
		}
		return log, lines
	}
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		once, lines := read(data)
		if !bytes.Contains(data, []byte("\x1e"+fuzzNonce+" ")) && (once.over() || once.whole() || once.step != "" || !cmp.Equal(once.left, leavings{}, cmp.AllowUnexported(leavings{}))) {
			t.Fatalf("%q: %+v", data, once)
		}
		if once.left.duration < 0 || len(once.words) > 50 || len(once.left.verdict) > 1<<20 {
			t.Fatalf("%q: %+v", data, once)
		}
		if cut < 0 || cut > len(data) {
			return
		}
		twice, again := read(data[:cut], data)
		if diff := cmp.Diff(once.left, twice.left, cmp.AllowUnexported(leavings{})); diff != "" || once.whole() != twice.whole() || once.step != twice.step || !slices.Equal(lines, again) {
			t.Fatalf("%q, cut at %d: %s\n%q\n%q", data, cut, diff, lines, again)
		}
	})
}

// FuzzPod: whatever the cluster tells of a pod, it never is an end that a
// verdict could be read from, and what people read of it is a short line.
func FuzzPod(f *testing.F) {
	shapes, err := filepath.Glob("testdata/shapes/*")
	if err != nil || len(shapes) == 0 {
		f.Fatal(shapes, err)
	}
	for _, name := range shapes {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, true)
	}
	f.Add([]byte(`{"Items":[{"Status":{"Reason":"Evicted","Message":"`+strings.Repeat(`é\n`, 400)+`"}},{"Status":{"ContainerStatuses":[{"Name":"test","State":{"Terminated":{"ExitCode":-1}}}]}}]}`), false)
	f.Add([]byte(`{"Items":[null,{"Metadata":{"Labels":null}}]}`), false)
	line := func(t *testing.T, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if strings.ContainsAny(text, "\n\r") || !utf8.ValidString(text) || len(text) > 1000 {
				t.Fatalf("not a line: %q", text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, began bool) {
		line(t, complaint(string(data)))
		var pods list[pod]
		var objects list[made]
		if json.Unmarshal(data, &pods) != nil || json.Unmarshal(data, &objects) != nil {
			return
		}
		for i := range pods.Items {
			p := &pods.Items[i]
			why, gone := p.blocked()
			end, detail := p.end(began)
			line(t, why, p.waits(), detail)
			if gone && why == "" || !slices.Contains([]reproduce.End{reproduce.EndLost, reproduce.EndDisk, reproduce.EndTimeout, reproduce.EndEngine, reproduce.EndMemory}, end) {
				t.Fatalf("%+v: %q, %t, ended %s", p, why, gone, end)
			}
			if c := p.test(); c != nil {
				if digest := digestOf(c.ImageID); digest != "" && len(digest) != len("sha256:")+64 {
					t.Fatalf("%q is the digest %q", c.ImageID, digest)
				}
			}
		}
	})
}

// FuzzParsePlace: a place is read as it was written, and one that cannot be is
// an image that is gone.
func FuzzParsePlace(f *testing.F) {
	f.Add(place{image: "quay.io/a/b@sha256:ab", prepare: true, control: []string{"a=1", "b&c"}, packages: "x y", arch: "amd64"}.String())
	f.Add("quay.io/a/b@sha256:ab?%zz")
	f.Add("localhost/a:b")
	f.Fuzz(func(t *testing.T, id string) {
		first, err := parsePlace(id)
		if err != nil {
			return
		}
		again, err := parsePlace(first.String())
		if diff := cmp.Diff(first, again, cmp.AllowUnexported(place{})); err != nil || diff != "" {
			t.Fatalf("%q: %v %s", id, err, diff)
		}
	})
}
