package config

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/almatriage/almatriage/reproduce"
)

// shown is the form of a configuration without its lists: keys and order are
// those of the file.
type shown struct {
	Engine struct {
		Kind        string        `toml:"kind"`
		Podman      string        `toml:"podman"`
		GlobalArgs  []string      `toml:"global_args"`
		RunArgs     []string      `toml:"run_args"`
		Pull        string        `toml:"pull"`
		Timeout     string        `toml:"timeout"`
		Budget      string        `toml:"budget"`
		Disk        string        `toml:"disk"`
		Memory      string        `toml:"memory"`
		CPUs        float64       `toml:"cpus"`
		Pids        int           `toml:"pids"`
		Jobs        int           `toml:"jobs"`
		PreparedFor string        `toml:"prepared_for"`
		Local       bool          `toml:"local"`
		Kubernetes  shownCluster  `toml:"kubernetes"`
		Worker      []shownWorker `toml:"worker,omitempty"`
	} `toml:"engine"`
	Sync struct {
		Every string `toml:"every"`
	} `toml:"sync"`
	User struct {
		Name  string `toml:"name"`
		Email string `toml:"email"`
	} `toml:"user"`
	UI struct {
		Theme string `toml:"theme"`
		Mouse bool   `toml:"mouse"`
	} `toml:"ui"`
}

type shownCluster struct {
	Kubectl   string `toml:"kubectl"`
	Context   string `toml:"context,omitempty"`
	Namespace string `toml:"namespace,omitempty"`
	Prepared  string `toml:"prepared,omitempty"`
	Probe     string `toml:"probe,omitempty"`
}

type shownWorker struct {
	Name  string `toml:"name"`
	Slots int    `toml:"slots"`
}

// Show is what is in force, as a configuration that says the same. Secrets are
// left out: a token_command, whose words may hold one, is only said to be there.
func (c Config) Show() (string, error) {
	var b strings.Builder
	if len(c.Trackers) == 0 {
		b.WriteString("tracker = []\n\n")
	}
	for _, t := range c.Trackers {
		if err := showTracker(&b, t); err != nil {
			return "", err
		}
	}
	for _, name := range c.Targets.Names() {
		if err := showTarget(&b, c.Targets[name]); err != nil {
			return "", err
		}
	}
	for _, q := range c.Queues {
		if err := showTable(&b, "[[queue]]", struct {
			Name  string `toml:"name"`
			Query string `toml:"query"`
		}{q.Name, q.Query}); err != nil {
			return "", err
		}
	}
	if len(c.Keys) > 0 {
		if err := showTable(&b, "[keys]", c.Keys); err != nil {
			return "", err
		}
	}
	rest, err := toml.Marshal(c.shown())
	if err != nil {
		return "", fmt.Errorf("write the configuration: %w", err)
	}
	b.Write(rest)
	return b.String(), nil
}

func (c Config) shown() shown {
	var s shown
	s.Engine.Kind, s.Engine.Podman, s.Engine.Pull, s.Engine.Local = string(c.Engine.Kind), c.Engine.Podman, string(c.Engine.Pull), c.Engine.Local
	s.Engine.Kubernetes = shownCluster(c.Engine.Cluster)
	for _, w := range c.Engine.Workers {
		s.Engine.Worker = append(s.Engine.Worker, shownWorker(w))
	}
	s.Engine.GlobalArgs, s.Engine.RunArgs = list(c.Engine.GlobalArgs), list(c.Engine.RunArgs)
	s.Engine.Timeout, s.Engine.Budget = showDuration(c.Engine.Timeout), showDuration(c.Engine.Budget)
	s.Engine.Disk, s.Engine.Memory = showSize(c.Engine.Limits.Disk), showSize(c.Engine.Limits.Memory)
	s.Engine.CPUs, s.Engine.Pids, s.Engine.Jobs = c.Engine.Limits.CPUs, c.Engine.Limits.Pids, c.Engine.Jobs
	s.Engine.PreparedFor = showDuration(c.Engine.PreparedFor)
	s.Sync.Every = cmp.Or(showDuration(c.Sync.Every), "auto")
	s.User.Name, s.User.Email = c.User.Name, c.User.Email
	s.UI.Theme, s.UI.Mouse = string(c.UI.Theme), c.UI.Mouse
	return s
}

// list is never nil, so that an empty one is written.
func list(items []string) []string { return append([]string{}, items...) }

func showTracker(b *strings.Builder, t Tracker) error {
	fields := struct {
		Name      string   `toml:"name"`
		Kind      string   `toml:"kind"`
		URL       string   `toml:"url"`
		Projects  []string `toml:"projects,omitempty"`
		Repos     []string `toml:"repos,omitempty,multiline"`
		TokenFile string   `toml:"token_file,omitempty"`
	}{t.Name, string(t.Kind), t.URL, t.Projects, t.Repos, t.TokenFile}
	if t.TokenCommand != "" {
		b.WriteString("# A token_command is set for this one; it is not shown.\n")
	}
	return showTable(b, "[[tracker]]", fields)
}

func showTarget(b *strings.Builder, t reproduce.Target) error {
	fields := struct {
		Image        string  `toml:"image"`
		Distribution string  `toml:"distribution"`
		Release      string  `toml:"release"`
		Ended        string  `toml:"ended,omitempty"`
		Setup        *string `toml:"setup"`
	}{Image: t.Image, Distribution: string(t.Distribution), Release: t.Release}
	if !t.Ended.IsZero() {
		fields.Ended = t.Ended.Format(time.DateOnly)
	}
	// An empty script is told where it takes a built-in one away.
	if t.Setup != "" || reproduce.BuiltinTargets()[t.Name].Setup != "" {
		fields.Setup = &t.Setup
	}
	return showTable(b, "[target."+tomlKey(t.Name)+"]", fields)
}

func showTable(b *strings.Builder, header string, fields any) error {
	data, err := toml.Marshal(fields)
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	fmt.Fprintf(b, "%s\n%s\n", header, data)
	return nil
}

// tomlKey quotes a target's name where a dot would part it.
func tomlKey(name string) string {
	if strings.Contains(name, ".") {
		return `"` + name + `"`
	}
	return name
}

// showDuration writes a time without parts that are nothing; "" for none.
func showDuration(d time.Duration) string {
	if d == 0 {
		return ""
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// showSize writes a number of bytes in the largest unit that leaves it whole.
func showSize(n int64) string {
	unit := 0
	for unit < len("kmgt") && n%1024 == 0 && n > 0 {
		n, unit = n/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d%c", n, "kmgt"[unit-1])
}
