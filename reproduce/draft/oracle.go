package draft

import (
	"regexp"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// crashes tell a signal by what is said of it; the last is the weakest, for
// every signal dumps core.
var crashes = []struct {
	signal string
	words  *regexp.Regexp
}{
	{"ABRT", regexp.MustCompile(`(?i)\baborted \(core dumped\)|\bSIGABRT\b`)},
	{"BUS", regexp.MustCompile(`(?i)\bbus error\b|\bSIGBUS\b`)},
	{"ILL", regexp.MustCompile(`(?i)\billegal instruction\b|\bSIGILL\b`)},
	{"FPE", regexp.MustCompile(`(?i)\bfloating[ -]point exception\b|\bSIGFPE\b`)},
	{"TRAP", regexp.MustCompile(`(?i)\btrace/breakpoint trap\b|\bSIGTRAP\b`)},
	{"SEGV", regexp.MustCompile(`(?i)\bsegmentation (?:fault|violation)|\bseg[- ]?fault(?:s|ed|ing)?\b|\bSIGSEGV\b|\bsegv\b|\bcore dumped\b|\bdumps core\b`)},
}

var (
	hangs   = regexp.MustCompile(`(?i)\b(?:hangs?|hung|hanging|freezes|frozen|never (?:ends|returns|finishes|exits|terminates)|infinite(?:ly)? loops?|endless loop|deadlocks?|does(?:n't| not) (?:return|finish|terminate))\b`)
	negated = regexp.MustCompile(`(?i)\b(?:no|not|never|without|don't|doesn't|didn't|isn't|instead of|rather than)\s+(?:\S+\s+){0,2}$`)
)

// says finds words in the lines, unless the line denies them.
func says(lines []string, words *regexp.Regexp) bool {
	for _, line := range lines {
		for _, at := range words.FindAllStringIndex(line, -1) {
			if !negated.MatchString(line[:at[0]]) {
				return true
			}
		}
	}
	return false
}

// oracle chooses how one sees the bug, by what the report says.
func (b *builder) oracle(s *scanner) {
	title, _ := visible(b.report.Title)
	told := append(append([]string{title}, s.output...), s.prose...)
	for _, crash := range crashes {
		if says(told, crash.words) {
			b.recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleSignal, Signal: crash.signal}
			b.note("The report tells of a crash, so the bug is there when the test ends by the signal %s: the command that crashes must be the last.", crash.signal)
			return
		}
	}
	if says(append([]string{title}, s.prose...), hangs) {
		b.recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleTimeout}
		b.note("The report tells of a hang, so the bug is there when the time is up: set duration to a few times what the test takes where it works.")
		return
	}
	if message := s.message(); message != "" {
		b.recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleOutput, Pattern: pattern(message)}
		b.note("The report quotes an error, so the bug is there when a line of the output matches it: take out of the pattern what differs from run to run, or between the sides.")
		return
	}
	b.recipe.Oracle = reproduce.Oracle{Kind: reproduce.OracleExit}
	b.note("The bug is there when a command fails, whichever: end the test with one that fails only then, such as test \"$(command)\" = expected.")
}

var (
	failed = regexp.MustCompile(`(?i)\b(?:error|errors|failed|failure|fails|cannot|can't|could not|couldn't|unable|invalid|undefined|no such|not found|unrecognized|unknown|traceback|exception|assertion|panic|fatal|denied|refused|corrupt(?:ed)?|mismatch|out of range|conflicts?|nothing provides|broken|unexpected)\b|Error:`)
	// quoted is an error that a sentence quotes: it fails with "no such thing".
	quoted = regexp.MustCompile("(?i)\\b(?:errors?|message|fails?|failed|says|prints|complains|get|gets|got|see|shows?|reports?|output|returns?)\\b[^\"“`]{0,40}[\"“`]([^\"”`]{8,200})[\"”`]")
)

// message finds the error that the report quotes: first of what commands
// printed, then of what a sentence puts in quotes.
func (s *scanner) message() string {
	for _, line := range s.output {
		if failed.MatchString(line) && len(line) >= 8 {
			return line
		}
	}
	for _, line := range s.prose {
		for _, m := range quoted.FindAllStringSubmatch(line, -1) {
			if text := strings.TrimSpace(m[1]); failed.MatchString(text) && !s.typed(text) {
				return text
			}
		}
	}
	return ""
}

// changing are parts of a message that are not the same a second time:
// addresses and process ids.
var changing = regexp.MustCompile(`0x[0-9a-fA-F]+|\[[0-9]+\]`)

// maxMessage bounds a pattern's text, in characters.
const maxMessage = 200

// pattern makes an expression that matches just the message.
func pattern(message string) string {
	if r := []rune(message); len(r) > maxMessage {
		message = strings.TrimSpace(string(r[:maxMessage]))
	}
	var b strings.Builder
	from := 0
	for _, at := range changing.FindAllStringIndex(message, -1) {
		b.WriteString(regexp.QuoteMeta(message[from:at[0]]))
		if message[at[0]] == '[' {
			b.WriteString(`\[[0-9]+\]`)
		} else {
			b.WriteString(`0x[0-9a-fA-F]+`)
		}
		from = at[1]
	}
	b.WriteString(regexp.QuoteMeta(message[from:]))
	return b.String()
}
