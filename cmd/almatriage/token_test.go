package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

// secretive is a user whose secrets are looked for in all that the program
// says and leaves behind.
type secretive struct {
	*user
	secrets map[string][]string // by what they are, in the forms that give them away
	looks   int                 // at the arguments of all processes
}

// newSecret is a token as no other test has it. Escapes change it.
func newSecret(t *testing.T) string {
	t.Helper()
	random := make([]byte, 12)
	if _, err := rand.Read(random); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("s3cr3t/%x+&%x", random[:6], random[6:])
}

// newSecretive is a user with the program that these tests are themselves.
func newSecretive(t *testing.T, config string, secrets map[string]string) *secretive {
	t.Helper()
	program, err := exec.LookPath("almatriage") // TestMain has put it there
	if err != nil {
		t.Fatal(err)
	}
	u := &user{t: t, program: program, home: t.TempDir()}
	u.env = append(os.Environ(), "HOME="+u.home, "XDG_CONFIG_HOME=", "XDG_DATA_HOME=", "XDG_CACHE_HOME=", "XDG_STATE_HOME=")
	u.write(".config/almatriage/config.toml", config)
	s := &secretive{user: u, secrets: map[string][]string{}}
	for name, secret := range secrets {
		s.secrets[name] = formsOf(secret)
	}
	return s
}

// formsOf are a secret, its halves, and what others make of it.
func formsOf(secret string) []string {
	forms := []string{secret, secret[:len(secret)/2], secret[len(secret)/2:], url.QueryEscape(secret), url.PathEscape(secret), strings.ReplaceAll(secret, "/", `\/`)}
	for before := range 3 {
		first, last := (before*8+5)/6, (before+len(secret))*8/6
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			forms = append(forms, encoding.EncodeToString(append(make([]byte, before), secret...))[first:last])
		}
	}
	return forms
}

// find tells which secret is in some data, and how.
func (s *secretive) find(where string, data []byte) {
	s.t.Helper()
	for name, forms := range s.secrets {
		for _, form := range forms {
			if i := bytes.Index(data, []byte(form)); i >= 0 {
				s.t.Errorf("%s is in %s: %q", name, where, data[max(0, i-80):min(len(data), i+len(form)+20)])
				return
			}
		}
	}
}

