package config

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/almatriage/almatriage/tracker/query"
)

// Queue is a saved query, which the terminal interface shows as a tab.
type Queue struct{ Name, Query string }

// queues reads [[queue]] tables.
func (r *reader) queues(root *table, c *Config) {
	const want = "[[queue]], with two brackets, and a name and a query below it"
	list, ok := take[[]any](root, "queue", want)
	if !ok {
		return
	}
	for i, item := range list {
		path := []string{"queue", strconv.Itoa(i)}
		values, ok := item.(map[string]any)
		if !ok {
			r.problem(path, "queue has %s as entry %d; expected %s", kindOf(item), i+1, want)
			continue
		}
		t := &table{r: r, path: path, label: "queue", values: values}
		var q Queue
		t.text("name", &q.Name, "My packages")
		t.text("query", &q.Query, "is:undecided package:bash")
		t.end()
		for _, key := range []string{"name", "query"} {
			if !t.has(key) {
				r.problem(path, "queue %d has no %s; expected %s", i+1, key, want)
			}
		}
		if _, err := query.Parse(q.Query, time.Now()); err != nil {
			t.problem("query", "is wrong: %v", err)
		}
		c.Queues = append(c.Queues, q)
	}
}

// keys reads [keys]: a key, or a list of keys, by the name of an action. What
// actions there are is known where they are made; see tui.Keymap.
func (r *reader) keys(root *table, c *Config) {
	t := root.table("keys")
	for _, name := range slices.Sorted(maps.Keys(t.values)) {
		value, nested := t.values[name].(map[string]any) // inbox.run without quotes
		if !nested {
			t.keyList(name, name, c.Keys)
			continue
		}
		group := t.table(name)
		for _, action := range slices.Sorted(maps.Keys(value)) {
			group.keyList(action, name+"."+action, c.Keys)
		}
		group.end()
	}
	t.end()
}

// keyList reads the keys of one action.
func (t *table) keyList(key, action string, into map[string][]string) {
	if one, ok := t.values[key].(string); ok {
		t.values[key] = []any{one}
	}
	var keys []string
	t.texts(key, &keys, "ctrl+r")
	if keys == nil {
		keys = []string{} // none: the action has no key any more
	}
	if _, twice := into[action]; twice { // as "inbox.run" and as inbox.run
		t.problem(key, "is there twice; expected each action once")
	}
	into[action] = keys
}
