package tracker_test

import (
	"strings"
	"testing"

	"github.com/almatriage/almatriage/tracker"
)

// FuzzParseID: an id is read back from what it is written as, by all readers.
func FuzzParseID(f *testing.F) {
	for _, s := range []string{"almbz#622", "AlmaLinux/container-images#12", "a#+1", "#1", "a#0", "a##1", "a#9223372036854775808", "a b#1", "a#-1", "a#1 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := tracker.ParseID(s)
		if err != nil {
			if !id.IsZero() || !strings.Contains(err.Error(), "is not a report id") {
				t.Fatalf("%q: %v in spite of %v", s, id, err)
			}
			return
		}
		if id.Number < 1 || id.Space == "" || strings.ContainsAny(id.Space, " \t\r\n#") {
			t.Fatalf("%q: %+v", s, id)
		}
		if again, err := tracker.ParseID(id.String()); err != nil || again != id {
			t.Fatalf("%q: %v, but again %v, %v", s, id, again, err)
		}
	})
}

// FuzzOSRelease: whatever the file, a release has the form of one, and a
// quotation of the file tells the same.
func FuzzOSRelease(f *testing.F) {
	f.Add(stable96)
	f.Add(kitten)
	f.Add("PRETTY_NAME='AlmaLinux 8.10 (Cerulean Leopard)'\r\nALMALINUX_MANTISBT_PROJECT=\"AlmaLinux-8\"\nALMALINUX_MANTISBT_PROJECT_VERSION=\"8.10\"\n")
	f.Add("NAME=\"Fedora Linux\"\nPRETTY_NAME=\"Fedora Linux 44\"\n")
	f.Add("PRETTY_NAME=AlmaLinux 9.123\nNAME=AlmaLinux 10")
	f.Fuzz(func(t *testing.T, text string) {
		release := tracker.OSRelease(text)
		if !releaseForm.MatchString(release) {
			t.Fatalf("%q: release %q", text, release)
		}
		quoted := "> " + strings.ReplaceAll(text, "\n", "\n> ")
		if again := tracker.OSRelease(quoted); again != release {
			t.Errorf("%q: %q, in a quotation %q", text, release, again)
		}
		report := tracker.Report{Body: text}
		tracker.Derive(&report)
		if release != "" && report.Release == "" {
			t.Errorf("%q: %q, and in a report nothing", text, release)
		}
	})
}

// FuzzMarkedHash: of a note with our marker the hash is found, whatever the
// note says; of any other text only one that stands in its last line.
func FuzzMarkedHash(f *testing.F) {
	f.Add("It also happens on Stream.")
	f.Add("almatriage:0123456789abcdef")
	f.Add("almatriage:0123456789abcdef\nand more")
	f.Add("<!-- almatriage:0123456789abcdef -->\r\n \n")
	f.Add("almatriage:0123456789ABCDEF almatriage:0123456789abcdef")
	f.Fuzz(func(t *testing.T, text string) {
		note := tracker.Note{Text: text}
		for _, posted := range []string{text + "\n\n" + note.Marker(), text + "\n<!-- " + note.Marker() + " -->\n"} {
			if hash, ok := tracker.MarkedHash(posted); !ok || hash != note.Hash() {
				t.Errorf("%q: %q, %v", posted, hash, ok)
			}
		}
		hash, ok := tracker.MarkedHash(text)
		if ok != (hash != "") || ok && (len(hash) != 16 || !strings.Contains(text, "almatriage:"+hash)) {
			t.Errorf("%q: %q, %v", text, hash, ok)
		}
		if _, still := tracker.MarkedHash(text + "\nx"); still {
			t.Errorf("%q: the marker counts above the last line", text)
		}
	})
}
