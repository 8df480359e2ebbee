package kubernetes_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/kubernetes"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

// TestManifest: what goes into the cluster, and all command lines of an attempt.
func TestManifest(t *testing.T) {
	cluster := newCluster(t, scene{Log: finished, Pods: []string{"running", "succeeded"}})
	at := spec(reproduce.Recipe{Test: "exit 1", Require: []string{"gizmo"}, Prepare: "true",
		Files: []reproduce.File{{Path: "data/a b.txt", Data: []byte("x\x00")}, {Path: "run.sh", Executable: true}}})
	at.ID, at.Target.Name = "almatriage-0198c0de-0000-7000-8000-000000000001", "alma 9"
	at.Image = "quay.io/almalinuxorg/almalinux@" + digest + "?arch=amd64&packages=abc&prepare=pod&control=lib-1-1.x86_64"
	engine := cluster.engine(func(c *kubernetes.Config) { c.Now = func() time.Time { return time.Unix(1800000000, 0) } })
	if _, err := engine.Attempt(t.Context(), at, nil); err != nil {
		t.Fatal(err)
	}
	var manifest map[string]any
	for _, one := range cluster.calls() {
		if strings.Contains(strings.Join(one.Args, " "), " create ") {
			if err := json.Unmarshal([]byte(one.Input), &manifest); err != nil {
				t.Fatal(err)
			}
			config, _, err := readManifest([]byte(one.Input))
			if err != nil {
				t.Error(err)
			}
			for key, data := range config.BinaryData {
				if bytes.Contains(data, []byte("final=")) {
					golden(t, "plan.sh", string(data))
					delete(config.BinaryData, key)
				}
			}
		}
	}
	delete(manifest["items"].([]any)[0].(map[string]any), "binaryData")
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(manifest); err != nil {
		t.Fatal(err)
	}
	golden(t, "job.json", regexp.MustCompile(`"[0-9a-f]{32}"`).ReplaceAllString(text.String(), `"NONCE"`))
	golden(t, "attempt.argv", strings.Join(cluster.argv(), "\n")+"\n")
	cluster.clean()
}

// TestTooLarge: files that a cluster does not take are named before it is asked.
func TestTooLarge(t *testing.T) {
	cluster := newCluster(t, scene{})
	at := spec(reproduce.Recipe{Test: "true", Network: reproduce.NetworkFull, Files: []reproduce.File{{Path: "big", Data: make([]byte, 1<<20)}}})
	_, err := cluster.engine(nil).Attempt(t.Context(), at, nil)
	if err == nil || !strings.Contains(err.Error(), "900 KiB") {
		t.Errorf("%v", err)
	}
}

