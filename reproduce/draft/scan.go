package draft

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/tracker"
)

// piece is a command as a report shows it.
type piece struct {
	span    Span
	command string // may have several lines
	host    string // that its prompt names, "" if none does
	block   int    // which block of the report it is part of
	steps   bool   // it stands under "steps to reproduce"
	last    bool   // a last resort: the command line that ABRT reports
}

// scanner finds the commands in a report's texts.
type scanner struct {
	known  map[string]bool // words that are commands in this report: its packages
	pieces []piece
	output []string // lines that commands printed
	prose  []string // all other lines
	notes  []string

	text  Text
	lines []string
	pre   []bool          // the line stands in a block of HTML or BBCode
	used  map[string]bool // variables that the text uses
	block int
	topic topic
	sides []string // machines that sentences name
	intro string   // the last line of running text that is not one of a list
	aside string   // why the next block is not taken, "" if it is
	host  string   // of the prompt that was last read
	into  bool     // it is noted that something was typed into a program
}

// scan reads the texts in the order in which a person would follow them.
func scan(report tracker.Report) *scanner {
	s := &scanner{known: knownWords(report)}
	for _, t := range []struct {
		name  Text
		text  string
		topic topic
	}{{Steps, report.Steps, topicSteps}, {Body, report.Body, topicOther}, {Additional, report.Additional, topicOther}} {
		s.text, s.topic, s.intro, s.aside, s.host, s.into = t.name, t.topic, "", "", "", false
		if len(t.text) > maxText {
			t.text = t.text[:maxText]
			s.note("Only the first %d KiB of the %s were read.", maxText>>10, t.name)
		}
		if s.lines = strings.SplitN(t.text, "\n", maxRead+1); len(s.lines) > maxRead {
			s.lines = s.lines[:maxRead]
			s.note("Only the first %d lines of the %s were read.", maxRead, t.name)
		}
		s.used = map[string]bool{}
		for _, m := range used.FindAllStringSubmatch(t.text, -1) {
			s.used[m[1]] = true
		}
		s.clean()
		s.unmark()
		s.blocks()
	}
	return s
}

// installed finds what a report installs, wherever it says so.
var installed = regexp.MustCompile(`(?m)\b(?:dnf|yum|microdnf)(?:\s+-\S+)*\s+install((?:[ \t]+[\w.+-]+)+)`)

var joining = []string{"and", "then", "to", "or", "from", "on", "in", "with", "for", "it", "is", "fails", "gives", "does", "says"}

// knownWords are the report's package and all that it installs: programs are
// mostly called as their package is.
func knownWords(report tracker.Report) map[string]bool {
	known := map[string]bool{}
	if report.Package != "" {
		known[report.Package] = true
	}
	for _, text := range []string{report.Steps, report.Body, report.Additional} {
		for _, m := range installed.FindAllStringSubmatch(text[:min(len(text), maxText)], maxRequire) {
			for _, word := range strings.Fields(m[1]) {
				if slices.Contains(joining, word) {
					break // the sentence goes on
				}
				if plainWord.MatchString(word) {
					known[word] = true
				}
			}
		}
	}
	return known
}

func (s *scanner) note(format string, args ...any) {
	if note := fmt.Sprintf(format, args...); len(s.notes) < maxNotes && !slices.Contains(s.notes, note) {
		s.notes = append(s.notes, note)
	}
}

// backslashed is a line that a blank keeps from being continued.
var backslashed = regexp.MustCompile(`\\[ \t]+$`)

