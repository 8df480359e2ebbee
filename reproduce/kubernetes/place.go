package kubernetes

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// place is what stands for a prepared image: an image of a registry, and what a
// pod does to it before anything else.
type place struct {
	image    string // by digest
	prepare  bool   // base layer, prepare script and packages are made in the pod
	control  []string
	packages string // what the pod must then have, as pod.sh sums it up
	arch     string // amd64, …; "" for any
}

// String is the place as reproduce.Prepared.ImageID.
func (p place) String() string {
	values := url.Values{"packages": {p.packages}}
	if p.prepare {
		values.Set("prepare", "pod")
	}
	if p.arch != "" {
		values.Set("arch", p.arch)
	}
	if len(p.control) > 0 {
		values["control"] = p.control
	}
	return p.image + "?" + values.Encode()
}

// parsePlace reads a prepared image's id. One of another engine is an image
// that is not here: reproduce.ErrImageGone.
func parsePlace(id string) (place, error) {
	image, query, ok := strings.Cut(id, "?")
	values, err := url.ParseQuery(query)
	if !ok || err != nil || !strings.Contains(image, "@sha256:") {
		return place{}, fmt.Errorf("prepared image %.80q is of another engine: %w", id, reproduce.ErrImageGone)
	}
	return place{image: image, prepare: values.Get("prepare") == "pod", control: values["control"], packages: values.Get("packages"),
		arch: values.Get("arch")}, nil
}

// repository is a reference without tag and digest.
func repository(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	if colon := strings.LastIndexByte(ref, ':'); colon > strings.LastIndexByte(ref, '/') {
		ref = ref[:colon]
	}
	return ref
}

// digestOf is the digest in what a node says of an image
// ("quay.io/x/y@sha256:…"), "" if it knows none.
func digestOf(imageID string) string {
	_, digest, ok := strings.Cut(imageID, "@")
	hex, sha := strings.CutPrefix(digest, "sha256:")
	if !ok || !sha || len(hex) != 64 || strings.Trim(hex, "0123456789abcdef") != "" {
		return ""
	}
	return digest
}
