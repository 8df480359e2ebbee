package inside

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// Words of bash, and of programs that start others, for a test that is broken,
// where neither bash -n nor the handler of commands that are not found meets it.
var (
	saidByBash  = regexp.MustCompile(`^(?:\./|/almatriage/job/(?:files/)?)?(.+?): (?:eval: )?line (\d+): (.+)$`)
	syntaxError = regexp.MustCompile(`^(?:syntax error near unexpected token|syntax error: unexpected end of file|unexpected EOF while looking for matching)`)
	execMissing = regexp.MustCompile(`^exec: (.+): not found$`)
	bashMissing = regexp.MustCompile(`^(.+): command not found$`)
	pathMissing = regexp.MustCompile(`^(\S*/\S*): (?:No such file or directory|cannot execute: required file not found|\S+: bad interpreter: No such file or directory)$`)

	// starterMissing are the words of programs that run others, for one that is not there.
	starterMissing = regexp.MustCompile(`^(?:/usr/bin/)?(?:` +
		`(?:env|nice): [‘'](.+)['’]: No such file or directory|` +
		`(?:chroot|env|nice|nohup|runcon|stdbuf|timeout): failed to run command [‘'](.+)['’]: No such file or directory|` +
		`(?:chrt|flock|ionice|nsenter|prlimit|runuser|setpriv|setsid|taskset|unshare): failed to execute (\S+): No such file or directory|` +
		`xargs: (\S+): No such file or directory|time: cannot run (\S+): No such file or directory|sudo: (\S+): command not found)$`)
)

// broken finds out from what a test prints that it is broken.
type broken struct {
	// scripts are the test and its files, by their lines: an error in another
	// script may be the bug.
	scripts map[string][]string
	syntax  string   // the first line that tells of a syntax error
	missing []string // commands that were not found
}

func brokenOf(recipe *reproduce.Recipe) broken {
	b := broken{scripts: map[string][]string{}}
	for _, file := range recipe.Files {
		b.scripts[file.Path] = strings.Split(string(file.Data), "\n")
	}
	b.scripts["test.sh"] = strings.Split(recipe.Test, "\n")
	return b
}

// look reads a line of stderr.
func (b *broken) look(line []byte) {
	if len(line) > 1000 || !slices.ContainsFunc([]string{"syntax error", "unexpected EOF", "not found", "No such file"},
		func(sign string) bool { return bytes.Contains(line, []byte(sign)) }) {
		return
	}
	text := strings.ToValidUTF8(string(line), "\uFFFD")
	if m := saidByBash.FindStringSubmatch(text); m != nil {
		b.bash(text, m[1], m[2], m[3])
	}
	if m := starterMissing.FindStringSubmatch(text); m != nil {
		b.miss(strings.Join(m[1:], "")) // one of them
	}
}

func (b *broken) miss(command string) {
	if len(b.missing) < 20 {
		b.missing = append(b.missing, command)
	}
}

// bash reads what a bash says of a line of its script.
func (b *broken) bash(text, script, number, said string) {
	lines, own := b.scripts[script]
	inline := script == "bash" || script == "sh" || script == "-bash" // of an argument
	switch {
	case own && b.syntax == "" && syntaxError.MatchString(said):
		b.syntax = text
	case own && execMissing.MatchString(said):
		b.miss(execMissing.FindStringSubmatch(said)[1])
	case (own || inline) && bashMissing.MatchString(said):
		b.miss(bashMissing.FindStringSubmatch(said)[1])
	case own && pathMissing.MatchString(said):
		path := pathMissing.FindStringSubmatch(said)[1]
		if n, err := strconv.Atoi(number); err == nil && n >= 1 && n <= len(lines) && runs(lines[n-1], path) {
			b.miss(path)
		}
	}
}

var (
	// harmlessRedirections cannot fail for want of a file.
	harmlessRedirections = regexp.MustCompile(`&?\d*>>?\s*/dev/null|\d*[<>]&[-\d]+|<\s*/dev/null|<<[<-]?`)
	beforeCommand        = regexp.MustCompile(`(?:^|[|&;({!` + "`" + `]|\b(?:then|do|else|elif|if|while|until|time|command)|(?:^|\s)[A-Za-z_]\w*=\S*)\s*["']?$`)
	sourced              = regexp.MustCompile(`(?:^|[\s;&|({])(?:\.|source)\s`)
)

// runs tells whether a line of a script runs the path that bash could not find.
// It says the same of a file that the line reads from or writes to, or sources.
func runs(line, path string) bool {
	line = harmlessRedirections.ReplaceAllString(line, " ")
	if !strings.Contains(line, path) {
		// It comes from a variable.
		return strings.Contains(line, "$") && !strings.ContainsAny(line, "<>") && !sourced.MatchString(line)
	}
	run := false
	for rest, at := line, 0; ; {
		i := strings.Index(rest, path)
		if i < 0 {
			return run
		}
		before := strings.TrimRight(line[:at+i], ` "'`)
		if strings.HasSuffix(before, "<") || strings.HasSuffix(before, ">") {
			return false
		}
		run = run || beforeCommand.MatchString(line[:at+i])
		at += i + len(path)
		rest = line[at:]
	}
}
