package action_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/tui/action"
)

// some are actions of two screens and of all.
func some() []action.Action {
	return []action.Action{
		{ID: "inbox.run", Keys: []string{"r"}, Scope: action.Inbox},
		{ID: "inbox.down", Keys: []string{"j", "down"}, Scope: action.Inbox},
		{ID: "bench.run", Keys: []string{"r"}, Scope: action.Bench},
		{ID: "bench.down", Keys: []string{"j", "down"}, Scope: action.Bench},
		{ID: "bench.down", Keys: []string{"j", "down"}, Scope: "answer"}, // it is had in two scopes
		{ID: "inbox.sort-id", Scope: action.Inbox},
		{ID: "stats.any", Scope: action.Stats},
		{ID: "global.close", Keys: []string{"q"}, Scope: action.Global},
	}
}

func keymap(t *testing.T, remap map[string][]string) *action.Keymap {
	t.Helper()
	m, err := action.NewKeymap(some(), remap)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFind(t *testing.T) {
	m := keymap(t, nil)
	for _, c := range []struct {
		scope  action.Scope
		key    string
		global bool
		want   string
	}{
		{action.Inbox, "r", true, "inbox.run"},
		{action.Bench, "r", true, "bench.run"},
		{"answer", "down", true, "bench.down"},
		{"answer", "r", true, ""},
		{action.Inbox, "q", true, "global.close"},
		{action.Inbox, "q", false, ""},
		{action.Global, "q", false, "global.close"},
		{action.Stats, "q", true, "global.close"},
		{action.Inbox, "", true, ""},
		{action.Inbox, "R", true, ""},
	} {
		if got := m.Find(c.scope, c.key, c.global); got != c.want {
			t.Errorf("%q in %s is %q, not %q", c.key, c.scope, got, c.want)
		}
	}
	if m.Label("inbox.down") != "j" || m.Label("inbox.sort-id") != "" || m.Label("nothing") != "" {
		t.Error("labels are those of the first keys")
	}
}

// Keys of the user's own take the place of the others, in every scope in which
// the action is had.
func TestRemapReplaces(t *testing.T) {
	m := keymap(t, map[string][]string{"bench.down": {"n", "space", "alt+j"}, "inbox.run": {}, "global.close": {"r"}, "bench.run": {"q"}})
	for _, c := range []struct {
		scope     action.Scope
		key, want string
	}{
		{action.Bench, "n", "bench.down"}, {"answer", "n", "bench.down"}, {action.Bench, " ", "bench.down"}, {action.Bench, "alt+j", "bench.down"},
		{action.Bench, "j", ""}, {action.Bench, "down", ""}, {action.Inbox, "j", "inbox.down"},
		{action.Inbox, "r", "global.close"}, {action.Bench, "q", "bench.run"}, {action.Inbox, "q", ""},
	} {
		if got := m.Find(c.scope, c.key, true); got != c.want {
			t.Errorf("%q in %s is %q, not %q", c.key, c.scope, got, c.want)
		}
	}
	if !slices.Equal(m.Keys("bench.down"), []string{"n", " ", "alt+j"}) || len(m.Keys("inbox.run")) != 0 {
		t.Errorf("%q, %q", m.Keys("bench.down"), m.Keys("inbox.run"))
	}
}

func TestRemapProblems(t *testing.T) {
	for _, c := range []struct {
		remap map[string][]string
		want  []string
	}{
		{map[string][]string{"inbox.runs": {"x"}}, []string{`"inbox.runs"`, "inbox.run"}},
		{map[string][]string{"": {"x"}}, []string{`""`, "bench.down, "}},
		{map[string][]string{"inbox.run": {"j"}}, []string{`"j"`, "inbox.run", "inbox.down"}},
		{map[string][]string{"inbox.run": {"q"}}, []string{`"q"`, "inbox.run", "global.close"}},
		{map[string][]string{"global.close": {"r"}}, []string{`"r"`, "global.close", "bench.run|inbox.run"}},
		{map[string][]string{"global.close": {"down"}}, []string{`"down"`, "global.close", "bench.down|inbox.down"}},
		{map[string][]string{"inbox.run": {"space"}, "inbox.down": {" "}}, []string{`" "`, "inbox.run", "inbox.down"}},
		{map[string][]string{"inbox.run": {"shift+j"}}, []string{"inbox.run", `"shift+j"`, "the key"}},
	} {
		for i := range some() { // in whatever order they come
			all := some()
			all = append(all[i:], all[:i]...)
			_, err := action.NewKeymap(all, c.remap)
			if err == nil {
				t.Errorf("%q is taken", c.remap)
				continue
			}
			for _, want := range c.want {
				if !slices.ContainsFunc(strings.Split(want, "|"), func(one string) bool { return strings.Contains(err.Error(), one) }) {
					t.Errorf("%q: %v; it does not name %s", c.remap, err, want)
				}
			}
		}
	}
}

// A clash of the defaults is one as well, whichever comes first.
func TestClash(t *testing.T) {
	for _, other := range []action.Action{
		{ID: "inbox.other", Keys: []string{"x", "r"}, Scope: action.Inbox},
		{ID: "global.other", Keys: []string{"r"}, Scope: action.Global},
	} {
		for _, all := range [][]action.Action{append(some(), other), append([]action.Action{other}, some()...)} {
			_, err := action.NewKeymap(all, nil)
			if err == nil || !strings.Contains(err.Error(), other.ID) || !strings.Contains(err.Error(), "inbox.run") && !strings.Contains(err.Error(), "bench.run") {
				t.Errorf("%s: %v", other.ID, err)
			}
		}
	}
}

// Keys are written as people read them; one that never comes is an error.
func TestKeyNames(t *testing.T) {
	for _, key := range []string{"j", "J", "?", "é", "本", "ctrl+r", "ctrl+@", "alt+x", "alt+enter", "enter", "esc", "tab", "shift+tab", "backspace", "pgdown", "f12", "shift+up", "ctrl+pgdown", "home", "insert", "+"} {
		if m := keymap(t, map[string][]string{"stats.any": {key}}); m.Find(action.Stats, key, true) != "stats.any" {
			t.Errorf("%q does not mean what it was given", key)
		}
	}
	for _, key := range []string{"", "jj", "Ctrl+R", "ctrl+R", "ctrl+i", "ctrl+m", "shift+a", "cmd+c", "runes", "alt+", "alt+jj", "\x1b", "\t", "\n", "é́", "\xff", "return", "pagedown"} {
		if _, err := action.NewKeymap(some(), map[string][]string{"stats.any": {key}}); err == nil {
			t.Errorf("%q is taken for a key", key)
		}
	}
}

func TestCan(t *testing.T) {
	if can, why := (action.Action{}).Can(); !can || why != "" {
		t.Error("what needs nothing can be done")
	}
	if can, why := (action.Action{Enabled: func() (bool, string) { return false, "so" }}).Can(); can || why != "so" {
		t.Error(can, why)
	}
}

func TestLabel(t *testing.T) {
	for key, want := range map[string]string{" ": "space", "up": "↑", "down": "↓", "left": "←", "right": "→", "pgdown": "PgDn", "pgup": "PgUp", "j": "j", "ctrl+r": "ctrl+r"} {
		if got := action.Label(key); got != want {
			t.Errorf("%q is shown as %q, not %q", key, got, want)
		}
	}
}
