package reproduce

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce/rpm"
)

// logs is an attempt's output by its id; stdout where a line does not begin
// with a stream and a bar.
type logs map[string]string

func (l logs) read(id string) (Log, error) {
	text, ok := l[id]
	if !ok {
		return Log{}, fmt.Errorf("no attempt %q", id)
	}
	var log Log
	for line := range strings.Lines(text) {
		stream, rest, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "|")
		if !ok {
			stream, rest = string(Stdout), stream
		}
		log.Lines = append(log.Lines, LogLine{Stream: Stream(stream), Text: rest})
	}
	return log, nil
}

// number gives the attempts of a run ids of their own: side, dot, number.
func number(run *Run) {
	for i := range run.Sides {
		for n := range run.Sides[i].Attempts {
			run.Sides[i].Attempts[n].ID = fmt.Sprintf("%s.%d", run.Sides[i].Target.Name, n+1)
		}
	}
}

func TestCompare(t *testing.T) {
	const ours, theirs = "* Mon May 19 2025 A <a@x> 3-4\n- common\n", "* Tue May 20 2025 B <b@x> 3-6\n- repaired\n* Mon May 19 2025 A <a@x> 3-4\n- common\n"
	run := world{counts: "2/3 0/3", alma: "app 3-4.el9_6; libapp 3-4.el9_6 src=app; own 1-1.el9.alma.1; same 1-1.el9_6; left 1-1", stream: "app 3-6.el9; own 1-1.el9; same 1-1.el9; z 1-1"}.run(t)
	run.Suggestion.Subject = "app"
	run.Sides[0].Prepared.Print.Changelogs = map[string]string{"app": ours}
	run.Sides[1].Prepared.Print.Changelogs = map[string]string{"app": theirs}
	// Seen by AlmaLinux's second attempt first, and never by Stream: its last one tells.
	a := run.Sides[0].Attempts
	a[0], a[2] = a[2], a[0]
	number(&run)
	c, err := Compare(&run, logs{"alma9.2": "x|+ app\ncommon\ne|app: error at 0xdead0001\n", "stream9.3": "common\nat 12:30:01 fine\n"}.read)
	if err != nil {
		t.Fatal(err)
	}
	if c.Run != &run || c.Left.Side.Target.Name != "alma9" || c.Right.Side.Target.Name != "stream9" || c.Left.Tally.Seen != 2 || c.Subject != "app" || !c.Changelogs {
		t.Errorf("got %+v", c)
	}
	const output = "diff alma9 stream9\n--- alma9\n+++ stream9\n@@ -1,2 +1,2 @@\n common\n-app: error at ADDR\n+at TIME fine\n"
	if diff := cmp.Diff(output, c.Output); diff != "" {
		t.Errorf("output (-want +got)\n%s", diff)
	}
	var packages []string
	for _, p := range c.Packages {
		packages = append(packages, fmt.Sprintf("%s %s %s: %s", p.Source, p.Left.EVR, p.Right.EVR, RelationOf(p)))
	}
	if diff := cmp.Diff([]string{"app 3-4.el9_6 3-6.el9: newer on Stream", "left 1-1 : only on AlmaLinux", "own 1-1.el9.alma.1 1-1.el9: modified by AlmaLinux",
		"z  1-1: only on Stream"}, packages); diff != "" {
		t.Errorf("packages (-want +got)\n%s", diff)
	}
	if len(c.OnlyLeft) != 0 || len(c.OnlyRight) != 1 || c.OnlyRight[0].EVR != "3-6" {
		t.Errorf("changelogs: only left %v, only right %v", c.OnlyLeft, c.OnlyRight)
	}
}

func TestCompareAlike(t *testing.T) {
	run := world{counts: "0/0 0/1", alma: "app 1-1", stream: "app 1-1"}.run(t)
	run.Suggestion.Subject = "app"
	run.Sides[0].Prepared.Print.Packages = nil // it could not be prepared
	run.Sides[1].Prepared.Print.Changelogs = map[string]string{"app": "* Mon May 19 2025 A <a@x> 1-1\n- x\n"}
	number(&run)
	c, err := Compare(&run, logs{"stream9.1": "x|+ app\n"}.read)
	if err != nil || c.Output != "" || c.Packages != nil || c.Changelogs || c.OnlyLeft != nil || c.OnlyRight != nil {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestCompareErrors(t *testing.T) {
	read := logs{}.read
	for name, change := range map[string]func(*Run){
		"no AlmaLinux": func(r *Run) { r.Sides[0].Role = RoleThird },
		"no Stream":    func(r *Run) { r.Sides = r.Sides[:1] },
		"no sides":     func(r *Run) { r.Sides = nil },
	} {
		run := world{counts: "1/1 1/1", with: []func(*Run){change}}.run(t)
		if c, err := Compare(&run, read); !errors.Is(err, ErrOneSided) || c.Run != nil {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	for missing, there := range map[string]logs{"alma9.1": {"stream9.1": ""}, "stream9.1": {"alma9.1": ""}} {
		run := world{counts: "1/1 1/1"}.run(t)
		number(&run)
		if _, err := Compare(&run, there.read); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without the output of %s: %v", missing, err)
		}
	}
}

func TestRelationOf(t *testing.T) {
	for want, c := range map[string]rpm.Change{
		"newer on AlmaLinux":               {Relation: rpm.LeftNewer, LeftModified: true},
		"equal but for a Z-stream counter": {Relation: rpm.EqualButCounter},
		"modified by AlmaLinux":            {Relation: rpm.Equal, LeftModified: true},
	} {
		if got := RelationOf(c); got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}

// TestUnrun: a side without an attempt printed nothing, which is not the same as
// what the other one printed.
func TestUnrun(t *testing.T) {
	for want, counts := range map[string]string{
		"": "1/1 1/1", "AlmaLinux 9": "0/0 1/1", "CentOS Stream 9": "1/1 0/0", "AlmaLinux 9, CentOS Stream 9": "0/0 0/0",
	} {
		run := world{counts: counts, alma: "app 1-1", stream: "app 1-1"}.run(t)
		c, err := Compare(&run, func(string) (Log, error) { return Log{}, nil })
		if got := strings.Join(c.Unrun(), ", "); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", counts, got, err, want)
		}
	}
}

// TestUnprepared: a side that was not prepared has no packages, which is not the
// same as having the same ones.
func TestUnprepared(t *testing.T) {
	unprepared := func(n int) func(*Run) { return func(r *Run) { r.Sides[n].Prepared = Prepared{} } }
	for want, with := range map[string][]func(*Run){
		"": nil, "AlmaLinux 9": {unprepared(0)}, "CentOS Stream 9": {unprepared(1)}, "AlmaLinux 9, CentOS Stream 9": {unprepared(0), unprepared(1)},
	} {
		run := world{counts: "0/0 0/0", alma: "app 1-1", stream: "app 1-1", with: with}.run(t)
		c, err := Compare(&run, logs{}.read)
		if got := strings.Join(c.Unprepared(), ", "); err != nil || got != want || len(c.Packages) != 0 {
			t.Errorf("got %q, %v, %v; want %q", got, c.Packages, err, want)
		}
	}
}