// ends runs a command, looks at the arguments of all processes meanwhile and
// at what is said, and wants a status.
func (s *secretive) ends(status int, args ...string) string {
	s.t.Helper()
	cmd := s.command(args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for running := true; running; {
		s.arguments()
		select {
		case <-ended:
			running = false
		case <-time.After(150 * time.Millisecond):
		}
	}
	s.find("what is said by "+args[0], said.Bytes())
	if got := cmd.ProcessState.ExitCode(); status >= 0 && got != status {
		s.t.Errorf("%s: status %d, not %d\n%s", strings.Join(args, " "), got, status, said.String())
	}
	return said.String()
}

// arguments looks at those of all processes.
func (s *secretive) arguments() {
	s.t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, path := range all {
		data, err := os.ReadFile(path)
		if err == nil { // or it has ended
			s.find("arguments of a process", data)
			s.looks++
		}
	}
}

// files looks into every file of the home, but those where the user put a
// secret, and into what is compressed. It returns how many there are.
func (s *secretive) files(own ...string) (names []string) {
	s.t.Helper()
	err := filepath.WalkDir(s.home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || slices.Contains(own, path) {
			return err
		}
		names = append(names, entry.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s.find(path, []byte(path))
		s.find(path, data)
		if strings.HasSuffix(path, ".zst") {
			reader, err := zstd.NewReader(bytes.NewReader(data))
			if err != nil {
				return err
			}
			defer reader.Close()
			if data, err = io.ReadAll(reader); err != nil {
				return err
			}
			s.find(path, data)
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return names
}

// knows lets the token's owner in as the reporter of the recorded Mantis.
func knows(token string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == token {
			r.Header.Set("Authorization", replay.Token(replay.Reporter))
		}
		next.ServeHTTP(w, r)
	})
}

// parrot answers with the headers of the request in all that it says: in
// reports, with status 200, or in the words of a refusal.
func parrot(w http.ResponseWriter, r *http.Request, status int, kind string) {
	heard, err := json.Marshal(fmt.Sprint(r.Header, " ", url.QueryEscape(r.Header.Get("Authorization")), " ",
		base64.StdEncoding.EncodeToString([]byte("me:"+r.Header.Get("Authorization")))))
	if err != nil {
		panic(err)
	}
	plain := r.Header.Get("Authorization")
	w.Header().Set("Content-Type", kind)
	for _, name := range []string{"ETag", "X-Mantis-Username", "WWW-Authenticate"} {
		w.Header().Set(name, plain)
	}
	w.Header().Set("X-Mantis-LoginMethod", "api-token")
	w.WriteHeader(status)
	switch {
	case status != http.StatusOK:
		fmt.Fprintf(w, `{"message":%s}`, heard)
	case strings.HasSuffix(r.URL.Path, "/projects"):
		io.WriteString(w, `{"projects":[{"id":1,"name":"all","view_state":{"id":10}}]}`) //nolint:errcheck // the client tells
	case r.URL.Query().Get("page") == "1":
		fmt.Fprintf(w, `{"issues":[{"id":1,"summary":%[1]s,"description":%[1]s,"view_state":{"id":10},"project":{"id":1},"status":{"id":10,"name":%[1]s},"notes":[{"id":1,"text":%[1]s,"created_at":%[2]q,"updated_at":%[2]q}],"created_at":%[2]q,"updated_at":%[2]q}]}`,
			heard, "2026-03-01T00:00:00Z")
	default:
		io.WriteString(w, `{"issues":[]}`) //nolint:errcheck // as above
	}
}

// parrots are the trackers of one configuration; where says how each of them
// has its token.
func parrots(t *testing.T, token, where string) (config string, names []string) {
	t.Helper()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked for %s with %q", r.URL, r.Header)
	}))
	t.Cleanup(other.Close)
	var b strings.Builder
	add := func(name, more string, handler http.Handler) {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		names = append(names, name)
		fmt.Fprintf(&b, "[[tracker]]\nname = %q\nurl = %q\n%s\n%s\n\n", name, server.URL, more, where)
	}
	says := func(status int, kind string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if status == http.StatusOK && strings.HasSuffix(r.URL.Path, "/me") {
				parrot(w, r, http.StatusUnauthorized, kind)
				return
			}
			parrot(w, r, status, kind)
		})
	}
	const json, isMantis, isGitHub = "application/json", `kind = "mantis"`, "kind = \"github\"\nrepos = [\"Example/mill\"]"
	add("desk", isMantis, knows(token, replay.New(replay.Options{Anonymous: true})))
	add("echo", isMantis, says(http.StatusOK, json))
	add("refuse", isMantis, says(http.StatusUnauthorized, json))
	add("page", isMantis, says(http.StatusOK, "text/html; said="+url.QueryEscape(token)))
	add("nonsense", isMantis, says(http.StatusTeapot, json))
	add("forbid", isGitHub, says(http.StatusForbidden, json))
	add("moved", isMantis, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/"+url.PathEscape(r.Header.Get("Authorization")), http.StatusFound)
	}))
	b.WriteString("[engine]\npodman = \"/nonexistent/podman\"\n[user]\nname = \"tester\"\n")
	return b.String(), names
}

// TestTokenIsNowhere: wherever the token comes from, whatever is done and
// whatever fails, it is in no output, log, database, file or argument.
func TestTokenIsNowhere(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"environment", "file", "command"} {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			token := newSecret(t)
			s := newSecretive(t, "", map[string]string{"the token": token})
			secret := s.write("secret/kept", token+"\n")
			if err := os.Chmod(secret, 0o600); err != nil {
				t.Fatal(err)
			}
			where := map[string]string{"file": fmt.Sprintf("token_file = %q", secret), "command": fmt.Sprintf("token_command = \"sh -c 'sleep 0.05; cat %s'\"", secret)}[from]
			config, names := parrots(t, token, where)
			s.write(".config/almatriage/config.toml", config)
			if from == "environment" {
				for _, name := range names {
					s.as("ALMATRIAGE_"+strings.ToUpper(name)+"_TOKEN", token)
				}
			}
			s.works(from == "environment")
			left := s.files(secret)
			for _, want := range []string{"almatriage.log", "almatriage.db", "copy.db", "all.tar.zst", "all.json"} {
				if !slices.Contains(left, want) && (from == "environment" || strings.HasPrefix(want, "almatriage")) {
					t.Errorf("there is no %s: %q", want, left)
				}
			}
			if s.looks == 0 {
				t.Error("no arguments were seen")
			}
		})
	}
}

