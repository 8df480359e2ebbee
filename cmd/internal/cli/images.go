package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/tui/widget"
)

// imageFields are what images --json gives of an image that preparing made.
func imageFields() []field[podman.Made] {
	return []field[podman.Made]{
		{"id", func(m podman.Made) any { return m.ID }},
		{"target", func(m podman.Made) any { return m.Target }},
		{"kind", func(m podman.Made) any { return m.Kind }},
		{"at", func(m podman.Made) any { return timeOrNull(m.At) }},
		{"bytes", func(m podman.Made) any { return m.Bytes }},
		{"worker", func(m podman.Made) any { return orNull(m.Worker) }},
	}
}

func newImages(a *app) *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use: "images", Short: "List prepared images", Args: noArguments,
		Long: "Lists the images that preparing made: upgraded base layers, and what recipes\ninstalled on them.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := check(cmd, &f, imageFields()); err != nil {
				return err
			}
			return runImages(cmd.Context(), a, f)
		},
	}
	listFlags(cmd, &f, imageFields())
	return cmd
}

func runImages(ctx context.Context, a *app, f format) error {
	made, failed := a.images(ctx)
	if failed != nil && len(made) == 0 {
		return failed
	}
	slices.SortFunc(made, func(x, y podman.Made) int {
		return strings.Compare(x.Target+x.Kind+utc(x.At)+x.ID, y.Target+y.Kind+utc(y.At)+y.ID)
	})
	if f.json {
		return errors.Join(a.writeJSON(project(made, imageFields(), f.fields), f.jq), failed)
	}
	columns := []column[podman.Made]{
		{"TARGET", func(m podman.Made) string { return m.Target }, false},
		{"KIND", func(m podman.Made) string { return m.Kind }, false},
		{"PREPARED", func(m podman.Made) string { return utc(m.At) }, false},
		{"SIZE", func(m podman.Made) string { return size(m.Bytes) }, false},
		{"ID", func(m podman.Made) string { return m.ID[:min(len(m.ID), 12)] }, false},
	}
	if len(a.engines.workers) > 0 {
		columns = append(columns, column[podman.Made]{"WORKER", func(m podman.Made) string { return m.Worker }, false})
	}
	return errors.Join(table(a, made, columns), failed)
}

// images are those that preparing made, here and on workers. With an error they
// are those of the others.
func (a *app) images(ctx context.Context) ([]podman.Made, error) {
	engines, failed := a.podmans()
	var all []podman.Made
	for _, e := range engines {
		made, err := e.Images(ctx)
		failed = errors.Join(failed, err)
		all = append(all, made...)
	}
	return all, failed
}

// size is bytes for people.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

func newGC(a *app) *cobra.Command {
	older := 7 * 24 * time.Hour
	cmd := &cobra.Command{
		Use: "gc", Short: "Remove what is not needed any more", Args: noArguments,
		Long: "Removes containers that earlier runs left behind, and prepared images older than\n--older-than. Results are never removed.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if older <= 0 {
				return usage("--older-than must be more than 0")
			}
			return runGC(cmd.Context(), a, older)
		},
	}
	durationFlag(cmd.Flags(), &older, "older-than", "age of prepared images")
	return cmd
}

func runGC(ctx context.Context, a *app, older time.Duration) error {
	engines, err := a.podmans()
	if err != nil {
		return err
	}
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	interrupted, err := db.InterruptRuns(ctx, podman.Alive)
	if err != nil {
		return err
	}
	var swept reproduce.Swept
	var failed error
	for _, e := range engines {
		s, err := e.Sweep(ctx, older)
		failed = errors.Join(failed, err)
		swept.Containers, swept.Processes, swept.Images, swept.Bytes =
			swept.Containers+s.Containers, swept.Processes+s.Processes, swept.Images+s.Images, swept.Bytes+s.Bytes
	}
	if failed == nil { // else it is not known what is there
		failed = forgetGone(ctx, a)
	}
	_, err = fmt.Fprintln(a.Out, removedText(swept, interrupted))
	return errors.Join(err, failed)
}

func removedText(s reproduce.Swept, interrupted int) string {
	return fmt.Sprintf("removed %s, %s, %s (%s); %s %s interrupted", widget.Count(s.Containers, "container"), widget.Count(s.Processes, "process"),
		widget.Count(s.Images, "image"), size(s.Bytes), widget.Count(interrupted, "run"), widget.Was(interrupted))
}

// forgetGone makes the database forget images that are not there any more.
func forgetGone(ctx context.Context, a *app) error {
	made, err := a.images(ctx)
	if err != nil {
		return err
	}
	here := map[string]bool{}
	for _, m := range made {
		here[m.ID] = true
	}
	known, err := a.db.PreparedImages(ctx)
	if err != nil {
		return err
	}
	var gone []string
	for _, k := range known {
		// Those of a cluster (image@digest?…) are not podman's to know.
		if !here[k.ImageID] && !strings.Contains(k.ImageID, "@") {
			gone = append(gone, k.ImageID)
		}
	}
	return a.db.ForgetPrepared(ctx, gone...)
}
