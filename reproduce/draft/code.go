package draft

import (
	"regexp"
	"slices"
	"strings"
)

// shells are the languages of blocks that are scripts; talks those of blocks
// that show a terminal or that do not tell.
var (
	shells = []string{"bash", "sh", "shell", "zsh"}
	talks  = []string{"", "console", "shell-session", "shellsession", "sh-session", "terminal", "text", "txt", "plain", "plaintext", "none"}
)

// code reads a block of code, the lines first to end, counted from 0.
func (s *scanner) code(first, end int, language string) {
	s.block++
	start := first
	for start < end && strings.TrimSpace(s.lines[start]) == "" {
		start++
	}
	isShell := slices.Contains(shells, language)
	switch {
	case start == end:
	case !isShell && !slices.Contains(talks, language):
		s.note("The block of %s in lines %d to %d of the %s was left out: if the test needs it, set the recipe as a directory.", language, first, end, s.text)
	case s.showsTerminal(start, end):
		s.session(start, end)
	case isShell || s.typed(s.lines[start]):
		if !isShell {
			s.note("Lines %d to %d of the %s have no prompts: check that all of them are commands.", start+1, end, s.text)
		}
		s.script(start, end)
	default:
		for _, line := range s.lines[start:end] {
			s.printed(line)
		}
	}
}

// showsTerminal tells whether a block has prompts. A "# " in the first line
// counts if a command follows; further down it may be a comment.
func (s *scanner) showsTerminal(start, end int) bool {
	if _, ok := s.rootPrompted(s.lines[start]); ok {
		return true
	}
	return slices.ContainsFunc(s.lines[start:end], func(line string) bool { _, ok := prompted(line); return ok })
}

// session reads a block with prompts: what has none was printed.
func (s *scanner) session(start, end int) {
	for i := start; i < end; {
		if command, ok := s.prompt(s.lines[i]); ok {
			i = s.gather(i, end, command)
			continue
		}
		s.printed(s.lines[i])
		i++
	}
}

// script takes a block as it is but for its indentation.
func (s *scanner) script(start, end int) {
	margin := maxLine
	for _, line := range s.lines[start:end] {
		if strings.TrimSpace(line) != "" {
			margin = min(margin, len(line)-len(strings.TrimLeft(line, " \t")))
		}
	}
	for i := start; i < end; i++ {
		s.lines[i] = strings.TrimRight(s.lines[i][min(margin, len(s.lines[i])):], " ")
	}
	for i := start; i < end; {
		if compound.MatchString(s.lines[i]) {
			// The lines of a loop or function belong together; where they end
			// only a shell could tell.
			s.take(i, end-1, strings.Join(s.lines[i:end], "\n"))
			return
		}
		i = s.gather(i, end, s.lines[i])
	}
}

// compound are the words and signs that begin what goes over several lines.
var compound = regexp.MustCompile(`^\s*(?:for|while|until|if|case|function)\b|\{\s*$|\(\s*$`)

var hereDocument = regexp.MustCompile(`(?:^|[^<])<<-?\s*['"]?([A-Za-z_]\w*)['"]?`)

// gather takes the command in line i with the lines that continue it, and
// gives the next.
func (s *scanner) gather(i, end int, command string) int {
	first := i
	for i++; i < end && continues(command); i++ {
		command += "\n" + secondary(s.lines[i])
	}
	m := hereDocument.FindStringSubmatch(command)
	if m == nil {
		s.take(first, i-1, command)
		return i
	}
	for ; i < end; i++ {
		line := secondary(s.lines[i])
		command += "\n" + line
		if strings.TrimSpace(line) == m[1] {
			s.take(first, i, command)
			return i + 1
		}
	}
	s.note("The here-document in line %d of the %s has no end and was left out.", first+1, s.text)
	return first + 1
}

// continues tells whether a backslash ends the command's last line.
func continues(command string) bool {
	return (len(command)-len(strings.TrimRight(command, `\`)))%2 == 1
}

// secondary drops the prompt that a shell prints for a further line.
func secondary(line string) string {
	trimmed := strings.TrimLeft(line, " ")
	if rest, ok := strings.CutPrefix(trimmed, "> "); ok {
		return rest
	}
	if trimmed == ">" {
		return ""
	}
	return line
}