// works does what has to do with trackers: all of it, or what asks for the
// token.
func (s *secretive) works(all bool) {
	s.t.Helper()
	const loud = "--log-level=debug"
	if said := s.ends(6, "sync", loud); !strings.Contains(said, "(token)") {
		s.t.Errorf("no server said the token back:\n%s", said)
	}
	s.ends(0, "mark", "desk#3", "needs-info", "-m", "which version was it?", loud)
	s.ends(0, "mark", "echo#1", "needs-info", "-m", "which version was it?")
	s.ends(0, "comment", "desk#3", "--post", loud)
	s.ends(4, "comment", "echo#1", "--post", loud)
	s.ends(0, "config", "show")
	if !all {
		return
	}
	s.ends(0, "export", "--format", "json", "--include-private", "-o", "all.json")
	s.ends(0, "export", "--format", "bundle", "--include-private", "-o", "all.tar.zst")
	s.ends(0, "backup", "copy.db", loud)
	s.ends(4, "sync", "refuse", "--json", loud)
	s.ends(0, "sync", "desk", "echo", loud)
	s.ends(0, "list", "--json", "id,title,status")
	s.ends(0, "show", "desk#3")
	if said := s.ends(0, "show", "echo#1"); !strings.Contains(said, "(token)") {
		s.t.Errorf("the token was not said back in a report:\n%s", said)
	}
	s.ends(-1, "doctor", loud) // without podman it is unhappy
}

// TestTokenOfARunningProgram: while a server lets it wait, the program has the
// token in no argument, nor have its children.
func TestTokenOfARunningProgram(t *testing.T) {
	t.Parallel()
	token := newSecret(t)
	asked, goOn := make(chan struct{}, 9), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == token {
			asked <- struct{}{}
		}
		<-goOn
		parrot(w, r, http.StatusUnauthorized, "application/json")
	}))
	t.Cleanup(server.Close)
	s := newSecretive(t, fmt.Sprintf("[[tracker]]\nname = \"slow\"\nkind = \"mantis\"\nurl = %q\n", server.URL), map[string]string{"the token": token})
	s.as("ALMATRIAGE_SLOW_TOKEN", token)
	cmd := s.command("sync")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-asked:
	case <-time.After(20 * time.Second):
		t.Error("it asks for nothing with the token")
	}
	arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
	if err != nil || !strings.HasSuffix(string(arguments), "almatriage\x00sync\x00") {
		t.Errorf("its arguments are %q (%v)", arguments, err)
	}
	s.arguments()
	close(goOn)
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 4 {
		t.Errorf("it ends with %v", err)
	}
}

// TestTokenInTheWrongPlace: a token that somebody wrote where it does not
// belong is not said back, nor is one that is refused.
func TestTokenInTheWrongPlace(t *testing.T) {
	t.Parallel()
	token := strings.ReplaceAll(newSecret(t), "/", "-") // an address ends there
	s := newSecretive(t, "", map[string]string{"the token": token})
	open := s.write("open", token)
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	const desk = "[engine]\npodman = \"/nonexistent/podman\"\n\n[[tracker]]\nname = \"desk\"\nkind = \"mantis\"\n"
	for _, wrong := range []struct {
		config string
		status int
	}{
		{desk + `url = "https://me:` + token + `@bugs.example"`, 2},
		{desk + `url = "https://` + token + `@bugs.example"`, 2},
		{desk + `url = "https://bugs.example/?token=` + token + `"`, 2},
		{desk + `url = "https://bugs.example/#` + token + `"`, 2},
		{desk + `url = "https://bugs.example"` + "\ntoken = \"" + token + `"`, 2},
		{desk + `url = "https://bugs.example"` + "\ntoken_file = \"" + open + `"`, 4},
		{desk + `url = "https://bugs.example"` + "\ntoken_command = \"echo two words\"", 4},
		{desk + `url = "http://bugs.example"`, 4},
	} {
		path := s.write(".config/almatriage/config.toml", wrong.config)
		s.env = append(s.env, "ALMATRIAGE_DESK_TOKEN=")
		if strings.Contains(wrong.config, `"http://`) {
			s.as("ALMATRIAGE_DESK_TOKEN", token)
		}
		said := s.ends(wrong.status, "sync", "--log-level=debug")
		if wrong.status == 4 && !strings.Contains(said, "desk: ") {
			t.Errorf("the tracker is not named: %s", said)
		}
		s.ends(-1, "doctor") // the status is that of what is wrong first
		s.files(path, open)
	}
}

