package bundle

import (
	"archive/tar"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// TestLimits: what would take too long to pack.
func TestLimits(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/spool")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for name, c := range map[string]struct {
		full contents
		size int64
		want string
	}{
		"room":     {contents{list: make([]File, 1)}, 5, ""},
		"too much": {contents{list: make([]File, 1), total: maxTotal - 4}, 5, "more than a bundle holds"},
		"too many": {contents{list: make([]File, maxFiles)}, 5, "more than"},
		"too long": {contents{list: make([]File, 1)}, maxFile + 1, "more than a bundle holds"},
	} {
		t.Run(name, func(t *testing.T) {
			c.full.ctx, c.full.file, c.full.index = t.Context(), file, map[string]entry{}
			err := c.full.add(&tar.Header{Typeflag: tar.TypeReg, Name: "x", Size: c.size}, strings.NewReader("12345"))
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	file, err := os.Create(t.TempDir() + "/spool")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c := contents{ctx: ended, file: file, index: map[string]entry{}}
	err = c.add(&tar.Header{Typeflag: tar.TypeReg, Name: HeaderName, Size: 1}, strings.NewReader("1"))
	if !errors.Is(err, context.Canceled) || refuse("x", err) != err {
		t.Errorf("%v", err)
	}
}

func TestSkew(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for when, sound := range map[time.Time]bool{{}: true, now: true, now.Add(23 * time.Hour): true, now.Add(25 * time.Hour): false, time.Unix(-1, 0): false} {
		if err := checkTimes(&[]Decision{{At: when}}, now); (err == nil) != sound {
			t.Errorf("%v: %v", when, err)
		}
	}
	if err := checkTimes(&Run{Sides: []Side{{Target: Target{Ended: now.AddDate(20, 0, 0)}}}}, now); err != nil {
		t.Error(err)
	}
}
