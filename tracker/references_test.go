package tracker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker"
)

func keysOf(refs []tracker.Reference) []string {
	var keys []string
	for _, ref := range refs {
		keys = append(keys, string(ref.Kind)+" "+ref.Key)
	}
	return keys
}

func TestFindReferences(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"nothing to see in 2026", nil},
		{"see RHEL-12345, and RHEL-12345 again", []string{"jira RHEL-12345"}},
		{"https://issues.redhat.com/browse/RHEL-163191 https://redhat.atlassian.net/browse/RHEL-163191", []string{"jira RHEL-163191"}},
		{"https://redhat.atlassian.net/browse/RHEL-42?focusedId=7", []string{"jira RHEL-42"}},
		{"RHEL-9, RHEL-10, RHEL-10.1 and RHEL-8.10.0 are systems", nil},
		{"rhel-9-for-x86_64-baseos-rpms", nil},
		{"rhbz#1908127 and RHBZ #1908128", []string{"rhbz rhbz#1908127", "rhbz rhbz#1908128"}},
		{"BZ#1908127, bz 1908128", []string{"rhbz rhbz#1908127", "rhbz rhbz#1908128"}},
		{"glibc BZ #32470 is another project's", nil},
		{"https://bugzilla.redhat.com/show_bug.cgi?id=1908127#c3", []string{"rhbz rhbz#1908127"}},
		{"https://bugzilla.redhat.com/show_bug.cgi?format=multiple&id=1908127", []string{"rhbz rhbz#1908127"}},
		{"<https://bugzilla.redhat.com/1908127>", []string{"rhbz rhbz#1908127"}},
		{"cve-2024-6387 CVE-2024-6387", []string{"cve CVE-2024-6387"}},
		{"XCVE-2024-6387 CVE-24-1", nil},
		{"ALSA-2026:A001 ALBA-2025:12345 ALEA-2025:1234", []string{"advisory ALSA-2026:A001", "advisory ALBA-2025:12345", "advisory ALEA-2025:1234"}},
		{"https://errata.almalinux.org/9/ALSA-2026-A002.html", []string{"advisory ALSA-2026:A002"}},
		{"https://access.redhat.com/errata/RHSA-2026%3A1234 RHBA-2026:2 RHEA-2026:4321", []string{"advisory RHSA-2026:1234", "advisory RHEA-2026:4321"}},
		{"almbz#14, ambz#16, almbz #17", []string{"report almbz#14", "report almbz#16", "report almbz#17"}},
		{"https://bugs.almalinux.org/view.php?id=153#c399", []string{"report almbz#153"}},
		{"https://bugs.almalinux.org/view.php?foo=1&id=153", []string{"report almbz#153"}},
		{"duplicate of 0000123, see #0000124", []string{"report almbz#123", "report almbz#124"}},
		{"0000010 7f 45 4c 46\n0000020 00 00", nil},
		{"0000000 is none", nil},
		{"AlmaLinux/container-images#12", []string{"github AlmaLinux/container-images#12"}},
		{"(almalinux/Container-Images#12) AlmaLinux/container-images#12", []string{"github almalinux/Container-Images#12"}},
		{"https://github.com/AlmaLinux/wiki/issues/7#issuecomment-1 https://github.com/sosreport/sos/pull/3870",
			[]string{"github AlmaLinux/wiki#7", "github sosreport/sos#3870"}},
		{"https://notgithub.com/a/b/issues/1 https://github.com.example.org/a/b/issues/1", nil},
		{"https://gitlab.com/redhat/centos-stream/rpms/bash/-/merge_requests/12", []string{"mergerequest redhat/centos-stream/rpms/bash!12"}},
		{"redhat/centos-stream/rpms/bash!12", []string{"mergerequest redhat/centos-stream/rpms/bash!12"}},
		{"https://git.almalinux.org/rpms/grafana/src/branch/a9.", []string{"distgit https://git.almalinux.org/rpms/grafana/src/branch/a9"}},
		{"https://bugs.centos.org/view.php?id=16000", []string{"centos centos#16000"}},
		{"CVE-2024-1111 RHEL-2222 CVE-2024-3333", []string{"cve CVE-2024-1111", "jira RHEL-2222", "cve CVE-2024-3333"}},
	} {
		if diff := cmp.Diff(c.want, keysOf(tracker.FindReferences(c.text))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}

// A changelog repeats itself: what comes late is found all the same.
func TestFindReferencesAfterManyEqualOnes(t *testing.T) {
	got := keysOf(tracker.FindReferences(strings.Repeat("CVE-2024-1111 ", 1000) + "CVE-2024-2222"))
	if diff := cmp.Diff([]string{"cve CVE-2024-1111", "cve CVE-2024-2222"}, got); diff != "" {
		t.Error(diff)
	}
}

// What is hostile costs time in proportion to its length, and memory for a
// bounded number of references.
func TestFindReferencesIsBounded(t *testing.T) {
	many := &strings.Builder{}
	for i := range 100_000 {
		fmt.Fprintf(many, "CVE-2024-%06d ", i)
	}
	if n := len(tracker.FindReferences(many.String())); n == 0 || n > 1000 {
		t.Errorf("%d references in a text full of them", n)
	}
	// Generous, for a busy machine and the race detector; what grows with the
	// square of 128 KiB takes minutes.
	const limit = time.Minute
	for _, piece := range []string{"a", "RHEL-", "a/b#", "https://github.com/", "redhat/centos-stream/", "https://git.almalinux.org/", "AlmaLinux ", "a-1-2.el", "0000"} {
		started := time.Now()
		r := tracker.Report{Title: strings.Repeat(piece, (128<<10)/len(piece))}
		tracker.Derive(&r)
		tracker.Sometimes(r)
		if took := time.Since(started); took > limit {
			t.Errorf("128 KiB of %q took %v", piece, took)
		}
	}
}

func FuzzFindReferences(f *testing.F) {
	f.Add("RHEL-12345 rhbz#1908127 CVE-2024-1234 ALSA-2026:A001 almbz#14 a/b#12 redhat/centos-stream/rpms/bash!12")
	f.Add("https://git.almalinux.org/rpms/bash/commit/0123456 https://bugs.centos.org/view.php?id=1 https://github.com/a/b/pull/2")
	f.Add("0000123 #0000124 https://redhat.atlassian.net/browse/RHEL-1")
	f.Fuzz(func(t *testing.T, text string) {
		seen := map[string]bool{}
		for _, ref := range tracker.FindReferences(text) {
			if ref.Key == "" || ref.Kind == "" || seen[strings.ToLower(ref.Key)] {
				t.Fatalf("empty or twice: %+v", ref)
			}
			seen[strings.ToLower(ref.Key)] = true
			if ref.URL != "" && !strings.HasPrefix(ref.URL, "https://") && !strings.HasPrefix(ref.URL, "http://") {
				t.Fatalf("not a link: %+v", ref)
			}
			if strings.ContainsAny(ref.Key+ref.URL, " \t\r\n\x00\x1b\"<>") {
				t.Fatalf("unclean: %+v", ref)
			}
			if again, ok := tracker.ParseReference(ref.Key); !ok || again.Key != ref.Key || again.Kind != ref.Kind {
				t.Fatalf("%+v is not found by its own key: %+v", ref, again)
			}
		}
	})
}

// A text with most forms in it, repeated: bytes a second.
func BenchmarkFindReferences(b *testing.B) {
	text := strings.Repeat("See RHEL-12345 (rhbz#1908127, CVE-2024-1234), https://github.com/AlmaLinux/wiki/issues/7 and almbz#14.\n", 600)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tracker.FindReferences(text)
	}
}
