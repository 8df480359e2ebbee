package tui_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tui"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// TestKeysAreDocumented keeps docs/keys.md what the registry says; -update
// writes it.
func TestKeysAreDocumented(t *testing.T) {
	const path = "../docs/keys.md"
	var b strings.Builder
	b.WriteString("# Keys\n\nEvery action, from the program's own registry. The names are for `[keys]` in the configuration:\n" +
		"`inbox.run = [\"r\", \"f5\"]`, or `inbox.copy = []` for none. An action without a key is in the palette (`:`).\n")
	var scopes []action.Scope // in the order in which they come first
	in := map[action.Scope][]action.Action{}
	for _, a := range tui.Actions() {
		if in[a.Scope] == nil {
			scopes = append(scopes, a.Scope)
		}
		in[a.Scope] = append(in[a.Scope], a)
	}
	var all []action.Action
	for _, scope := range scopes {
		all = append(all, in[scope]...)
	}
	scope := action.Scope("")
	for _, a := range all {
		if a.Scope != scope {
			scope = a.Scope
			fmt.Fprintf(&b, "\n## %s\n\n| key | does | name |\n| --- | --- | --- |\n", scope)
		}
		var keys []string
		for _, key := range a.Keys {
			label := "`" + action.Label(key) + "`"
			if key == "`" || key == "|" {
				label = "<code>" + strings.ReplaceAll(key, "|", "\\|") + "</code>"
			}
			keys = append(keys, label)
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` |\n", strings.Join(keys, " "), a.Title, a.ID)
	}
	if tuitest.Update() {
		if err := os.MkdirAll("../docs", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(got)); diff != "" {
		t.Errorf("write it anew with -update (-registry +file):\n%s", diff)
	}
}
