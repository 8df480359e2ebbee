package tracker_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker"
)

const (
	stable96 = "NAME=\"AlmaLinux\"\nVERSION=\"9.6 (Sage Margay)\"\nID=\"almalinux\"\nVERSION_ID=\"9.6\"\nPRETTY_NAME=\"AlmaLinux 9.6 (Sage Margay)\"\n\n" +
		"ALMALINUX_MANTISBT_PROJECT=\"AlmaLinux-9\"\nALMALINUX_MANTISBT_PROJECT_VERSION=\"9.6\"\n"
	kitten = "NAME=\"AlmaLinux Kitten\"\nID=\"almalinux\"\nVERSION_ID=\"10\"\nPRETTY_NAME=\"AlmaLinux Kitten 10 (Lion Cub)\"\n" +
		"ALMALINUX_MANTISBT_PROJECT=\"AlmaLinux-10\"\n"
	stream9 = "NAME=\"CentOS Stream\"\nID=\"centos\"\nVERSION_ID=\"9\"\nPRETTY_NAME=\"CentOS Stream 9\"\n"
)

func TestDeriveRelease(t *testing.T) {
	type report = tracker.Report
	for _, c := range []struct {
		name string
		r    report
		want string
	}{
		{"nothing", report{Title: "It crashes"}, ""},
		{"os-release", report{Body: stable96}, "9.6"},
		{"quoted, CRLF", report{Body: "> PRETTY_NAME=\"AlmaLinux 9.6 (Sage Margay)\"\r\n> ID=almalinux\r\n"}, "9.6"},
		{"os-release before project", report{Body: stable96, Project: "AlmaLinux-8"}, "9.6"},
		{"kitten dump", report{Body: kitten, Project: "AlmaLinux-10", Version: "10.1"}, "kitten10"},
		{"only the Mantis keys", report{Body: "ALMALINUX_MANTISBT_PROJECT=\"AlmaLinux-10\"\n"}, "10"},
		{"Stream's dump says nothing", report{Body: stream9, Project: "AlmaLinux-8"}, "8"},
		{"Stream's dump beside AlmaLinux's", report{Body: stream9 + "\n" + stable96}, "9.6"},
		{"dumps of two releases", report{Body: stable96 + "\nPRETTY_NAME=\"AlmaLinux 8.10 (Cerulean Leopard)\"\n"}, ""},
		{"dumps of two releases, one the project's", report{Project: "AlmaLinux-8", Body: stable96 + "\nPRETTY_NAME=\"AlmaLinux 8.10 (Cerulean Leopard)\"\n"}, "8.10"},
		{"dumps of two minor releases", report{Body: stable96 + "\nPRETTY_NAME=\"AlmaLinux 9.5 (Teal Serval)\"\n"}, "9"},
		{"project and version", report{Project: "AlmaLinux-9", Version: "9.6"}, "9.6"},
		{"project alone", report{Project: "AlmaLinux-9"}, "9"},
		{"project, minor in the text", report{Project: "AlmaLinux-9", Body: "since AlmaLinux 9.5"}, "9.5"},
		{"project, another release in the text", report{Project: "AlmaLinux-9", Body: "not on AlmaLinux 8.10"}, "9"},
		{"a version of another project", report{Project: "AlmaLinux-9", Version: "8.10"}, "9"},
		{"version with words", report{Project: "AlmaLinux-9", Version: "9.6 beta"}, "9.6"},
		{"kitten as version", report{Project: "AlmaLinux-10", Version: "Kitten"}, "kitten10"},
		{"label", report{Project: "AlmaLinux/cloud-images", Labels: []string{"bug", "9", "aws"}}, "9"},
		{"labels that contradict", report{Labels: []string{"8", "9"}, Body: "AlmaLinux 9"}, ""},
		{"kitten label", report{Labels: []string{"10-kitten"}}, "kitten10"},
		{"words", report{Title: "dnf fails", Body: "I run AlmaLinux 9.6."}, "9.6"},
		{"redhat-release", report{Body: "AlmaLinux release 8.10 (Cerulean Leopard)"}, "8.10"},
		{"AlmaLinux OS", report{Title: "On AlmaLinux OS 10"}, "10"},
		{"image", report{Body: "podman run quay.io/almalinuxorg/almalinux:9.6 true"}, "9.6"},
		{"two releases in words", report{Body: "AlmaLinux 8 fine, AlmaLinux 9 broken"}, ""},
		{"two releases in one breath", report{Title: "fails on AlmaLinux 8 and 9"}, ""},
		{"releases with a slash", report{Title: "fails on AlmaLinux 8/9/10"}, ""},
		{"two minors", report{Body: "AlmaLinux 9.5 fine, AlmaLinux 9.6 broken"}, "9"},
		{"kitten words", report{Title: "AlmaLinux Kitten 10: no sound"}, "kitten10"},
		{"kitten words and its dist tag", report{Title: "Kitten", Body: "bash-5.2.26-6.el10"}, "kitten10"},
		{"NVR with minor", report{Body: "grub2-2.06-104.el9_6.alma.1"}, "9.6"},
		{"NVR", report{Body: "bash-5.1.8-9.el9.x86_64"}, "9"},
		{"module", report{Body: "nodejs-20.1.0-1.module_el8.10.0+4210+b037b1ec"}, "8.10"},
		{"other systems say nothing", report{Body: "Rocky Linux 9.6, RHEL 9.6, Fedora 43"}, ""},
		{"a number is no release", report{Body: "AlmaLinux 95 and AlmaLinux 1009, alma 8000"}, ""},
	} {
		tracker.Derive(&c.r)
		if c.r.Release != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.r.Release, c.want)
		}
	}
}

