package query

import "slices"

// KeyInfo describes a key, for help and completion.
type KeyInfo struct {
	Name   string
	Values []string // where they are known beforehand
	Open   bool     // other values than those are accepted too
	Help   string
	Sample string // a value, for examples
}

// Verdicts are the words that a person can decide for (reproduce.Decidable,
// which this package must not import; a test of the command line compares them).
func Verdicts() []string {
	return []string{"stream-reproducible", "alma-only", "fixed-in-stream", "stream-only", "not-reproducible", "needs-vm",
		"intended-difference", "not-a-bug", "duplicate", "needs-info"}
}

// Keys lists all keys, in the order of the documentation.
func Keys() []KeyInfo {
	return []KeyInfo{
		{Name: "release", Help: "AlmaLinux release: 9 finds 9 and 9.x", Sample: "9"},
		{Name: "package", Help: "source or binary package", Sample: "bash"},
		{Name: "status", Values: []string{"open", "closed"}, Open: true, Help: "open, closed, or the tracker's own word", Sample: "open"},
		{Name: "verdict", Values: append(Verdicts(), "none"), Help: "what was decided", Sample: "alma-only"},
		{Name: "suggested", Values: append(Verdicts()[:6:6], "inconclusive", "none"), Help: "what the last run suggests", Sample: "fixed-in-stream"},
		{Name: "is", Values: []string{"undecided", "stale", "flaky", "private", "disputed", "draft"}, Help: "a state", Sample: "undecided"},
		{Name: "has", Values: []string{"recipe", "run"}, Help: "an accepted recipe, a run", Sample: "recipe"},
		{Name: "tracker", Help: "tracker or repository", Sample: "almbz"},
		{Name: "reporter", Help: "who reported it", Sample: "jane"},
		{Name: "ref", Help: "what the report names", Sample: "RHEL-12345"},
		{Name: "updated", Help: "time of change: >2026-01-01, 2026-01..2026-03, <7d (in the last 7 days)", Sample: ">2026-01-01"},
		{Name: "created", Help: "time of report, in the same forms", Sample: "<30d"},
		{Name: "sort", Values: []string{"updated", "created", "id", "title", "verdict"}, Help: "order; with - reversed", Sample: "created"},
	}
}

func lookup(name string) (KeyInfo, bool) {
	all := Keys()
	i := slices.IndexFunc(all, func(k KeyInfo) bool { return k.Name == name })
	if i < 0 {
		return KeyInfo{}, false
	}
	return all[i], true
}

func names() []string {
	var list []string
	for _, k := range Keys() {
		list = append(list, k.Name)
	}
	return list
}

func exampleOf(name string) string {
	if k, ok := lookup(name); ok {
		return k.Name + ":" + k.Sample
	}
	return "release:9"
}
