package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/cmd/internal/config"
	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/widget"
)

func newBackup(a *app) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "Write a whole copy of the database", Args: exactly("a FILE", "FILE"),
		Long: "Writes a whole, consistent copy of the database, also while other programs use it.\nTo restore it, move the database and its -wal and -shm files away and put the copy in\nits place (almatriage doctor says where).",
		RunE: func(cmd *cobra.Command, args []string) error {
			db, err := a.store(cmd.Context())
			if err != nil {
				return err
			}
			if err := db.Backup(cmd.Context(), args[0], force); err != nil {
				return err
			}
			fmt.Fprintf(a.Err, "The database is copied to %s\n", safeLine(args[0]))
			return nil
		},
	}
	cmd.Flags().BoolVarP(&force, "force", "f", false, "overwrite the file")
	return cmd
}

// finding is one thing that the doctor looked at.
type finding struct {
	name   string
	ok     bool
	text   string
	advice string
	err    error
}

func newDoctor(a *app) *cobra.Command {
	var f format
	var full, deep bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Check configuration, database and podman", Args: noArguments,
		Long: "Checks the configuration, the database and podman, removes what earlier runs left\nbehind, and says what to do about what is wrong. A damaged database is kept aside,\nand its newest backup, or else what can be read of it, is put in its place. The exit\nstatus is 5 if podman cannot be used, 2 if the configuration is wrong, and 1 if\nsomething else is.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.whole(); err != nil {
				return err
			}
			return runDoctor(cmd.Context(), a, full, deep, f)
		},
	}
	cmd.Flags().BoolVar(&full, "full", false, "check every page and index of the database")
	cmd.Flags().BoolVar(&deep, "deep", false, "measure what podman does here under stress (half a minute)")
	objectFlags(cmd, &f)
	return cmd
}

func runDoctor(ctx context.Context, a *app, full, deep bool, f format) error {
	findings := []finding{a.checkConfig(), a.checkStore(ctx, full)}
	findings = slices.Concat(findings, a.checkProxy(), a.checkPodman(ctx), a.checkDeep(ctx, deep))
	var failed error
	width := 12
	for _, one := range findings {
		width = max(width, len(one.name))
	}
	for _, one := range findings {
		if !one.ok && (failed == nil || exitStatus(one.err) == exitEngine) {
			failed = quietly(exitStatus(errors.Join(one.err, nil)))
			if exitStatus(failed) == exitDone {
				failed = quietly(exitFailed)
			}
		}
		if f.json {
			if err := a.writeJSON(ordered{{"check", one.name}, {"ok", one.ok}, {"text", one.text}, {"advice", orNull(one.advice)}}, f.jq); err != nil {
				return err
			}
			continue
		}
		sign := "ok   "
		if !one.ok {
			sign = "WRONG"
		}
		if _, err := fmt.Fprintf(a.Out, "%s  %-*s %s\n", sign, width, one.name, safe.Line(one.text)); err != nil {
			return err
		}
		if one.advice != "" {
			if _, err := fmt.Fprintf(a.Out, "       %-*s %s\n", width, "", safe.Line(one.advice)); err != nil {
				return err
			}
		}
	}
	return failed
}

func wrong(name string, err error) finding {
	return finding{name: name, text: err.Error(), err: err}
}

func (a *app) checkConfig() finding {
	if _, err := a.config(); err != nil {
		return wrong("config", err)
	}
	text := a.configPath()
	if _, err := os.Stat(text); err != nil {
		text = "none at " + text + ", so the defaults hold"
	}
	return finding{name: "config", ok: true, text: text}
}

// checkStore looks at the database, and repairs it if it is damaged.
func (a *app) checkStore(ctx context.Context, full bool) finding {
	db, err := a.store(ctx)
	if err != nil {
		return a.repairStore(ctx, err)
	}
	problems, err := db.Check(ctx, full)
	if err != nil {
		return a.repairStore(ctx, err)
	}
	if len(problems) > 0 {
		return a.repairStore(ctx, &store.Error{Code: store.CodeDamaged, Message: problems[0]})
	}
	totals, err := db.Totals(ctx)
	if err != nil {
		return a.repairStore(ctx, err)
	}
	return finding{name: "database", ok: true, text: fmt.Sprintf("%s: %s, %s, %s, %s", db.Path(), widget.Count(totals.Reports, "report"), widget.Count(totals.Recipes, "recipe"),
		widget.Count(totals.Runs, "run"), widget.Count(totals.Decisions, "decision"))}
}

// repairStore tells what is wrong with the database and, if it is damaged, what
// was done about it.
func (a *app) repairStore(ctx context.Context, why error) finding {
	found := wrong("database", why)
	if store.CodeOf(why) != store.CodeDamaged {
		return found
	}
	if a.db != nil {
		err := a.db.Close()
		a.db = nil
		if err != nil {
			return wrong("database", errors.Join(why, err))
		}
	}
	note, err := store.Repair(ctx, a.dbPath())
	switch {
	case err != nil:
		found.advice = err.Error()
	case note != "":
		found.advice = note
	}
	return found
}

