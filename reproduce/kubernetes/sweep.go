package kubernetes

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// made is an object with our label.
type made struct {
	Kind     string
	Metadata struct {
		Name   string
		Labels map[string]string
	}
}

// Sweep removes the Jobs, and what belongs to them, that nobody waits for. It
// makes no images, so old is of no use. See reproduce.Engine.
func (e *Engine) Sweep(ctx context.Context, _ time.Duration) (reproduce.Swept, error) {
	var swept reproduce.Swept
	var found list[made]
	if err := e.get(ctx, &found, "jobs,configmaps", "--selector=almatriage.app=1"); err != nil {
		return swept, err
	}
	var dead []string
	for _, one := range found.Items {
		name := one.Metadata.Name
		if !strings.HasPrefix(name, prefix) || !e.abandoned(one.Metadata.Labels) {
			continue
		}
		if one.Kind == "Job" {
			swept.Containers++
		}
		if !slices.Contains(dead, name) {
			dead = append(dead, name)
		}
	}
	for batch := range slices.Chunk(dead, 100) {
		if err := e.delete(ctx, batch...); err != nil {
			return reproduce.Swept{}, err
		}
	}
	return swept, nil
}

// abandoned tells whether nobody waits for a Job any more: its owner, on this
// computer, is gone, or it should have ended ten minutes ago. Of owners on
// other computers only the time tells.
func (e *Engine) abandoned(labels map[string]string) bool {
	owner := labels["almatriage.owner"]
	if owner != ownerLabel(e.cfg.Owner) && boot(owner) == boot(ownerLabel(e.cfg.Owner)) && !e.cfg.Alive(ownerOf(owner)) {
		return true
	}
	deadline, err := strconv.ParseInt(labels["almatriage.deadline"], 10, 64)
	return err == nil && deadline > 0 && e.cfg.Now().After(time.Unix(deadline, 0).Add(10*time.Minute))
}

// boot is the part of an owner's label that tells computers and boots apart.
func boot(label string) string {
	id, _, _ := strings.Cut(label, "_")
	return id
}
