package cli

import (
	"context"
	"fmt"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman"
)

// checkDeep measures, if asked to, what podman does here under stress. It
// needs an image that is here already, and pulls none.
func (a *app) checkDeep(ctx context.Context, asked bool) []finding {
	if !asked {
		return nil
	}
	e, err := a.engine()
	if err != nil {
		return []finding{wrong("measured", err)}
	}
	image, err := a.imageToMeasure(ctx, e)
	if err != nil {
		return []finding{wrong("measured", err)}
	}
	if image == "" {
		return []finding{{name: "measured", text: "nothing was measured: no image of a target is here, and none is pulled for this",
			advice: "run a recipe, or get the image of a target with podman pull; then call almatriage doctor --deep again"}}
	}
	if a.ErrTTY {
		fmt.Fprintln(a.Err, "Measuring podman; this takes half a minute, and two at most")
	}
	var found []finding
	for _, one := range e.Measure(ctx, image) {
		found = append(found, measuredFinding(one))
	}
	return found
}

// measuredFinding is a measurement as a finding of the doctor.
func measuredFinding(m podman.Measured) finding {
	switch {
	case m.Err != nil:
		return finding{name: m.Name, text: "could not be measured: " + m.Err.Error(), err: m.Err}
	case !m.OK:
		return finding{name: m.Name, text: m.Found, err: &reproduce.Error{Code: reproduce.CodeEngine, Message: m.Found},
			advice: "the program does not hold out here, though " + m.Does + "; please report it, with the output of almatriage doctor --deep --json"}
	}
	return finding{name: m.Name, ok: true, text: m.Found, advice: m.Does}
}

// imageToMeasure is the newest image that preparing made, or that of the first
// target whose image is here; "" if there is none.
func (a *app) imageToMeasure(ctx context.Context, e *podman.Engine) (string, error) {
	made, err := e.Images(ctx)
	if err != nil {
		return "", err
	}
	var newest podman.Made
	for _, one := range made {
		if newest.ID == "" || one.At.After(newest.At) {
			newest = one
		}
	}
	if newest.ID != "" {
		return newest.ID, nil
	}
	c, err := a.config()
	if err != nil {
		return "", err
	}
	targets, err := c.Targets.Select(c.Targets.Names())
	if err != nil {
		return "", err
	}
	images, err := e.Resolve(ctx, targets, reproduce.PullNever, nil)
	if err != nil {
		return "", err
	}
	for _, image := range images {
		if image.Err == nil {
			return image.ID, nil
		}
	}
	return "", nil
}
