package mantis

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

// FuzzParsePlace: a cursor's Extra is a place or none, and a place is read back
// from what it is written as.
func FuzzParsePlace(f *testing.F) {
	f.Add(`{"project":3,"hidden":[4,5],"user":"jane"}`)
	f.Add(`{"project":-1,"user":"jane"}`)
	f.Add(`{"project":1,"hidden":[],"user":"\ud800"}`)
	f.Add(`null`)
	f.Add(``)
	f.Fuzz(func(t *testing.T, extra string) {
		p := parsePlace(extra)
		if p.Project < 0 || p.Project == 0 && (p.User != "" || p.Hidden != nil) {
			t.Fatalf("%q: %+v", extra, p)
		}
		if p.Project == 0 {
			return
		}
		again := parsePlace(p.extra())
		if len(p.Hidden) == 0 {
			p.Hidden = nil // left out
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Errorf("%q: %s", extra, diff)
		}
	})
}

// FuzzRetryAfter: a server cannot make us wait for a time that is none.
func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "120", "-1", "99999999999999999999", "Wed, 25 Nov 2026 12:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Wed, 01 Jan 0000 00:00:00 GMT", "1e9"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		wait, until := retryAfter(value, now)
		if wait < 0 || (wait == 0) != until.IsZero() || wait > 0 && !until.After(now) {
			t.Errorf("%q: %v until %v", value, wait, until)
		}
		if wait > 0 && wait != time.Duration(1<<63-1) && !until.Equal(now.Add(wait)) {
			t.Errorf("%q: %v from now is not %v", value, wait, until)
		}
	})
}

// FuzzProjects: a list of projects, however deep, is walked to its end, and
// each project that is met has been in it.
func FuzzProjects(f *testing.F) {
	f.Add([]byte(`{"projects":[{"id":1,"name":"AlmaLinux-9","enabled":true,"subProjects":[{"id":2,"name":"x"}]}]}`))
	f.Add([]byte(`{"projects":[{"id":"1","view_state":{"name":"private"}},null]}`))
	f.Add(replay.File("projects.json"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var list struct{ Projects []project }
		if json.Unmarshal(body, &list) != nil {
			return
		}
		met, readable := 0, 0
		eachProject(list.Projects, func(p project) {
			met++
			if p.readable() {
				readable++
				if p.ID < 1 || p.Name == "" {
					t.Errorf("%q: %+v is read", body, p)
				}
			}
		})
		if met < len(list.Projects) || readable > met || met > len(body) {
			t.Errorf("%q: %d projects are met, %d read", body, met, readable)
		}
	})
}
