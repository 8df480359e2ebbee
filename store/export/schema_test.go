package export

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/almatriage/almatriage/reproduce"
)

// compile makes a validator of the schema, changed by change if there is one.
func compile(t testing.TB, change func(schema map[string]any)) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(Schema()))
	check(t, err)
	if change != nil {
		change(document.(map[string]any))
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	check(t, compiler.AddResource("record.json", document))
	compiled, err := compiler.Compile("record.json")
	check(t, err)
	return compiled
}

// objects are the records of an export as JSON and as JSON lines.
func objects(t testing.TB, records []Record, fields ...string) []any {
	t.Helper()
	var array, lines bytes.Buffer
	for format, out := range map[Format]*bytes.Buffer{JSON: &array, JSONL: &lines} {
		w, err := NewWriter(out, format, fields...)
		check(t, err)
		for i := range records {
			check(t, w.Write(&records[i]))
		}
		check(t, w.Close())
	}
	value, err := jsonschema.UnmarshalJSON(&array)
	check(t, err)
	all := value.([]any)
	for line := range bytes.Lines(lines.Bytes()) {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		check(t, err)
		all = append(all, value)
	}
	return all
}

// TestSchemaHolds: what is written is as the schema says, also of hostile texts;
// what no part of the program stores, the schema refuses.
func TestSchemaHolds(t *testing.T) {
	schema := compile(t, nil)
	records := sample()
	for i, object := range objects(t, records) {
		err := schema.Validate(object)
		if invented := records[i%len(records)].Verdict == "\t=1"; invented != (err != nil) {
			t.Errorf("%v: %v", object, err)
		}
	}
	// Of chosen fields all holds but that they are all there.
	subset := compile(t, func(schema map[string]any) { delete(schema, "required") })
	for _, fields := range [][]string{{"id"}, {"last_run", "alma_result", "verdict"}} {
		for _, object := range objects(t, records[:3], fields...) {
			if err := subset.Validate(object); err != nil {
				t.Errorf("%v: %v", object, err)
			}
			if len(object.(map[string]any)) != len(fields) || schema.Validate(object) == nil {
				t.Errorf("%v has all fields", object)
			}
		}
	}
}

// TestSchemaIsStrict: a record that is wrong in one thing is refused.
func TestSchemaIsStrict(t *testing.T) {
	schema := compile(t, nil)
	whole := func() map[string]any { return objects(t, sample()[:1])[0].(map[string]any) }
	if err := schema.Validate(whole()); err != nil {
		t.Fatal(err)
	}
	for _, name := range Columns() {
		without := whole()
		delete(without, name)
		if schema.Validate(without) == nil {
			t.Errorf("a record without %s is valid", name)
		}
	}
	for _, c := range []struct {
		name  string
		value any
	}{
		{"more", "x"}, {"id", "almbz"}, {"id", "almbz#0"}, {"id", "al mbz#1"}, {"id", nil}, {"title", nil}, {"note", nil}, {"status", json.Number("1")},
		{"verdict", "inconclusive"}, {"verdict", ""}, {"suggested", "not-a-bug"}, {"suggested", ""}, {"decided_by", ""}, {"patch_url", ""},
		{"decided_at", "2026-03-01"}, {"decided_at", "2026-03-01T12:00:00+01:00"}, {"last_run", "2026-13-01T12:00:00Z"}, {"last_run", ""},
		{"alma_result", "1"}, {"alma_result", "1/"}, {"stream_result", "01/5"}, {"stream_result", "-1/5"}, {"alma_evr", ""}, {"stream_evr", false},
	} {
		wrong := whole()
		wrong[c.name] = c.value
		if schema.Validate(wrong) == nil {
			t.Errorf("%s: %#v is valid", c.name, c.value)
		}
	}
}

// TestSchemaKnowsAll: the schema has the columns in their order, and all
// verdicts that there are.
func TestSchemaKnowsAll(t *testing.T) {
	var document struct {
		Required   []string
		Properties map[string]struct{ Enum []*reproduce.Verdict }
	}
	check(t, json.Unmarshal([]byte(Schema()), &document))
	if diff := cmp.Diff(Columns(), document.Required); diff != "" {
		t.Errorf("required (-columns +schema)\n%s", diff)
	}
	var named []reproduce.Verdict
	for _, v := range document.Properties["verdict"].Enum {
		if v != nil {
			named = append(named, *v)
		}
	}
	if diff := cmp.Diff(reproduce.Decidable(), named); diff != "" {
		t.Errorf("verdicts (-decidable +schema)\n%s", diff)
	}
	for _, v := range document.Properties["suggested"].Enum {
		if v != nil && *v != reproduce.Inconclusive && !slices.Contains(named, *v) {
			t.Errorf("%s is no verdict", *v)
		}
	}
}