// checkPodman looks at podman and removes what earlier runs left.
func (a *app) checkPodman(ctx context.Context) []finding {
	e, err := a.engine()
	if err != nil {
		return []finding{wrong("podman", err)}
	}
	info, err := e.Info(ctx)
	if err != nil {
		return []finding{wrong("podman", err)}
	}
	user := "as root; without root it is safer"
	if info.Rootless {
		user = "without root"
	}
	found := []finding{{name: "podman", ok: true, text: fmt.Sprintf("%s, %s, cgroups %s, %s at once", info.Version, user, info.Cgroups, widget.Count(info.Jobs, "container"))}}
	if len(info.Dropped) > 0 {
		found = append(found, finding{name: "limits", ok: true, text: fmt.Sprintf("%v cannot be limited here; a recipe can use all of the computer's", info.Dropped),
			advice: "use cgroups v2 with these controllers delegated to your user"})
	}
	if info.FreeBytes >= 0 {
		disk := finding{name: "disk", ok: info.FreeBytes >= 4<<30, text: fmt.Sprintf("%s free where images are stored (%s)", size(info.FreeBytes), info.GraphRoot)}
		if !disk.ok {
			disk.advice = "free some space: almatriage gc"
		}
		found = append(found, disk)
	}
	return append(append(found, a.checkLeftovers(ctx, e)), a.checkWorkers(ctx)...)
}

// checkWorkers looks whether the workers answer.
func (a *app) checkWorkers(ctx context.Context) []finding {
	workers, err := a.workers()
	if err != nil {
		return []finding{wrong("workers", err)}
	}
	var found []finding
	for _, e := range workers {
		name := "worker " + e.Worker()
		info, err := e.Info(ctx)
		if err == nil {
			_, err = e.Sweep(ctx, 0)
		}
		if err != nil {
			found = append(found, wrong(name, err))
			continue
		}
		found = append(found, finding{name: name, ok: true, text: fmt.Sprintf("podman %s, %s, kernel %s, %s at once", info.Version, info.Arch, info.Kernel, widget.Count(info.Jobs, "container"))})
	}
	return found
}

func (a *app) checkLeftovers(ctx context.Context, e *podman.Engine) finding {
	swept, err := e.Sweep(ctx, 0)
	if err != nil {
		return wrong("leftovers", err)
	}
	interrupted := 0
	if a.db != nil {
		if interrupted, err = a.db.InterruptRuns(ctx, podman.Alive); err != nil {
			return wrong("leftovers", err)
		}
	}
	return finding{name: "leftovers", ok: true, text: leftoversText(swept, interrupted)}
}

func leftoversText(s reproduce.Swept, interrupted int) string {
	return fmt.Sprintf("%s and %s of earlier runs removed; %s %s interrupted", widget.Count(s.Containers, "container"),
		widget.Count(s.Processes, "process"), widget.Count(interrupted, "run"), widget.Was(interrupted))
}

// checkProxy looks at the variables that name a proxy. Go's library takes one
// that is no address for none, and reaches trackers directly.
func (a *app) checkProxy() (found []finding) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		value := a.Env(name)
		if value == "" {
			continue
		}
		proxy, ok := proxyOf(value)
		if !ok { // what it says may hold a password
			text := name + " is no address of a proxy: trackers are reached without one, or not at all"
			found = append(found, finding{name: "proxy", text: text, advice: "write it as http://HOST:PORT, or unset it", err: errors.New(text)})
			continue
		}
		found = append(found, finding{name: "proxy", ok: true, text: name + " is " + proxy})
	}
	return found
}

// proxyOf reads the address of a proxy as net/http does, which also takes one
// without http://. A password in it is not told.
func proxyOf(value string) (string, bool) {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	proxy, err := url.Parse(value)
	if err != nil || !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, proxy.Scheme) || proxy.Hostname() == "" {
		return "", false
	}
	return proxy.Redacted(), true
}

func newConfig(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Show and make the configuration", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{Use: "path", Short: "Print where the configuration file is", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.Out, a.clean(a.configPath()))
			return err
		}})
	cmd.AddCommand(&cobra.Command{Use: "show", Short: "Print what is in force", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			text, err := c.Show()
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.Out, a.clean(text))
			return err
		}})
	cmd.AddCommand(&cobra.Command{Use: "init", Short: "Write a commented configuration file", Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return runConfigInit(a) }})
	return cmd
}

func runConfigInit(a *app) error {
	path := a.configPath()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of the configuration: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return usage("%s is there already, and is kept", path)
	}
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	_, err = file.WriteString(config.Default().Example())
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	fmt.Fprintln(a.Err, "Written: "+safeLine(path))
	return nil
}
