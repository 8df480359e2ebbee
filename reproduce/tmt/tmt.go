// Package tmt writes recipes as a tree of fmf metadata that tmt and Testing
// Farm run (https://tmt.readthedocs.io/en/stable/spec.html), checks such trees
// by tmt's specification, and reads the results that tmt leaves.
//
// A tree has a test and a plan for each target a report:
//
//	.fmf/version
//	plans/almbz/622/alma9.fmf
//	tests/almbz/622/main.fmf         the test: bash ./wrap.sh, result: custom
//	tests/almbz/622/wrap.sh          runs the recipe and tells tmt what it means
//	tests/almbz/622/recipe/…         what runs; a tree of its own to fmf, so that
//	                                 no file of a recipe becomes a test or a plan
//
// A report has plans of its own because each attempt begins with a clean
// container, prepared by its own recipe, of the image that was recorded with it.
//
// Results are somebody's word and hostile. The package imports reproduce, fmf,
// yamltext, and nothing of store, tui or cmd.
package tmt

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// DefaultDuration is the limit of a test that gives none: tmt's own.
const DefaultDuration = 5 * time.Minute

// Item is a report with what is written of it.
type Item struct {
	Report tracker.ID
	Title  string // raw
	URL    string // the page for people, may be empty
	Recipe reproduce.Recipe
	Sides  []Side
}

// Side is a target to try the recipe on.
type Side struct {
	Target reproduce.Target
	// Image and Digest are those that the newest run recorded, "" where there
	// was none: then the target's configured image is named as it is.
	Image, Digest string
}

// Recorded tells whether the plan names an image by the digest of a run.
func (s Side) Recorded() bool { return digests.MatchString(s.Digest) }

// image is the reference that the plan names.
func (s Side) image() string {
	ref := s.Image
	if ref == "" {
		ref = s.Target.Image
	}
	if !s.Recorded() {
		return s.Target.Image
	}
	ref, _, _ = strings.Cut(ref, "@")
	if tag := strings.LastIndexByte(ref, ':'); tag > strings.LastIndexByte(ref, '/') {
		ref = ref[:tag]
	}
	return ref + "@" + s.Digest
}

var (
	digests = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	// images are references without anything that tmt would expand.
	images  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/:@-]*$`)
	names   = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*$`)
	testDir = "tests/"
	planDir = "plans/"
)

// folderOf is where a report stands below tests and plans: almbz/622.
func folderOf(id tracker.ID) (string, error) {
	for _, part := range strings.Split(id.Space, "/") {
		if !names.MatchString(part) || len(part) > 100 {
			return "", fmt.Errorf("the id %.100q cannot be the name of a test", id)
		}
	}
	return fmt.Sprintf("%s/%d", id.Space, id.Number), nil
}

// TestName is the name of a report's test in a tree.
func TestName(id tracker.ID) (string, error) {
	folder, err := folderOf(id)
	return "/" + testDir + folder, err
}

// reportOf is the reverse of TestName.
func reportOf(test string) (tracker.ID, error) {
	folder, ok := strings.CutPrefix(test, "/"+testDir)
	at := strings.LastIndexByte(folder, '/')
	if !ok || at < 0 {
		return tracker.ID{}, fmt.Errorf("the test %.100q is not one that almatriage wrote", test)
	}
	id, err := tracker.ParseID(folder[:at] + "#" + folder[at+1:])
	if err != nil {
		return id, fmt.Errorf("the test %.100q is not one that almatriage wrote", test)
	}
	if name, err := TestName(id); err != nil || name != test {
		return id, fmt.Errorf("the test %.100q is not one that almatriage wrote", test)
	}
	return id, nil
}
