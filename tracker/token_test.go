package tracker_test

import (
	"github.com/almatriage/almatriage/tracker"
	"testing"
)

func TestTokenVariable(t *testing.T) {
	for name, want := range map[string]string{
		"almbz":     "ALMATRIAGE_ALMBZ_TOKEN",
		"alma.bz-2": "ALMATRIAGE_ALMA_BZ_2_TOKEN",
		"żuk":       "ALMATRIAGE__UK_TOKEN",
	} {
		if got := tracker.TokenVariable(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
