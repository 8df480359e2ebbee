package inside

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// Words of bash and env for a test that is broken, where neither bash -n nor the
// handler of commands that are not found meets it.
var (
	syntaxError = regexp.MustCompile(`^(?:\./|/almatriage/job/(?:files/)?)?(.+?): (?:eval: )?line \d+: (?:syntax error near unexpected token|syntax error: unexpected end of file|` +
		`unexpected EOF while looking for matching)`)
	execMissing = regexp.MustCompile(`^/almatriage/job/test\.sh: line \d+: exec: (.+): not found$`)
	envMissing  = regexp.MustCompile(`^(?:/usr/bin/)?env: [‘'](.+)['’]: No such file or directory$`)
	bashMissing = regexp.MustCompile(`^(?:bash|sh): line \d+: (.+): command not found$`)
)

// broken finds out from what a test prints that it is broken.
type broken struct {
	scripts []string // the test and its files: a syntax error in another script may be the bug
	syntax  string   // the first line that tells of a syntax error
	missing []string // commands that were not found
}

func brokenOf(recipe *reproduce.Recipe) broken {
	b := broken{scripts: []string{"test.sh"}}
	for _, file := range recipe.Files {
		b.scripts = append(b.scripts, file.Path)
	}
	return b
}

// look reads a line of stderr.
func (b *broken) look(line []byte) {
	if len(line) > 1000 {
		return
	}
	if b.syntax == "" && (bytes.Contains(line, []byte("syntax error")) || bytes.Contains(line, []byte("unexpected EOF"))) {
		if m := syntaxError.FindSubmatch(line); m != nil && slices.Contains(b.scripts, string(m[1])) {
			b.syntax = strings.ToValidUTF8(string(line), "\uFFFD")
		}
	}
	if !bytes.Contains(line, []byte("not found")) && !bytes.Contains(line, []byte("No such file")) {
		return
	}
	for _, form := range []*regexp.Regexp{execMissing, envMissing, bashMissing} {
		if m := form.FindSubmatch(line); m != nil {
			b.missing = append(b.missing, string(m[1]))
		}
	}
	b.missing = b.missing[:min(len(b.missing), 20)]
}
