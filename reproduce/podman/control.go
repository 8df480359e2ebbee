package podman

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// control installs another side's source version into a prepared image. Where
// it is not to be had, the second result says so in one sentence.
func (p *preparing) control(ctx context.Context, ready layer) (layer, string, error) {
	want := p.spec.Control
	listed, err := twice(func() (string, error) { return p.offers(ctx, ready) })
	if err != nil {
		return layer{}, "", err
	}
	chosen, missing := inside.Choose(inside.ParseOffers(listed), want)
	if missing != "" {
		return layer{}, fmt.Sprintf("%s no longer offers %s of %s", p.spec.Target.Title(), want.EVR.Split().Base, missing), nil
	}
	made, err := p.build(ctx, building{from: ready.id, kind: kindPrepared, key: keyOf(kindPrepared, p.spec.Key(), ready.id), at: ready.at,
		step: reproduce.StepControl, script: "control.sh", args: chosen})
	if failed, ok := err.(*reproduce.StepError); ok && errors.Is(err, reproduce.ErrAbsent) {
		return layer{}, fmt.Sprintf("%s of %s cannot be installed on %s: %s", want.EVR.Split().Base, want.Source, p.spec.Target.Title(), failed.Message), nil
	}
	return made, "", err
}

// offers lists the versions that the repositories have of what a control installs.
func (p *preparing) offers(ctx context.Context, ready layer) (string, error) {
	box := p.container(ready.id, "offers.sh", p.spec.Control.Packages)
	box.network = reproduce.NetworkFull
	var listed bytes.Buffer
	box.sink = func(l inside.Line) {
		if l.Stream == reproduce.Stdout && listed.Len() < inside.MaxPrint {
			listed.Write(l.Text)
			listed.WriteByte('\n')
		}
	}
	err := p.run(ctx, box, reproduce.StepControl)
	return listed.String(), err
}
