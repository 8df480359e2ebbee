package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/almatriage/almatriage/cmd/internal/demo"
	"github.com/almatriage/almatriage/store"
)

// TestExportAsDocumented: what the program writes of the demonstration is as
// the schema says that it prints.
func TestExportAsDocumented(t *testing.T) {
	u := newUser(t, "")
	path := filepath.Join(u.home, "demo.db")
	db, err := store.Open(t.Context(), path, store.Options{Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Fill(t.Context(), db, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	schema := u.schema()
	array := u.exported(path, "json")
	if len(array.([]any)) < 10 {
		t.Errorf("only %d records", len(array.([]any)))
	}
	met := map[string]bool{}
	for _, record := range array.([]any) {
		if err := schema.Validate(record); err != nil {
			t.Errorf("%v: %v", record, err)
		}
		for name, value := range record.(map[string]any) {
			met[name] = met[name] || value != nil && value != ""
		}
	}
	for name, known := range met {
		if !known {
			t.Errorf("no record has a %s", name)
		}
	}
}

// schema is the one that the program prints.
func (u *user) schema() *jsonschema.Schema {
	u.t.Helper()
	text, stderr, status := u.run("export", "--schema")
	if status != 0 || stderr != "" {
		u.t.Fatalf("export --schema: %d, %s", status, stderr)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
	if err != nil {
		u.t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("record.json", document); err != nil {
		u.t.Fatal(err)
	}
	schema, err := compiler.Compile("record.json")
	if err != nil {
		u.t.Fatal(err)
	}
	return schema
}

// exported is what an export of all reports writes into a file.
func (u *user) exported(path, format string) any {
	u.t.Helper()
	name := filepath.Join(u.home, "out."+format)
	if _, stderr, status := u.run("--db", path, "export", "--include-private", "--format", format, "-o", name); status != 0 {
		u.t.Fatalf("export: %d, %s", status, stderr)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		u.t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		u.t.Fatal(err)
	}
	return value
}