// TestPrepareInPod: the pod prepares for itself, its packages are the
// fingerprint, and a pod that gets others is not run.
func TestPrepareInPod(t *testing.T) {
	cluster := newCluster(t, scene{Run: true, Pods: []string{"running", "succeeded"}})
	engine := cluster.engine(nil)
	target := reproduce.Target{Name: "alma9", Image: "quay.io/almalinuxorg/almalinux:9"}
	images, err := engine.Resolve(t.Context(), []reproduce.Target{target}, reproduce.PullMissing, nil)
	if err != nil || images[0].Err != nil {
		t.Fatal(err, images)
	}
	if images[0].Digest != digest || images[0].Arch != "amd64" || "sha256:"+images[0].ID != digest {
		t.Errorf("%+v", images[0])
	}
	cluster.play(scene{Run: true, Pods: []string{"running", "succeeded"}})
	recipe := reproduce.Recipe{Test: "exit 3", Require: []string{"gizmo"}, Prepare: "echo preparing"}
	want := reproduce.PrepareSpec{Target: target, Image: images[0], Prepare: recipe.Prepare, Require: recipe.Require, Limits: spec(recipe).Limits}
	var steps []reproduce.Step
	prepared, err := engine.Prepare(t.Context(), want, func(ev reproduce.Event) {
		if ev.Kind == reproduce.EventStep {
			steps = append(steps, ev.Step)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"gizmo-1.0-1.el9.x86_64"}, prepared.Print.Required["gizmo"]); diff != "" {
		t.Error(diff)
	}
	if prepared.Key != want.Key() || !strings.HasPrefix(prepared.ImageID, "quay.io/almalinuxorg/almalinux@"+digest+"?arch=amd64&packages=") || prepared.Print.Kernel == "" {
		t.Errorf("%+v", prepared)
	}
	if diff := cmp.Diff([]reproduce.Step{reproduce.StepPrepare}, steps); diff != "" {
		t.Error(diff) // base and require printed nothing
	}
	dnf, err := os.ReadFile(filepath.Join(cluster.dir, "dnf"))
	if err != nil || !strings.Contains(string(dnf), "dnf -y upgrade\ndnf -y --setopt=install_weak_deps=False --setopt=tsflags=nodocs install -- gizmo\n") {
		t.Errorf("%s %v", dnf, err)
	}
	at := spec(recipe)
	at.Target, at.Image = target, prepared.ImageID
	cluster.play(scene{Run: true, Pods: []string{"running", "succeeded"}})
	result, err := engine.Attempt(t.Context(), at, nil)
	if err != nil || result.Facts.End != reproduce.EndExited || result.Facts.Status != 3 || result.Log.Bytes != 0 {
		t.Errorf("%+v %v", result, err)
	}
	if argv := strings.Join(cluster.argv(), "\n"); !strings.Contains(argv, "label pod almatriage-job-x7k2p almatriage.network=none --overwrite") {
		t.Error("the pod kept its network\n" + argv)
	}
	cluster.play(scene{Run: true, Pods: []string{"running", "succeeded"}, Env: []string{"RPM_EXTRA=.new"}})
	if _, err := engine.Attempt(t.Context(), at, nil); !errors.Is(err, reproduce.ErrImageGone) {
		t.Errorf("other packages than the fingerprint: %v", err)
	}
	cluster.clean()
}

// TestPrepareFails: a step that fails is named, with dnf's words.
func TestPrepareFails(t *testing.T) {
	target := reproduce.Target{Name: "alma9", Image: "quay.io/almalinuxorg/almalinux:9"}
	want := reproduce.PrepareSpec{Target: target, Image: reproduce.Image{Ref: target.Image, Digest: digest}, Require: []string{"absent"}, Limits: spec(reproduce.Recipe{}).Limits}
	for name, c := range map[string]struct {
		scene    scene
		prepared string
		step     reproduce.Step
		message  string
		infra    bool
	}{
		"mirror":   {scene{Run: true, Env: []string{"DNF_FAILS=Error: Failed to download metadata for repo 'baseos'"}}, "", reproduce.StepBase, "Failed to download", true},
		"memory":   {scene{Log: "o1 \x1eNONCE base\ne1 \x1eNONCE base\n", Pods: []string{"running", "oomkilled"}}, "", reproduce.StepBase, "out of memory", false},
		"no image": {scene{Pods: []string{"backoff"}}, "registry.example.org/alma/triage", reproduce.StepResolve, "registry.example.org/alma/triage/alma9:" + want.Key()[:16] + " is not there", false},
		"no place": {scene{Pods: []string{"pending"}}, "", reproduce.StepBase, "Insufficient memory", true},
		"lacks":    {scene{Run: true, Pods: []string{"running", "succeeded"}}, "registry.example.org/alma/triage", reproduce.StepRequire, "has no absent", false},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := newCluster(t, c.scene)
			_, err := cluster.engine(func(cfg *kubernetes.Config) {
				cfg.Prepared = c.prepared
				if name == "no place" {
					cfg.Starting = 300 * time.Millisecond
				}
			}).Prepare(t.Context(), want, nil)
			var failed *reproduce.StepError
			if !errors.As(err, &failed) || failed.Step != c.step || !strings.Contains(failed.Message, c.message) || failed.Infra != c.infra || failed.Advice == "" {
				t.Errorf("%#v", err)
			}
			cluster.clean()
		})
	}
}

// TestPreparedImage: an image of the user's registry is used by its digest, and
// a control is installed on top of it in each pod.
func TestPreparedImage(t *testing.T) {
	cluster := newCluster(t, scene{Run: true, Pods: []string{"running", "succeeded"}})
	engine := cluster.engine(func(c *kubernetes.Config) { c.Prepared = "registry.example.org/alma/triage/" })
	target := reproduce.Target{Name: "alma9", Image: "quay.io/almalinuxorg/almalinux:9"}
	want := reproduce.PrepareSpec{Target: target, Image: reproduce.Image{Ref: target.Image, Digest: digest}, Require: []string{"gizmo"},
		Changelogs: []string{"gizmo"}, Limits: spec(reproduce.Recipe{}).Limits}
	prepared, err := engine.Prepare(t.Context(), want, nil)
	if err != nil {
		t.Fatal(err)
	}
	if prepared.ImageID != "registry.example.org/alma/triage/alma9@"+digest+"?packages=" {
		t.Error(prepared.ImageID)
	}
	cluster.play(scene{Run: true, Pods: []string{"running", "succeeded"}})
	known := want
	known.Known = &prepared
	prepared.Print.Changelogs = nil
	again, err := engine.Prepare(t.Context(), known, nil)
	if err != nil || !strings.Contains(again.Print.Changelogs["gizmo"], "Fix it") {
		t.Errorf("%v %q", err, again.Print.Changelogs)
	}
	for version, unavailable := range map[string]bool{"0:1.0-1.el9": false, "0:2.0-1.el9": true} {
		cluster.play(scene{Run: true, Pods: []string{"running", "succeeded"}})
		evr, err := rpm.ParseEVR(version)
		if err != nil {
			t.Fatal(err)
		}
		want.Control = &reproduce.Control{Source: "lib", EVR: evr, Packages: []string{"lib"}}
		want.Changelogs = nil
		control, err := engine.Prepare(t.Context(), want, nil)
		if err != nil || (control.Unavailable != "") != unavailable {
			t.Errorf("%v %+v", err, control)
		}
		if !unavailable && !strings.Contains(control.ImageID, "control=lib-1.0-1.el9.x86_64") {
			t.Error(control.ImageID)
		}
	}
	cluster.clean()
}

