package podman_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce/podman"
	"github.com/almatriage/almatriage/reproduce/podman/fixture"
)

// TestMeasure repeats the measurements on the podman that is here: the engine
// gets each right within two minutes, and nothing is left of them.
func TestMeasure(t *testing.T) {
	e := engine(t)
	began := time.Now()
	all := e.Measure(t.Context(), fixture.Alma)
	if took := time.Since(began); took > 2*time.Minute {
		t.Errorf("it took %s", took)
	}
	var names []string
	for _, one := range all {
		t.Logf("%s: %s", one.Name, one.Found)
		names = append(names, one.Name)
		if one.Err != nil || !one.OK || one.Found == "" || one.Does == "" {
			t.Errorf("%+v", one)
		}
	}
	if got := strings.Join(names, ", "); got != "killed start, exit status, process 1, pipes, time limit, memory limit" {
		t.Errorf("measured: %s", got)
	}
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
	nothingLeft(t)
}

// TestMeasureTellsWhatItCannot: an image that is gone and a podman that is not
// there are said, and nothing is claimed of what was not measured.
func TestMeasureTellsWhatItCannot(t *testing.T) {
	e := engine(t)
	for _, one := range e.Measure(t.Context(), strings.Repeat("ab", 32)) {
		if one.Err == nil {
			t.Errorf("without an image: %+v", one)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	if _, err := e.Info(ended); err != nil {
		t.Fatal(err)
	}
	cancel()
	for _, one := range e.Measure(ended, fixture.Alma) {
		if !errors.Is(one.Err, context.Canceled) {
			t.Errorf("interrupted: %+v", one)
		}
	}
	missing := engineWith(t, podman.Config{Podman: "/no/such/podman", Dir: t.TempDir()})
	if all := missing.Measure(t.Context(), fixture.Alma); len(all) != 1 || all[0].Err == nil {
		t.Errorf("without podman: %+v", all)
	}
}

// TestMeasureInterruptedLeavesNothing: whoever has seen enough can leave.
func TestMeasureInterruptedLeavesNothing(t *testing.T) {
	e := engine(t)
	if _, err := e.Info(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, after := range []time.Duration{200 * time.Millisecond, 1500 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		began := time.Now()
		all := e.Measure(ctx, fixture.Alma)
		cancel()
		if last := all[len(all)-1]; last.Err == nil {
			t.Errorf("after %s: %+v", after, last)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("after %s: it took %s", after, took)
		}
	}
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
	nothingLeft(t)
}
