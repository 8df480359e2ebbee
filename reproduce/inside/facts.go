package inside

import (
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// statusXFSZ is how bash tells of signal XFSZ, the limit of a file's size.
const statusXFSZ = 128 + 25

// Ended is how a container came to its end, as its engine found it.
type Ended struct {
	End     reproduce.End
	Step    reproduce.Step // "" if none is known
	Verdict Verdict        // with reproduce.EndExited
	Detail  string         // one line, where there is something to explain
}

// Leavings are the files of a test's surroundings. All of them are hostile.
type Leavings struct {
	Trace   []byte // what bash echoed
	Missing []byte // names of commands that were not found, one a line
	Problem error  // of reading them
}

// Facts says what was observed of an attempt, and gives its log.
func (l *TestLog) Facts(ended Ended, left Leavings) (reproduce.Facts, reproduce.Log) {
	facts := l.facts(ended)
	facts.Missing = missing(append(left.Missing, strings.Join(append([]string{""}, l.broken.missing...), "\n")...))
	if left.Problem != nil && facts.Detail == "" {
		facts.Detail = left.Problem.Error()
	}
	kept := l.log(left.Trace)
	facts.ErrorLines = reproduce.ErrorLines(kept.Lines)
	facts.Excerpt = excerpt(kept.Lines)
	for _, name := range reproduce.Signatures(kept.Lines, facts.PidsMax) {
		if !slices.Contains(facts.Surroundings, name) {
			facts.Surroundings = append(facts.Surroundings, name)
		}
	}
	return facts, kept
}

func (l *TestLog) facts(ended Ended) reproduce.Facts {
	facts := reproduce.Facts{End: ended.End, Step: ended.Step, Detail: ended.Detail, Match: l.match, Surroundings: l.signs}
	if facts.Step == "" {
		facts.Step = reproduce.StepTest
	}
	if ended.End != reproduce.EndExited {
		return facts
	}
	v := ended.Verdict
	facts.Status, facts.OOMKills, facts.PidsMax = v.Status, v.OOMKills, v.PidsMax
	if facts.Step == reproduce.StepSyntax || facts.Step == reproduce.StepPrecheck {
		facts.Detail = firstWords(l.precheck)
	}
	if l.broken.syntax != "" && facts.Step == reproduce.StepTest {
		facts.Step, facts.Detail = reproduce.StepSyntax, l.broken.syntax
	}
	if v.Status == statusXFSZ {
		facts.End, facts.Detail = reproduce.EndDisk, "a file grew to the limit"
	}
	return facts
}

// missing are the names of commands that were not found, each once.
func missing(names []byte) []string {
	var list []string
	for name := range strings.Lines(string(names)) {
		name = strings.TrimSpace(name)
		name = strings.ToValidUTF8(name[:min(len(name), 100)], "\uFFFD")
		if name != "" && len(list) < 20 && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// firstWords are the first lines that say something, as one.
func firstWords(lines []string) string {
	var said []string
	for _, text := range lines {
		if text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD")); text != "" && len(said) < 3 {
			said = append(said, text)
		}
	}
	return strings.Join(said, "; ")
}

// maxExcerpt is how much of the output's end is quoted, in bytes.
const maxExcerpt = 2 << 10

// excerpt is the end of the test's output for people, errors preferred.
func excerpt(lines []reproduce.LogLine) string {
	for _, stream := range []reproduce.Stream{reproduce.Stderr, reproduce.Stdout} {
		var parts []string
		size := 0
		for i := len(lines) - 1; i >= 0 && len(parts) < 8; i-- {
			if lines[i].Stream != stream || strings.TrimSpace(lines[i].Text) == "" {
				continue
			}
			text := strings.ToValidUTF8(lines[i].Text[:min(len(lines[i].Text), 400)], "\uFFFD")
			if size += len(text); size > maxExcerpt {
				break
			}
			parts = append([]string{text}, parts...)
		}
		if len(parts) > 0 {
			return strings.Join(parts, "\n")
		}
	}
	return ""
}
