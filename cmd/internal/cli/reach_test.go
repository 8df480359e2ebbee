package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/reproduce/podman"
)

// TestRootIsWarnedOfOnce: once for a home, and each time where that cannot be
// noted.
func TestRootIsWarnedOfOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "root-warned")
	for call, want := range []bool{true, false, false} {
		if got, err := firstTime(path); err != nil || got != want {
			t.Errorf("call %d: %v %v", call, got, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for range 2 {
		if first, err := firstTime(filepath.Join(file, "root-warned")); err == nil || !first {
			t.Errorf("%v %v", first, err)
		}
	}
}

// TestMeasuredFinding: what the engine got wrong, and what could not be
// measured, is a finding that is wrong.
func TestMeasuredFinding(t *testing.T) {
	good := podman.Measured{Name: "pipes", Found: "found", OK: true, Does: "does"}
	bad, failed := good, good
	bad.OK = false
	failed.OK, failed.Err = false, errors.New("no time")
	for _, c := range []struct {
		measured podman.Measured
		ok       bool
		status   int
		text     string
		advice   string
	}{
		{good, true, exitDone, "found", "does"},
		{bad, false, exitEngine, "found", "please report it"},
		{failed, false, exitFailed, "no time", ""},
	} {
		got := measuredFinding(c.measured)
		if got.name != "pipes" || got.ok != c.ok || exitStatus(got.err) != c.status || !strings.Contains(got.text, c.text) || !strings.Contains(got.advice, c.advice) {
			t.Errorf("%+v", got)
		}
	}
}

// TestProxyOf: what net/http takes for a proxy, and nothing else; no password
// is told.
func TestProxyOf(t *testing.T) {
	for value, want := range map[string]string{
		"http://proxy.corp:3128": "http://proxy.corp:3128", "proxy.corp:3128": "http://proxy.corp:3128", "https://p": "https://p", "socks5://127.0.0.1:1080": "socks5://127.0.0.1:1080",
		"http://me:secret@p:1": "http://me:xxxxx@p:1", "me:secret@p:1": "http://me:xxxxx@p:1", "http://": "", "://x": "", "http://a b:1": "", "\x1b[2J": "", ":3128": "",
	} {
		if got, ok := proxyOf(value); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", value, got, ok, want)
		}
	}
}
