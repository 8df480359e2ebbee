package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/almatriage/almatriage/store/export"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// row is a command that is run on the hostile database, on a terminal and into
// pipes.
type row struct {
	args   string // in it HOSTILE is the fixture itself, as an argument
	status int
	shows  string // words that must be in what it writes
	kind   kind
	works  bool   // it shows how far it is on a terminal
	in     string // typed
	file   string // that it writes
}

// kind is what a command writes. On a terminal nearly all are alike.
type kind int

const (
	text  kind = iota
	lines      // a table: TSV in a pipe
	tsv        // TSV also on a terminal
	jsons      // JSON values
	opens      // the interface on a terminal, a table in a pipe
	// exact: what goes into the pipe is to be read again by this program, so
	// nothing may be changed. fmf and config let no control character into it.
	exact
	// bare: one text alone, which scripts get from the pipe as it is.
	bare
)

// rows are all commands, each in the ways in which it gives out text of others:
// what is stored, what trackers, podman and files say, what was typed.
func rows() []row {
	list := []row{
		{args: "", status: 4, shows: "xtitle xserver", kind: opens},
		{args: "sync", status: 4, shows: "xserver", works: true},
		{args: "sync --json", status: 4, shows: "xserver", kind: jsons, works: true},
		{args: "sync --json --jq .error", status: 4, shows: "xserver", kind: bare, works: true},
		{args: "sync HOSTILE", status: 2, shows: "unterminated"},
		{args: "list", shows: "xrel xpkg xstate xtitle", kind: lines},
		{args: "list -- xtitle -HOSTILE", kind: lines},
		{args: "list HOSTILE", kind: lines},
		{args: `list updated:"xHOSTILE"`, status: 2, shows: "52;c"},
		{args: "list --json id,url,tracker,title,status,release,package,reporter,references,verdict,suggested,decided_by,note,patch_url",
			shows: "xurl xtitle xstate xrel xpkg xwho xref xverdict xby xnote xpatch", kind: jsons},
		{args: "list --json HOSTILE", status: 2, shows: "unterminated"},
		{args: "list --json title --jq .", shows: "xtitle", kind: jsons},
		{args: "list --json title --jq .[0].title", shows: "xtitle", kind: bare},
		{args: "list --json title --jq HOSTILE", status: 2},
		{args: "list --config broken.toml", status: 2, shows: "xpull"},
		{args: "show almbz#1", shows: "xtitle xstate xsolved xrel xpkg xwho xurl xref xby xnote xpatch xbody xsteps xmore"},
		{args: "show almbz#4 --comments", shows: "xauthor xsaid"},
		{args: "show almbz#5 --comments", shows: "xverdict xauthor xsaid"},
		{args: "show almbz#1 --json --comments", shows: "xtitle xbody xoften xgrave xcat xlabel xauthor xsaid", kind: jsons},
		{args: "show almbz#1 --json --jq .body", shows: "xbody", kind: bare},
		{args: "show HOSTILE", status: 2, shows: "unterminated"},
		{args: "show HOSTILE#1", status: 2, shows: "unterminated"},
		{args: "export --format HOSTILE", status: 2, shows: "unterminated"},
		{args: "export --format csv -o out.csv", file: "out.csv"},
		{args: "export --format bundle -o out.csv"},
		{args: "import taken.tar.zst", shows: "almbz#2 xann xbob", kind: lines},
		{args: "import taken.tar.zst --json", shows: "almbz#2 xann xbob xnote", kind: jsons},
		{args: "import taken.tar.zst --json --jq .disputes[0].decisions[0].note", shows: "xnote", kind: bare},
		{args: "import refused.tar.zst", status: 1, shows: "xentry"},
		{args: "import HOSTILE", status: 1, shows: "unterminated"},
		{args: "import --tmt raw.fmf", status: 1},
		{args: "import --tmt HOSTILE", status: 1, shows: "unterminated"},
		{args: "import --tmt tmt.yaml", status: 1, shows: "xname"},
		{args: "import --tmt tmt.yaml --json", status: 1, shows: "xname", kind: jsons},
		{args: "import --tmt tmt.yaml --json --jq .left_out[0].test", status: 1, shows: "xname", kind: bare},
		{args: "recipe export almbz#1", status: 2},
		{args: "recipe export almbz#1 --tmt HOSTILE --target alma9,stream9", shows: "unterminated"},
		{args: "recipe export almbz#1 --tmt tree --target HOSTILE", status: 2, shows: "unterminated"},
		{args: "recipe export HOSTILE --tmt tree", status: 2, shows: "unterminated"},
		{args: "recipe export almbz#3 --tmt HOSTILE --target alma9 --include-private", status: 2},
		{args: "run almbz#1 --engine HOSTILE", status: 2, shows: "unterminated"},
		{args: "export --fields HOSTILE", status: 2, shows: "unterminated"},
		{args: "export --since HOSTILE", status: 2, shows: "unterminated"},
		{args: "export --decided-by HOSTILE"},
		{args: "export --format tmt -o HOSTILE", status: 6, shows: "xtarget"},
		{args: "export --format html --include-private", shows: "xtitle xnote"},
		{args: "recipe"},
		{args: "recipe show almbz#1", shows: "xsum xtest xenv xsee xprep xcheck xpat", kind: exact},
		{args: "recipe show almbz#4", shows: "xsum xtest xenv", kind: exact},
		{args: "recipe show almbz#1 --json", shows: "xsum xtest xenv xset xagree", kind: jsons},
		{args: "recipe show almbz#1 --json --jq .summary", shows: "xsum", kind: bare},
		{args: "recipe show HOSTILE", status: 2, shows: "unterminated"},
		{args: "recipe draft almbz#2", shows: "xtitle", kind: exact},
		{args: "recipe draft almbz#2 -n", shows: "xtitle", kind: exact},
		{args: "recipe lint calm.fmf", shows: "xcalm"},
		{args: "recipe lint raw.fmf", status: 2},
		{args: "recipe lint bad.fmf", status: 2},
		{args: "recipe lint wrong.fmf", status: 2, shows: "xkey"},
		{args: "recipe lint HOSTILE", status: 2, shows: "unterminated"},
		{args: "recipe set almbz#2 raw.fmf"},
		{args: "recipe set HOSTILE raw.fmf", status: 2, shows: "unterminated"},
		{args: "recipe set almbz#2 HOSTILE", status: 2, shows: "unterminated"},
		{args: "recipe edit almbz#1"},
		{args: "recipe edit almbz#2"},
		{args: "recipe accept almbz#3", shows: "xtest xprep xcheck xenv xpath", in: "y\n"},
		{args: "recipe accept almbz#3 --yes", shows: "xtest xprep xcheck xenv xpath"},
		{args: "recipe accept almbz#1", shows: "xset xagree"},
		{args: "run almbz#1", status: 2, shows: "xrel", works: true},
		{args: "run almbz#1 -t alma9,stream9", status: 3, shows: "xsum xpodman", works: true},
		{args: "run almbz#1 -t alma9,stream9 --json", status: 3, shows: "xpodman", kind: jsons, works: true},
		{args: "run almbz#1 -t alma9 --json --jq .suggestion", status: 3, kind: jsons, works: true},
		{args: "run almbz#1 -t alma9 --config missing.toml", status: 5, shows: "no-such-podman", works: true},
		{args: "run almbz#1 -t HOSTILE", status: 2, shows: "unterminated", works: true},
		{args: "run almbz#3 -t alma9", status: 2, works: true},
		{args: "run --query xtitle -t alma9", status: 6, shows: "almbz#1 almbz#4 xpodman", kind: tsv, works: true},
		{args: "run HOSTILE", status: 2, shows: "unterminated"},
		{args: "compare almbz#1", shows: "xsum xtarget xver xbuild xarch xreason xcommand xline xsource xother xauthor xentry"},
		{args: "compare almbz#4", shows: "xreason xtarget"},
		{args: "compare almbz#5", shows: "xverdict xline"},
		{args: "compare almbz#1 --json", shows: "xtarget ximage xdigest xline xsource xentry", kind: jsons},
		{args: "compare almbz#4 --json", shows: "xfailed xadvice xmissing", kind: jsons},
		{args: "compare almbz#1 --json --jq .subject", shows: "xsource", kind: bare},
		{args: "compare almbz#2", status: 7},
		{args: "shell almbz#1 --target alma9", status: 1, shows: "xpodman", works: true},
		{args: "shell almbz#1 --target alma9 --config missing.toml", status: 5, shows: "no-such-podman", works: true},
		{args: "shell almbz#1 --target HOSTILE", status: 2, shows: "unterminated"},
		{args: "mark almbz#2 alma-only -m HOSTILE"},
		{args: "mark almbz#2 HOSTILE", status: 2, shows: "unterminated"},
		{args: "mark almbz#2 alma-only --patch HOSTILE", status: 2, shows: "unterminated"},
		{args: "mark almbz#5 --undo", shows: "xverdict"},
		{args: "history almbz#1", shows: "xby xnote xpatch xundoer", kind: lines},
		{args: "history almbz#5", shows: "xverdict", kind: lines},
		{args: "history almbz#5 --json verdict,by,note,patch_url,suggested,run", shows: "xverdict xby xnote xpatch", kind: jsons},
		{args: "history almbz#1 --json note --jq .[1].note", shows: "xnote", kind: bare},
		{args: "comment almbz#1", shows: "xby xnote", kind: exact},
		{args: "comment almbz#4", kind: exact},
		{args: "comment almbz#1 --json", shows: "xnote", kind: jsons},
		{args: "comment almbz#1 --json --jq .text", shows: "xnote", kind: bare},
		{args: "comment almbz#3", status: 2},
		{args: "comment almbz#1 --post", status: 4},
		{args: "comment HOSTILE", status: 2, shows: "unterminated"},
		{args: "upstream almbz#1", status: 2},
		{args: "upstream almbz#4", status: 2},
		{args: "upstream almbz#1 --json", status: 2},
		{args: "upstream almbz#1 --json --jq .body", status: 2},
		{args: "upstream almbz#1 --repo HOSTILE", status: 2, shows: "unterminated"},
		{args: "upstream HOSTILE", status: 2, shows: "unterminated"},
		{args: "patch almbz#1", status: 2},
		{args: "patch almbz#1 --url HOSTILE", status: 2, shows: "unterminated"},
		{args: "patch almbz#1 --url https://example.org/fix --release 7.el9 --package gizmo --email jo@example.org --name Jo --message HOSTILE", shows: "unterminated"},
		{args: "patch almbz#1 --url https://example.org/fix --release HOSTILE --package gizmo --email jo@example.org", status: 2},
		{args: "patch almbz#3 --url https://example.org/fix", status: 2},
		{args: "patch almbz#3 --include-private --url https://example.org/fix --release 7.el9 --package HOSTILE --email jo@example.org --name Jo --verdict alma-only", status: 2, shows: "unterminated"},
		{args: "patch almbz#3 --include-private --url https://example.org/fix --release 7.el9 --package gizmo --email jo@example.org --name Jo --verdict alma-only --file HOSTILE", status: 2, shows: "unterminated"},
		{args: "patch almbz#3 --include-private --url https://example.org/fix --release 7.el9 --package gizmo --email jo@example.org --name Jo --verdict alma-only", shows: "xtitle"},
		{args: "patch --check raw.fmf", status: 2},
		{args: "patch --check HOSTILE", status: 2, shows: "unterminated"},
		{args: "guide almbz#1 --plain --no-input", status: 2, shows: "missing: release"},
		{args: "guide new --plain --no-input --title HOSTILE", status: 2, shows: "an answer is missing"},
		{args: "guide HOSTILE --plain --no-input", status: 2},
		{args: "guide --list", kind: lines},
		{args: "guide --resume=HOSTILE --plain", status: 2, shows: "unterminated"},
		{args: "guide --forget 99", status: 7},
		{args: "stats", kind: lines},
		{args: "stats --by release", shows: "xrel", kind: lines},
		{args: "stats --by package --json", shows: "xpkg", kind: jsons},
		{args: "stats --by package --json --jq .package", shows: "xpkg", kind: bare},
		{args: "stats --by person --format csv", shows: "xby"},
		{args: "stats --by person --format svg", shows: "xby"},
		{args: "stats --by HOSTILE", status: 2, shows: "unterminated"},
		{args: "run --resume", status: 7},
		{args: "run --resume=HOSTILE", status: 7, shows: "unterminated"},
		{args: "images", shows: "xtarget xkind", kind: lines},
		{args: "images --json id,target,kind", shows: "xtarget xkind", kind: jsons},
		{args: "images --json kind --jq .[].kind", shows: "xkind", kind: bare},
		{args: "gc"},
		{args: "gc HOSTILE", status: 2, shows: "unterminated"},
		{args: "backup HOSTILE", shows: "unterminated"},
		{args: "backup HOSTILE/copy.db", status: 1, shows: "unterminated"},
		{args: "doctor", shows: "xversion xcgroup"},
		{args: "doctor --json", shows: "xversion xcgroup", kind: jsons},
		{args: "doctor --json --jq .text", shows: "xversion", kind: bare},
		{args: "doctor --deep", status: 1, shows: "xversion measured"},
		{args: "doctor --deep --json", status: 1, shows: "xversion measured", kind: jsons},
		{args: "doctor --config broken.toml", status: 2, shows: "xpull"},
		{args: "doctor --config missing.toml", status: 5, shows: "no-such-podman"},
		{args: "config"},
		{args: "config path"},
		{args: "config path --config HOSTILE", shows: "unterminated", kind: bare},
		{args: "config show", shows: "xme xqueue", kind: exact},
		{args: "config init --config HOSTILE", shows: "unterminated"},
		{args: "demo", shows: "almbz#", kind: opens},
		{args: "man"},
		{args: "man list"},
		{args: "man HOSTILE", status: 2, shows: "unterminated"},
		{args: "man --dir HOSTILE", status: 1, shows: "unterminated"},
		{args: "version"},
		{args: "completion"},
		{args: "completion bash", kind: lines},
		{args: "completion zsh", kind: lines},
		{args: "completion fish", kind: lines},
		{args: "completion powershell", kind: lines},
		{args: "help"},
		{args: "help HOSTILE", status: 2, shows: "unterminated"},
		{args: "--version"},
		{args: "completion HOSTILE", status: 2, shows: "unterminated"},
		{args: "HOSTILE", status: 2, shows: "unterminated"},
		{args: "list --HOSTILE", status: 2, shows: "unterminated"},
		{args: "__complete HOSTILE", kind: lines},
	}
	for _, format := range export.Formats() {
		list = append(list, row{args: "export --include-private --format " + string(format), shows: "xtitle xrel xpkg xstate xverdict xby xnote xpatch",
			kind: map[export.Format]kind{export.JSON: jsons, export.JSONL: jsons, export.TSV: tsv}[format]})
	}
	return list
}

