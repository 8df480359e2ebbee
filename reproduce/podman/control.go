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
	box := p.container(ready.id, "offers.sh", want.Packages)
	box.network = reproduce.NetworkFull
	var listed bytes.Buffer
	box.sink = func(l inside.Line) {
		if l.Stream == reproduce.Stdout && listed.Len() < inside.MaxPrint {
			listed.Write(l.Text)
			listed.WriteByte('\n')
		}
	}
	if err := p.run(ctx, box, reproduce.StepControl); err != nil {
		return layer{}, "", err
	}
	chosen, missing := inside.Choose(inside.ParseOffers(listed.String()), want)
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
