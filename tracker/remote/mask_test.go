package remote

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// TestTokenInOtherForms: nor is it said in a form that gives it away.
func TestTokenInOtherForms(t *testing.T) {
	const token = `a/b+"c"&s3cr3t\t0k3n`
	s := server(t, token)
	for name, said := range map[string]string{
		"quoted": strconv.Quote(token), "slashes escaped": strings.ReplaceAll(token, "/", `\/`),
		"JSON for the web": strings.ReplaceAll(token, "&", `\u0026`), "query": url.QueryEscape(token), "path": url.PathEscape(token),
		"base64": base64.StdEncoding.EncodeToString([]byte(token)), "with a user": base64.StdEncoding.EncodeToString([]byte("me:" + token)),
		"with a longer user": base64.RawURLEncoding.EncodeToString([]byte("them:" + token)), "with what follows": base64.StdEncoding.EncodeToString([]byte("x" + token + "\n")),
	} {
		got := s.Clean("Authorization: " + said).String()
		if !strings.Contains(got, mask) || strings.Contains(got, "0k3n") || len(got) > len("Authorization: ")+len(mask)+8 {
			t.Errorf("%s: %q is said as %q", name, said, got)
		}
	}
}

// TestAnswersWithoutTheToken: what is stored of an answer does not hold it.
func TestAnswersWithoutTheToken(t *testing.T) {
	for token, want := range map[string]string{"s3cr3t-t0k3n": `{"a":"(token)"}`, "a": `{"a":"a"}`} {
		s := server(t, token)
		header := http.Header{"Etag": {token}}
		body, err := s.Received("/x", header, []byte(`{"a":"`+token+`"}`))
		if err != nil || string(body) != want || header.Get("ETag") != mask {
			t.Errorf("%s: %s, %v, %v", token, body, header, err)
		}
	}
}

func TestParts(t *testing.T) {
	for body, want := range map[string]int{"": 0, "1": 0, `{}`: 1, `[1,2,3]`: 3, `{"a,[{":"\",[{"}`: 1, `{"a":[{},{}],"b":"\\","c":[]}`: 8, `"[[[`: 0} {
		if got := parts([]byte(body)); got != want {
			t.Errorf("%s: %d, want %d", body, got, want)
		}
	}
}
