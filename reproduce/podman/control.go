package podman

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// control installs another side's source version into a prepared image. Where
// it is not to be had, the second result says so in one sentence.
func (p *preparing) control(ctx context.Context, ready layer) (layer, string, error) {
	want := p.spec.Control
	box := p.container(ready.id, "offers.sh", want.Packages)
	box.network = reproduce.NetworkFull
	var listed bytes.Buffer
	box.sink = func(l line) {
		if l.stream == reproduce.Stdout && listed.Len() < maxPrint {
			listed.Write(l.text)
			listed.WriteByte('\n')
		}
	}
	if err := p.run(ctx, box, reproduce.StepControl); err != nil {
		return layer{}, "", err
	}
	chosen, missing := choose(parseOffers(listed.String()), want)
	if missing != "" {
		return layer{}, fmt.Sprintf("%s no longer offers %s of %s", p.spec.Target.Title(), want.EVR.Split().Base, missing), nil
	}
	made, err := p.build(ctx, building{from: ready.id, kind: kindPrepared, key: keyOf(kindPrepared, p.spec.Key(), ready.id), at: ready.at,
		step: reproduce.StepControl, script: "control.sh", args: chosen})
	if failed, ok := err.(*reproduce.StepError); ok && !failed.Infra {
		return layer{}, fmt.Sprintf("%s of %s cannot be installed on %s: %s", want.EVR.Split().Base, want.Source, p.spec.Target.Title(), failed.Message), nil
	}
	return made, "", err
}

// parseOffers reads dnf repoquery in the format of scripts/offers.sh. Lines
// that are not that are dnf's own words.
func parseOffers(text string) []rpm.Package {
	var offers []rpm.Package
	for one := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(one, "\n"), "\t")
		if len(fields) != 6 {
			continue
		}
		evr, err := rpm.ParseEVR(fields[1] + ":" + fields[2] + "-" + fields[3])
		if err != nil {
			continue
		}
		offers = append(offers, rpm.Package{Name: fields[0], EVR: evr, Arch: fields[4]})
	}
	return offers
}

// choose picks the builds of the wanted source version, one for each package;
// missing names the first package that has none.
func choose(offers []rpm.Package, want *reproduce.Control) (chosen []string, missing string) {
	// Beside the packages of its own architecture, x86_64 is offered old ones.
	own := slices.DeleteFunc(offers, func(p rpm.Package) bool { return p.Arch == "i686" || p.Arch == "i386" })
	for _, p := range rpm.PickSource(want.EVR, own) {
		chosen = append(chosen, p.NEVRA())
	}
	for _, name := range want.Packages {
		if !slices.ContainsFunc(own, func(p rpm.Package) bool {
			return p.Name == name && slices.Contains(chosen, p.NEVRA())
		}) {
			return nil, name
		}
	}
	return chosen, ""
}
