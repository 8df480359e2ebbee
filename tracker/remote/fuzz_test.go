package remote

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

// FuzzClean: whatever a server says back, what is said of it is one clean line
// that holds the token in no form, and what is kept of its answer holds none.
func FuzzClean(f *testing.F) {
	f.Add("s3cr3t-t0k3n", "s3cr3t\u200b-t0k3n", 0)
	f.Add("a/b+c&s3cr3t", `a\/b+c\u0026s3cr3t`, 1)
	f.Add("aaaaaaaaa", strings.Repeat("a", 100), 3)
	f.Add("abcdefgh", "abcd\x1b]8;;abcdefgh\aefgh", 5)
	f.Add("s3cr3t-t0k3n", "s3cr3t\xff\r\n-t0k3n", 4090)
	f.Fuzz(func(t *testing.T, token, said string, before int) {
		if len(token) < shortest || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' || r == '(' || r == ')' }) || strings.Contains(mask, token) {
			return // shorter ones are in a text by chance, and no tracker gives others
		}
		s := &Server{Name: "bugs", Base: &url.URL{Scheme: "https", Host: "bugs.example.org"}, token: &token, forms: forms(token)}
		padding := strings.Repeat(" x", int(uint(before)%5000))
		for _, form := range append(forms(token), said) {
			text := padding + said + form + said
			got := s.Problem(tracker.CodeBadAnswer, "%s", text).Message
			if safe.Line(got).String() != got {
				t.Fatalf("%q is said as %q", text, got)
			}
			header := http.Header{"Link": {text}}
			body, problem := s.Received("/x", header, []byte(text))
			if problem != nil {
				body = nil
			}
			for _, form := range forms(token) {
				if strings.Contains(got, form) || bytes.Contains(body, []byte(form)) || problem == nil && strings.Contains(header.Get("Link"), form) {
					t.Fatalf("%q is said as %q, and kept as %q and %q: %q is in it", text, got, body, header, form)
				}
			}
		}
	})
}

// FuzzParts: JSON holds no more values than were counted, so that what is
// bounded by them is bounded.
func FuzzParts(f *testing.F) {
	f.Add([]byte(`{"a,[{":"\",[{","b":[1,{},[]]}`))
	f.Add([]byte("[ 1 , \"\\\\\" ]"))
	f.Fuzz(func(t *testing.T, body []byte) {
		met := 0
		for decoder := json.NewDecoder(bytes.NewReader(body)); ; {
			token, err := decoder.Token()
			if err != nil {
				break
			}
			if d, ok := token.(json.Delim); !ok || d == '{' || d == '[' {
				met++
			}
		}
		// A name and its value come with one comma.
		if json.Valid(body) && met > 2*parts(body)+1 {
			t.Errorf("%q: %d values, counted %d", body, met, parts(body))
		}
	})
}
