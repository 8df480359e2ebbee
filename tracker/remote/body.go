package remote

import (
	"net/http"

	"github.com/almatriage/almatriage/tracker"
)

const (
	// BodyMax is the most bytes of an answer, unpacked.
	BodyMax = 64 << 20
	// partsMax is the most values in an answer. One of five bytes becomes a
	// report of hundreds, so that the bytes alone bound no memory.
	partsMax = 500_000
)

// Received looks at a whole answer before anything is made of it, and takes
// the token out, should the server say it back: what is stored and shown does
// not hold it. It may change header and body.
func (s *Server) Received(path string, header http.Header, body []byte) ([]byte, *tracker.Error) {
	if parts(body) > partsMax {
		return nil, s.Problem(tracker.CodeBadAnswer, "the answer to %s holds more than %d values; try again later, and tell the tracker's administrators if this stays", path, partsMax)
	}
	for _, values := range header {
		for i := range values {
			values[i] = s.masked(values[i])
		}
	}
	return s.maskedBytes(body), nil
}

// TooLarge is the error of an answer of more than most bytes.
func (s *Server) TooLarge(path string, most int64) *tracker.Error {
	size, unit := most>>20, "MiB"
	if size == 0 {
		size, unit = most>>10, "KiB"
	}
	return s.Problem(tracker.CodeBadAnswer, "the answer to %s is larger than %d %s; try again later, and tell the tracker's administrators if this stays", path, size, unit)
}

// parts is the number of values in JSON, about: what is no JSON is as well
// counted, and refused later.
func parts(body []byte) (n int) {
	quoted := false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case !quoted && (c == ',' || c == '[' || c == '{'):
			n++
		}
	}
	return n
}
