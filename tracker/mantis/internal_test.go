package mantis

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestSleepEndsWithTheContext(t *testing.T) {
	if err := sleep(t.Context(), time.Millisecond); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("sleep: %v", err)
	}
}

func TestTokenVariable(t *testing.T) {
	for name, want := range map[string]string{
		"almbz":     "ALMATRIAGE_ALMBZ_TOKEN",
		"alma.bz-2": "ALMATRIAGE_ALMA_BZ_2_TOKEN",
		"żuk":       "ALMATRIAGE__UK_TOKEN",
	} {
		if got := tokenVariable(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