// argument is as much of the fixture as the name of a file can be.
func argument() string {
	const most = 170 // bytes; all attacks are in them
	return strings.ToValidUTF8(strings.NewReplacer("/", "", "\x00", "").Replace(tuitest.Hostile())[:most], "")
}

func (r row) words() []string {
	words := strings.Fields(r.args)
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "HOSTILE", argument())
	}
	return words
}

// TestHostileCommands runs every command on a database, a tracker and a podman
// that are hostile: on a terminal and into pipes nothing but text leaves.
func TestHostileCommands(t *testing.T) {
	t.Parallel()
	u := newHostileUser(t)
	seed, err := os.ReadFile(u.database())
	if err != nil {
		t.Fatal(err)
	}
	u.checkRows(rows())
	for _, r := range rows() {
		t.Run(r.args, func(t *testing.T) {
			u := &user{t: t, program: u.program, home: u.home, env: u.env}
			u.restore(seed)
			r.piped(u)
			u.restore(seed)
			r.onTerminal(u)
		})
	}
}

// restore makes the database what it was, and removes what rows write.
func (u *user) restore(seed []byte) {
	u.t.Helper()
	for _, name := range []string{u.database() + "-wal", u.database() + "-shm", filepath.Join(u.home, "out.csv"), filepath.Join(u.home, argument())} {
		if err := os.RemoveAll(name); err != nil {
			u.t.Fatal(err)
		}
	}
	u.write(strings.TrimPrefix(u.database(), u.home), string(seed))
}

