package github

import (
	"net/http"
	"testing"
	"time"
)

func TestParseLink(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []string
		want   string
	}{
		{"none", nil, ""},
		{"numbered", []string{`<https://a/i?page=1>; rel="prev", <https://a/i?page=3>; rel="next", <https://a/i?page=5>; rel="last"`}, "https://a/i?page=3"},
		{"cursor only", []string{`<https://a/i?after=Y3Vyc29y==&per_page=100>; rel="next"`}, "https://a/i?after=Y3Vyc29y==&per_page=100"},
		{"comma and semicolon in the address", []string{`<https://a/i?after=a,b;c>; rel="next"`}, "https://a/i?after=a,b;c"},
		{"two headers", []string{`<https://a/1>; rel="first"`, `<https://a/2>; rel="next"`}, "https://a/2"},
		{"no quotes and capitals", []string{`<https://a/2>;REL=Next`}, "https://a/2"},
		{"two relations", []string{`<https://a/2>; title="x"; rel="last next"`}, "https://a/2"},
		{"the last page", []string{`<https://a/1>; rel="prev", <https://a/1>; rel="first"`}, ""},
		{"not closed", []string{`<https://a/2; rel="next"`}, ""},
		{"nothing in it", []string{"<>", ",;", "<"}, ""},
	} {
		if got := parseLink(http.Header{"Link": c.values}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzParseLink(f *testing.F) {
	f.Add(`<https://a/i?page=1>; rel="prev", <https://a/i?after=x,y>; rel="next"`)
	f.Add(`<<>>;rel=next,<`)
	s, err := New(Config{Name: "g", Repos: []string{"a/b"}})
	if err != nil {
		f.Fatal(err)
	}
	asked := s.base.JoinPath("repos/a/b/issues")
	f.Fuzz(func(t *testing.T, value string) {
		next, problem := s.nextLink(&answer{asked: asked, header: http.Header{"Link": {value}}})
		if next != nil && (problem != nil || next.Host != "api.github.com" || next.Scheme != "https" || next.User != nil) {
			t.Errorf("%q leads to %s", value, next)
		}
	})
}

func FuzzDecodeIssues(f *testing.F) {
	f.Add([]byte(`[{"number":1,"title":"x","user":null,"labels":[null],"created_at":"2026-03-01T00:00:00Z","updated_at":1772323200}]`))
	f.Add([]byte(`[null]`))
	f.Add([]byte(`[{"number":1,"updated_at":`))
	w := &walk{Source: &Source{}, feed: "a/b", passed: map[int64]time.Time{}, pulls: map[int64]bool{}}
	f.Fuzz(func(t *testing.T, body []byte) {
		issues, err := decodeIssues(body)
		if err != nil {
			return
		}
		for _, i := range issues {
			r := w.report(i)
			if r.ID.Number < 1 || r.Reporter == "" || r.Updated.IsZero() || r.Created.IsZero() {
				t.Errorf("%q gives %+v", body, r)
			}
			if _, err := r.Updated.MarshalJSON(); err != nil {
				t.Error(err)
			}
		}
	})
}

func FuzzDecodeComments(f *testing.F) {
	f.Add([]byte(`[{"id":6,"issue_url":"https://x/repos/a/b/issues/1","html_url":"::","created_at":"2026-03-01T00:00:00Z","updated_at":"2026-03-01T00:00:00Z"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := decodeComments(body)
		if err != nil {
			return
		}
		for _, c := range list {
			if number, ok := reportOf(c); !ok || number < 1 {
				t.Errorf("%q is on %d", body, number)
			}
			onPull(c)
		}
	})
}

func FuzzParseState(f *testing.F) {
	f.Add(`{"private":true,"whole":true,"comments":"2026-03-01T00:00:00Z"}`)
	f.Add(`{"comments":"9999-12-31T23:59:59-23:59"}`)
	f.Fuzz(func(t *testing.T, text string) {
		s := parseState(text)
		extra, err := s.extra()
		if err != nil {
			t.Fatal(err)
		}
		if again := parseState(extra); !again.Comments.Equal(s.Comments) || again.Private != s.Private || again.Whole != s.Whole {
			t.Errorf("%+v became %+v", s, again)
		}
	})
}
