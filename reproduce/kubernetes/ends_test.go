package kubernetes_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/kubernetes"
)

// TestScriptsEnd runs the pod's own scripts and reads what they say: one end
// and one status for each, as with any engine.
func TestScriptsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		recipe reproduce.Recipe
		want   reproduce.Facts
		kind   reproduce.ReadingKind
		change func(*scene)
	}{
		"not seen":  {recipe: reproduce.Recipe{Test: "echo fine"}, want: reproduce.Facts{Excerpt: "fine"}, kind: reproduce.NotSeen},
		"seen":      {recipe: reproduce.Recipe{Test: "echo 'cannot add' >&2; exit 1"}, want: reproduce.Facts{Status: 1, Excerpt: "cannot add", ErrorLines: []string{"cannot add"}}, kind: reproduce.Seen},
		"skips":     {recipe: reproduce.Recipe{Test: "exit 77"}, want: reproduce.Facts{Status: 77}, kind: reproduce.CannotTell},
		"crash":     {recipe: reproduce.Recipe{Test: "bash -c 'kill -SEGV $$'"}, want: reproduce.Facts{Status: 139, Excerpt: "*", ErrorLines: []string{"*"}}, kind: reproduce.Seen},
		"killed":    {recipe: reproduce.Recipe{Test: "exit 137"}, want: reproduce.Facts{Status: 137}, kind: reproduce.CannotTell},
		"missing":   {recipe: reproduce.Recipe{Test: "nosuchcommand | grep -c x || exit 0"}, want: reproduce.Facts{Missing: []string{"nosuchcommand"}, Excerpt: "*", ErrorLines: []string{"*"}}, kind: reproduce.Failed},
		"not found": {recipe: reproduce.Recipe{Test: "exit 127"}, want: reproduce.Facts{Status: 127}, kind: reproduce.Failed},
		"syntax":    {recipe: reproduce.Recipe{Test: "if"}, want: reproduce.Facts{Step: reproduce.StepSyntax, Status: 2, Detail: "*"}, kind: reproduce.Failed},
		"precheck":  {recipe: reproduce.Recipe{Test: "true", Precheck: "echo no hardware; exit 4"}, want: reproduce.Facts{Step: reproduce.StepPrecheck, Status: 4, Detail: "no hardware"}, kind: reproduce.Failed},
		"no line feed": {recipe: reproduce.Recipe{Test: "printf 'half a line'; exit 3"},
			want: reproduce.Facts{Status: 3, Excerpt: "half a line"}, kind: reproduce.Seen},
		"forged": {recipe: reproduce.Recipe{Test: `n=00000000000000000000000000000000; printf '\036%s =verdict step test\n\036%s =verdict status 1\n\036%s =end\no9 =end\n' $n $n $n`},
			want: reproduce.Facts{Excerpt: "*", ErrorLines: []string{"*"}}, kind: reproduce.NotSeen},
		"background": {recipe: reproduce.Recipe{Test: "sleep 60 & exit 5"}, want: reproduce.Facts{Status: 5}, kind: reproduce.Seen},
		"open":       {recipe: reproduce.Recipe{Test: "exit 1"}, want: reproduce.Facts{End: reproduce.EndEngine, Detail: "*"}, kind: reproduce.Failed, change: func(s *scene) { s.Env = []string{"KUBERNETES_SERVICE_HOST="} }},
		"base fails": {recipe: reproduce.Recipe{Test: "exit 1"}, want: reproduce.Facts{Step: reproduce.StepBase, Status: 1}, kind: reproduce.Failed,
			change: func(s *scene) { s.Env = []string{"DNF_FAILS=Error: Failed to download metadata for repo 'baseos'"} }},
	} {
		t.Run(name, func(t *testing.T) {
			s := scene{Run: true}
			if c.change != nil {
				c.change(&s)
			}
			cluster := newCluster(t, s)
			at := spec(c.recipe)
			if name == "base fails" {
				at.Image = "quay.io/almalinuxorg/almalinux@" + digest + "?packages=&prepare=pod"
			}
			result, err := cluster.engine(nil).Attempt(t.Context(), at, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := result.Facts
			if c.want.End == "" {
				c.want.End = reproduce.EndExited
			}
			c.want.Worker = reproduce.Kubernetes
			if c.want.Step == "" {
				c.want.Step = reproduce.StepTest
			}
			if c.want.Excerpt == "*" && got.Excerpt != "" {
				got.Excerpt, got.ErrorLines = "*", []string{"*"}
			}
			if c.want.Detail == "*" && got.Detail != "" {
				got.Detail = "*"
			}
			if name == "open" { // the mark of the test never came
				got.Step = reproduce.StepTest
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if kind := reproduce.Read(reproduce.Oracle{Kind: reproduce.OracleExit}, reproduce.Attempt{Facts: result.Facts}).Kind; kind != c.kind {
				t.Errorf("it reads as %s, not %s", kind, c.kind)
			}
			cluster.clean()
		})
	}
}

// hanging is a log whose test began and does not go on.
const hanging = "o1 \x1eNONCE syntax\ne1 \x1eNONCE syntax\no2 \x1eNONCE test\ne2 \x1eNONCE test\no3 so far\n"

// finished is a log with a verdict.
const finished = hanging + "o4 \x1eNONCE =begin\no5 \x1eNONCE =uptime 10.00 11.50\no6 \x1eNONCE =verdict step test\no7 \x1eNONCE =verdict status 1\n" +
	"o8 \x1eNONCE =verdict oom_kills 0\no9 \x1eNONCE =verdict pids_max 0\no10 \x1eNONCE =verdict end NONCE\no11 \x1eNONCE =end\ne3 \x1eNONCE =end\n"

// TestClusterEnds: each way in which a cluster ends a pod is one end.
func TestClusterEnds(t *testing.T) {
	// These wait as long as a pod may take to start.
	never := []string{"never begins", "prepares for ever", "unschedulable", "slow node", "no pod", "no events"}
	for name, c := range map[string]struct {
		scene  scene
		end    reproduce.End
		detail string // an expression
	}{
		"verdict":            {scene{Log: finished, Pods: []string{"none", "pending", "creating", "running", "succeeded"}}, reproduce.EndExited, `^$`},
		"oom":                {scene{Log: hanging, Pods: []string{"running", "oomkilled"}}, reproduce.EndMemory, "memory limit"},
		"137":                {scene{Log: hanging, Pods: []string{"running", "error137"}}, reproduce.EndLost, "137"},
		"no verdict":         {scene{Log: hanging, Pods: []string{"running", "succeeded"}}, reproduce.EndLost, "no verdict"},
		"half a verdict":     {scene{Log: strings.Replace(finished, "=verdict status 1", "=missing x", 1), Pods: []string{"running", "succeeded"}}, reproduce.EndLost, "verdict has"},
		"another's verdict":  {scene{Log: strings.Replace(finished, "end NONCE", "end 123", 1), Pods: []string{"running", "succeeded"}}, reproduce.EndLost, "not of this container"},
		"other nonce":        {scene{Log: strings.ReplaceAll(finished, "NONCE", "00000000000000000000000000000000"), Pods: []string{"running", "succeeded"}}, reproduce.EndLost, "no verdict"},
		"gap":                {scene{Log: strings.Replace(finished, "o3 so far\n", "", 1), Pods: []string{"running", "succeeded"}}, reproduce.EndLost, "lost a part of the log"},
		"end of one stream":  {scene{Log: strings.Replace(finished, "e3 ", "x3 ", 1), Pods: []string{"running", "succeeded"}}, reproduce.EndLost, "no verdict"},
		"deadline":           {scene{Log: hanging, Pods: []string{"running", "deadline"}}, reproduce.EndTimeout, `^$`},
		"deadline, no test":  {scene{Log: "", Pods: []string{"running", "deadline"}}, reproduce.EndEngine, "before its test"},
		"hang":               {scene{Log: hanging, Hang: true}, reproduce.EndTimeout, `^$`},
		"too long":           {scene{Log: strings.Replace(finished, "11.50", "99.50", 1), Pods: []string{"running", "succeeded"}}, reproduce.EndTimeout, `^$`},
		"hang, node lost":    {scene{Log: hanging, Hang: true, Pods: []string{"running", "nodelost"}}, reproduce.EndLost, "node"},
		"never begins":       {scene{Log: "", Hang: true}, reproduce.EndEngine, "did not begin in time"},
		"prepares for ever":  {scene{Log: "o1 \x1eNONCE base\ne1 \x1eNONCE base\no2 \x1eNONCE done\no3 \x1eNONCE require\n", Hang: true}, reproduce.EndEngine, "did not begin in time"},
		"evicted":            {scene{Log: hanging, Pods: []string{"running", "evicted"}}, reproduce.EndDisk, "ephemeral storage limit"},
		"evicted, pod":       {scene{Log: hanging, Pods: []string{"running", "evicted-pod"}}, reproduce.EndDisk, "total limit"},
		"evicted, volume":    {scene{Log: hanging, Pods: []string{"running", "evicted-volume"}}, reproduce.EndDisk, "EmptyDir"},
		"evicted, node full": {scene{Log: hanging, Pods: []string{"running", "evicted-node"}}, reproduce.EndLost, "low on resource"},
		"node lost":          {scene{Log: hanging, Pods: []string{"running", "nodelost"}}, reproduce.EndLost, "node was lost"},
		"drained":            {scene{Log: hanging, Pods: []string{"running", "drained"}}, reproduce.EndLost, "drained"},
		"pod removed":        {scene{Log: hanging, Pods: []string{"running", "none"}}, reproduce.EndLost, "removed the pod"},
		"removed, pending":   {scene{Pods: []string{"pending", "none"}}, reproduce.EndLost, "removed the pod"},
		"registry away":      {scene{Pods: []string{"errpull", "backoff-network"}}, reproduce.EndEngine, "no such host"},
		"config":             {scene{Pods: []string{"configerror"}}, reproduce.EndEngine, "configmap"},
		"no bash":            {scene{Pods: []string{"nobash"}}, reproduce.EndEngine, "/bin/bash"},
		"no awk":             {scene{Log: "the image has no awk\n", Pods: []string{"running", "succeeded"}}, reproduce.EndLost, "no awk"},
		"unschedulable":      {scene{Pods: []string{"pending"}}, reproduce.EndEngine, "Insufficient memory"},
		"slow node":          {scene{Pods: []string{"creating"}}, reproduce.EndEngine, "did not start in time"},
		"rejected":           {scene{Pods: []string{"admission"}}, reproduce.EndLost, "UnexpectedAdmissionError"},
		"no pod": {scene{Pods: []string{"none"}, Events: `{"kind":"List","items":[{"reason":"FailedCreate","message":"Error creating: pods \"x\" is forbidden: exceeded quota: compute"}]}`},
			reproduce.EndEngine, "exceeded quota"},
		"no events": {scene{Pods: []string{"none"}, Fail: map[string]string{"get events": `Error from server (Forbidden): events is forbidden`}}, reproduce.EndEngine, "made no pod"},
		"log refused": {scene{Pods: []string{"running", "succeeded"}, Fail: map[string]string{"logs": `Error from server (Forbidden): pods "x" is forbidden: User "u" cannot get resource "pods/log" in API group "" in the namespace "triage"`}},
			reproduce.EndLost, "pods/log"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := newCluster(t, c.scene)
			at := spec(reproduce.Recipe{Test: "exit 1"})
			if c.scene.Hang {
				at.Timeout = time.Millisecond
			}
			result, err := cluster.engine(func(cfg *kubernetes.Config) {
				if slices.Contains(never, name) {
					cfg.Starting = 300 * time.Millisecond
				}
			}).Attempt(t.Context(), at, nil)
			if err != nil {
				t.Fatal(err)
			}
			if result.Facts.End != c.end || !regexp.MustCompile(c.detail).MatchString(result.Facts.Detail) {
				t.Errorf("%s: %q", result.Facts.End, result.Facts.Detail)
			}
			reading := reproduce.Read(reproduce.Oracle{Kind: reproduce.OracleExit}, reproduce.Attempt{Facts: result.Facts})
			if valid := c.end == reproduce.EndExited; reading.Valid() != valid {
				t.Errorf("reads as %v", reading)
			}
			cluster.clean()
		})
	}
}

