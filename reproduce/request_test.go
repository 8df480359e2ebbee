package reproduce

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker"
)

func TestNewRequest(t *testing.T) {
	report := &tracker.Report{ID: tracker.ID{Space: "almbz", Number: 5}, Title: "a title", Body: "a body", Steps: "steps", Additional: "more", Package: "gizmo",
		Release: "10.1", Reproducibility: "random"}
	sides := Sides{All: BuiltinTargets(), With: []string{"ubi"}}
	got, err := NewRequest(report, accepted(), sides, noon)
	if err != nil {
		t.Fatal(err)
	}
	all := BuiltinTargets()
	want := Request{Report: "almbz#5", Recipe: accepted().Recipe, Targets: []Target{all["alma10"], all["stream10"]}, With: []Target{all["ubi10"]},
		Hints: Hints{Report: report.ID, Package: "gizmo", Release: "10.1", Sometimes: true, Text: "a title\na body\nsteps\nmore"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	changed := accepted()
	changed.Recipe.Test = "rm -rf /"
	refused := map[string]struct {
		stored *StoredRecipe
		sides  Sides
		says   string
	}{
		"not accepted":                {changed, sides, "the recipe of almbz#5 is not accepted yet; read and accept it with: almatriage recipe accept 'almbz#5'"},
		"not accepted, unknown sides": {changed, Sides{}, "is not accepted yet"},
		"an unknown target":           {accepted(), Sides{All: all, Names: []string{"alma7"}}, `unknown target "alma7"`},
		"an unknown opinion":          {accepted(), Sides{All: all, With: []string{"fedora"}}, `no target "fedora" or "fedora10"`},
	}
	for name, c := range refused {
		got, err := NewRequest(report, c.stored, c.sides, noon)
		if CodeOf(err) != CodeUsage || !strings.Contains(err.Error(), c.says) || got.Report != "" {
			t.Errorf("%s: %v and %+v", name, err, got)
		}
	}
}

func TestSides(t *testing.T) {
	names := func(list []Target) string {
		var words []string
		for _, one := range list {
			words = append(words, one.Name)
		}
		return strings.Join(words, " ")
	}
	for _, c := range []struct {
		names, with, release string
		targets, further     string
		fails                string
	}{
		{release: "9.6", targets: "alma9 stream9"},
		{release: "kitten10", with: "ubi alma9", targets: "kitten10 stream10", further: "ubi10 alma9"},
		{release: "8.10", targets: "alma8 ubi8 stream8"},
		{release: "9", names: "stream10 alma9", with: "ubi", targets: "stream10 alma9", further: "ubi10"}, // of the first side's release
		{names: "alma9", targets: "alma9"},                                                                // without a release
		{fails: "does not say which release"},
		{names: "alma9 alma9", fails: "named twice"},
		{release: "9", with: "ubi fedora", fails: `no target "fedora"`},
	} {
		targets, further, err := BuiltinTargets().Sides(strings.Fields(c.names), strings.Fields(c.with), c.release, noon)
		if c.fails != "" {
			if CodeOf(err) != CodeUsage || !strings.Contains(err.Error(), c.fails) || targets != nil || further != nil {
				t.Errorf("%+v: %v, %v and %v", c, err, targets, further)
			}
			continue
		}
		if err != nil || names(targets) != c.targets || names(further) != c.further {
			t.Errorf("%+v: %v, %s and %s", c, err, names(targets), names(further))
		}
	}
}
