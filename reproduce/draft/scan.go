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
	block int
	topic topic
}

// topic is what a part of a report is about.
type topic int

const (
	topicOther topic = iota
	topicSteps
	topicExpected // what should happen: commands there are repeated ones
)

// scan reads the texts in the order in which a person would follow them.
func scan(report tracker.Report) *scanner {
	s := &scanner{known: knownWords(report)}
	for _, t := range []struct {
		name  Text
		text  string
		topic topic
	}{{Steps, report.Steps, topicSteps}, {Body, report.Body, topicOther}, {Additional, report.Additional, topicOther}} {
		s.text, s.topic = t.name, t.topic
		if len(t.text) > maxText {
			t.text = t.text[:maxText]
			s.note("Only the first %d KiB of the %s were read.", maxText>>10, t.name)
		}
		s.lines = strings.Split(t.text, "\n")
		s.clean()
		s.blocks()
	}
	return s
}

// installed finds what a report installs, wherever it says so.
var installed = regexp.MustCompile(`(?m)\b(?:dnf|yum)(?:\s+-\S+)*\s+install((?:[ \t]+[\w.+-]+)+)`)

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
	if len(s.notes) < maxNotes {
		s.notes = append(s.notes, fmt.Sprintf(format, args...))
	}
}

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
		s.lines[i], comment = withoutComment(line, comment)
	}
}

// withoutComment blanks a line that is an HTML comment, which templates use
// for instructions to the reporter.
func withoutComment(line string, inside bool) (string, bool) {
	if !inside && !strings.HasPrefix(strings.TrimSpace(line), "<!--") {
		return line, false
	}
	return "", !strings.Contains(line, "-->")
}

var (
	fence    = regexp.MustCompile("^ {0,3}(?:[-*] +|\\d+[.)] +)? *(```+|~~~+) *([\\w+#-]*)[^`]*$")
	indented = regexp.MustCompile(`^(?: {4}|\t)\s*\S`)
	item     = regexp.MustCompile(`^\s*(?:\d{1,3}[.)]|[-*+•]|[Ss]tep \d{1,3}[:.)]?)\s+(\S.*)$`)
	abrt     = regexp.MustCompile(`^cmdline:\s+(/?[A-Za-z][\w./+-]*(?:\s.*)?)$`)
)

// blocks goes through a text.
func (s *scanner) blocks() {
	for i := 0; i < len(s.lines); {
		line := s.lines[i]
		switch m := fence.FindStringSubmatch(line); {
		case m != nil:
			end := i + 1
			for end < len(s.lines) && !closes(s.lines[end], m[1]) {
				end++
			}
			s.code(i+1, end, strings.ToLower(m[2]))
			i = end + 1
		case indented.MatchString(line) && (i == 0 || strings.TrimSpace(s.lines[i-1]) == ""):
			end := i
			for end < len(s.lines) && (indented.MatchString(s.lines[end]) || strings.TrimSpace(s.lines[end]) == "") {
				end++
			}
			s.code(i, end, "")
			i = end
		default:
			i = s.plain(i)
		}
	}
}

// closes tells whether a line ends a fenced block.
func closes(line, fence string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, fence) && strings.Trim(line, fence[:1]) == ""
}

// plain reads a line of running text, with the lines that belong to it, and
// gives the next.
func (s *scanner) plain(i int) int {
	line := s.lines[i]
	if command, ok := s.prompt(line); ok {
		return s.transcript(i, command)
	}
	if topic, ok := topicOf(line); ok {
		s.topic = topic
		return i + 1
	}
	s.block++
	if m := abrt.FindStringSubmatch(line); m != nil {
		s.take(i, i, m[1])
		if n := len(s.pieces); n > 0 {
			s.pieces[n-1].last = true
		}
	}
	if s.topic == topicSteps {
		s.step(i)
	}
	if s.topic != topicExpected {
		s.prose = append(s.prose, line)
	}
	return i + 1
}

