package draft

import (
	stdcmp "cmp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tracker"
)

var (
	exitOracle    = reproduce.Oracle{Kind: reproduce.OracleExit}
	timeoutOracle = reproduce.Oracle{Kind: reproduce.OracleTimeout}
)

func signal(name string) reproduce.Oracle {
	return reproduce.Oracle{Kind: reproduce.OracleSignal, Signal: name}
}

func output(pattern string) reproduce.Oracle {
	return reproduce.Oracle{Kind: reproduce.OracleOutput, Pattern: pattern}
}

// fenced writes ' for `, which a raw string cannot hold.
func fenced(s string) string { return strings.ReplaceAll(s, "'''", "```") }

func TestFrom(t *testing.T) {
	tests := []struct {
		name    string
		report  tracker.Report
		require []string
		prepare string
		network reproduce.Network
		test    string
		oracle  reproduce.Oracle
		taken   []Span
		note    string // a part of one
	}{
		{
			name: "Mantis steps as a list",
			report: tracker.Report{
				Title: "gizmo adds one too many", Package: "gizmo", URL: "https://bugs.almalinux.org/view.php?id=5",
				Body:  "gizmo cannot add.\nExpected 4, got 5.",
				Steps: "1. dnf -y install gizmo\r\n2. Run gizmo add 2 2\r\n3. See that it prints 5",
			},
			require: []string{"gizmo"}, test: "gizmo add 2 2\n", oracle: exitOracle,
			taken: []Span{{Steps, 1, 2}}, note: "whichever",
		},
		{
			name: "root's transcript in Mantis, with its error",
			report: tracker.Report{
				Title: "frobnicate fails", Package: "frobnicate",
				Body: "After the update it fails:\n\n[root@el9 ~]# frobnicate abc def\nfrobnicate: abc: out of range (at 0x7ffe1234)\n[root@el9 ~]# echo $?\n1\n\nThat worked before.",
			},
			require: []string{"frobnicate"}, test: "frobnicate abc def\necho $?\n",
			oracle: output(`frobnicate: abc: out of range \(at 0x[0-9a-fA-F]+\)`),
			taken:  []Span{{Body, 3, 3}, {Body, 5, 5}}, note: "quotes an error",
		},
		{
			name: "root prompts that are no headings",
			report: tracker.Report{
				Title: "crasher", Body: "# dnf install crasher\n# crasher boom\nSegmentation fault (core dumped)\n",
			},
			require: []string{"crasher"}, test: "crasher boom\n", oracle: signal("SEGV"), taken: []Span{{Body, 1, 2}}, note: "by the signal SEGV",
		},
		{
			name: "GitHub's form",
			report: tracker.Report{
				Title: "[BUG]: sleeper never ends", URL: "https://github.com/AlmaLinux/container-images/issues/1",
				Body: fenced("### Current Behavior\n\nIt hangs.\n\n### Expected Behavior\n\n'''\n$ sleeper --not-this\n'''\n\n### Steps To Reproduce\n\n<!-- such as:\n1. `dnf install nothing`\n-->\n1. `sudo dnf install -y sleeper`\n2. run `sleeper -n 1`\n3. See `out of range`\n\n### Anything else?\n\n'''console\n$ sleeper --version\n'''\n"),
			},
			require: []string{"sleeper"}, test: "sleeper -n 1\n", oracle: timeoutOracle, taken: []Span{{Body, 16, 17}}, note: "outside the steps",
		},
		{
			name:    "a fenced script",
			report:  tracker.Report{Title: "widget", Body: fenced("'''bash\n# install it\nsudo dnf install -y widget libwidget-devel\nfor i in 1 2; do\n  widget $i\ndone\n'''")},
			require: []string{"widget", "libwidget-devel"}, test: "for i in 1 2; do\n  widget $i\ndone\n",
			oracle: exitOracle, taken: []Span{{Body, 3, 6}},
		},
		{
			name:    "continued lines and here-documents",
			report:  tracker.Report{Title: "widget", Body: fenced("'''\n$ cat > /tmp/Makefile <<'EOF'\n> all:\n> \techo $(rm -rf /)\n> EOF\n$ make -f /tmp/Makefile \\\n> all\nmake: *** No rule\n'''")},
			test:    "cat > /tmp/Makefile <<'EOF'\nall:\n\techo $(rm -rf /)\nEOF\nmake -f /tmp/Makefile \\\nall\n",
			require: nil, oracle: exitOracle, taken: []Span{{Body, 2, 7}},
		},
		{
			name:    "an indented block, a joined installation",
			report:  tracker.Report{Title: "regress", Body: "Do this:\n\n\tyum install -y regress && regress --check\n\nIt aborted:\n\n    Aborted (core dumped)\n"},
			require: []string{"regress"}, test: "regress --check\n", oracle: signal("ABRT"), taken: []Span{{Body, 3, 3}}, note: "have no prompts",
		},
		{
			name:    "repositories, editors and ends",
			report:  tracker.Report{Title: "php", Body: "$ sudo -i\n# dnf config-manager --set-enabled crb\n# dnf module enable php:8.2\n# dnf update -y\n# dnf install php-cli\n# vi /etc/php.ini\n# php -v\n# exit\n"},
			prepare: "dnf config-manager --set-enabled crb\ndnf module enable php:8.2\n", require: []string{"php-cli"}, test: "php -v\n",
			oracle: exitOracle, taken: []Span{{Body, 2, 3}, {Body, 5, 5}, {Body, 7, 7}}, note: "cannot use an editor",
		},
		{
			name:    "installing is the bug",
			report:  tracker.Report{Title: "cannot install", Package: "foo", Body: "# dnf install foo-devel\nError: nothing provides libfoo.so.1 needed by foo-devel\n"},
			network: reproduce.NetworkFull, test: "dnf -y install foo-devel\n",
			oracle: output(`Error: nothing provides libfoo\.so\.1 needed by foo-devel`), taken: []Span{{Body, 1, 1}}, note: "only installs packages",
		},
		{
			name:    "ABRT's report",
			report:  tracker.Report{Title: "[abrt] crasher: main(): crasher killed by SIGSEGV", Package: "crasher", Body: "Additional info:\nreporter:       libreport-2.15.2\ncmdline:        /usr/bin/crasher boom\nkernel:         5.14.0\n"},
			require: []string{"crasher"}, test: "/usr/bin/crasher boom\n", oracle: signal("SEGV"), taken: []Span{{Body, 3, 3}},
		},
		{
			name:    "a quoted error, a denied crash",
			report:  tracker.Report{Title: "gizmo", Package: "gizmo", Body: "$ gizmo list\n\nThere is no segfault, but it fails with \"invalid list [123]: (a|b)\" each time."},
			require: []string{"gizmo"}, test: "gizmo list\n", oracle: output(`invalid list \[[0-9]+\]: \(a\|b\)`), taken: []Span{{Body, 1, 1}},
		},
		{
			name:    "repeated commands, the network",
			report:  tracker.Report{Title: "curl", Package: "curl", Body: "$ curl -v https://x.example\n", Additional: "Again:\n\n$ curl -v https://x.example\n"},
			require: []string{"curl"}, test: "curl -v https://x.example\n", oracle: exitOracle, taken: []Span{{Body, 1, 1}}, note: "seems to use the network",
		},
		{
			name:   "hostile text",
			report: tracker.Report{Title: "x\x1b[2J\u202ey\n", URL: "javascript:alert(1)", Package: "--setopt=x", Body: "$ echo \x1b]0;x\x07 \u202e'a: {b' $(rm -rf /) \xff\n"},
			test:   "echo ]0;x 'a: {b' $(rm -rf /)\n", oracle: exitOracle, taken: []Span{{Body, 1, 1}}, note: "cannot be seen",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.report.ID = tracker.ID{Space: "almbz", Number: 5}
			got, err := From(test.report)
			if err != nil {
				t.Fatal(err)
			}
			recipe, err := fmf.Parse("draft", []byte(got.Source))
			if err != nil {
				t.Fatalf("%v\n%s", err, got.Source)
			}
			if diff := cmp.Diff(test.test, recipe.Test); diff != "" {
				t.Errorf("test (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.require, recipe.Require); diff != "" {
				t.Errorf("require (-want +got):\n%s", diff)
			}
			if recipe.Prepare != test.prepare {
				t.Errorf("prepare is %q, expected %q", recipe.Prepare, test.prepare)
			}
			if want := stdcmp.Or(test.network, reproduce.NetworkNone); recipe.Network != want {
				t.Errorf("network is %q, expected %q", recipe.Network, want)
			}
			if diff := cmp.Diff(test.oracle, recipe.Oracle); diff != "" {
				t.Errorf("oracle (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.taken, got.Taken); diff != "" {
				t.Errorf("taken (-want +got):\n%s", diff)
			}
			if notes := strings.Join(got.Notes, "\n"); !strings.Contains(notes, test.note) {
				t.Errorf("no %q in the notes:\n%s", test.note, notes)
			}
			var links []reproduce.Link
			if strings.HasPrefix(test.report.URL, "https://") {
				links = []reproduce.Link{{Relation: "verifies", Target: test.report.URL}}
			}
			if diff := cmp.Diff(links, recipe.Links); diff != "" {
				t.Errorf("links (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoCommands(t *testing.T) {
	for _, body := range []string{
		"", "It does not work.\n\n# Steps to reproduce\n\n1. open the program\n2. make sure that it is on\n3. find the button\n",
		"gizmo is broken.\ngizmo crashes in the test\ndnf is slow and so on",
		fenced("'''python\nprint(1)\n'''\n'''\nError: it failed\n'''\n"),
		"$ exit\n", "# Install\n# Test results\n# which one is it\n",
	} {
		_, err := From(tracker.Report{ID: tracker.ID{Space: "almbz", Number: 5}, Package: "gizmo", Body: body})
		if reproduce.CodeOf(err) != reproduce.CodeNoRecipe || !strings.Contains(err.Error(), "almatriage recipe edit 'almbz#5'") {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestHugeReportIsBounded(t *testing.T) {
	for name, body := range map[string]string{
		"lines":          strings.Repeat("$ gizmo add 2 2\n\n", 50_000),
		"a line":         "$ gizmo add 2 2\n$ echo " + strings.Repeat("a", 1<<20) + "\n",
		"assignments":    "$ gizmo add 2 2\n\nSteps to reproduce\n" + strings.Repeat("A=1\n", 60_000),
		"here-documents": "$ gizmo add 2 2\n\nSteps to reproduce\n" + strings.Repeat("cat -x <<E\n", 20_000),
		"open quotes":    "$ gizmo add 2 2\n\n" + strings.Repeat("$ echo '\n\n", 20_000),
		"open loops":     fenced("$ gizmo add 2 2\n\n'''sh\n") + strings.Repeat("while [ -e x ]; do\n", 12_000),
		"pipes":          "$ gizmo add 2 2\n\nSteps to reproduce\n" + strings.Repeat("gizmo -a |\n", 20_000),
		"fences":         "$ gizmo add 2 2\n" + strings.Repeat(fenced("'''\n"), 40_001),
		"quotes":         "$ gizmo add 2 2\n" + strings.Repeat("`\"", 1<<18),
		"script":         fenced("'''sh\nfor i in 1; do\n" + strings.Repeat("gizmo add 2 2\n", 4000) + "done\n'''\n$ gizmo add 2 2\n"),
	} {
		start := spent(t)
		got, err := From(tracker.Report{ID: tracker.ID{Space: "almbz", Number: 5}, Body: body})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(got.Source) > 2*maxScript || len(got.Notes) > maxNotes {
			t.Errorf("%s: %d bytes, %d notes", name, len(got.Source), len(got.Notes))
		}
		if took := spent(t) - start; took > 10*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// spent is the processor's time of this process: other work on the machine,
// that makes everything slower, does not count.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func FuzzFrom(f *testing.F) {
	f.Add("gizmo", "gizmo", "1. dnf install gizmo\n2. `gizmo add 2 2`", fenced("'''\n$ gizmo a \\\n> b\nerror: no\n'''\n    # rpm -q x <<EOF\n"))
	f.Add("it hangs", "-x", "\x1b[31m$ echo \u202e", "### Steps\n\tfor i in 1; do\n\t  x\n\tdone\n[root@h ~]# yum install -y a && b\n")
	f.Add("\xff: {", "a", "# cat <<X\n: ]\nX\n$ - {", "cmdline: /usr/bin/a 'b\n<!-- x\n-->\nExpected\n$ a")
	f.Fuzz(func(t *testing.T, title, name, steps, body string) {
		report := tracker.Report{ID: tracker.ID{Space: "almbz", Number: 5}, Title: title, Package: name, Steps: steps, Body: body, URL: "https://x.example/" + title}
		got, err := From(report)
		if err != nil {
			if reproduce.CodeOf(err) != reproduce.CodeNoRecipe {
				t.Fatal(err)
			}
			return
		}
		recipe, err := fmf.Parse("draft", []byte(got.Source))
		if err != nil {
			t.Fatalf("%v\n%s", err, got.Source)
		}
		if clean, dropped := visible(strings.ReplaceAll(got.Source, "\n", "")); dropped {
			t.Fatalf("the draft has characters that cannot be seen: %q", clean)
		}
		if !whole(recipe.Test) {
			t.Fatalf("the test has no end: %q", recipe.Test)
		}
		for _, name := range recipe.Require {
			if name[0] == '-' {
				t.Fatalf("require has the option %q", name)
			}
		}
		lines := map[Text]int{Steps: strings.Count(steps, "\n") + 1, Body: strings.Count(body, "\n") + 1}
		for _, span := range got.Taken {
			if span.First < 1 || span.Last < span.First || span.Last > lines[span.Text] {
				t.Fatalf("taken %v of %v lines", span, lines)
			}
		}
	})
}