// piped checks what goes into pipes.
func (r row) piped(u *user) {
	u.t.Helper()
	stdout, stderr, status := u.run(r.words()...)
	want := r.status
	if r.in != "" {
		want = 2 // nobody is there to be asked
	}
	r.check(u, "pipe", status, want, stdout+stderr)
	if r.file != "" {
		data, err := os.ReadFile(filepath.Join(u.home, r.file))
		if err != nil {
			u.t.Error(err)
		}
		stdout += string(data)
	}
	wrong := pipe.wrong(stderr)
	switch r.kind {
	case lines, tsv, opens:
		wrong = append(wrong, table.wrong(stdout)...)
	case exact:
		wrong = append(wrong, pipe.wrong(safe.Block(stdout).String())...)
		if strings.ContainsFunc(strings.ReplaceAll(stdout, "\u0085", ""), func(c rune) bool { return c != '\n' && c != '\t' && unicode.IsControl(c) }) {
			u.t.Errorf("a control character: %+q", stdout)
		}
	case bare:
	case jsons:
		if err := validJSON(stdout); err != nil {
			u.t.Errorf("pipe: %v: %s", err, stdout)
		}
		wrong = append(wrong, pipe.wrong(stdout)...)
	case text:
		wrong = append(wrong, pipe.wrong(stdout)...)
	}
	if len(wrong) > 0 {
		u.t.Errorf("pipe: %d wrong, as %s", len(wrong), strings.Join(wrong[:min(3, len(wrong))], "\n"))
	}
}

