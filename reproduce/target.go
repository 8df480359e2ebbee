// Package reproduce answers the program's one question: does a bug also
// happen on CentOS Stream? It holds targets, recipes, attempts, the statistics
// of how many attempts are enough, the rules of the suggested verdict, and the
// use case that runs it all (Lab).
//
// It imports tracker and nothing of store, tui or cmd. The engine that runs
// containers (package podman) and the keeper of results (package store) are
// interfaces here. Deciding is pure: Read, Plan and Suggest work on stored
// facts and do no IO.
package reproduce

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// Distribution is whose image a target is.
type Distribution string

// The distributions that play a part in a comparison.
const (
	AlmaLinux    Distribution = "almalinux"
	Kitten       Distribution = "almalinux-kitten"
	CentOSStream Distribution = "centos-stream"
	UBI          Distribution = "ubi"
)

// IsAlma tells whether the distribution is AlmaLinux's, Kitten included.
func (d Distribution) IsAlma() bool { return d == AlmaLinux || d == Kitten }

// Target is a distribution image to try a recipe on.
type Target struct {
	Name         string // alma9, stream9, ubi9, kitten10
	Image        string // reference, with tag or digest
	Distribution Distribution
	Release      string // the major release: "8", "9", "10"
	// Ended is the day from which the distribution gets no more updates; zero
	// while it lives (facts.md 4.4).
	Ended time.Time
	// Setup is a shell script run once with network when the base layer is
	// made, before anything is installed (e.g. Stream 8's repositories moved
	// to the vault). Not part of a recipe.
	Setup string
}

// IsTargetName tells whether a text can name a target: it stands in [target.NAME],
// in lists with commas and in the names of images.
func IsTargetName(name string) bool {
	return name != "" && len(name) <= 64 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == "" && !strings.ContainsAny(name[:1], "._-")
}

// EndedBy tells whether the target's distribution had ended at t.
func (t Target) EndedBy(at time.Time) bool { return !t.Ended.IsZero() && !at.Before(t.Ended) }

// Title is the name for people: "AlmaLinux 9", "CentOS Stream 9".
func (t Target) Title() string {
	switch t.Distribution {
	case AlmaLinux:
		return "AlmaLinux " + t.Release
	case Kitten:
		return "AlmaLinux Kitten " + t.Release
	case CentOSStream:
		return "CentOS Stream " + t.Release
	case UBI:
		return "UBI " + t.Release
	}
	return t.Name
}

// Targets is a set of targets by name.
type Targets map[string]Target

// stream8Vault moves Stream 8's repositories to where they were archived
// (facts.md 4.3).
const stream8Vault = `sed -i -e 's|^mirrorlist=|#mirrorlist=|' ` +
	`-e 's|^#\?baseurl=http://mirror.centos.org/|baseurl=https://vault.centos.org/|' /etc/yum.repos.d/CentOS-*.repo`

// BuiltinTargets are the images that are used without configuration
// (facts.md 4.1, 4.4).
func BuiltinTargets() Targets {
	day := func(s string) time.Time {
		t, err := time.Parse(time.DateOnly, s)
		if err != nil {
			panic(err) // a constant below
		}
		return t
	}
	list := []Target{
		{Name: "alma8", Image: "quay.io/almalinuxorg/almalinux:8", Distribution: AlmaLinux, Release: "8", Ended: day("2029-05-31")},
		{Name: "alma9", Image: "quay.io/almalinuxorg/almalinux:9", Distribution: AlmaLinux, Release: "9", Ended: day("2032-05-31")},
		{Name: "alma10", Image: "quay.io/almalinuxorg/almalinux:10", Distribution: AlmaLinux, Release: "10", Ended: day("2035-05-31")},
		{Name: "kitten10", Image: "quay.io/almalinuxorg/almalinux:10-kitten", Distribution: Kitten, Release: "10", Ended: day("2030-05-31")},
		{Name: "stream8", Image: "quay.io/centos/centos:stream8", Distribution: CentOSStream, Release: "8", Ended: day("2024-05-31"), Setup: stream8Vault},
		{Name: "stream9", Image: "quay.io/centos/centos:stream9", Distribution: CentOSStream, Release: "9", Ended: day("2027-05-31")},
		{Name: "stream10", Image: "quay.io/centos/centos:stream10", Distribution: CentOSStream, Release: "10", Ended: day("2030-05-31")},
		{Name: "ubi8", Image: "registry.access.redhat.com/ubi8/ubi:latest", Distribution: UBI, Release: "8"},
		{Name: "ubi9", Image: "registry.access.redhat.com/ubi9/ubi:latest", Distribution: UBI, Release: "9"},
		{Name: "ubi10", Image: "registry.access.redhat.com/ubi10/ubi:latest", Distribution: UBI, Release: "10"},
	}
	targets := Targets{}
	for _, t := range list {
		targets[t.Name] = t
	}
	return targets
}

