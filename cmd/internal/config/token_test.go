package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker"
)

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	return path
}

func TestToken(t *testing.T) {
	const secret = "hunter2-hunter2"
	mantis := Tracker{Name: "my-bz.org", Kind: Mantis, URL: "https://x.example"}
	github := Tracker{Name: "github", Kind: GitHub, URL: githubAPI}
	with := func(t Tracker, change func(*Tracker)) Tracker { change(&t); return t }
	command := func(s string) func(*Tracker) { return func(t *Tracker) { t.TokenCommand = s } }
	file := func(path string) func(*Tracker) { return func(t *Tracker) { t.TokenFile = path } }
	plain := write(t, secret+"\nmore\n", 0o600)

	tests := []struct {
		name    string
		tracker Tracker
		env     map[string]string
		want    string
		err     string // a part of it
	}{
		{name: "none", tracker: mantis},
		{name: "variable", tracker: mantis, env: map[string]string{"ALMATRIAGE_MY_BZ_ORG_TOKEN": secret}, want: secret},
		{name: "variable before file", tracker: with(mantis, file(plain)), env: map[string]string{"ALMATRIAGE_MY_BZ_ORG_TOKEN": "other"}, want: "other"},
		{name: "GitHub's variables are not for others", tracker: mantis, env: map[string]string{"GH_TOKEN": secret}},
		{name: "GH_TOKEN", tracker: github, env: map[string]string{"GH_TOKEN": secret, "GITHUB_TOKEN": "other"}, want: secret},
		{name: "GITHUB_TOKEN", tracker: github, env: map[string]string{"GITHUB_TOKEN": secret}, want: secret},
		{name: "own before GH_TOKEN", tracker: github, env: map[string]string{"GH_TOKEN": "other", "ALMATRIAGE_GITHUB_TOKEN": secret}, want: secret},
		{name: "file before GH_TOKEN", tracker: with(github, file(plain)), env: map[string]string{"GH_TOKEN": "other"}, want: secret},
		{name: "GH_TOKEN goes to GitHub only", tracker: with(github, func(t *Tracker) { t.URL = "https://ghe.example/api/v3" }), env: map[string]string{"GH_TOKEN": secret}},
		{name: "file", tracker: with(mantis, file(plain)), want: secret},
		{name: "read-only file", tracker: with(mantis, file(write(t, secret, 0o400))), want: secret},
		{name: "open file", tracker: with(mantis, file(write(t, secret, 0o640))), err: "run: chmod 600 "},
		{name: "executable file", tracker: with(mantis, file(write(t, secret, 0o700))), err: "run: chmod 600 "},
		{name: "empty file", tracker: with(mantis, file(write(t, "", 0o600))), err: "is empty"},
		{name: "empty line", tracker: with(mantis, file(write(t, "\n"+secret, 0o600))), err: "only white space"},
		{name: "words in file", tracker: with(mantis, file(write(t, "token: "+secret, 0o600))), err: "gives no token"},
		{name: "long file", tracker: with(mantis, file(write(t, strings.Repeat(secret, 1000), 0o600))), err: "gives no token"},
		{name: "no file", tracker: with(mantis, file("/nonexistent/token")), err: "cannot be read"},
		{name: "directory", tracker: with(mantis, file(t.TempDir())), err: "not a plain file"},
		{name: "command", tracker: with(mantis, command(`sh -c 'echo "$1"; echo more' x `+secret)), want: secret},
		{name: "command that prints much", tracker: with(mantis, command(`sh -c 'echo `+secret+`; i=0; while [ $i -lt 20000 ]; do echo much more of it; i=$((i+1)); done'`)), want: secret},
		{name: "failing command", tracker: with(mantis, command(`sh -c 'echo `+secret+`; exit 3'`)), err: "exit status 3"},
		{name: "silent command", tracker: with(mantis, command("true")), err: "printed nothing"},
		{name: "no command", tracker: with(mantis, command("/nonexistent/command "+secret)), err: "cannot be run"},
		{name: "http", tracker: with(mantis, func(t *Tracker) { t.URL = "http://x.example" }), env: map[string]string{"ALMATRIAGE_MY_BZ_ORG_TOKEN": secret}, err: "not sent over http"},
		{name: "loopback", tracker: with(mantis, func(t *Tracker) { t.URL = "http://127.0.0.1:1" }), env: map[string]string{"ALMATRIAGE_MY_BZ_ORG_TOKEN": secret}, want: secret},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.tracker.Token(context.Background(), environment(test.env))
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Fatalf("the error is %v, expected %q", err, test.err)
			}
			if err != nil && (strings.Contains(err.Error(), secret) || tracker.CodeOf(err) != tracker.CodeAuth) {
				t.Errorf("the error is %q (%s); expected code auth and no token in it", err, tracker.CodeOf(err))
			}
			if got != test.want {
				t.Errorf("got %q, expected %q", got, test.want)
			}
		})
	}
}

func TestTokenFileThatIsAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Tracker{Name: "x", URL: "https://x.example", TokenFile: path}.Token(context.Background(), environment(nil))
	if err == nil || !strings.Contains(err.Error(), "not a plain file") {
		t.Errorf("got %v", err)
	}
}

func TestTokenCommandHasADeadline(t *testing.T) {
	tr := Tracker{Name: "x", TokenCommand: "sleep 60"}
	start := time.Now()
	_, err := tr.tokenOfCommand(context.Background(), 50*time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "was not done after") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := tr.tokenOfCommand(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled: %v", err)
	}
	// A child that lives on does not keep the answer.
	tr.TokenCommand = "sh -c 'sleep 5 & echo abc'"
	if got, err := tr.tokenOfCommand(context.Background(), time.Minute); err != nil || strings.TrimSpace(got) != "abc" {
		t.Errorf("with a child: %q, %v", got, err)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestSplitCommand(t *testing.T) {
	for _, test := range []struct {
		in   string
		want []string
		err  string
	}{
		{in: "a b\t c ", want: []string{"a", "b", "c"}},
		{in: `a 'b c' "d e"f''`, want: []string{"a", "b c", "d ef"}},
		{in: `a '' ""`, want: []string{"a", "", ""}},
		{in: `a "\"\\\n" '\"'`, want: []string{"a", `"\\n`, `\"`}},
		{in: `a\ b \'c`, want: []string{"a b", "'c"}},
		{in: "$(rm) ; `x` | $HOME ~", want: []string{"$(rm)", ";", "`x`", "|", "$HOME", "~"}},
		{in: `a "b`, err: `the quote " is not closed`},
		{in: `a \`, err: "stands before nothing"},
		{in: " ", err: "no command"},
		{in: "'' a", err: "no command"},
	} {
		got, err := SplitCommand(test.in)
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%s: %v, expected %q", test.in, err, test.err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.in, diff)
		}
	}
}

func FuzzSplitCommand(f *testing.F) {
	f.Add(`a 'b c' "d\"e" \f`)
	f.Fuzz(func(t *testing.T, s string) {
		words, err := SplitCommand(s)
		if err != nil {
			return
		}
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		again, err := SplitCommand(strings.Join(quoted, " "))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(words, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
