package rpm

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func evr(t testing.TB, s string) EVR {
	t.Helper()
	e, err := ParseEVR(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Vectors written from rpm's rules (rpm-version(7)): segments of digits and
// letters, digits newer than letters, ~ before and ^ after the same without.
func TestCompare(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"1.0", "1.0", 0}, {"1.0", "2.0", -1}, {"2.0.1", "2.0", 1}, {"1.10", "1.9", 1}, {"1.010", "1.10", 0},
		{"1.0a", "1.0", 1}, {"1.0a", "1.0.1", -1}, {"10xyz", "10.1xyz", -1}, {"xyz", "8", -1}, {"2_0", "2.0", 0},
		{"1.0~rc1", "1.0", -1}, {"1.0~rc1", "1.0~rc2", -1}, {"1.0~rc1~git", "1.0~rc1", -1},
		{"1.0^", "1.0", 1}, {"1.0^git1", "1.0", 1}, {"1.0^git1", "1.0^git2", -1}, {"1.0^git1", "1.01", -1},
		{"1.0^20160101", "1.0.1", -1}, {"1.0~rc1^git1", "1.0~rc1", 1}, {"1.0^git1~pre", "1.0^git1", -1},
		{"1:1.0", "2.0", 1}, {"0:1.0", "1.0", 0}, {"1:1.0-1", "2:0.9-1", -1}, {"1.0-2", "1.0-10", -1},
		{"1.0-1", "1.0", 0}, {"1.0-10.el9", "1.0-10.el9_6", -1}, {"1.0-10.el9_6", "1.0-10.el9_6.alma.1", -1},
		{"20240101", "1.0", 1}, {"1.0.", "1.0", 0},
	} {
		if got := Compare(evr(t, c.a), evr(t, c.b)); got != c.want {
			t.Errorf("%s and %s: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := Compare(evr(t, c.b), evr(t, c.a)); got != -c.want {
			t.Errorf("%s and %s: %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct{ release, base, dist, counter, alma string }{
		{"7.el9", "7", "el9", "", ""},
		{"7.el9_6", "7", "el9_6", "", ""},
		{"7.el9_6.alma.1", "7", "el9_6", "", "1"},
		{"7.el9.alma", "7", "el9", "", "0"},
		{"7.el9.alma.12", "7", "el9", "", "12"},
		{"10.el10_1.12", "10", "el10_1", "12", ""},
		{"3.el9_6.2.alma.1", "3", "el9_6", "2", "1"},
		{"611.49.2.el9_7", "611.49.2", "el9_7", "", ""},
		{"1.module_el8.10.0+4210+b037b1ec", "1", "el8.10.0", "", ""},
		{"1.module_el8.10.0+4210+b037b1ec.alma.1", "1", "el8.10.0", "", "1"},
		{"1.module+el8.9.0+123+abcdef12", "1", "el8.9.0", "", ""},
		{"2.1.module_el9.6.0+100+abcdef01", "2.1", "el9.6.0", "", ""},
		{"1.el9.next", "1", "el9", "", ""},
		{"1.el8sat", "1", "el8", "", ""},
		{"0.5.20230101gitabcdef.el9", "0.5.20230101gitabcdef", "el9", "", ""},
		{"1", "1", "", "", ""},
		{"4.fc38", "4", "fc38", "", ""},
		{"1.el9_6~bootstrap", "1", "el9_6", "", ""},
		{"5.el9.1", "5", "el9", "1", ""},
		{"5.el9_4.2.3", "5", "el9_4", "2.3", ""},
		{"2.el9.centos", "2", "el9", "", ""},
		{"1.hs.el9", "1", "hs.el9", "", ""},
		{"1.elfutils", "1.elfutils", "", "", ""},
		{"1.el7_9", "1", "el7_9", "", ""},
		{"3.p1.el9", "3.p1", "el9", "", ""},
		{"6.alma.1", "6", "", "", "1"},
		{"6.alma.1.el9", "6", "el9", "", "1"},
		{"1.EL9", "1", "EL9", "", ""},
	} {
		p := EVR{Version: "1.0", Release: c.release}.Split()
		alma := ""
		if p.Alma {
			alma = fmt.Sprint(p.AlmaN)
		}
		if p.Base.Release != c.base || p.Dist != c.dist || p.Counter != c.counter || alma != c.alma {
			t.Errorf("%s: %+v", c.release, p)
		}
		if strings.Contains(c.release, ".module") != p.Module {
			t.Errorf("%s: module %v", c.release, p.Module)
		}
	}
}

func TestCompareSource(t *testing.T) {
	for _, c := range []struct {
		left, right string
		want        Relation
	}{
		{"1.0.3-2.el9_6", "1.0.3-2.el9", Equal},
		{"2.4.1-7.el9.alma.1", "2.4.1-7.el9", Equal},
		{"2.4.1-7.el9_6.alma.3", "2.4.1-7.el9", Equal},
		{"3.2.0-4.el9_6", "3.2.0-6.el9", RightNewer},
		{"3.2.0-4.el9_6.9", "3.2.0-6.el9", RightNewer},
		{"1.2-3.el9_6.2", "1.2-3.el9", EqualButCounter},
		{"1.2-3.el9_6.2", "1.2-3.el9_5.2", Equal},
		{"1.2-3.el9_6.2.alma.1", "1.2-3.el9", EqualButCounter},
		{"1:1.0-1.el9", "2:0.9-1.el9", RightNewer},
		{"1.0~rc1-1.el9", "1.0-1.el9", RightNewer},
		{"1.0-1.el9", "1.0^20250101-1.el9", RightNewer},
		{"2.0-1.el9_6", "1.9-30.el9", LeftNewer},
		{"5.14.0-611.49.2.el9_7", "5.14.0-620.el9", RightNewer},
		{"1.0-1.module_el8.10.0+4210+b037b1ec", "1.0-1.module+el8.9.0+123+abc", Equal},
		{"1.0-1", "1.0-1.el9", Equal},
	} {
		if got := CompareSource(evr(t, c.left), evr(t, c.right)); got != c.want {
			t.Errorf("%s and %s: %v, want %v", c.left, c.right, got, c.want)
		}
		mirror := map[Relation]Relation{Equal: Equal, EqualButCounter: EqualButCounter, LeftNewer: RightNewer, RightNewer: LeftNewer}
		if got := CompareSource(evr(t, c.right), evr(t, c.left)); got != mirror[c.want] {
			t.Errorf("%s and %s: %v is not the mirror", c.right, c.left, got)
		}
	}
}

func FuzzEVR(f *testing.F) {
	for _, s := range []string{"1:2.0-3.el9_6.alma.1", "(none):1-1", "1.0^~-1.module+el8", "-", ":", "9-.el9..", "1-1.el9.999999999999999999999.alma.99999999999999999999"} {
		f.Add(s, "el9_7")
	}
	f.Fuzz(func(t *testing.T, s, dist string) {
		e, err := ParseEVR(s)
		if err != nil {
			return
		}
		p := e.Split()
		if CompareSource(e, e) != Equal || Compare(e, e) != 0 {
			t.Fatalf("%v is not equal to itself", e)
		}
		if again := p.Base.Split().Base; p.Base.Release != "" && Compare(again, again) != 0 {
			t.Fatalf("%v", again)
		}
		if back, err := ParseEVR(e.String()); err != nil || Compare(back, e) != 0 {
			t.Fatalf("%v becomes %v: %v", e, back, err)
		}
	})
}

func TestParseNEVRA(t *testing.T) {
	for _, c := range []struct{ in, name, evr, arch string }{
		{"bash-5.1.8-9.el9.x86_64", "bash", "5.1.8-9.el9", "x86_64"},
		{"java-1.8.0-openjdk-1:1.8.0.452-1.el9.x86_64", "java-1.8.0-openjdk", "1:1.8.0.452-1.el9", "x86_64"},
		{"1:grub2-tools-2.06-104.el9_6.alma.1.src.rpm", "grub2-tools", "1:2.06-104.el9_6.alma.1", "src"},
		{"widget-0:3.2.0-6.el9.noarch", "widget", "3.2.0-6.el9", "noarch"},
		{"python3.11-libs-3.11.2-1", "python3.11-libs", "3.11.2-1", ""},
	} {
		p, err := ParseNEVRA(c.in)
		if err != nil || p.Name != c.name || p.EVR.String() != c.evr || p.Arch != c.arch {
			t.Errorf("%s: %+v, %v", c.in, p, err)
		}
	}
	for _, bad := range []string{"", "bash", "bash-5.1", "-1-2", "a b-1-2", "(none)", "x-:1-2"} {
		if p, err := ParseNEVRA(bad); err == nil {
			t.Errorf("%q taken as %+v", bad, p)
		}
	}
}

func TestFindNVRs(t *testing.T) {
	got := FindNVRs("Installed bash-5.1.8-9.el9.x86_64, then openssl-libs-1:3.5.1-7.el10_1.alma.1. See RHEL-12 and foo-1-2 and bash-5.1.8-9.el9.")
	var names []string
	for _, p := range got {
		names = append(names, p.NVR())
	}
	if d := cmp.Diff([]string{"bash-5.1.8-9.el9", "openssl-libs-3.5.1-7.el10_1.alma.1"}, names); d != "" {
		t.Error(d)
	}
}

func line(kind string, fields ...string) string {
	return kind + "\t" + strings.Join(fields, "\t") + "\n"
}

func sample(t testing.TB) *Set {
	t.Helper()
	pkg := func(name, version, source string) string {
		return line("P", name, "(none)", version, "1.el9", "noarch", source+"-"+version+"-1.el9.src.rpm", "AlmaLinux", "(none)")
	}
	data := pkg("app", "1", "app") + line("R", "/bin/sh") + line("R", "libone.so()(64bit)") + line("R", "rpmlib(X)") + line("R", "(two-tools if app)") +
		pkg("shell", "5", "shell") + line("V", "shell") + line("R", "libthree") +
		pkg("libone", "1", "one") + line("V", "libone.so()(64bit)") + line("R", "app") + line("R", "vendor-release") +
		pkg("two-tools", "1", "two") + pkg("libthree", "3", "three") + pkg("vendor-release", "9", "vendor-release") + line("V", "system-release") +
		pkg("unrelated", "1", "unrelated") +
		line("P", "node", "1", "18", "1.module_el9.6.0+1+ab", "x86_64", "nodejs-18-1.module_el9.6.0+1+ab.src.rpm", "(none)", "nodejs:18:9060:ab") +
		line("P", "gpg-pubkey", "(none)", "abc", "def", "(none)", "(none)", "(none)", "(none)") +
		line("F", "shell", "/usr/bin/sh")
	set, err := ParseQuery([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestClosure(t *testing.T) {
	var got []string
	for _, m := range sample(t).Closure("app") {
		got = append(got, fmt.Sprint(m.Source, " ", m.Distance))
	}
	want := []string{"one 1", "shell 1", "two 1", "three 2"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len((&Set{}).Closure("app")) != 0 || len((&Set{}).Packages()) != 0 {
		t.Error("the empty set is not empty")
	}
}

func TestSet(t *testing.T) {
	set := sample(t)
	for _, what := range []string{"node", "node.x86_64", "node-1:18-1.module_el9.6.0+1+ab", "no*", "node-18"} {
		if got := set.WhatProvides(what); len(got) != 1 || got[0].Source != "nodejs" || got[0].ModuleStream != "18" {
			t.Errorf("%s: %v", what, got)
		}
	}
	if got := set.WhatProvides("/bin/sh"); len(got) != 1 || got[0].Name != "shell" {
		t.Errorf("/bin/sh: %v", got)
	}
	data, err := set.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var back Set
	if err := back.UnmarshalJSON(data); err != nil || back.Hash() != set.Hash() || len(back.Closure("app")) != 4 {
		t.Errorf("round trip: %v", err)
	}
	other := NewSet(slices.DeleteFunc(slices.Clone(set.Packages()), func(p Package) bool { return p.Name == "unrelated" }))
	if changes := Diff(set, other); len(changes) != 1 || changes[0].Source != "unrelated" || !changes[0].OnlyLeft {
		t.Errorf("%+v", changes)
	}
}

const changes = `* Mon May 19 2025 Widget Maintainer <widget@example.org> - 3.2.0-6
- Fix parse error on a list
  without a comma at its end
- Resolves: RHEL-12345

* Tue Mar 04 2025 12:00:00 UTC AlmaLinux Packager <p@example.org> 1:3.2.0-4.alma.1
- AlmaLinux changes: keep one slot (rhbz#1908127)

* Wed Oct 09 2024 Widget Maintainer <widget@example.org>
- no version here (CVE-2024-00000)
`

func TestChangelog(t *testing.T) {
	got := ParseChangelog(changes)
	if len(got) != 3 || got[0].EVR != "3.2.0-6" || got[1].EVR != "1:3.2.0-4.alma.1" || got[2].EVR != "" {
		t.Fatalf("%+v", got)
	}
	if got[0].Author != "Widget Maintainer <widget@example.org>" || got[0].Lines[0] != "Fix parse error on a list without a comma at its end" {
		t.Errorf("%+v", got[0])
	}
	var refs []string
	for _, e := range got {
		refs = append(refs, References(e)...)
	}
	if d := cmp.Diff([]string{"RHEL-12345", "rhbz#1908127", "CVE-2024-00000"}, refs); d != "" {
		t.Error(d)
	}
	older := ParseChangelog(changes[strings.Index(changes, "* Tue"):])
	only := OnlyIn(got, older)
	if len(only) != 1 || only[0].EVR != "3.2.0-6" {
		t.Errorf("%+v", only)
	}
	// The other changelog was cut off after its first entry.
	if only := OnlyIn(got, older[:1]); len(only) != 1 || only[0].EVR != "3.2.0-6" {
		t.Errorf("%+v", only)
	}
}

func TestPickSource(t *testing.T) {
	offer := func(name, version, source string) Package { return Offered(name, evr(t, version), "x86_64", source) }
	offered := []Package{
		offer("widget", "3.2.0-6.el9", "widget-3.2.0-6.el9.src.rpm"), offer("widget", "3.2.0-4.el9", "widget-3.2.0-4.el9.src.rpm"),
		offer("widget", "3.2.0-4.el9_1", "widget-3.2.0-4.el9_1.src.rpm"), offer("widget-libs", "3.2.0-4.el9", "widget-3.2.0-4.el9.src.rpm"),
		offer("widget", "3.2.0-4.el9_6.2", "widget-3.2.0-4.el9_6.2.src.rpm"), offer("widget-sub", "1:7-9.el9", "widget-3.2.0-4.el9.src.rpm"),
		offer("widget-theme", "3.2.0-4.el9", "theme-3.2.0-4.el9.src.rpm"),
		offer("widget-mod", "3.2.0-4.module_el9+1+2", "widget-3.2.0-4.module_el9+1+2.src.rpm"),
	}
	named := func(source, version string) (names []string) {
		for _, p := range PickSource(source, evr(t, version), offered) {
			names = append(names, p.Name+"-"+p.EVR.Release)
		}
		return names
	}
	for want, got := range map[string][]string{
		"widget-4.el9_1 widget-libs-4.el9 widget-sub-9.el9": named("widget", "2:3.2.0-4.el9_6.alma.1"),
		"widget-mod-4.module_el9+1+2":                       named("widget", "3.2.0-4.module_el9+7+8"),
		"widget-theme-4.el9":                                named("theme", "3.2.0-4.el9"),
		"":                                                  append(named("widget", "3.2.0-3.el9"), named("gizmo", "3.2.0-4.el9")...),
	} {
		if strings.Join(got, " ") != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestModified(t *testing.T) {
	var names []string
	for l := range strings.Lines(strings.TrimSpace(modifiedTable)) {
		fields := strings.SplitN(strings.TrimSpace(l), " ", 3)
		if len(fields) != 3 || strings.Trim(fields[1], "8910k,") != "" {
			t.Errorf("%q", l)
		}
		names = append(names, fields[0])
	}
	if !slices.IsSorted(names) || len(names) < 100 {
		t.Errorf("%d names, sorted: %v", len(names), slices.IsSorted(names))
	}
	for _, c := range []struct {
		release, source string
		want            bool
	}{{"9", "kernel", true}, {"kitten10", "glibc", true}, {"8", "glibc", false}, {"9", "bash", false}, {"9", "", false}} {
		if _, got := ModifiedByAlma(c.release, c.source); got != c.want {
			t.Errorf("%v", c)
		}
	}
	if note, ok := Deliberate("9", "kernel"); !ok || !strings.Contains(note, "PCI") {
		t.Errorf("%q", note)
	}
}
