package podman

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// imageInfo is what podman tells of an image.
type imageInfo struct {
	ID           string `json:"Id"`
	Digest       string
	RepoDigests  []string
	Architecture string
	Labels       map[string]string
}

// Resolve finds the images of targets. See reproduce.Engine.
func (e *Engine) Resolve(ctx context.Context, targets []reproduce.Target, pull reproduce.Pull, watch func(reproduce.Event)) ([]reproduce.Image, error) {
	images := make([]reproduce.Image, len(targets))
	refs := make([]string, len(targets))
	for i, t := range targets {
		images[i] = reproduce.Image{Target: t.Name, Ref: t.Image}
		refs[i] = t.Image
	}
	if len(targets) == 0 {
		return images, nil
	}
	if pull == reproduce.PullMissing || pull == reproduce.PullNever || pull == "" {
		// The usual case, all images being there, takes one call.
		found, err := e.inspectImages(ctx, refs)
		if err != nil {
			return nil, err
		}
		if len(found) == len(refs) {
			for i := range images {
				images[i] = known(images[i], found[i])
			}
			return images, nil
		}
	}
	var group sync.WaitGroup
	failures := make([]error, len(targets))
	for i := range targets {
		group.Go(func() { images[i], failures[i] = e.resolveOne(ctx, targets[i], pull, watch) })
	}
	group.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	return images, nil
}

// resolveOne finds one image, pulling it where the policy says so.
func (e *Engine) resolveOne(ctx context.Context, t reproduce.Target, pull reproduce.Pull, watch func(reproduce.Event)) (reproduce.Image, error) {
	image := reproduce.Image{Target: t.Name, Ref: t.Image}
	found, err := e.lookUp(ctx, t.Image)
	if err != nil {
		return image, err
	}
	stored := len(found) == 1
	if stored && (pull == reproduce.PullMissing || pull == reproduce.PullNever || pull == "") {
		return known(image, found[0]), nil
	}
	if pull == reproduce.PullNever {
		image.Err = &reproduce.StepError{Target: t.Name, Step: reproduce.StepResolve,
			Message: fmt.Sprintf("the image %s is not here, and the pull policy is never", t.Image),
			Advice:  "pull it with podman pull, or run with --pull missing"}
		return image, nil
	}
	failed, err := e.pull(ctx, t, watch)
	if err != nil {
		return image, err
	}
	if failed != nil && !(stored && pull == reproduce.PullNewer) {
		image.Err = failed
		return image, nil
	}
	if found, err = e.inspectImages(ctx, []string{t.Image}); err != nil {
		return image, err
	}
	if len(found) != 1 {
		image.Err = &reproduce.StepError{Target: t.Name, Step: reproduce.StepResolve, Infra: true,
			Message: fmt.Sprintf("the image %s was pulled and is not here", t.Image), Advice: "run again"}
		return image, nil
	}
	image = known(image, found[0])
	image.Offline = failed != nil
	return image, nil
}

// pull asks the registry. podman tries three times by itself.
func (e *Engine) pull(ctx context.Context, t reproduce.Target, watch func(reproduce.Event)) (*reproduce.StepError, error) {
	if watch != nil {
		watch(reproduce.Event{Kind: reproduce.EventStep, Target: t.Name, Step: reproduce.StepResolve, Text: "pulling " + t.Image})
	}
	answer, err := e.call(ctx, pulling, "pull", "--quiet", "--", t.Image)
	var failed *reproduce.StepError
	if err == nil && answer.status != 0 {
		failed = &reproduce.StepError{Target: t.Name, Step: reproduce.StepResolve, Infra: true,
			Message: fmt.Sprintf("the image %s cannot be pulled: %s", t.Image, complaint(answer.stderr)),
			Advice:  "check the network and the image's name ([target." + t.Name + "] image), then run again", Output: answer.stderr}
		if host, _, ok := strings.Cut(t.Image, "/"); ok && wantsLogin(answer.stderr) {
			failed.Advice = "log in with podman login " + host + ", or name another image in [target." + t.Name + "], then run again"
		}
	}
	if watch != nil {
		end := reproduce.Event{Kind: reproduce.EventStepEnd, Target: t.Name, Step: reproduce.StepResolve, Err: err}
		if failed != nil {
			end.Err = failed
		}
		watch(end)
	}
	return failed, err
}

// wantsLogin recognises podman's words for a registry that asks who one is.
// Some say so of an image that is not there, too.
func wantsLogin(words string) bool {
	return strings.Contains(words, "unauthorized") || strings.Contains(words, "authentication required") || strings.Contains(words, "access to the resource is denied")
}

// lookUp describes one image, or none. podman 4 was seen to know none of its
// images for up to a second while another process changed its store: it is
// asked again before it is believed.
func (e *Engine) lookUp(ctx context.Context, ref string) (found []imageInfo, err error) {
	for range 5 {
		if found, err = e.inspectImages(ctx, []string{ref}); err != nil || len(found) == 1 {
			break
		}
		if err = tracker.Sleep(ctx, 300*time.Millisecond); err != nil {
			break
		}
	}
	return found, err
}

// inspectImages describes images, all or (if one is missing) none.
func (e *Engine) inspectImages(ctx context.Context, refs []string) ([]imageInfo, error) {
	answer, err := e.call(ctx, quick, append([]string{"image", "inspect", "--"}, refs...)...)
	if err != nil {
		return nil, err
	}
	if answer.status != 0 {
		if words := complaint(answer.stderr); !goneImage(words) {
			return nil, unusable(answer.stderr)
		}
		return nil, nil
	}
	return parseImages(answer.stdout, len(refs))
}

// parseImages reads podman image inspect of n images.
func parseImages(data []byte, n int) ([]imageInfo, error) {
	var found []imageInfo
	err := json.Unmarshal(data, &found)
	if err != nil || len(found) != n || slices.ContainsFunc(found, func(i imageInfo) bool { return !isID(i.ID) }) {
		return nil, foreign("image inspect", err)
	}
	return found, nil
}

// isID tells an image's id: what stands on a command line in an image's place
// must be no option.
func isID(id string) bool {
	return id != "" && strings.Trim(id, "0123456789abcdef") == ""
}

// known fills in what podman tells of an image.
func known(image reproduce.Image, info imageInfo) reproduce.Image {
	image.ID, image.Arch = info.ID, info.Architecture
	image.Digest = digestOf(image.Ref, info)
	return image
}

// digestOf is the manifest digest under which the image is known by the
// reference's repository; an image has several where it is in several.
func digestOf(ref string, info imageInfo) string {
	if _, digest, ok := strings.Cut(ref, "@"); ok {
		return digest
	}
	repository := ref
	if colon := strings.LastIndexByte(ref, ':'); colon > strings.LastIndexByte(ref, '/') {
		repository = ref[:colon]
	}
	for _, one := range info.RepoDigests {
		if name, digest, ok := strings.Cut(one, "@"); ok && name == repository && digest == info.Digest {
			return digest
		}
	}
	if info.Digest != "" {
		return info.Digest
	}
	return "sha256:" + info.ID
}