// Names lists the targets in order of their names.
func (ts Targets) Names() []string {
	names := make([]string, 0, len(ts))
	for name := range ts {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Select returns the named targets in the order given; an unknown name is an
// error that lists the known ones.
func (ts Targets) Select(names []string) ([]Target, error) {
	var chosen []Target
	seen := map[string]bool{}
	for _, name := range names {
		t, ok := ts[name]
		if !ok {
			return nil, usagef("unknown target %q: the targets are %s", name, strings.Join(ts.Names(), ", "))
		}
		if seen[name] {
			return nil, usagef("target %q is named twice", name)
		}
		seen[name] = true
		chosen = append(chosen, t)
	}
	return chosen, nil
}

// ForRelease gives the default sides for a report's release ("9.6", "9",
// "kitten10"): AlmaLinux and CentOS Stream of the same major. When that Stream
// has ended, AlmaLinux and UBI are the sides and Stream is a third opinion
// (verdict.md, The sides).
func (ts Targets) ForRelease(release string, now time.Time) ([]Target, error) {
	major, kitten := strings.CutPrefix(strings.ToLower(release), "kitten")
	major, _, _ = strings.Cut(major, ".")
	if major == "" {
		return nil, usagef("the report does not say which release it is about: give --target, e.g. --target alma9,stream9")
	}
	alma, stream, ubi := "alma"+major, "stream"+major, "ubi"+major
	if kitten {
		alma = "kitten" + major
	}
	sides := []string{alma, stream}
	if s, ok := ts[stream]; ok && s.EndedBy(now) {
		sides = []string{alma, ubi, stream}
	}
	chosen, err := ts.Select(sides)
	if err != nil {
		return nil, usagef("no targets for release %q: give --target (the targets are %s)", release, strings.Join(ts.Names(), ", "))
	}
	return chosen, nil
}

// Companion resolves the words of --with (ubi, kitten, or a target's name) to
// a target of the same major release as the first side.
func (ts Targets) Companion(word string, first Target) (Target, error) {
	if t, ok := ts[word]; ok {
		return t, nil
	}
	if t, ok := ts[word+first.Release]; ok {
		return t, nil
	}
	return Target{}, usagef("no target %q or %q: the targets are %s", word, fmt.Sprint(word, first.Release), strings.Join(ts.Names(), ", "))
}

// Sides chooses what a run is made on: the named targets, or those of the
// report's release where none is named, and further opinions by the words that
// Companion takes. Errors are *Error with CodeUsage and name what there is.
func (ts Targets) Sides(names, with []string, release string, now time.Time) (targets, further []Target, err error) {
	if len(names) > 0 {
		targets, err = ts.Select(names)
	} else {
		targets, err = ts.ForRelease(release, now)
	}
	if err != nil {
		return nil, nil, err
	}
	for _, word := range with {
		one, err := ts.Companion(word, targets[0])
		if err != nil {
			return nil, nil, err
		}
		further = append(further, one)
	}
	return targets, further, nil
}
