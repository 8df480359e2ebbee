package rpm

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// FuzzParseNEVRA: a package is read again from what it is written as, and what
// is found in a text stands in it.
func FuzzParseNEVRA(f *testing.F) {
	f.Add("1:grub2-tools-2.06-104.el9_6.alma.1.src.rpm")
	f.Add("bash-5.1.8-9.el9.x86_64")
	f.Add("java-1.8.0-openjdk-1:1.8.0.452-1.el9.x86_64")
	f.Add("x-1-1.rpm.rpm")
	f.Add("see bash-5.1.8-9.el9, and bash-5.1.8-9.el9.")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ParseNEVRA(s); err == nil {
			if p.Name == "" || p.EVR.Version == "" || p.EVR.Release == "" {
				t.Fatalf("%q: %+v", s, p)
			}
			// The suffix of a file is no part of a package: only one is taken off.
			if again, err := ParseNEVRA(p.NEVRA()); !strings.HasSuffix(p.NEVRA(), ".rpm") && (err != nil || again.NEVRA() != p.NEVRA()) {
				t.Fatalf("%q is %s and again %s, %v", s, p.NEVRA(), again.NEVRA(), err)
			}
		}
		seen := map[string]bool{}
		for _, p := range FindNVRs(s) {
			if seen[p.NVR()] || !strings.Contains(s, p.Name) || !strings.Contains(s, p.EVR.Version+"-"+p.EVR.Release) {
				t.Fatalf("%q: %s is found", s, p.NEVRA())
			}
			seen[p.NVR()] = true
		}
	})
}

// FuzzParseQuery: whatever a container tells, a set holds its packages in
// order, finds each of them, is the same when it was stored, and a closure
// names each source once, nearest first.
func FuzzParseQuery(f *testing.F) {
	f.Add([]byte("P\ta\t1\t1\t1\tx\ta-1-1.src.rpm\tv\tm:s:1:c\nR\t(a if b)\nV\ta\nF\ta\t/bin/a\n"))
	f.Add([]byte("P\ta\t(none)\t1\t1\tx86_64\tz-1-1.src.rpm\tv\t(none)\nR\tb\nP\tb\t0\t1~2\t1\t(none)\t(none)\t(none)\t(none)\nR\ta\nV\tc = 1\n"))
	f.Add([]byte("P\ta\t1\t1\t1\tx\ty\tv\t:\nP\ta\t1\t1\t1\tx\ty\tv\t:\n"))
	f.Add([]byte("R\tx\n\xff\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := ParseQuery(data)
		if err != nil {
			if set != nil {
				t.Fatalf("%q: a set in spite of %v", data, err)
			}
			return
		}
		list := set.Packages()
		if !slices.IsSortedFunc(list, func(a, b Package) int { return strings.Compare(a.Name, b.Name) }) {
			t.Fatalf("%q: not in order", data)
		}
		for _, p := range list {
			if len(set.Find(p.Name)) == 0 || len(set.BySource(p.Source)) == 0 {
				t.Fatalf("%q: %s of %q is not found", data, p.NEVRA(), p.Source)
			}
			checkClosure(t, data, set, p.Source)
		}
		checkStored(t, data, set)
	})
}

func checkClosure(t *testing.T, data []byte, set *Set, source string) {
	t.Helper()
	seen, distance := map[string]bool{source: true}, 1
	for _, m := range set.Closure(source) {
		if seen[m.Source] || m.Distance < distance || len(m.Packages) == 0 {
			t.Fatalf("%q: the closure of %q meets %+v", data, source, m)
		}
		seen[m.Source], distance = true, m.Distance
	}
}

func checkStored(t *testing.T, data []byte, set *Set) {
	t.Helper()
	stored, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	var again Set
	if err := json.Unmarshal(stored, &again); err != nil {
		t.Fatal(err)
	}
	// JSON has no bytes that are not UTF-8: such names are stored changed.
	if strings.ToValidUTF8(string(data), "") == string(data) && again.Hash() != set.Hash() {
		t.Errorf("%q: stored it is another set", data)
	}
	if changes := Diff(&again, &again); len(changes) > 0 {
		t.Errorf("%q: it differs from itself: %+v", data, changes)
	}
}

// FuzzParseChangelog: entries have a date and whole lines; a changelog has
// nothing that itself does not have; what an entry names stands in the text.
func FuzzParseChangelog(f *testing.F) {
	f.Add(changes)
	f.Add("* Mon May 19 2025 A <a@b> - 1-1\r\n- a\r\n b (BZ 1234567)\n* Mon May 19 2025\n")
	f.Add("- before\n* Mon May  9 12:00:00 +0200 2025 [1:2-3]\nno dash\n")
	f.Fuzz(func(t *testing.T, text string) {
		entries := ParseChangelog(text)
		if only := OnlyIn(entries, entries); len(only) > 0 {
			t.Fatalf("%q: it does not have its own %+v", text, only)
		}
		if all := OnlyIn(entries, nil); len(all) != len(entries) {
			t.Fatalf("%q: of %d entries %d are left", text, len(entries), len(all))
		}
		for _, e := range entries {
			if e.Date == "" || !strings.Contains(text, e.Date) || !strings.Contains(text, e.EVR) || !strings.Contains(text, e.Author) {
				t.Fatalf("%q: %+v", text, e)
			}
			for _, line := range e.Lines {
				if strings.ContainsAny(line, "\n") || line != strings.TrimSpace(line) {
					t.Fatalf("%q: the line %q", text, line)
				}
			}
			for _, ref := range References(e) {
				if number := strings.TrimPrefix(ref, "rhbz#"); number == "" || !strings.Contains(text, number) {
					t.Fatalf("%q: names %q", text, ref)
				}
			}
		}
	})
}
