package draft

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// shells are the languages of blocks that are scripts; talks those of blocks
// that show a terminal or that do not tell; prints those of what was printed.
var (
	shells = []string{"bash", "sh", "shell", "zsh", "shellscript", "bash-script"}
	talks  = []string{"", "console", "shell-session", "shellsession", "sh-session", "bash-session", "session", "terminal", "text", "txt", "plain", "plaintext", "none", "code"}
	prints = []string{"log", "logs", "output", "dmesg", "traceback", "stacktrace", "pytb", "gdb"}
)

// fenced reads a block between fences, and gives the line after it. One that
// is not closed ends with its paragraph.
func (s *scanner) fenced(i int, mark, language string) int {
	end := i + 1
	for end < len(s.lines) && !closes(s.lines[end], mark) {
		end++
	}
	if end == len(s.lines) {
		for end = i + 1; end < len(s.lines) && strings.TrimSpace(s.lines[end]) != ""; {
			end++
		}
		s.note("The block that begins in line %d of the %s is not closed: it was read up to line %d.", i+1, s.text, end)
		s.code(i+1, end, language)
		return end
	}
	s.code(i+1, end, language)
	return end + 1
}

// closes tells whether a line ends a fenced block.
func closes(line, fence string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, fence) && strings.Trim(line, fence[:1]) == ""
}

// code reads a block of code, the lines first to end, counted from 0.
func (s *scanner) code(first, end int, language string) {
	s.block++
	s.host = ""
	if s.topic == topicExpected {
		return
	}
	start := first
	for start < end && strings.TrimSpace(s.lines[start]) == "" {
		start++
	}
	isShell := slices.Contains(shells, language)
	switch {
	case start == end:
	case slices.Contains(prints, language):
		s.allPrinted(start, end)
	case !isShell && !slices.Contains(talks, language):
		s.note("The block of %s in %s of the %s was left out: if the test needs it, set the recipe as a directory.", language, lines(start, end), s.text)
	case slices.ContainsFunc(s.lines[start:end], diffHead.MatchString):
		s.note("The patch in %s of the %s was left out.", lines(start, end), s.text)
	case !isShell && s.isFile(start, end):
		s.note("The program or file in %s of the %s was left out: if the test needs it, set the recipe as a directory.", lines(start, end), s.text)
	case s.showsTerminal(start, end):
		s.session(start, end)
	default:
		s.script(start, end, isShell)
	}
	s.aside = ""
}

// isFile tells whether a block without a language is a program or the content
// of a file.
func (s *scanner) isFile(start, end int) bool {
	return (source.MatchString(s.lines[start]) || slices.ContainsFunc(s.lines[start:end], section.MatchString)) && !s.showsTerminal(start, end)
}

func (s *scanner) allPrinted(start, end int) {
	for _, line := range s.lines[start:end] {
		s.printed(line)
	}
}

var (
	diffHead = regexp.MustCompile(`^\s{0,8}(?:diff --git |diff -[\w]*[urN]|@@ -\d+(?:,\d+)? \+\d|--- (?:a/|/dev/null|\S+\.orig\b)|\+\+\+ (?:b/|/dev/null)|Index: \S+$)`)
	inDiff   = regexp.MustCompile(`^\s{0,8}(?:[-+ @\\]|diff |index |new file |deleted file |old mode |new mode |similarity |rename )`)
	// source is how a program or a file begins, other than a shell script.
	source = regexp.MustCompile(`^\s*(?:#\s?include\b|#define\b|#pragma\b|(?:static |void |int |char )+\w+\s*\(|import [\w.]+(?: as \w+|;)?\s*$|from [\w.]+ import\b|package [\w.]+;?\s*$|(?:async )?def \w+\(|class \w+|use (?:strict|warnings|\w+::)|public class|using namespace|#!.*\b(?:python|perl|ruby|node|php|lua|tclsh|expect)|<\?|<!|<[a-z]+[ >]|[{\[]\s*$|\[[\w .:/-]+\]\s*$|FROM \S+|SELECT\b|CREATE\b|---\s*$)`)
	// section begins a part of a file: of a unit, of a kickstart, of a spec.
	section = regexp.MustCompile(`^\s*(?:\[[A-Za-z][\w.:/-]*\]|%(?:packages|pre|post|end|prep|build|install|check|files|description|changelog)\b.*)\s*$`)
	shebang = regexp.MustCompile(`^#!\s*\S*/(?:env )?(?:ba|z|k|da)?sh\b`)
)

// diff leaves out a patch in running text, and gives the line after it.
func (s *scanner) diff(i int) int {
	first := i
	for i < len(s.lines) && (inDiff.MatchString(s.lines[i]) || diffHead.MatchString(s.lines[i])) {
		i++
	}
	s.note("The patch in %s of the %s was left out.", lines(first, i), s.text)
	return i
}

