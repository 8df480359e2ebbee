package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBundlesAndTerminals: a bundle is neither shown on a terminal nor typed.
func TestBundlesAndTerminals(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "out.tar.zst")
	for _, c := range []struct {
		args   []string
		status int
		says   string // on standard error
	}{
		{[]string{"export", "--format", "bundle"}, exitUsage, "name a file with -o"},
		{[]string{"export", "--format", "bundle", "-o", "-"}, exitUsage, "name a file with -o"},
		{[]string{"export", "--format", "bundle", "-o", file}, exitDone, "0 reports with 0 runs"},
		{[]string{"import", "-"}, exitUsage, "not typed"},
		{[]string{"import", file}, exitDone, ""},
	} {
		var out, said bytes.Buffer
		env := func(name string) string { return map[string]string{"USER": "tester"}[name] }
		args := append([]string{"--config", filepath.Join(dir, "config.toml"), "--db", filepath.Join(dir, "test.db")}, c.args...)
		if err := os.WriteFile(args[1], nil, 0o600); err != nil {
			t.Fatal(err)
		}
		status := Main(t.Context(), args, Stdio{In: strings.NewReader(""), Out: &out, Err: &said, InTTY: true, OutTTY: true, ErrTTY: true, Env: env})
		if status != c.status || !strings.Contains(said.String(), c.says) || strings.Contains(out.String(), "\x00") {
			t.Errorf("%q: status %d, %q, %q", c.args, status, out.String(), said.String())
		}
	}
}