// clean makes the lines safe to be shown and run as what they look like.
func (s *scanner) clean() {
	comment := false
	for i, line := range s.lines {
		line = strings.TrimSuffix(line, "\r")
		if len(line) > maxLine {
			s.note("Line %d of the %s is longer than %d bytes and was left out.", i+1, s.text, maxLine)
			line = ""
		}
		line, dropped := visible(line)
		if dropped {
			s.note("Characters that cannot be seen were taken out of line %d of the %s.", i+1, s.text)
		}
		line = backslashed.ReplaceAllString(line, `\`)
		s.lines[i], comment = withoutComment(line, comment)
	}
}

var (
	fence    = regexp.MustCompile("^ {0,3}(?:[-*+] +|\\d+[.)] +)? *(```+|~~~+) *([\\w+#-]*)[^`]*$")
	indented = regexp.MustCompile(`^(?: {4}|\t)\s*\S`)
	abrt     = regexp.MustCompile(`^cmdline:\s+(/?[A-Za-z][\w./+-]*(?:\s.*)?)$`)
)

// blocks goes through a text.
func (s *scanner) blocks() {
	for i := 0; i < len(s.lines); {
		line := s.lines[i]
		switch m := fence.FindStringSubmatch(line); {
		case s.pre[i]:
			end := i
			for end < len(s.lines) && s.pre[end] {
				end++
			}
			s.code(i, end, "")
			i = end
		case m != nil:
			i = s.fenced(i, m[1], strings.ToLower(m[2]))
		case indented.MatchString(line) && (i == 0 || strings.TrimSpace(s.lines[i-1]) == ""):
			end := i
			for end < len(s.lines) && (indented.MatchString(s.lines[end]) || strings.TrimSpace(s.lines[end]) == "") {
				end++
			}
			s.code(i, end, "")
			i = end
		case diffHead.MatchString(line):
			i = s.diff(i)
		default:
			i = s.plain(i)
		}
	}
}

// plain reads a line of running text, with the lines that belong to it, and
// gives the next.
func (s *scanner) plain(i int) int {
	line := s.lines[i]
	if command, ok := s.prompt(unticked(line), true); ok {
		return s.transcript(i, command)
	}
	if topic, ok := topicOf(line); ok {
		s.topic, s.aside, s.intro = topic, "", ""
		if otherWay.MatchString(heading.FindStringSubmatch(line)[1]) {
			s.anotherWay(i)
		}
		return i + 1
	}
	if strings.TrimSpace(line) == "" {
		return i + 1
	}
	s.block++
	if listed := unticked(line) != line; !listed || s.aside == "" { // a sentence holds for the list below it
		s.aside = asideOf(line)
		if !listed {
			s.intro = line
		}
	}
	s.machine(line)
	switch {
	case otherWay.MatchString(unlisted(line)):
		s.anotherWay(i)
	case introduction.MatchString(line):
		s.topic = topicSteps
	}
	if m := abrt.FindStringSubmatch(line); m != nil {
		s.take(i, i, m[1])
		if n := len(s.pieces); n > 0 {
			s.pieces[n-1].last = true
		}
	}
	return s.running(i)
}

// anotherWay leaves out what follows: the report showed a way before.
func (s *scanner) anotherWay(i int) {
	s.note("From line %d of the %s on the report shows another way, which was left out.", i+1, s.text)
	s.topic = topicExpected
}

// machine notes that the report speaks of several machines.
func (s *scanner) machine(line string) {
	m := machine.FindStringSubmatch(unlisted(line))
	if m == nil || s.topic == topicExpected {
		return
	}
	if side := strings.ToLower(m[1] + m[2] + m[3]); !slices.Contains(s.sides, side) {
		s.sides = append(s.sides, side)
	}
	if len(s.sides) == 2 {
		s.note("The report speaks of several machines (%s), and a test runs in one container: write those of one, or both ends over localhost.", strings.Join(s.sides, ", "))
	}
}

// running reads a line of running text, and gives the next.
func (s *scanner) running(i int) int {
	line, next := s.lines[i], i+1
	if m := label.FindStringSubmatch(unlisted(line)); m != nil && !s.typed(strings.TrimSpace(line)) {
		switch topic, ok := topicOf(m[1]); {
		case ok && topic == topicSteps:
			s.topic = topicSteps
			next = s.step(i, m[2])
		case ok: // only this line
		case does.MatchString(m[1]) && s.typed(m[2]):
			next = s.step(i, m[2])
		default:
			next = s.step(i, unlisted(line))
		}
	} else {
		next = s.step(i, unlisted(line))
	}
	if s.topic != topicExpected {
		s.prose = append(s.prose, line)
	}
	return next
}

func (s *scanner) printed(line string) {
	if s.topic != topicExpected && s.aside == "" && strings.TrimSpace(line) != "" {
		s.output = append(s.output, strings.TrimSpace(line))
	}
}

// take notes a command in lines first to last, counted from 0.
func (s *scanner) take(first, last int, command string) {
	command = strings.TrimSpace(command)
	if s.topic == topicExpected || isComment(command) {
		return
	}
	if s.aside != "" {
		s.note("What stands in line %d of the %s was left out: the sentence before it tells of %s.", first+1, s.text, s.aside)
		return
	}
	if !whole(command) {
		s.note("The command in line %d of the %s has no end (a quote, a loop or a here-document) and was left out.", first+1, s.text)
		return
	}
	s.pieces = append(s.pieces, piece{
		span: Span{s.text, first + 1, last + 1}, command: command, host: s.host, block: s.block, steps: s.topic == topicSteps,
	})
}

// isComment tells whether a script does nothing.
func isComment(script string) bool {
	for _, line := range strings.Split(script, "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}
