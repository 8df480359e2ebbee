package podman_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/labtest"
	"github.com/almatriage/almatriage/reproduce/podman/fixture"
)

// registry is a real one on loopback that stands in for quay.io by a prefix
// mapping in podman's own configuration.
type registry struct {
	t       *testing.T
	address string
	cmd     *exec.Cmd
}

func startRegistry(t *testing.T) *registry {
	t.Helper()
	program, err := exec.LookPath("docker-registry")
	if err != nil {
		if os.Getenv(fixture.Require) == "1" {
			t.Fatalf("docker-registry: %v", err)
		}
		t.Skipf("no registry to test against: %v", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &registry{t: t, address: listener.Addr().String()}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	settings := fmt.Sprintf("version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %q}\n", dir, r.address)
	path := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(path, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	r.cmd = exec.Command(program, "serve", path)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.stop)
	r.standsIn(r.address)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		answer, err := http.Get("http://" + r.address + "/v2/")
		if err == nil {
			if err := answer.Body.Close(); err != nil {
				t.Fatal(err)
			}
			return r
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// standsIn has podman ask an address for what is of quay.io.
func (r *registry) standsIn(address string) {
	r.t.Helper()
	mapping := fmt.Sprintf("unqualified-search-registries = []\n[[registry]]\nprefix = \"quay.io\"\nlocation = %q\ninsecure = true\n", address)
	path := filepath.Join(r.t.TempDir(), "registries.conf")
	if err := os.WriteFile(path, []byte(mapping), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.t.Setenv("CONTAINERS_REGISTRIES_CONF", path)
}

func (r *registry) stop() {
	if r.cmd == nil {
		return
	}
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		r.t.Error(err)
	}
	if err := r.cmd.Wait(); err != nil && r.cmd.ProcessState == nil {
		r.t.Error(err)
	}
	r.cmd = nil
}

func (r *registry) podman(args ...string) string {
	r.t.Helper()
	out, err := exec.CommandContext(context.Background(), "podman", args...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("podman %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// push puts an image of the store under a name of the registry, with a label
// that makes it another one.
func (r *registry) push(image, name, label string) {
	r.t.Helper()
	container := r.podman("create", image, "true")
	made := r.podman("commit", "--quiet", "--change", "LABEL moved="+label, container)
	r.podman("rm", container)
	r.podman("push", "--quiet", "--tls-verify=false", made, r.address+"/"+name)
	r.podman("rmi", "--force", made)
}

// TestPullPolicies tries each policy by tag and by digest, with the registry
// there, with an image that moved under its tag, and with the registry gone.
func TestPullPolicies(t *testing.T) {
	e := engine(t)
	r := startRegistry(t)
	const name = "quay.io/test/alma:9"
	forget := func() {
		if out, err := exec.Command("podman", "rmi", "--force", name).CombinedOutput(); err != nil && !strings.Contains(string(out), "not known") {
			t.Fatalf("%v: %s", err, out)
		}
	}
	t.Cleanup(forget)
	r.push(fixture.Alma, "test/alma:9", "first")
	target := fixture.Targets()["alma9"]
	target.Image = name
	resolve := func(ref string, pull reproduce.Pull) reproduce.Image {
		t.Helper()
		target := target
		target.Image = ref
		images, err := e.Resolve(t.Context(), []reproduce.Target{target}, pull, nil)
		if err != nil {
			t.Fatal(err)
		}
		return images[0]
	}
	failed := func(image reproduce.Image, want string) {
		t.Helper()
		if image.Err == nil || !strings.Contains(image.Err.Error(), want) {
			t.Errorf("%v, want %q", image.Err, want)
		}
	}
	forget()
	failed(resolve(name, reproduce.PullNever), "the pull policy is never")
	first := resolve(name, reproduce.PullMissing)
	if first.Err != nil || !strings.HasPrefix(first.Digest, "sha256:") || first.Arch == "" {
		t.Fatalf("%+v", first)
	}
	byDigest := "quay.io/test/alma@" + first.Digest
	for _, pull := range []reproduce.Pull{reproduce.PullNever, reproduce.PullMissing, reproduce.PullNewer, reproduce.PullAlways} {
		if image := resolve(byDigest, pull); image.Err != nil || image.Digest != first.Digest || image.ID != first.ID {
			t.Errorf("by digest, %s: %+v", pull, image)
		}
	}

	// The tag moves: who asks the registry gets the new image.
	r.push(fixture.Alma, "test/alma:9", "second")
	if image := resolve(name, reproduce.PullMissing); image.Digest != first.Digest {
		t.Errorf("missing asked the registry: %+v", image)
	}
	second := resolve(name, reproduce.PullNewer)
	if second.Err != nil || second.Digest == first.Digest {
		t.Errorf("newer did not see that the tag moved: %+v", second)
	}
	r.push(fixture.Alma, "test/alma:9", "third")
	if image := resolve(name, reproduce.PullAlways); image.Err != nil || image.Digest == second.Digest {
		t.Errorf("always did not see that the tag moved: %+v", image)
	}

	// Without the registry what is stored serves, but for who insists.
	r.stop()
	if image := resolve(name, reproduce.PullNewer); image.Err != nil || !image.Offline {
		t.Errorf("newer without the registry: %+v", image)
	}
	failed(resolve(name, reproduce.PullAlways), "cannot be pulled")
	if image := resolve(name, reproduce.PullMissing); image.Err != nil {
		t.Errorf("missing without the registry: %+v", image)
	}
	forget()
	failed(resolve(name, reproduce.PullMissing), "cannot be pulled")
}

// TestImageThatMovedRunsAgain: what was said of another image is not served.
func TestImageThatMovedRunsAgain(t *testing.T) {
	e := engine(t)
	r := startRegistry(t)
	const name = "quay.io/test/moving:9"
	r.push(fixture.Alma, "test/moving:9", "one")
	memory := &labtest.Memory{}
	l := lab(t, e, memory)
	req := request(reproduce.Recipe{Summary: "any", Test: "exit 1"})
	req.Targets[0].Image, req.Pull = name, reproduce.PullNewer
	req.Targets = req.Targets[:1]
	run(t, l, req)
	before := memory.Begun
	if again := run(t, l, req); !again.Sides[0].Cached || memory.Begun != before {
		t.Errorf("the same image ran again: %d attempts", memory.Begun-before)
	}
	r.push(fixture.Alma, "test/moving:9", "two")
	if moved := run(t, l, req); moved.Sides[0].Cached || memory.Begun == before {
		t.Error("the image moved, and an outcome of the old one was served")
	}
	// Without the registry the last outcome serves, and the suggestion says so.
	r.stop()
	before = memory.Begun
	if offline := run(t, l, req); !offline.Sides[0].Cached || memory.Begun != before {
		t.Errorf("without the registry it ran again: %d attempts", memory.Begun-before)
	}
	r.podman("rmi", "--force", name)
}

// faulty is a registry in front of the real one that does something wrong.
func (r *registry) faulty(fault func(w http.ResponseWriter, req *http.Request, real http.Handler)) {
	r.t.Helper()
	real := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: r.address})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { fault(w, req, real) }))
	r.t.Cleanup(server.Close)
	r.standsIn(server.Listener.Addr().String())
}

// cutOff sends half of what the real one does, and ends the connection.
func cutOff(w http.ResponseWriter, req *http.Request, real http.Handler) {
	if !strings.Contains(req.URL.Path, "/blobs/") {
		real.ServeHTTP(w, req)
		return
	}
	answer := httptest.NewRecorder()
	real.ServeHTTP(answer, req)
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	if _, err := w.Write(answer.Body.Bytes()[:answer.Body.Len()/2]); err == nil {
		panic(http.ErrAbortHandler)
	}
}

// changed sends what is not what its digest says.
func changed(w http.ResponseWriter, req *http.Request, real http.Handler) {
	answer := httptest.NewRecorder()
	real.ServeHTTP(answer, req)
	body := answer.Body.Bytes()
	if strings.Contains(req.URL.Path, "/blobs/") && len(body) > 0 {
		body[len(body)/2] ^= 1
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	w.Write(body) //nolint:errcheck // podman may leave when it has seen enough
}

// TestRegistryFaults: whatever a registry does, that side says so in a sentence
// and what to do, the other side's result is kept, and nothing is concluded.
func TestRegistryFaults(t *testing.T) {
	e := engine(t)
	r := startRegistry(t)
	const name = "quay.io/test/faulty:9"
	r.push(fixture.Alma, "test/faulty:9", "one")
	refuse := func(status int) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(status)
		}
	}
	faults := []struct {
		name   string
		fault  func(http.ResponseWriter, *http.Request, http.Handler)
		advice string
	}{
		{"it wants a login", refuse(http.StatusUnauthorized), "podman login quay.io"},
		{"it knows no such image", refuse(http.StatusNotFound), "the image's name"},
		{"it sends a page", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { fmt.Fprint(w, "<html>welcome</html>") }, "check the network"},
		{"it sends another layer", changed, "check the network"},
		{"it breaks off", cutOff, "check the network"},
		{"it is out of order", refuse(http.StatusInternalServerError), "check the network"},
		{"it has had enough", refuse(http.StatusTooManyRequests), "check the network"},
	}[:torture(4, 7)]
	for _, c := range faults {
		t.Run(c.name, func(t *testing.T) {
			r.faulty(c.fault)
			req := request(reproduce.Recipe{Summary: "any", Test: "exit 1"})
			req.Targets[0].Image, req.Pull, req.Fresh = name, reproduce.PullMissing, true
			got := run(t, lab(t, e, &labtest.Memory{}), req)
			var failed *reproduce.StepError
			if failed = got.Sides[0].Err; failed == nil || !failed.Infra || failed.Step != reproduce.StepResolve || !strings.Contains(failed.Message, "cannot be pulled: ") || !strings.Contains(failed.Advice, c.advice) {
				t.Errorf("%+v", failed)
			} else {
				t.Logf("%s; %s", failed.Message, failed.Advice)
			}
			if other := got.Results()[1]; other.Outcome != reproduce.OutcomeReproduced || got.Suggestion.Verdict != reproduce.Inconclusive {
				t.Errorf("the other side: %s, suggested %s", other.Outcome, got.Suggestion.Verdict)
			}
		})
	}
	// Once the registry is well all works.
	r.standsIn(r.address)
	req := request(reproduce.Recipe{Summary: "any", Test: "exit 1"})
	req.Targets[0].Image, req.Pull = name, reproduce.PullMissing
	if got := run(t, lab(t, e, &labtest.Memory{}), req); got.Suggestion.Verdict != reproduce.StreamReproducible {
		t.Errorf("afterwards: %+v", got.Suggestion)
	}
	r.podman("rmi", "--force", name)
	tried(t, len(faults))
}
