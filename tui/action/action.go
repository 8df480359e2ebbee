// Package action has actions as data: what a key does, what it is called,
// where it is had, and why it cannot be done just now. Keys, the footer, the
// help, the palette, remapping and the documentation come from it, so that
// none of them can say what the others do not. It imports nothing of this
// program.
package action

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// Scope is where an action is had: a screen or a dialog. The keys of Global
// are had on every screen, unless something is typed.
type Scope string

// The scopes.
const (
	Global  Scope = "global"
	Inbox   Scope = "inbox"
	Bench   Scope = "bench"
	Recipe  Scope = "recipe"
	Guide   Scope = "guide"
	Decide  Scope = "decide"
	History Scope = "history"
	Stats   Scope = "stats"
	Message Scope = "message" // a text to be read
	Quit    Scope = "quit"
	Palette Scope = "palette"
	Prompt  Scope = "prompt"
	Copy    Scope = "copy"
	Texts   Scope = "texts"  // those that leave
	Filter  Scope = "filter" // the Inbox, while a query is typed
)

// Action is something that the user can do.
type Action struct {
	ID    string // scope, dot, word: inbox.run; it names the action in the configuration
	Title string // for people, as in "Run the recipe"
	Keys  []string
	Scope Scope
	// Hint is the word of the footer, "" for none; the first ones fit always.
	Hint string
	// Enabled tells whether it can be done now, and why not. Nil: always.
	Enabled func() (bool, string)
	Run     func() tea.Cmd
}

// Can is Enabled.
func (a Action) Can() (bool, string) {
	if a.Enabled == nil {
		return true, ""
	}
	return a.Enabled()
}

// Keymap maps keys to actions, after what the user changed.
type Keymap struct {
	keys map[string][]string         // of actions, by id
	ids  map[Scope]map[string]string // by scope and key
}

// NewKeymap makes the keymap of all actions that there are. remap gives keys of
// the user's own by the action's id; an id that does not exist, or a key with
// two meanings in one scope, is an error that names them.
func NewKeymap(all []Action, remap map[string][]string) (*Keymap, error) {
	m := &Keymap{keys: map[string][]string{}, ids: map[Scope]map[string]string{}}
	for _, a := range all {
		m.keys[a.ID] = a.Keys
	}
	for _, id := range slices.Sorted(maps.Keys(remap)) {
		if _, ok := m.keys[id]; !ok {
			return nil, fmt.Errorf("there is no action %q; the actions are %s", id, strings.Join(slices.Sorted(maps.Keys(m.keys)), ", "))
		}
		m.keys[id] = nil
		for _, text := range remap[id] {
			key, err := read(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", id, err)
			}
			m.keys[id] = append(m.keys[id], key)
		}
	}
	// The global ones first, so that a clash is told however the list is made.
	for _, global := range []bool{true, false} {
		for _, a := range all {
			if (a.Scope == Global) != global {
				continue
			}
			if err := m.bind(a.Scope, a.ID); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// read takes a key as people write it. One that no terminal sends is an error:
// it would never do anything.
func read(text string) (string, error) {
	alt, key := "", text
	if rest, ok := strings.CutPrefix(text, "alt+"); ok {
		alt, key = "alt+", rest
	}
	if key == "space" {
		key = " "
	}
	if r, size := utf8.DecodeRuneInString(key); size == len(key) && unicode.IsPrint(r) && r != utf8.RuneError {
		return alt + key, nil
	}
	for k := tea.KeyType(-128); k < 128; k++ {
		if key != "" && k != tea.KeyRunes && k.String() == key {
			return alt + key, nil
		}
	}
	return "", fmt.Errorf("the key %q is none that a terminal sends; keys are written as in j, J, ctrl+r, alt+x, space, enter, tab, pgdown, f5", text)
}

// bind gives an action its keys.
func (m *Keymap) bind(scope Scope, id string) error {
	if m.ids[scope] == nil {
		m.ids[scope] = map[string]string{}
	}
	for _, key := range m.keys[id] {
		for _, in := range []Scope{scope, Global} {
			if other, taken := m.ids[in][key]; taken && other != id {
				return fmt.Errorf("the key %q is both %s and %s; give one of them another key", key, other, id)
			}
		}
		m.ids[scope][key] = id
	}
	return nil
}

// Find gives the id of the action that a key means in a scope, "" for none.
// With the global ones, if asked for.
func (m *Keymap) Find(scope Scope, key string, global bool) string {
	if id := m.ids[scope][key]; id != "" || !global {
		return id
	}
	return m.ids[Global][key]
}

// Keys are an action's keys.
func (m *Keymap) Keys(id string) []string { return m.keys[id] }

// Label is an action's first key as people read it, "" if it has none.
func (m *Keymap) Label(id string) string {
	keys := m.keys[id]
	if len(keys) == 0 {
		return ""
	}
	return Label(keys[0])
}

// Label is a key as people read it.
func Label(key string) string {
	switch key {
	case " ":
		return "space"
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	case "pgdown":
		return "PgDn"
	case "pgup":
		return "PgUp"
	}
	return key
}
