package cli

import (
	"cmp"
	"context"
	"log/slog"
	"path/filepath"

	"github.com/adrg/xdg"

	"github.com/almatriage/almatriage/cmd/internal/config"
	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/kubernetes"
	"github.com/almatriage/almatriage/reproduce/podman"
)

// engines are what containers are run by. Each is made when it is asked for.
type engines struct {
	local   *podman.Engine
	workers []*podman.Engine
	cluster *kubernetes.Engine
}

// engine is podman on this computer, as configured.
func (a *app) engine() (*podman.Engine, error) {
	if a.engines.local != nil {
		return a.engines.local, nil
	}
	c, err := a.config()
	if err != nil {
		return nil, err
	}
	e, err := podman.New(podman.Config{Podman: c.Engine.Podman, GlobalArgs: c.Engine.GlobalArgs, RunArgs: c.Engine.RunArgs,
		Dir: runDir(), Jobs: c.Engine.Jobs, Memory: c.Engine.Limits.Memory})
	if err != nil {
		return nil, err
	}
	a.engines.local = e
	return e, nil
}

// runDir is where containers' working directories are.
func runDir() string { return filepath.Join(home("XDG_CACHE_HOME", xdg.CacheHome), "run") }

// workers are podman on other computers, as configured. The connection says
// all that the global options say here.
func (a *app) workers() ([]*podman.Engine, error) {
	c, err := a.config()
	if err != nil || a.engines.workers != nil {
		return a.engines.workers, err
	}
	for _, w := range c.Engine.Workers {
		e, err := podman.New(podman.Config{Podman: c.Engine.Podman, Connection: w.Name, RunArgs: c.Engine.RunArgs, Dir: runDir(), Jobs: w.Slots})
		if err != nil {
			return nil, err
		}
		a.engines.workers = append(a.engines.workers, e)
	}
	return a.engines.workers, nil
}

// podmans are all that this computer's configuration knows: its own, and workers.
func (a *app) podmans() ([]*podman.Engine, error) {
	own, err := a.engine()
	if err != nil {
		return nil, err
	}
	workers, err := a.workers()
	return append([]*podman.Engine{own}, workers...), err
}

// cluster is the engine of Kubernetes, as configured.
func (a *app) cluster() (*kubernetes.Engine, error) {
	if a.engines.cluster != nil {
		return a.engines.cluster, nil
	}
	c, err := a.config()
	if err != nil {
		return nil, err
	}
	k := c.Engine.Cluster
	e, err := kubernetes.New(kubernetes.Config{Kubectl: k.Kubectl, Context: k.Context, Namespace: k.Namespace, Prepared: k.Prepared, Probe: k.Probe,
		Jobs: c.Engine.Jobs, Owner: podman.ThisProcess(), Alive: podman.Alive})
	if err != nil {
		return nil, err
	}
	a.engines.cluster = e
	return e, nil
}

// lab is the use case of running recipes, by the engine that is configured or
// was asked for.
func (a *app) lab(ctx context.Context) (*reproduce.Lab, error) {
	c, err := a.config()
	if err != nil {
		return nil, err
	}
	db, err := a.store(ctx)
	if err != nil {
		return nil, err
	}
	lab := &reproduce.Lab{Cache: db, Journal: db, Owner: podman.ThisProcess(), Limits: c.Engine.Limits, Timeout: c.Engine.Timeout,
		Budget: c.Engine.Budget, PreparedFor: c.Engine.PreparedFor,
		Lost: func(err error) { a.log.Warn("worker lost", "error", err.Error()) }}
	if a.kindOf(c) == config.Kubernetes {
		e, err := a.cluster()
		if err != nil {
			return nil, err
		}
		lab.Engine, lab.Kind, lab.Slots = e, reproduce.Kubernetes, e.Jobs()
		return lab, nil
	}
	workers, err := a.workers()
	if err != nil {
		return nil, err
	}
	for _, e := range workers {
		lab.Workers = append(lab.Workers, reproduce.Worker{Name: e.Worker(), Engine: e, Slots: e.Jobs()})
	}
	if !runsHere(c) {
		return lab, nil
	}
	e, err := a.engine()
	if err != nil {
		return nil, err
	}
	lab.Engine, lab.Slots = e, e.Jobs()
	return lab, nil
}

// kindOf is what runs containers: what was asked for, or what is configured.
func (a *app) kindOf(c *config.Config) config.EngineKind { return cmp.Or(a.engineKind, c.Engine.Kind) }

// runsHere tells whether this computer's podman takes runs, too.
func runsHere(c *config.Config) bool { return c.Engine.Local || len(c.Engine.Workers) == 0 }

// slots is how many containers a lab runs at once.
func slots(lab *reproduce.Lab) int {
	n := lab.Slots
	for _, w := range lab.Workers {
		n += w.Slots
	}
	return n
}

// close ends what the engines still do in the background. A worker or a cluster
// that is lost keeps what is there until the next sweep.
func (e *engines) close(ctx context.Context, log *slog.Logger) []error {
	far := func(err error) error {
		if reproduce.CodeOf(err) != reproduce.CodeEngine {
			return err
		}
		log.Warn("what runs elsewhere is lost", "error", err.Error())
		return nil
	}
	var errs []error
	if e.local != nil {
		errs = append(errs, e.local.Close(ctx))
	}
	for _, w := range e.workers {
		errs = append(errs, far(w.Close(ctx)))
	}
	if e.cluster != nil {
		errs = append(errs, far(e.cluster.Close(ctx)))
	}
	return errs
}
