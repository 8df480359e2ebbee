package reproduce

import (
	"slices"
	"testing"
)

func TestEnviron(t *testing.T) {
	t.Setenv("ALMATRIAGE_ALMBZ_TOKEN", "s3cret=1")
	t.Setenv("ALMATRIAGE_DB", "/x")
	env := Environ()
	if slices.Contains(env, "ALMATRIAGE_ALMBZ_TOKEN=s3cret=1") || !slices.Contains(env, "ALMATRIAGE_DB=/x") {
		t.Errorf("%q", env)
	}
}
