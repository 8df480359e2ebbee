package safe_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/almatriage/almatriage/tracker/safe"
)

func TestJSON(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", `{"a":[1,"b"]}`, `{"a":[1,"b"]}`},
		{"C1 and DEL", "\"\u009b31m\x7f\"", `"\u009b31m\u007f"`},
		{"bidi", "\"\u202e\"", `"\u202e"`},
		{"separators", "\"\u2028\"", `"\u2028"`},
		{"tag, a surrogate pair", "\"\U000e0041\"", `"\udb40\udc41"`},
		{"not UTF-8", "\"\x9b\"", `"\ufffd"`},
		{"indented", "{\r\n\t\"a\": 1\n}", "{ \n\t\"a\": 1\n}"},
		{"raw ESC", "\"\x1b[2J\"", `"\u001b[2J"`},
		{"other scripts stay", `"日本é😀"`, `"日本é😀"`},
	} {
		if got := string(safe.JSON([]byte(c.in))); got != c.want {
			t.Errorf("%s: JSON(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func FuzzJSON(f *testing.F) {
	for _, a := range attacks {
		b, err := json.Marshal(a.in)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add([]byte(a.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got := safe.JSON(b)
		if r, bad := forbidden(string(got), '\n', '\t'); bad {
			t.Errorf("JSON(%q) lets %U through", b, r)
		}
		if !bytes.Equal(safe.JSON(got), got) {
			t.Errorf("JSON(%q) is not idempotent", b)
		}
		var before, after any
		if json.Unmarshal(b, &before) != nil {
			return
		}
		if err := json.Unmarshal(got, &after); err != nil || !reflect.DeepEqual(before, after) {
			t.Errorf("JSON changed the meaning of %q: %q, %v", b, got, err)
		}
	})
}

func TestFormula(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"text", "text"},
		{"a=b", "a=b"},
		{"=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"  =1", "'  =1"},
		{"\u200b=1", "'\u200b=1"},
		{"\t1", "'\t1"},
		{"\r1", "'\r1"},
		{"\n=1", "'\n=1"},
		{"＝1", "'＝1"},
		{"   ", "   "},
		{"'=1", "'=1"},
	} {
		if got := safe.Formula(c.in); got != c.want {
			t.Errorf("Formula(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzCell(f *testing.F) {
	for _, a := range attacks {
		f.Add(a.in)
	}
	f.Add(" \u2003=1+1")
	f.Fuzz(func(t *testing.T, s string) {
		cell := safe.Cell(s)
		if r, bad := forbidden(cell); bad || !utf8.ValidString(cell) {
			t.Errorf("Cell(%q) = %q lets %U through", s, cell, r)
		}
		if again := safe.Cell(cell); again != cell {
			t.Errorf("Cell is not idempotent: %q, %q", cell, again)
		}
		guarded := safe.Formula(cell)
		if trimmed := strings.TrimSpace(guarded); trimmed != "" && strings.ContainsAny(trimmed[:1], "=+-@") {
			t.Errorf("Formula(%q) = %q", cell, guarded)
		}
		if safe.Formula(guarded) != guarded {
			t.Errorf("Formula(%q) is not idempotent", cell)
		}
	})
}

func TestFileName(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"nmcli.log", "nmcli.log"},
		{"", "unnamed"},
		{"..", "unnamed"},
		{"../../etc/passwd", "_.._etc_passwd"},
		{"..%2f..%2fetc", "_2f.._2fetc"},
		{`C:\temp\x`, "C__temp_x"},
		{"-rf", "rf"},
		{".bashrc", "bashrc"},
		{"~root", "root"},
		{"a\x1b[2Jb\x00.txt", "ab.txt"},
		{"gpj\u202e.exe", "gpj.exe"},
		{"con.txt", "_con.txt"},
		{"LPT1", "_LPT1"},
		{"$(reboot).sh", "_(reboot).sh"},
		{"日本.txt", "日本.txt"},
		{strings.Repeat("x", 300) + ".log", strings.Repeat("x", 124) + ".log"},
	} {
		if got := safe.FileName(c.in); got != c.want {
			t.Errorf("FileName(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzFileName(f *testing.F) {
	for _, a := range attacks {
		f.Add(a.in)
	}
	f.Add("nul" + strings.Repeat(".x", 200))
	f.Add(strings.Repeat("é ", 100) + "." + strings.Repeat("日", 20))
	f.Fuzz(func(t *testing.T, s string) {
		name := safe.FileName(s)
		if name == "" || len(name) > 128 || strings.ContainsAny(name, "/\\") || strings.ContainsAny(name[:1], "-.~ ") {
			t.Errorf("FileName(%q) = %q", s, name)
		}
		if r, bad := forbidden(name); bad || !utf8.ValidString(name) {
			t.Errorf("FileName(%q) = %q lets %U through", s, name, r)
		}
		if again := safe.FileName(name); again != name {
			t.Errorf("FileName is not idempotent: %q, %q", name, again)
		}
	})
}

func TestURL(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"https://bugs.almalinux.org/view.php?id=622", "https://bugs.almalinux.org/view.php?id=622", true},
		{"HTTP://example.org", "http://example.org", true},
		{"http://[::1]:8080/x#y", "http://[::1]:8080/x#y", true},
		{"", "", false},
		{"javascript:alert(1)", "", false},
		{"file:///etc/passwd", "", false},
		{"//example.org", "", false},
		{"https:example.org", "", false},
		{"https://", "", false},
		{"https://:80/", "", false},
		{"https://user:secret@example.org", "", false},
		{"https://bugs.almalinux.org@evil.example", "", false},
		{"https://example.org/\x1b]8;;\a", "", false},
		{"https://example.org/\u202egpj", "", false},
		{"https://example.org/a b", "", false},
		{"https://example.org/;`reboot`", "", false},
		{"https://аlmalinux.org/", "", false},
		{"--help", "", false},
		{"https://example.org/" + strings.Repeat("x", 5000), "", false},
	} {
		got, ok := safe.URL(c.in)
		if got != c.want || ok != c.ok {
			t.Errorf("URL(%q) = %q, %v, want %q, %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func FuzzURL(f *testing.F) {
	f.Add("https://bugs.almalinux.org/view.php?id=622#c1")
	f.Add("http://[fe80::1%25en0]/%zz?\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := safe.URL(s)
		if !ok {
			return
		}
		if r, bad := forbidden(got); bad || !strings.HasPrefix(got, "http") || strings.ContainsAny(got, " \"'`") {
			t.Errorf("URL(%q) = %q lets %U through", s, got, r)
		}
		if again, ok := safe.URL(got); !ok || again != got {
			t.Errorf("URL is not idempotent: %q, %q, %v", got, again, ok)
		}
	})
}