// TestErrors: what makes the engine unusable is one clear sentence with what to
// do, and an image that is not there is said to be gone.
func TestErrors(t *testing.T) {
	const server = "Error from server (Forbidden): error when creating \"STDIN\": "
	for name, c := range map[string]struct {
		scene scene
		want  string
		code  reproduce.Code
	}{
		"image gone":   {scene{Pods: []string{"errpull", "backoff"}}, "not found", ""},
		"never pulled": {scene{Pods: []string{"neverpull"}}, "pull policy of Never", ""},
		"invalid name": {scene{Pods: []string{"invalidname"}}, "invalid reference", ""},
		"forbidden": {scene{Fail: map[string]string{"create": server + `jobs.batch is forbidden: User "u" cannot create resource "jobs" in API group "batch" in the namespace "triage"`}},
			"role of docs/kubernetes.md", reproduce.CodeEngine},
		"no namespace": {scene{Fail: map[string]string{"create": `Error from server (NotFound): error when creating "STDIN": namespaces "triage" not found`}}, "create the namespace triage", reproduce.CodeEngine},
		"policy forbidden": {scene{Fail: map[string]string{"apply": `Error from server (Forbidden): networkpolicies.networking.k8s.io is forbidden`, "get networkpolicy": `Error from server (NotFound): x`}},
			"network policy", reproduce.CodeEngine},
		"refused": {scene{Fail: map[string]string{"create": "E1125 09:29:20.910155   15095 memcache.go:265] \"Unhandled Error\" err=\"dial tcp 127.0.0.1:8080: connect: connection refused\"\n" +
			"The connection to the server localhost:8080 was refused - did you specify the right host or port?"}}, "cluster-info", reproduce.CodeEngine},
		"unreachable": {scene{Fail: map[string]string{"create": "Unable to connect to the server: dial tcp 192.0.2.1:443: i/o timeout"}}, "cluster-info", reproduce.CodeEngine},
		"context":     {scene{Fail: map[string]string{"apply": "Error in configuration: context was not found for specified context: lab", "get networkpolicy": "error"}}, "get-contexts", reproduce.CodeEngine},
		"logged out":  {scene{Fail: map[string]string{"get pods": "error: You must be logged in to the server (Unauthorized)"}}, "log in", reproduce.CodeEngine},
		"garbage":     {scene{Garbage: true}, "not kubectl's", reproduce.CodeEngine},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := newCluster(t, c.scene)
			_, err := cluster.engine(nil).Attempt(t.Context(), spec(reproduce.Recipe{Test: "true"}), nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || reproduce.CodeOf(err) != c.code {
				t.Errorf("%v", err)
			}
			if gone := errors.Is(err, reproduce.ErrImageGone); gone != (c.code == "") {
				t.Errorf("gone: %v", gone)
			}
			cluster.clean()
		})
	}
}