// tunnel is a proxy: it notes what it was asked, and leads to one server.
type tunnel struct {
	server string // HOST:PORT
	direct http.Handler
	refuse bool

	mu   sync.Mutex
	seen []string
	told []byte // headers that came
}

func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r.Method+" "+r.Host)
	p.told = fmt.Append(p.told, r.Header, r.URL)
	p.mu.Unlock()
	switch {
	case p.refuse:
		parrot(w, r, http.StatusProxyAuthRequired, "application/json")
		fmt.Fprint(w, r.Header)
	case r.Method == http.MethodConnect:
		p.join(w)
	default:
		p.direct.ServeHTTP(w, r)
	}
}

// join passes on what both sides say, until both have ended.
func (p *tunnel) join(w http.ResponseWriter) {
	there, err := net.Dial("tcp", p.server)
	if err != nil {
		panic(err)
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n") //nolint:errcheck // the client tells
	go func() {
		defer there.Close()
		io.Copy(there, here) //nolint:errcheck // either side may go
	}()
	defer here.Close()
	io.Copy(here, there) //nolint:errcheck // as above
}

func (p *tunnel) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// behind is a user whose only way out is a proxy. The server is one that only
// the proxy finds.
func behind(t *testing.T, p *tunnel, address string, secrets map[string]string, env ...string) *secretive {
	t.Helper()
	token := secrets["the token"]
	handler := knows(token, replay.New(replay.Options{Anonymous: true}))
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	p.server, p.direct = server.Listener.Addr().String(), handler
	web := httptest.NewServer(p)
	t.Cleanup(web.Close)
	s := newSecretive(t, fmt.Sprintf("[[tracker]]\nname = \"desk\"\nkind = \"mantis\"\nurl = %q\n", address), secrets)
	trusted := s.write("authority.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	s.env = append(s.env, "SSL_CERT_FILE="+trusted, "NO_PROXY=", "no_proxy=", "http_proxy=", "https_proxy=", "HTTP_PROXY=", "HTTPS_PROXY=")
	for _, value := range env {
		s.env = append(s.env, strings.ReplaceAll(value, "PROXY_HOST", web.Listener.Addr().String()))
	}
	if strings.HasPrefix(address, "https:") {
		s.as("ALMATRIAGE_DESK_TOKEN", token)
	}
	return s
}

// TestProxies: what the environment says of proxies holds, and no proxy gets to
// see the token, nor is its password said.
func TestProxies(t *testing.T) {
	t.Parallel()
	const password = "pr0xy-p4ssw0rd-of-the-test"
	const encrypted, plain = "https://example.com", "http://bugs.invalid"
	for _, c := range []struct {
		name, url string
		env       []string
		refuse    bool
		status    int
		seen      string // by the proxy; "": nothing
		says      string
	}{
		{name: "HTTPS_PROXY", url: encrypted, env: []string{"HTTPS_PROXY=http://me:" + password + "@PROXY_HOST"}, seen: "CONNECT example.com:443", says: "desk: "},
		{name: "HTTP_PROXY", url: plain, env: []string{"HTTP_PROXY=http://me:" + password + "@PROXY_HOST"}, seen: "GET bugs.invalid", says: "desk: "},
		{name: "NO_PROXY", url: plain, env: []string{"HTTP_PROXY=http://PROXY_HOST", "NO_PROXY=bugs.invalid"}, status: 1, says: "cannot reach bugs.invalid"},
		{name: "refuses a tunnel", url: encrypted, env: []string{"HTTPS_PROXY=http://me:" + password + "@PROXY_HOST"}, refuse: true, status: 1, seen: "CONNECT example.com:443", says: "HTTPS_PROXY"},
		{name: "refuses a request", url: plain, env: []string{"HTTP_PROXY=http://me:" + password + "@PROXY_HOST"}, refuse: true, status: 1, seen: "GET bugs.invalid", says: "HTTP_PROXY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := &tunnel{refuse: c.refuse}
			s := behind(t, p, c.url, map[string]string{"the token": newSecret(t), "the password": password}, c.env...)
			if said := s.ends(c.status, "sync", "--log-level=debug"); !strings.Contains(said, c.says) {
				t.Errorf("it says: %s", said)
			}
			seen := p.requests()
			if c.seen == "" && len(seen) > 0 || c.seen != "" && (len(seen) == 0 || seen[0] != c.seen) {
				t.Errorf("the proxy was asked %q", seen)
			}
			delete(s.secrets, "the password") // which is for the proxy
			s.find("what the proxy got", p.told)
			s.files()
		})
	}
}
