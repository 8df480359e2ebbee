package podman

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

// sections collects what a script prints, by section.
func (p *preparing) sections(ctx context.Context, image, script string, args []string) (*inside.Sections, error) {
	found, err := twice(func() (*inside.Sections, error) {
		found := &inside.Sections{}
		box := p.container(image, script, args)
		box.sink = found.Take
		return found, p.run(ctx, box, reproduce.StepPrint)
	})
	if err != nil {
		return nil, err
	}
	if found.TooMuch() {
		return nil, &reproduce.StepError{Target: p.spec.Target.Name, Step: reproduce.StepPrint,
			Message: fmt.Sprintf("the image tells more than %d MiB of itself", inside.MaxPrint>>20), Advice: "use the distribution's own image"}
	}
	return found, nil
}

// print takes an image's fingerprint.
func (p *preparing) print(ctx context.Context, image string) (reproduce.Fingerprint, error) {
	said, err := p.sections(ctx, image, "print.sh", inside.PrintArgs())
	if err != nil {
		return reproduce.Fingerprint{}, err
	}
	print, err := inside.ReadPrint(said, p.spec.Require)
	if err != nil {
		return reproduce.Fingerprint{}, &reproduce.StepError{Target: p.spec.Target.Name, Step: reproduce.StepPrint, Err: err,
			Message: err.Error(), Advice: "see whether rpm works in the image"}
	}
	return print, p.changelogs(ctx, image, &print)
}

// changelogs adds the changelogs that are asked for and not there yet.
func (p *preparing) changelogs(ctx context.Context, image string, print *reproduce.Fingerprint) error {
	wanted := inside.WantedChangelogs(print, p.spec.Changelogs)
	if len(wanted) == 0 {
		return nil
	}
	said, err := p.sections(ctx, image, "changelog.sh", slices.Sorted(maps.Keys(wanted)))
	if err != nil {
		return err
	}
	inside.AddChangelogs(print, said, wanted)
	return nil
}