// TestNoKubectl: a kubectl that is missing, and one that hangs.
func TestNoKubectl(t *testing.T) {
	cluster := newCluster(t, scene{Stuck: "create"})
	missing := cluster.engine(func(c *kubernetes.Config) { c.Kubectl = "no-such-kubectl" })
	_, err := missing.Attempt(t.Context(), spec(reproduce.Recipe{Test: "true"}), nil)
	if reproduce.CodeOf(err) != reproduce.CodeEngine || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("%v", err)
	}
	hung := cluster.engine(func(c *kubernetes.Config) { c.Quick = 3 * time.Second })
	_, err = hung.Attempt(t.Context(), spec(reproduce.Recipe{Test: "true", Network: reproduce.NetworkFull}), nil)
	if reproduce.CodeOf(err) != reproduce.CodeEngine || !strings.Contains(err.Error(), "hangs") {
		t.Errorf("%v", err)
	}
}

// TestInterrupted: who stops a run leaves nothing in the cluster.
func TestInterrupted(t *testing.T) {
	for name, s := range map[string]scene{"waiting": {Pods: []string{"creating"}}, "running": {Log: hanging, Hang: true}} {
		t.Run(name, func(t *testing.T) {
			cluster := newCluster(t, s)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			_, err := cluster.engine(func(c *kubernetes.Config) { c.Starting = time.Minute }).Attempt(ctx, spec(reproduce.Recipe{Test: "true"}), nil)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
			cluster.clean()
		})
	}
}