// transcript reads a command with a prompt in running text, and what it printed
// up to the next empty line.
func (s *scanner) transcript(i int, command string) int {
	s.block++
	for {
		i = s.gather(i, len(s.lines), command)
		for ; i < len(s.lines); i++ {
			var ok bool
			if command, ok = s.prompt(s.lines[i]); ok {
				break
			}
			_, heading := topicOf(s.lines[i])
			if strings.TrimSpace(s.lines[i]) == "" || heading || fence.MatchString(s.lines[i]) {
				return i
			}
			s.printed(s.lines[i])
		}
		if i == len(s.lines) {
			return i
		}
	}
}

func (s *scanner) printed(line string) {
	if s.topic != topicExpected && strings.TrimSpace(line) != "" {
		s.output = append(s.output, strings.TrimSpace(line))
	}
}

// take notes a command in lines first to last, counted from 0.
func (s *scanner) take(first, last int, command string) {
	command = strings.TrimSpace(command)
	if s.topic == topicExpected || isComment(command) {
		return
	}
	s.pieces = append(s.pieces, piece{
		span: Span{s.text, first + 1, last + 1}, command: command, block: s.block, steps: s.topic == topicSteps,
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

var (
	asked = regexp.MustCompile(`(?i)\b(run|running|execute|type|enter|issue|invoke|call|do|try|use|using|with|install|command)\b`)
	lead  = regexp.MustCompile(`(?i)^(?:run|execute|type|enter|issue|do|try|as root,?)[: ]\s*`)
	code  = regexp.MustCompile("`([^`]+)`")
)

// step reads a line of the steps to reproduce: the commands in `code`, or the
// whole of it if it is one.
func (s *scanner) step(i int) {
	text := s.lines[i]
	if m := item.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if command, ok := s.prompt(text); ok {
		s.take(i, i, command)
		return
	}
	found := code.FindAllStringSubmatchIndex(text, -1)
	for _, at := range found {
		before, command := text[:at[0]], strings.TrimSpace(text[at[2]:at[3]])
		if bare, ok := s.prompt(command); ok {
			command = bare
		}
		first, _, several := strings.Cut(command, " ")
		if s.typed(command) || asked.MatchString(before) && several && plainWord.MatchString(first) {
			s.take(i, i, command)
		}
	}
	if text = strings.TrimSpace(lead.ReplaceAllString(strings.TrimSpace(text), "")); len(found) == 0 && s.typed(text) {
		s.take(i, i, strings.Trim(text, `"'`))
	}
}

var (
	heading      = regexp.MustCompile(`^\s*(?:#{1,6}\s+|\*\*|__|=+\s*)?([A-Za-z][A-Za-z '/?-]{2,60}?)(?:\*\*|__|\s*=+)?\s*:?\s*(?:\*\*|__)?\s*$`)
	stepsHead    = regexp.MustCompile(`(?i)^(?:detailed |the )?(?:steps?(?: to)? reproduc|steps$|how to reproduce|to reproduce|reproduc(?:er|tion|ing)|minimal reproducer|test case)`)
	expectedHead = regexp.MustCompile(`(?i)^(?:expected|desired|workaround|fix$|proposed|suggested|solution)`)
	otherHead    = regexp.MustCompile(`(?i)^(?:actual|current|observed|additional|anything else|environment|versions?|description|search terms|is there|how reproducible|results?|notes?|logs?|what happen)`)
)

// topicOf reads a heading.
func topicOf(line string) (topic, bool) {
	m := heading.FindStringSubmatch(line)
	if m == nil {
		return topicOther, false
	}
	switch title := strings.TrimSpace(m[1]); {
	case stepsHead.MatchString(title):
		return topicSteps, true
	case expectedHead.MatchString(title):
		return topicExpected, true
	case otherHead.MatchString(title):
		return topicOther, true
	case strings.HasPrefix(strings.TrimSpace(line), "#"), strings.HasPrefix(strings.TrimSpace(line), "**"):
		return topicOther, true
	}
	return topicOther, false
}
