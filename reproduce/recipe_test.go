package reproduce

import (
	"testing"
	"time"
)

// accepted is a recipe that may run.
func accepted() *StoredRecipe {
	s := &StoredRecipe{Report: "almbz#5", Recipe: Recipe{Summary: "gizmo", Require: []string{"gizmo"}, Test: "gizmo"}, Origin: OriginSet, Author: "ann", Set: noon}
	s.Accepted, s.AcceptedBy, s.AcceptedAt = s.Recipe.Hash(), "bob", noon.Add(time.Hour)
	return s
}

func TestProvenance(t *testing.T) {
	s := accepted()
	if got, want := s.Provenance(), "set, set by ann on 2026-09-01T12:00:00Z; accepted by bob on 2026-09-01T13:00:00Z"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.Origin, s.Set, s.Recipe.Test = OriginEdited, noon.In(time.FixedZone("CEST", 7200)), "another"
	if got, want := s.Provenance(), "edited, set by ann on 2026-09-01T12:00:00Z; not accepted yet"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
