package inside

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAttemptScript runs the script of an attempt, on this computer and in a
// directory of its own. A recipe's variables may have the names of the script's:
// the test sees the recipe's, and the script has its own.
func TestAttemptScript(t *testing.T) {
	environment := map[string]string{"out": "/nowhere", "job": "/nowhere", "step": "x", "nonce": "y", "script": "z", "name": "n", "IFS": ","}
	const sees = `test "$out$job$step$nonce$script$name" = /nowhere/nowherexyzn`
	for name, c := range map[string]struct {
		precheck, test string
		step           string
		status         int
		stderr         string // of the test
	}{
		"variables":               {sees, sees, "test", 0, ""},
		"it fails":                {"", "echo no >&2; exit 3", "test", 3, "no\n"},
		"precheck fails":          {"exit 4", "true", "precheck", 4, ""},
		"syntax":                  {"", "if", "syntax", 2, ""},
		"a command is not there":  {"", "nosuch || true", "test", 0, "/test.sh: line 1: nosuch: command not found\n"},
		"a signal ends the test":  {"", "kill -SEGV $$", "test", 139, ""},
		"a signal ends a program": {"", "{ bash -c 'kill -SEGV $$'; } 2>/dev/null || exit 5", "test", 5, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put := func(file, text string) {
				if err := os.WriteFile(filepath.Join(dir, "job", file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, folder := range []string{"job/files", "out"} {
				if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			for _, file := range []string{"attempt.sh", "lib.sh"} {
				text, err := Script(file)
				if err != nil {
					t.Fatal(err)
				}
				put(file, strings.ReplaceAll(string(text), "/almatriage/", dir+"/"))
			}
			put("environment.sh", EnvironmentScript(environment, nil))
			put("precheck.sh", BashScript(c.precheck))
			put("test.sh", BashScript(c.test))
			cmd := exec.Command("bash", filepath.Join(dir, "job", "attempt.sh"), "NONCE", "0")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Run(); err != nil {
				t.Fatalf("%v: %s", err, &stderr)
			}
			data, err := os.ReadFile(filepath.Join(dir, "out", "verdict"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := ParseVerdict(data, "NONCE")
			if err != nil || string(got.Step) != c.step || got.Status != c.status {
				t.Errorf("%+v, %v, want status %d of %s: %s", got, err, c.status, c.step, &stderr)
			}
			_, said, _ := strings.Cut(stderr.String(), "\x1eNONCE test\n")
			said, _, _ = strings.Cut(said, "\x1eNONCE done\n")
			if said = strings.ReplaceAll(said, dir+"/job", ""); said != c.stderr {
				t.Errorf("the test says %q, want %q", said, c.stderr)
			}
		})
	}
}