// validJSON tells whether a text is JSON values and nothing else.
func validJSON(s string) error {
	for decoder := json.NewDecoder(strings.NewReader(s)); ; {
		var value any
		switch err := decoder.Decode(&value); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// onTerminal checks what reaches a terminal.
func (r row) onTerminal(u *user) {
	u.t.Helper()
	p := u.pty(200, 50, r.words()...)
	w := plain
	if r.works {
		w = working
	}
	switch r.kind {
	case tsv:
		w.controls = table.controls
	case opens:
		w, r.status = screens, 0
		for _, word := range strings.Fields(r.shows) {
			p.wait(0, word)
		}
		r.in = "q"
	}
	p.press(r.in)
	said, status := p.rest()
	r.check(u, "terminal", status, r.status, stays(said))
	if r.kind != opens { // the terminal makes CR LF of every LF
		said = strings.ReplaceAll(said, "\r\n", "\n")
	}
	if wrong := w.wrong(said); len(wrong) > 0 {
		u.t.Errorf("terminal: %d wrong, as %s", len(wrong), strings.Join(wrong[:min(3, len(wrong))], "\n"))
	}
}

// writtenOver is what the display of progress begins with when it is drawn anew.
var writtenOver = regexp.MustCompile(`\x1b\[(\d+)A\x1b\[J`)

// stays is what can still be read when lines were written over.
func stays(said string) string {
	for at := writtenOver.FindStringSubmatchIndex(said); at != nil; at = writtenOver.FindStringSubmatchIndex(said) {
		before := strings.SplitAfter(said[:at[0]], "\n")
		n, err := strconv.Atoi(said[at[2]:at[3]])
		if err != nil || n >= len(before) {
			return said // above the first line: nothing of it is there
		}
		said = strings.Join(before[:len(before)-1-n], "") + said[at[1]:]
	}
	return said
}

// rest is all that the program writes to its end, and its status.
func (p *onPty) rest() (string, int) {
	p.tb.Helper()
	late := time.AfterFunc(patience, func() {
		p.tb.Errorf("it does not end")
		if err := p.cmd.Process.Kill(); err != nil {
			p.tb.Error(err)
		}
	})
	defer late.Stop()
	if err := p.end(); err != nil && p.cmd.ProcessState == nil {
		p.tb.Error(err)
	}
	return p.text(), p.cmd.ProcessState.ExitCode()
}

// check checks that the row did what it is there for.
func (r row) check(u *user, where string, status, want int, said string) {
	u.t.Helper()
	if status != want {
		u.t.Errorf("%s: status %d, not %d: %.2000q", where, status, want, said)
	}
	for _, word := range strings.Fields(r.shows) {
		if !strings.Contains(said, word) {
			u.t.Errorf("%s: %s does not show: %.3000q", where, word, said)
		}
	}
}

// checkRows checks that there is a row for every command of the program, and
// for each way that it has of giving out data.
func (u *user) checkRows(rows []row) {
	u.t.Helper()
	commands := u.commands(nil)
	if len(commands) < 20 {
		u.t.Fatalf("the program tells only of %v", commands)
	}
	u.t.Logf("%d rows for %d commands", len(rows), len(commands))
	for _, command := range commands {
		need := []string{""}
		for _, flag := range u.completed(append(command, "--")) {
			if flag == "--json" || flag == "--jq" {
				need = append(need, flag)
			}
		}
		for _, flag := range need {
			if !slices.ContainsFunc(rows, func(r row) bool { return r.of(command, flag) }) {
				u.t.Errorf("no row runs %s %s", strings.Join(command, " "), flag)
			}
		}
	}
}

// of tells whether a row is of a command, with a flag.
func (r row) of(command []string, flag string) bool {
	words := r.words()
	return len(words) >= len(command) && slices.Equal(words[:len(command)], command) && (flag == "" || slices.Contains(words, flag))
}

// commands are the paths of all commands below one.
func (u *user) commands(path []string) [][]string {
	u.t.Helper()
	var all [][]string
	for _, name := range u.completed(append(slices.Clone(path), "")) {
		command := append(slices.Clone(path), name)
		all = append(all, command)
		if name != "help" { // it names them all again
			all = append(all, u.commands(command)...)
		}
	}
	return all
}

// completed is what the shell would offer at the end of a command line.
func (u *user) completed(words []string) []string {
	u.t.Helper()
	var names []string
	for line := range strings.Lines(u.must(append([]string{"__complete"}, words...)...)) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if !strings.HasPrefix(name, ":") {
			names = append(names, name)
		}
	}
	return names
}
