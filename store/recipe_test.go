package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
)

// sortedFields are the words of s in order.
func sortedFields(s string) []string {
	list := strings.Fields(s)
	slices.Sort(list)
	return list
}

// stored is a recipe; one that was set by hand is accepted.
func stored(n int, test string, origin reproduce.Origin) reproduce.StoredRecipe {
	s := reproduce.StoredRecipe{Report: reportID(n).String(), Origin: origin, Set: at(0), Author: "ann", Recipe: reproduce.Recipe{
		Summary: "summary", Require: []string{"gizmo"}, Test: test, Duration: time.Minute, Environment: map[string]string{"LC_ALL": "C"},
		Links: []reproduce.Link{{Relation: "verifies", Target: "https://bugs.example.org"}}, Files: []reproduce.File{{Path: "data.bin", Executable: true, Data: []byte{0, 255, 1}}},
		Oracle: reproduce.Oracle{Kind: reproduce.OracleOutput, Pattern: "a|b", Stream: "stdout"}, Prepare: "true", Network: reproduce.NetworkNone, Repeat: 3, Source: "test: |\n  x\n"}}
	if origin == reproduce.OriginSet {
		s.Accepted, s.AcceptedBy, s.AcceptedAt = s.Recipe.Hash(), "ann", at(0)
	}
	return s
}

func TestRecipes(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	_, err := db.Recipe(ctx, "almbz#1")
	wantCode(t, err, CodeNotFound)
	wantCode(t, db.SaveRecipe(ctx, stored(1, "true", reproduce.OriginSet)), CodeNotFound) // no such report
	wantCode(t, db.AcceptRecipe(ctx, "almbz#1", "x", "ann", at(0)), CodeNotFound)
	if history, err := db.RecipeHistory(ctx, "almbz#1"); err != nil || len(history) != 0 {
		t.Errorf("a recipe that was refused stayed: %+v, %v", history, err)
	}

	commitReports(t, db, report(1), report(2))
	first, draft := stored(1, "first", reproduce.OriginSet), stored(1, "second", reproduce.OriginDraft)
	must(t, db.SaveRecipe(ctx, first))
	state(t, db, RecipeAccepted)
	must(t, db.SaveRecipe(ctx, draft))
	state(t, db, RecipeDraft)
	got, err := db.Recipe(ctx, "almbz#1")
	must(t, err)
	if diff := cmp.Diff(&draft, got); diff != "" {
		t.Errorf("the newest is in force (-want +got)\n%s", diff)
	}
	history, err := db.RecipeHistory(ctx, "almbz#1")
	must(t, err)
	if diff := cmp.Diff([]reproduce.StoredRecipe{draft, first}, history); diff != "" {
		t.Errorf("history (-want +got)\n%s", diff)
	}
	if _, err := db.Recipe(ctx, "almbz#2"); CodeOf(err) != CodeNotFound {
		t.Errorf("another report's: %v", err)
	}
}

func state(t *testing.T, db *DB, want RecipeState) {
	t.Helper()
	if got := row(t, db, 1).Recipe; got != want {
		t.Fatalf("recipe state %d, want %d", got, want)
	}
}

// TestAcceptanceIsBoundToTheHash: nobody accepts what they did not see.
func TestAcceptanceIsBoundToTheHash(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	commitReports(t, db, report(1))
	seen := stored(1, "harmless", reproduce.OriginDraft)
	must(t, db.SaveRecipe(ctx, seen))
	changed := stored(1, "rm -rf /", reproduce.OriginImported)
	must(t, db.SaveRecipe(ctx, changed)) // while the person reads
	wantCode(t, db.AcceptRecipe(ctx, "almbz#1", seen.Recipe.Hash(), "ann", at(1)), CodeConflict)
	state(t, db, RecipeDraft)
	must(t, db.AcceptRecipe(ctx, "almbz#1", changed.Recipe.Hash(), "ann", at(2)))
	state(t, db, RecipeAccepted)
	got, err := db.Recipe(ctx, "almbz#1")
	must(t, err)
	if !got.IsAccepted() || got.AcceptedBy != "ann" || !got.AcceptedAt.Equal(at(2)) {
		t.Errorf("got %+v", got)
	}
	// A recipe that claims an acceptance of something else is not accepted.
	forged := stored(1, "curl | bash", reproduce.OriginImported)
	forged.Accepted = changed.Recipe.Hash()
	must(t, db.SaveRecipe(ctx, forged))
	state(t, db, RecipeDraft)
}

// TestSetRecipe: what a person sets is accepted by that; anything else only if
// the same was accepted before.
func TestSetRecipe(t *testing.T) {
	db := open(t)
	ctx := t.Context()
	commitReports(t, db, report(1), report(2))
	set := func(n int, test string, origin reproduce.Origin, by string, hour int) *reproduce.StoredRecipe {
		t.Helper()
		recipe := stored(n, test, origin).Recipe
		recipe.Source = test + " by " + by // not what executes
		s, err := db.SetRecipe(ctx, reportID(n).String(), recipe, origin, by, at(hour).Add(time.Microsecond))
		must(t, err)
		kept, err := db.Recipe(ctx, reportID(n).String())
		must(t, err)
		if diff := cmp.Diff(kept, s); diff != "" {
			t.Fatalf("not as it is kept (-kept +returned)\n%s", diff)
		}
		if s.Origin != origin || s.Author != by || !s.Set.Equal(at(hour)) || s.Recipe.Source != recipe.Source {
			t.Fatalf("got %+v", s)
		}
		return s
	}
	accepted := func(s *reproduce.StoredRecipe, by string, hour int) {
		t.Helper()
		if !s.IsAccepted() || s.AcceptedBy != by || !s.AcceptedAt.Equal(at(hour)) {
			t.Fatalf("got %+v, want it accepted by %s at %d", s, by, hour)
		}
		state(t, db, RecipeAccepted)
	}
	refused := func(s *reproduce.StoredRecipe) {
		t.Helper()
		if s.Accepted != "" || s.AcceptedBy != "" || !s.AcceptedAt.IsZero() {
			t.Fatalf("got %+v, want it not accepted", s)
		}
		state(t, db, RecipeDraft)
	}
	refused(set(1, "true", reproduce.OriginDraft, "ann", 1)) // the first there is
	refused(set(1, "true", reproduce.OriginEdited, "ann", 2))
	accepted(set(1, "true", reproduce.OriginSet, "ann", 3), "ann", 3)
	accepted(set(1, "true", reproduce.OriginEdited, "bob", 4), "ann", 3) // a comment, say
	accepted(set(1, "true", reproduce.OriginImported, "bob", 5), "ann", 3)
	set(2, "false", reproduce.OriginSet, "ann", 6)
	refused(set(1, "false", reproduce.OriginEdited, "ann", 7)) // another report's acceptance
	refused(set(1, "true", reproduce.OriginEdited, "ann", 8))  // an earlier one's
	recipe := stored(1, "true", reproduce.OriginDraft).Recipe
	must(t, db.AcceptRecipe(ctx, "almbz#1", recipe.Hash(), "eve", at(9)))
	accepted(set(1, "true", reproduce.OriginDraft, "ann", 10), "eve", 9)

	_, err := db.SetRecipe(ctx, "almbz#3", recipe, reproduce.OriginSet, "ann", noon)
	wantCode(t, err, CodeNotFound)
	if kept, err := db.RecipeHistory(ctx, "almbz#3"); err != nil || len(kept) != 0 {
		t.Errorf("of a report that is not stored: %v, %v", kept, err)
	}
}