// TestSweep removes what nobody waits for, and nothing else.
func TestSweep(t *testing.T) {
	item := func(kind, name, owner, deadline string) string {
		return `{"kind":"` + kind + `","metadata":{"name":"` + name + `","labels":{"almatriage.app":"1","almatriage.owner":"` + owner + `","almatriage.deadline":"` + deadline + `"}}}`
	}
	const late, early = "1000", "9999999999"
	cluster := newCluster(t, scene{Listed: `{"kind":"List","items":[` + strings.Join([]string{
		item("Job", "almatriage-mine", "boot_1_2", early), item("Job", "almatriage-dead", "boot_7_8", early), item("ConfigMap", "almatriage-dead", "boot_7_8", early),
		item("Job", "almatriage-alive", "boot_5_5", early), item("Job", "almatriage-elsewhere", "other_7_8", early),
		item("Job", "almatriage-late", "other_7_8", late), item("ConfigMap", "almatriage-orphan", "other_7_8", late), item("Job", "strange", "boot_7_8", late)}, ",") + `]}`})
	engine := cluster.engine(func(c *kubernetes.Config) { c.Alive = func(owner string) bool { return owner == "boot:5:5" } })
	swept, err := engine.Sweep(t.Context(), 0)
	if err != nil || swept != (reproduce.Swept{Containers: 2}) {
		t.Errorf("%+v %v", swept, err)
	}
	golden(t, "sweep.argv", strings.Join(cluster.argv(), "\n")+"\n")
}

// TestShell opens a shell in a pod that waits for it, and removes the pod.
func TestShell(t *testing.T) {
	cluster := newCluster(t, scene{Log: "o1 \x1eNONCE network\ne1 \x1eNONCE network\no2 \x1eNONCE shell\n", Hang: true})
	var out bytes.Buffer
	err := cluster.engine(nil).Shell(t.Context(), spec(reproduce.Recipe{Test: "true"}), reproduce.Stdio{In: strings.NewReader(""), Out: &out, Err: &out, Terminal: true})
	if err != nil || out.String() != "a shell in almatriage-job-x7k2p\n" {
		t.Errorf("%q %v", out.String(), err)
	}
	golden(t, "shell.argv", strings.Join(cluster.argv(), "\n")+"\n")
	cluster.clean()
}

// TestSealing: a test does not begin while the pod still reaches the network.
func TestSealing(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tried := make(chan error, 1)
	go func() {
		connection, err := listener.Accept()
		if err == nil {
			err = connection.Close()
		}
		tried <- errors.Join(err, listener.Close())
	}()
	cluster := newCluster(t, scene{Run: true})
	result, err := cluster.engine(func(c *kubernetes.Config) { c.Probe = listener.Addr().String() }).
		Attempt(t.Context(), spec(reproduce.Recipe{Test: "exit 1"}), nil)
	if err != nil || result.Facts.End != reproduce.EndExited {
		t.Errorf("%+v %v", result.Facts, err)
	}
	select {
	case err := <-tried:
		if err != nil {
			t.Error(err)
		}
	default:
		t.Error("the test began before the network was asked for")
	}
	cluster.clean()
}

// TestNewRefuses a configuration that would end anywhere.
func TestNewRefuses(t *testing.T) {
	if _, err := kubernetes.New(kubernetes.Config{Owner: "x", Alive: func(string) bool { return true }}); reproduce.CodeOf(err) != reproduce.CodeUsage {
		t.Errorf("%v", err)
	}
}
