package inside

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// What makes a bash that a test starts echo: of the test itself the commands go
// to a stream of their own (BashScript), but children write all to stderr.
var (
	commandsEchoed = regexp.MustCompile(`\b(?:set|(?:ba|da|k|z)?sh)\s+(?:[-+]\S+\s+)*-[a-zA-Z]*x|\bxtrace\b|\bSHELLOPTS\b`)
	linesEchoed    = regexp.MustCompile(`\b(?:set|(?:ba|da|k|z)?sh)\s+(?:[-+]\S+\s+)*-[a-zA-Z]*v|-o\s+verbose\b|sh\s.*--verbose\b|\bSHELLOPTS\b`)
	echoedCommand  = regexp.MustCompile(`^\++ `)
)

// echo knows which lines of stderr bash echoes, where a test or one of its files
// asks for that.
type echo struct {
	commands bool
	lines    map[string]bool
}

func echoOf(recipe *reproduce.Recipe) echo {
	texts := []string{recipe.Test}
	for _, file := range recipe.Files {
		texts = append(texts, string(file.Data))
	}
	var e echo
	verbose := false
	for _, text := range texts {
		for line := range strings.Lines(text) {
			if mayEcho(line) {
				e.commands = e.commands || commandsEchoed.MatchString(line)
				verbose = verbose || linesEchoed.MatchString(line)
			}
		}
	}
	if !verbose {
		return e
	}
	e.lines = map[string]bool{}
	for _, text := range texts {
		for line := range strings.Lines(text) {
			e.lines[strings.TrimSuffix(line, "\n")] = true
		}
	}
	return e
}

// mayEcho tells whether a line can match at all: a recipe can have megabytes of
// data, which an expression takes seconds to read.
func mayEcho(line string) bool {
	for _, word := range []string{"sh", "set", "xtrace", "verbose", "SHELLOPTS"} {
		if strings.Contains(line, word) {
			return true
		}
	}
	return false
}

// has tells whether a line of stderr is an echo.
func (e echo) has(line []byte) bool {
	return e.commands && bytes.HasPrefix(line, []byte{'+'}) && echoedCommand.Match(line) || e.lines[string(line)]
}
