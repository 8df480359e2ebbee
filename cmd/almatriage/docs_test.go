package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/cmd/internal/cli"
	"github.com/almatriage/almatriage/cmd/internal/config"
)

const docs = "../../docs/"

func readDoc(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(docs + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// setting is a line of a unit.
type setting struct{ section, key, value string }

// parseUnit reads a unit strictly: sections, KEY=VALUE, comments, nothing else.
func parseUnit(text string) (all []setting, err error) {
	section := ""
	for n, line := range strings.Split(text, "\n") {
		key, value, isSetting := strings.Cut(line, "=")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			section = line[1 : len(line)-1]
		case !isSetting || section == "" || value == "" || strings.HasSuffix(line, `\`) || strings.TrimSpace(key) != key || strings.TrimSpace(value) != value:
			return nil, fmt.Errorf("line %d is no setting: %q", n+1, line)
		default:
			all = append(all, setting{section, key, value})
		}
	}
	return all, nil
}

// TestUnits: the units have the settings that they are to have and no other. A
// misspelled one systemd ignores; one that implies NoNewPrivileges= or a user
// namespace would keep podman from working without root.
func TestUnits(t *testing.T) {
	for name, want := range map[string][]string{
		"almatriage.service": {"Unit.Description", "Unit.Documentation", "Service.Type=oneshot", "Service.Environment=ALMATRIAGE_NO_INPUT=1",
			"Service.ExecStart", "Service.ExecStart", "Service.ExecStart", "Service.SuccessExitStatus=6", "Service.TimeoutStartSec=8h",
			"Service.TimeoutStopSec=2min", "Service.KillMode=mixed", "Service.UMask=0077", "Service.Nice=10", "Service.IOSchedulingClass=idle",
			"Service.CPUWeight=50", "Service.Delegate=yes", "Service.OOMPolicy=continue"},
		"almatriage.timer": {"Unit.Description", "Timer.OnCalendar=*-*-* 02:30:00", "Timer.RandomizedDelaySec=45min", "Timer.Persistent=true",
			"Install.WantedBy=timers.target"},
	} {
		settings, err := parseUnit(readDoc(t, "systemd/"+name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []string
		for _, s := range settings {
			line := s.section + "." + s.key
			if s.key != "ExecStart" && s.section+s.key != "UnitDescription" && s.key != "Documentation" {
				line += "=" + s.value
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// The command lines of a document: whole blocks of sh, lines of a crontab, and
// what stands in the text as code.
var (
	blocks   = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	crontabs = regexp.MustCompile("(?ms)^```cron\n(.*?)^```$")
	inline   = regexp.MustCompile("`(almatriage [^`]+)`")
	cronJob  = regexp.MustCompile(`^(?:[0-9*/,-]+ ){5}(.+)$`)
)

// cronJobs are the command lines of the crontabs in a document.
func cronJobs(t *testing.T, text string) (jobs []string) {
	t.Helper()
	for _, block := range crontabs.FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			line = strings.TrimSpace(line)
			if m := cronJob.FindStringSubmatch(line); m != nil {
				jobs = append(jobs, m[1])
			} else if !regexp.MustCompile(`^[A-Z_]+=[^ ]+$`).MatchString(line) {
				t.Errorf("a crontab takes no line like %q", line)
			}
			if strings.Contains(line, "%") {
				t.Errorf("cron ends a command at its first %%: %q", line)
			}
		}
	}
	return jobs
}

// commandLines are all calls of the program in the documents.
func commandLines(t *testing.T) (all []string) {
	t.Helper()
	text := readDoc(t, "automation.md")
	var lines []string
	for _, block := range blocks.FindAllStringSubmatch(text, -1) {
		lines = append(lines, strings.Split(block[1], "\n")...)
	}
	for _, job := range cronJobs(t, text) {
		lines = append(lines, strings.Split(job, "; ")...)
	}
	for _, code := range inline.FindAllStringSubmatch(text, -1) {
		lines = append(lines, code[1])
	}
	settings, err := parseUnit(readDoc(t, "systemd/almatriage.service"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings {
		if s.key == "ExecStart" {
			lines = append(lines, strings.TrimPrefix(s.value, "%h/.local/bin/"))
		}
	}
	for _, line := range lines {
		if strings.HasPrefix(line, "almatriage ") {
			all = append(all, line)
		}
	}
	return all
}

// TestDocumentedCommands has the program itself read every call of it in the
// documents: there is such a command with such flags, of such values.
func TestDocumentedCommands(t *testing.T) {
	lines := commandLines(t)
	if len(lines) < 15 {
		t.Fatalf("only %d calls were found: %q", len(lines), lines)
	}
	for _, line := range lines {
		words, err := config.SplitCommand(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if _, err := understood(t, words[1:]); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, wrong := range [][]string{{"nosuch"}, {"run", "--nosuch"}, {"run", "--wait", "long"}, {"sync", "--wait", "1h"}} {
		if help, err := understood(t, wrong); err == nil {
			t.Errorf("%q is understood: %s", wrong, help)
		}
	}
}

// understood asks for help with a call: the flags are read before that is
// given, and it is the help of the command that was found.
func understood(t *testing.T, words []string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	status := cli.Main(t.Context(), append(slices.Clone(words), "--help"), cli.Stdio{In: strings.NewReader(""), Out: &out, Err: &errs,
		Env: func(string) string { return "" }})
	if status != 0 || !strings.Contains(out.String(), "Usage:\n  almatriage "+words[0]) {
		return out.String(), fmt.Errorf("status %d: %s", status, errs.String())
	}
	return out.String(), nil
}

// TestDocumentedRounds runs the round of the document and those of its crontab
// in a shell, as they stand there. No report has a recipe: no podman is needed,
// and none can be found.
func TestDocumentedRounds(t *testing.T) {
	text := readDoc(t, "automation.md")
	first := blocks.FindStringSubmatch(text)
	if first == nil {
		t.Fatal("the document has no round")
	}
	for _, round := range append(cronJobs(t, text), first[1]) {
		u := newUser(t, configOf(mantisServer(t)))
		cmd := exec.Command("/bin/sh", "-e", "-c", round)
		cmd.Env, cmd.Dir = append(u.env, "PATH="+u.home), u.home
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "almbz: ") {
			t.Fatalf("%s: %v\n%s", round, err, out)
		}
		if !strings.Contains(round, "export") {
			continue
		}
		written, err := os.ReadFile(filepath.Join(u.home, "almatriage.csv"))
		if err != nil || bytes.Count(written, []byte("\n")) < 5 || !strings.Contains(string(out), "Nothing to run") {
			t.Errorf("%s: %v\n%s%s", round, err, out, written)
		}
	}
}

// TestDocumentedTimes: the unit's own limit leaves room for what its commands
// may take.
func TestDocumentedTimes(t *testing.T) {
	unit := readDoc(t, "systemd/almatriage.service")
	var sum time.Duration
	for _, m := range regexp.MustCompile(`--(?:stop-after|wait) (\d\S*)`).FindAllStringSubmatch(unit, -1) {
		d, err := time.ParseDuration(m[1])
		if err != nil {
			t.Fatal(err)
		}
		sum += d
	}
	limit, err := time.ParseDuration(regexp.MustCompile(`TimeoutStartSec=(\S+)`).FindStringSubmatch(unit)[1])
	if err != nil || sum == 0 || limit < sum+time.Hour {
		t.Errorf("the limit is %s (%v), the commands may take %s and the last runs", limit, err, sum)
	}
}
