package replay

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
)

//go:embed testdata
var testdata embed.FS // immutable

// recording is one recorded answer, or one made in its image.
type recording struct {
	name   string
	status string // "200 OK": with the server's own words
	code   int
	header http.Header
	body   []byte
	broken bool // the connection ends without an answer

	// What it answers; empty for answers that were not asked for.
	method, path, token, sent string
	with                      map[string]string // headers of the request
}

// File is a recorded body, by its name in testdata, e.g. "issues-page1.json".
func File(name string) []byte {
	b, err := testdata.ReadFile("testdata/" + name)
	if err != nil {
		panic("replay: " + err.Error())
	}
	return b
}

// named reads one recording. A name that does not exist is a mistake in a test.
func named(name string) *recording {
	r := &recording{name: name}
	r.readHeader(File(name + ".headers"))
	for _, ext := range []string{".json", ".html", ".txt"} {
		if b, err := testdata.ReadFile("testdata/" + name + ext); err == nil {
			r.body = b
		}
	}
	return r
}

func (r *recording) readHeader(b []byte) {
	r.header = http.Header{}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		if r.status == "" {
			_, r.status, _ = strings.Cut(lines.Text(), " ")
			continue
		}
		key, value, _ := strings.Cut(lines.Text(), ": ")
		switch key = http.CanonicalHeaderKey(key); key {
		case "", "Host", "Connection", "Content-Length": // of the connection
		default:
			r.header.Add(key, value)
		}
	}
	if _, err := fmt.Sscanf(r.status, "%d", &r.code); err != nil {
		panic("replay: no status in " + r.name)
	}
}

// recordings are those that answer a request to a server of this kind.
func recordings(options Options) []recording {
	table := "requests.tsv"
	if options.Version == "2.25.8" {
		table = "requests-2.25.8.tsv"
	}
	var all []recording
	for row := range strings.Lines(string(File(table))) {
		fields := strings.Split(strings.TrimRight(row, "\r\n"), "\t")
		if len(fields) < 7 || fields[0] == "body file" {
			continue
		}
		name := strings.TrimSuffix(fields[0], " (no body)")
		if ext := path.Ext(name); ext == ".json" || ext == ".html" || ext == ".txt" {
			name = strings.TrimSuffix(name, ext)
		}
		if !plays(name, options) {
			continue
		}
		r := named(name)
		r.method, r.path, r.token, r.sent = fields[1], canonicalPath(fields[2]), fields[3], canonicalBody(fields[5])
		if fields[4] != "" {
			if err := json.Unmarshal([]byte(fields[4]), &r.with); err != nil {
				panic("replay: headers of " + name + ": " + err.Error())
			}
		}
		all = append(all, *r)
	}
	return all
}

// plays leaves out what a server in its usual state does not answer: those of
// a server that is down, that is being written to, or that knows nobody.
func plays(name string, options Options) bool {
	bare := strings.TrimPrefix(name, "v2258-")
	for _, prefix := range []string{"service-", "drift-", "auth-"} {
		if strings.HasPrefix(bare, prefix) {
			return false
		}
	}
	if strings.Contains(name, "if-none-match") {
		return false // all ETags are compared, see write
	}
	return options.Anonymous || !strings.HasPrefix(bare, "anonymous-on-")
}

// exact finds what was recorded for just this request. Answers to a request
// that was recorded several times come one after the other.
func (s *Server) exact(r *http.Request, body string, who login) *recording {
	if r.Method == http.MethodPost && !isJSON(r) {
		return nil // what was sent is not seen
	}
	where, sent := canonicalPath(r.URL.RequestURI()), canonicalBody(body)
	var found []*recording
	for i := range s.recorded {
		one := &s.recorded[i]
		if one.method == r.Method && one.path == where && one.token == who.token && one.sent == sent && one.asked(r) && !s.noted(one) {
			found = append(found, one)
		}
	}
	if len(found) == 0 {
		return nil
	}
	key := strings.Join([]string{r.Method, where, who.token, sent}, "\n")
	n := min(s.served[key], len(found)-1)
	s.served[key]++
	return found[n]
}

func (r *recording) asked(req *http.Request) bool {
	for key, value := range r.with {
		if req.Header.Get(key) != value {
			return false
		}
	}
	return true
}

func canonicalPath(uri string) string {
	u, err := url.ParseRequestURI(uri)
	if err != nil {
		return uri
	}
	return u.Path + "?" + u.Query().Encode()
}

func canonicalBody(body string) string {
	var v any
	if json.Unmarshal([]byte(body), &v) != nil {
		return body
	}
	b, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return string(b)
}

// write sends the answer, or 304 if the client has it: the ETag is bare and is
// compared byte for byte. A reason phrase of the server's own needs the
// connection itself.
func (r *recording) write(w http.ResponseWriter, req *http.Request) {
	if r.broken {
		panic(http.ErrAbortHandler)
	}
	status, code, body := r.status, r.code, r.body
	if tag := r.header.Get("ETag"); code == http.StatusOK && tag != "" && req.Header.Get("If-None-Match") == tag {
		status, code, body = "304 Not Modified", http.StatusNotModified, nil
	}
	usual := fmt.Sprintf("%d %s", code, http.StatusText(code))
	if hijacker, ok := w.(http.Hijacker); ok && status != usual {
		r.writeRaw(hijacker, status, body)
		return
	}
	header := w.Header()
	for key, values := range r.header {
		header[key] = values
	}
	if code == http.StatusNotModified {
		header.Del("Content-Type")
	}
	w.WriteHeader(code)
	if req.Method != http.MethodHead {
		w.Write(body) //nolint:errcheck // the client has gone; it will say so itself
	}
}

func (r *recording) writeRaw(hijacker http.Hijacker, status string, body []byte) {
	conn, buf, err := hijacker.Hijack()
	if err != nil {
		panic("replay: " + err.Error())
	}
	defer conn.Close()
	fmt.Fprintf(buf, "HTTP/1.1 %s\r\n", status)
	r.header.Write(buf) //nolint:errcheck // as above
	fmt.Fprintf(buf, "Connection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	buf.Flush() //nolint:errcheck // as above
}
