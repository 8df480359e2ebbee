// Package remotetest has what the tests of trackers over HTTP share.
package remotetest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// Answering is a server in the place of the network.
type Answering func(*http.Request) *http.Response

// RoundTrip implements http.RoundTripper.
func (a Answering) RoundTrip(r *http.Request) (*http.Response, error) { return a(r), nil }

// Texts are all texts in JSON, as far as it can be read, with a NUL between them.
func Texts(body []byte) string {
	var all []string
	for decoder := json.NewDecoder(bytes.NewReader(body)); ; {
		token, err := decoder.Token()
		if err != nil {
			return strings.Join(all, "\x00")
		}
		if text, ok := token.(string); ok {
			all = append(all, text)
		}
	}
}