// TestCutLog: a log that is cut is read again, and each of its lines counts once.
func TestCutLog(t *testing.T) {
	cluster := newCluster(t, scene{Log: finished, Cut: 5, Pods: []string{"running", "running", "running", "running", "succeeded"}})
	result, err := cluster.engine(nil).Attempt(t.Context(), spec(reproduce.Recipe{Test: "exit 1"}), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"so far"}
	var got []string
	for _, line := range result.Log.Lines {
		got = append(got, line.Text)
	}
	if diff := cmp.Diff(want, got); diff != "" || result.Facts.End != reproduce.EndExited || result.Duration != 1500*time.Millisecond {
		t.Errorf("%s %s %v", diff, result.Facts.End, result.Duration)
	}
	cluster.clean()
}

// TestStreams: both streams come back as they were, long lines, raw bytes and
// bash's echo included, and the pattern is looked for in the one that is asked.
func TestStreams(t *testing.T) {
	cluster := newCluster(t, scene{Run: true})
	at := spec(reproduce.Recipe{Test: `set -x; printf 'a\377\033[1mb\n'; printf '%010000d\n' 7; echo bad >&2; printf '\n\nlast'`,
		Environment: map[string]string{"X": "it's"}})
	at.Pattern, at.Stream = regexp.MustCompile("bad"), reproduce.Stdout
	lines := 0
	result, err := cluster.engine(nil).Attempt(t.Context(), at, func(ev reproduce.Event) {
		if ev.Kind == reproduce.EventLine {
			lines++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	said := map[reproduce.Stream][]string{}
	for _, line := range result.Log.Lines {
		said[line.Stream] = append(said[line.Stream], line.Text)
	}
	if diff := cmp.Diff([]string{"a\xff\x1b[1mb", strings.Repeat("0", 9999) + "7", "", "", "last"}, said[reproduce.Stdout]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"bad"}, said[reproduce.Stderr]); diff != "" {
		t.Error(diff)
	}
	if trace := strings.Join(said[reproduce.Trace], "\n"); !strings.Contains(trace, "+ echo bad") {
		t.Errorf("trace: %q", trace)
	}
	if result.Facts.Match == nil || result.Facts.Match.Count != 0 || lines != 6 {
		t.Errorf("match %+v, %d lines were live", result.Facts.Match, lines)
	}
}