// showsTerminal tells whether a block has prompts. A "# " in the first line
// counts if a command follows, and if no line is a command without it: then it
// is a comment.
func (s *scanner) showsTerminal(start, end int) bool {
	if slices.ContainsFunc(s.lines[start:end], func(line string) bool { _, _, ok := prompted(line); return ok }) {
		return true
	}
	if _, ok := s.rootPrompted(s.lines[start]); !ok {
		return false
	}
	return !slices.ContainsFunc(s.lines[start:end], func(line string) bool {
		return !strings.HasPrefix(strings.TrimSpace(line), "#") && s.typed(strings.TrimSpace(line))
	})
}

// lines names the lines first to end, counted from 0 and without the last.
func lines(first, end int) string {
	if first+1 >= end {
		return fmt.Sprintf("line %d", first+1)
	}
	return fmt.Sprintf("lines %d to %d", first+1, end)
}

// session reads a block with prompts: what has none was printed.
func (s *scanner) session(start, end int) {
	root := true
	for i := start; i < end; {
		if command, ok := s.prompt(s.lines[i], root); ok {
			root = rooted(s.lines[i], command)
			i = s.gather(i, end, command)
			continue
		}
		s.answered(i)
		i++
	}
}

// script reads a block without prompts. One that says that it is a shell's is
// taken as it is if all of it can be commands; of all others only the lines
// that clearly are, for people mix them with what they print.
func (s *scanner) script(start, end int, isShell bool) {
	s.dedent(start, end)
	isShell = isShell || shebang.MatchString(s.lines[start])
	all := isShell && s.allShaped(start, end)
	if !all && !slices.ContainsFunc(s.lines[start:end], s.isBare) { // assignments alone are a file's
		s.allPrinted(start, end)
		return
	}
	took, first := false, 0
	for i := start; i < end; {
		line := strings.TrimSpace(s.lines[i])
		switch {
		case line == "" || line[0] == '#':
			i++
		case all || s.isBare(line) || s.sets(line):
			took = true
			i = s.gather(i, end, s.lines[i])
		default:
			if first == 0 {
				first = i + 1
			}
			s.printed(line)
			i++
		}
	}
	switch {
	case !took || s.aside != "":
	case first > 0:
		s.note("Line %d of the %s, and perhaps more of that block, does not read like a command and was left out.", first, s.text)
	case !isShell:
		s.note("Commands in %s of the %s have no prompts: check that all of them are commands.", lines(start, end), s.text)
	}
}

// dedent takes a block's indentation off.
func (s *scanner) dedent(start, end int) {
	margin := maxLine
	for _, line := range s.lines[start:end] {
		if strings.TrimSpace(line) != "" {
			margin = min(margin, len(line)-len(strings.TrimLeft(line, " \t")))
		}
	}
	for i := start; i < end; i++ {
		s.lines[i] = strings.TrimRight(s.lines[i][min(margin, len(s.lines[i])):], " ")
	}
}

// allShaped tells whether all of a block can be commands, by how each begins.
func (s *scanner) allShaped(start, end int) bool {
	var sh shell
	for i := start; i < end; i++ {
		line := strings.TrimSpace(s.lines[i])
		if !sh.unfinished() && line != "" && line[0] != '#' && !s.typed(line) && !shaped(line) {
			return false
		}
		sh.read(s.lines[i])
	}
	return !sh.unfinished() && !sh.broken
}

var (
	// shape is how a command begins: with a name, a path, an assignment, or a
	// sign of the shell's.
	shape = regexp.MustCompile(`^(?:[a-z_][\w.+-]*(?:\s|$)|[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=|\.{0,2}/\S|~/|[({\[!:$\\"'<>]|\w+\s*\(\)\s*\{)`)
	// keyword begins what goes over several lines.
	keyword = regexp.MustCompile(`^for\s+\w+\s+in\s[^:]*$|^for\s*\(\(|^(?:while|until)\s.*;\s*do\b|^(?:while|until|if)\s+(?:\[|!|true\b|:|\(\(|\S+ -)[^:]*$|^if\s.*;\s*then\b|^case\s.*\sin\b|^(?:function\s+\w+|\w+\s*\(\))\s*\{`)
	// assigned is an assignment that is a line of its own.
	assigned = regexp.MustCompile(`^(?:export |local |declare (?:-\w+ )?)?([A-Za-z_]\w*)=(?:\$\(.*\)|"[^"]*"|'[^']*'|[^\s;]*)$`)
	option   = regexp.MustCompile(`\s--?[A-Za-z]`)
)

// shaped tells whether a line of a script can be a command.
func shaped(line string) bool {
	first, _, _ := strings.Cut(line, " ")
	return shape.MatchString(line) && !strings.HasSuffix(first, ":") && (!isProse(line) || keyword.MatchString(line))
}

// isBare tells whether a line without a prompt is a command beyond doubt.
func (s *scanner) isBare(line string) bool {
	line = strings.TrimSpace(line)
	return s.typed(line) || keyword.MatchString(line) ||
		shaped(line) && plainWord.MatchString(strings.Fields(line)[0]) && option.MatchString(clear(line))
}