func TestDerivePackage(t *testing.T) {
	type report = tracker.Report
	for _, c := range []struct {
		name string
		r    report
		want string
	}{
		{"category", report{Category: "python3.12"}, "python3.12"},
		{"generic category", report{Category: "-OTHER"}, ""},
		{"General", report{Category: "General", Title: "[abrt] gnome-shell: cogl_texture_get_gl_texture(): SIGSEGV"}, "gnome-shell"},
		{"category that is no name", report{Category: "Kernel & Boot"}, ""},
		{"NVR in title", report{Title: "tar-1.34-7.el9 loses the tail of sparse files"}, "tar"},
		{"NVR in text", report{Body: "$ rpm -q bash\nbash-5.1.8-9.el9.x86_64\n"}, "bash"},
		{"with epoch", report{Body: "bind-32:9.16.23-29.el9_6"}, "bind"},
		{"path of an rpm", report{Body: "https://repo.almalinux.org/9/BaseOS/Packages/gcc-c++-11.5.0-5.el9_5.alma.1.x86_64.rpm"}, "gcc-c++"},
		{"module", report{Body: "nodejs-20.1.0-1.module_el8.10.0+4210+b037b1ec"}, "nodejs"},
		{"several NVRs", report{Body: "bash-5.1.8-9.el9 glibc-2.34-1.el9"}, ""},
		{"the kernel is the surroundings", report{Body: "bash-5.1.8-9.el9 on kernel-5.14.0-427.el9.x86_64, almalinux-release-9.6-1.el9"}, "bash"},
		{"the kernel in the title", report{Title: "kernel-5.14.0-427.el9.x86_64 panics"}, "kernel"},
		{"the kernel that runs", report{Body: "Running kernel-5.14.0-427.el9.x86_64, gizmo is broken"}, ""},
		{"subpackages of one build", report{Body: "bind-libs-9.16.23-29.el9_6 bind-9.16.23-29.el9_6"}, "bind"},
		{"a word and a colon is no package", report{Title: "error: it does not work"}, ""},
		{"nothing", report{Title: "It does not work: why?"}, ""},
	} {
		tracker.Derive(&c.r)
		if c.r.Package != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.r.Package, c.want)
		}
	}
}

// Notes name things too; a report does not name itself.
func TestDeriveReferences(t *testing.T) {
	r := tracker.Report{ID: tracker.ID{Space: "almbz", Number: 5}, Title: "RHEL-12345", Body: "see almbz#5", Steps: "CVE-2024-1111", Additional: "almbz#6",
		Comments: []tracker.Comment{{Text: "rhbz#1908127"}, {Text: "none", Private: true}}}
	tracker.Derive(&r)
	if diff := cmp.Diff([]string{"jira RHEL-12345", "cve CVE-2024-1111", "report almbz#6"}, keysOf(r.References)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"rhbz rhbz#1908127"}, keysOf(r.Comments[0].References)); diff != "" {
		t.Error(diff)
	}
}

func TestSometimes(t *testing.T) {
	for _, c := range []struct {
		word, text string
		want       bool
	}{
		{"sometimes", "", true},
		{"Random", "", true},
		{"always", "sometimes it says so in the log", false},
		{"have not tried", "It crashes.", false},
		{"have not tried", "It sometimes crashes.", true},
		{"", "crashes randomly", true},
		{"", "an INTERMITTENT failure", true},
		{"", "occasionally hangs", true},
		{"", "fails every few times", true},
		{"", "a flaky test", true},
		{"", "fails 1 in 10 runs", true},
		{"", "fails once in ten", true},
		{"", "fails 3 out of 10 times", true},
		{"", "1 of 5 times", true},
		{"", "2 of 10 attempts", true},
		{"", "5 of 5 times", false},
		{"", "chapter 2 of 10", false},
		{"", "it fails 30% of the time", true},
		{"", "100% of the runs", false},
		{"", "rarely", true},
		{"", "it happens from time to time", true},
		{"", "crashes at random", true},
		{"", "not every time", true},
		{"", "it is not always there", true},
		{"", "doesn't always happen", true},
		{"", "not sometimes: always", false},
		{"", "this isn't intermittent", false},
		{"", "never flaky", false},
		{"", "fails 10 out of 10 times", false},
		{"", "It is always reproducible. Sometimes the message differs.", false},
		{"", "the random number generator is slow", false},
	} {
		if got := tracker.Sometimes(tracker.Report{Reproducibility: c.word, Body: c.text}); got != c.want {
			t.Errorf("%q, %q: %v", c.word, c.text, got)
		}
	}
}

func FuzzDerive(f *testing.F) {
	f.Add("title", stable96, "AlmaLinux-9", "9.6", "9")
	f.Add("[abrt] bash: f(): x", kitten, "", "Kitten", "10-kitten")
	f.Fuzz(func(t *testing.T, title, body, project, version, label string) {
		r := tracker.Report{Title: title, Body: body, Project: project, Version: version, Category: label, Labels: []string{label}}
		tracker.Derive(&r)
		tracker.Sometimes(r)
		again := r
		tracker.Derive(&again)
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatalf("a second time differs: %s", diff)
		}
		if !releaseForm.MatchString(r.Release) || !packageForm.MatchString(r.Package) {
			t.Fatalf("release %q, package %q", r.Release, r.Package)
		}
	})
}

var (
	releaseForm = regexp.MustCompile(`^(?:kitten\d{1,2}|\d{1,2}(?:\.\d{1,2})?)?$`)
	packageForm = regexp.MustCompile(`^(?:[A-Za-z0-9][A-Za-z0-9+._-]*)?$`)
)
