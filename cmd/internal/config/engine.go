package config

import (
	"regexp"
	"strconv"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// EngineKind is what containers are run by.
type EngineKind string

// The kinds of engines.
const (
	Podman     EngineKind = "podman"
	Kubernetes EngineKind = "kubernetes"
)

// Engine is how reproducers are run.
type Engine struct {
	Kind        EngineKind
	Podman      string   // command or path
	GlobalArgs  []string // before "run", and before every other command
	RunArgs     []string // after "run"
	Pull        reproduce.Pull
	Timeout     time.Duration // of one attempt, where the recipe gives none
	Budget      time.Duration // of one run
	Limits      reproduce.Limits
	Jobs        int           // 0: the engine chooses by cores and memory
	PreparedFor time.Duration // how long a prepared image is used
	// Local: this computer takes runs, too. It does so where there are no Workers.
	Local   bool
	Workers []Worker
	Cluster Cluster
}

// Worker is a podman on another computer.
type Worker struct {
	Name  string // of the connection (podman system connection)
	Slots int    // containers at once
}

// Cluster is where Kubernetes runs Jobs.
type Cluster struct {
	Kubectl   string // command or path
	Context   string // of kubectl's configuration; "": its current one
	Namespace string
	Prepared  string // registry and path of prepared images; "": each Job prepares
	Probe     string // host:port that a test must not reach, or none; "": the cluster's API
}

func (r *reader) engine(t *table, e *Engine) {
	word(t, "kind", &e.Kind, Podman, Kubernetes)
	t.text("podman", &e.Podman, "podman")
	t.texts("global_args", &e.GlobalArgs, "--log-level=error")
	t.texts("run_args", &e.RunArgs, "--security-opt=label=disable")
	word(t, "pull", &e.Pull, reproduce.PullMissing, reproduce.PullNewer, reproduce.PullAlways, reproduce.PullNever)
	t.duration("timeout", &e.Timeout, time.Second)
	t.duration("budget", &e.Budget, time.Second)
	t.size("disk", &e.Limits.Disk)
	t.size("memory", &e.Limits.Memory)
	t.number("cpus", &e.Limits.CPUs, 4096)
	t.count("pids", &e.Limits.Pids, 16, 1<<22)
	t.count("jobs", &e.Jobs, 0, 1024)
	t.duration("prepared_for", &e.PreparedFor, time.Second)
	t.truth("local", &e.Local)
	r.workers(t, e)
	cluster := t.table("kubernetes")
	cluster.text("kubectl", &e.Cluster.Kubectl, "kubectl")
	cluster.text("context", &e.Cluster.Context, "lab")
	cluster.text("namespace", &e.Cluster.Namespace, "triage")
	cluster.text("prepared", &e.Cluster.Prepared, "registry.example.org/alma/triage")
	cluster.text("probe", &e.Cluster.Probe, "10.0.0.10:53")
	cluster.end()
	if e.Kind == Kubernetes && e.Cluster.Namespace == "" {
		t.problem("kind", "is kubernetes, and [engine.kubernetes] has no namespace; expected one such as \"triage\"")
	}
	t.end()
}

// connectionName is what podman takes for the name of a connection; above all
// it is no option.
var connectionName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$`)

// workers reads [[engine.worker]] tables.
func (r *reader) workers(engine *table, e *Engine) {
	const want = "[[engine.worker]], with two brackets, and a name below it"
	list, ok := take[[]any](engine, "worker", want)
	if !ok {
		return
	}
	names := map[string]bool{}
	for i, item := range list {
		path := append(engine.at("worker"), strconv.Itoa(i))
		values, ok := item.(map[string]any)
		if !ok {
			r.problem(path, "engine.worker has %s as entry %d; expected %s", kindOf(item), i+1, want)
			continue
		}
		t := &table{r: r, path: path, label: "engine.worker", values: values}
		w := Worker{Slots: 2}
		t.text("name", &w.Name, "builder")
		t.count("slots", &w.Slots, 1, 1024)
		t.end()
		switch {
		case !t.has("name"):
			r.problem(path, "worker %d has no name; expected that of a connection, as podman system connection list shows it", i+1)
		case w.Name != "" && !connectionName.MatchString(w.Name):
			t.problem("name", "is %.60q; expected the name of a connection, as podman system connection list shows it", w.Name)
		case names[w.Name]:
			t.problem("name", "is %q, as that of a worker before it; expected each connection once", w.Name)
		}
		names[w.Name] = true
		e.Workers = append(e.Workers, w)
	}
}
