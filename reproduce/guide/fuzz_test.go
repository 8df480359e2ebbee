package guide

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzReadHost: whatever os-release says, only an AlmaLinux's rpm is asked, and
// a name is a short line.
func FuzzReadHost(f *testing.F) {
	f.Add("PRETTY_NAME=\"AlmaLinux 9.6 (Sage Margay)\"\nNAME=\"AlmaLinux\"\n")
	f.Add("NAME=\"AlmaLinux Kitten\"\nPRETTY_NAME=\"AlmaLinux Kitten 10 (Lion Cub)\"\n")
	f.Add("PRETTY_NAME=Fedora\r\n\x00\xff")
	f.Add("PRETTY_NAME=\"" + strings.Repeat("x", 300))
	path := filepath.Join(f.TempDir(), "os-release")
	f.Fuzz(func(t *testing.T, text string) {
		rewrite(t, path, text)
		h, err := ReadHost(path)
		if err != nil {
			t.Fatal(err)
		}
		if (h.Release != "") != (len(h.RPM) > 0) || strings.Contains(h.Name, "\n") || len([]rune(h.Name)) > 100 || !strings.Contains(text, h.Name) {
			t.Errorf("%q: %+v", text, h)
		}
	})
}

// FuzzReadHistory: what a person chooses from are lines of the file, the last
// ones, in their order, none of them empty, a time, or twice in a row.
func FuzzReadHistory(f *testing.F) {
	f.Add("ls\nls\n#1700000000\ngizmo add 2 2\n: 1700000000:0;gizmo\nalmatriage guide\n")
	f.Add(strings.Repeat("a\nb\n", 100))
	f.Add(": 1:2;\n: 1:2;: 3:4;x\n \t\n\x00\xff\r\n")
	f.Add("/usr/bin/almatriage-x\n\u00a0\n\u0085")
	path := filepath.Join(f.TempDir(), "history")
	f.Fuzz(func(t *testing.T, text string) {
		rewrite(t, path, text)
		lines, err := ReadHistory(path)
		if err != nil || len(lines) > historyLines {
			t.Fatalf("%q: %d lines, %v", text, len(lines), err)
		}
		rest := text
		for i, line := range lines {
			at := strings.Index(rest, line)
			if line == "" || line != strings.TrimSpace(line) && !strings.Contains(text, ";") || strings.Contains(line, "\n") || bashTime.MatchString(line) || at < 0 {
				t.Fatalf("%q gives %q", text, line)
			}
			if i > 0 && lines[i-1] == line {
				t.Fatalf("%q gives %q twice", text, line)
			}
			if len(lines) < historyLines { // all of them, so that each is behind the one before
				rest = rest[at+len(line):]
			}
		}
	})
}

// FuzzParseLimit: a limit is one that a run can keep.
func FuzzParseLimit(f *testing.F) {
	for _, s := range []string{"30s", "2m", "0s", "24h", "25h", "-5m", "1e9h", "", "1h1h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parseLimit(text)
		if (err == nil) != (d >= time.Second && d <= 24*time.Hour) {
			t.Fatalf("%q: %v, %v", text, d, err)
		}
		if err != nil {
			return
		}
		if again, err := parseLimit(d.String()); err != nil || again != d {
			t.Errorf("%q: %v, again %v, %v", text, d, again, err)
		}
	})
}

func rewrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
