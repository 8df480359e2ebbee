package draft

import (
	"slices"
	"strings"
)

// shell follows the lines of a script as far as is needed to tell where a
// command ends: quotes, here-documents, compound commands, and what a line
// leaves open. It is no parser: of what it takes for whole, bash may still
// think otherwise, which the recipe's lint says.
type shell struct {
	quote  byte     // ' or " that is open
	open   []string // what closes the compound commands that are open
	here   []ending // here-documents whose text is still to come
	more   bool     // the line ends in \, |, && or ||
	broken bool     // something ends that did not begin

	command bool // the next word is a command's first
	word    []byte
}

// ending is the line that ends a here-document.
type ending struct {
	word string
	tabs bool // <<-: tabs before it do not count
}

// unfinished tells whether a shell would wait for a further line.
func (s *shell) unfinished() bool {
	return s.quote != 0 || len(s.open) > 0 || len(s.here) > 0 || s.more
}

// read follows one more line. It gives the line as it should be written: an
// ending that a page has indented is put where the shell sees it.
func (s *shell) read(line string) string {
	if len(s.here) > 0 {
		if strings.TrimSpace(line) != s.here[0].word {
			return line
		}
		line = s.here[0].word
		s.here = s.here[1:]
		return line
	}
	if s.quote == 0 && !s.more {
		s.command = true
	}
	s.more = false
	for i := 0; i < len(line); {
		i = s.step(line, i)
	}
	s.endWord()
	return line
}

// step reads what begins at i, and gives where the next begins.
func (s *shell) step(line string, i int) int {
	c := line[i]
	switch {
	case s.quote == '\'' || s.quote == '"' && c != '\\':
		if c == s.quote {
			s.quote = 0
		}
		return i + 1
	case c == '\\':
		s.more = i+1 == len(line) && s.quote == 0
		s.put('x')
		return i + 2
	case c == '\'' || c == '"':
		s.quote = c
		s.put('x')
		return i + 1
	case c == '#' && len(s.word) == 0 && (i == 0 || line[i-1] != '$'):
		return len(line)
	case strings.HasPrefix(line[i:], "<<<"):
		return i + 3
	case strings.HasPrefix(line[i:], "<<"):
		return s.document(line, i+2)
	case strings.HasPrefix(line[i:], "${"):
		if end := strings.IndexByte(line[i:], '}'); end > 0 {
			s.put('x')
			return i + end + 1
		}
	}
	return s.sign(line, i)
}

// sign reads a sign that ends a word, or a character of one.
func (s *shell) sign(line string, i int) int {
	c := line[i]
	switch c {
	case ' ', '\t':
		s.endWord()
	case ';':
		s.endWord()
		s.command = true
	case '&', '|':
		s.endWord()
		s.command = true
		double := i+1 < len(line) && line[i+1] == c
		// A single & ends a command; with > it is a redirection.
		s.more = (double || c == '|' && (i == 0 || line[i-1] != '>')) && strings.TrimSpace(line[i+1:]) == line[i+1:i+1+btoi(double)]
		if double {
			return i + 2
		}
	case '(':
		s.endWord()
		s.open = append(s.open, ")")
		s.command = true
	case ')':
		s.endWord()
		s.closeParen()
	default:
		s.put(c)
	}
	return i + 1
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *shell) put(c byte) { s.word = append(s.word, c) }

// closeParen ends ( or a pattern of case.
func (s *shell) closeParen() {
	switch n := len(s.open); {
	case n > 0 && s.open[n-1] == ")":
		s.open = s.open[:n-1]
	case n > 0 && s.open[n-1] == "esac":
	default:
		s.broken = true
	}
	s.command = true
}

// endWord looks at the word that ended.
func (s *shell) endWord() {
	word := string(s.word)
	if s.word = s.word[:0]; word == "" || !s.command {
		return
	}
	switch word {
	case "if":
		s.open = append(s.open, "fi")
	case "for", "while", "until", "select":
		s.open = append(s.open, "done")
	case "case":
		s.open = append(s.open, "esac")
	case "{":
		s.open = append(s.open, "}")
	case "fi", "done", "esac", "}":
		if n := len(s.open); n > 0 && s.open[n-1] == word {
			s.open = s.open[:n-1]
		} else {
			s.broken = true
		}
	}
	s.command = slices.Contains([]string{"if", "while", "until", "{", "do", "then", "else", "elif", "!", "time"}, word)
}

// document reads the ending that << names.
func (s *shell) document(line string, i int) int {
	if n := len(s.open); n > 1 && s.open[n-1] == ")" && s.open[n-2] == ")" {
		return i // a shift in $(( ))
	}
	end := ending{}
	if strings.HasPrefix(line[i:], "-") {
		end.tabs = true
		i++
	}
	rest := strings.TrimLeft(line[i:], " \t")
	i = len(line) - len(rest)
	if size := strings.IndexAny(rest+" ", " \t;&|<>)"); size > 0 {
		end.word = strings.NewReplacer(`'`, "", `"`, "", `\`, "").Replace(rest[:size])
		i += size
	}
	if end.word != "" && (end.word[0] < '0' || end.word[0] > '9') {
		s.here = append(s.here, end)
	}
	return i
}

// whole tells whether a script ends where it should.
func whole(script string) bool {
	var s shell
	for line := range strings.SplitSeq(script, "\n") {
		s.read(line)
	}
	return !s.unfinished() && !s.broken
}

// bare is a script without what is quoted and without the texts of its
// here-documents: what the shell itself looks at.
func bare(script string) string {
	var s shell
	var b strings.Builder
	for line := range strings.SplitSeq(script, "\n") {
		if len(s.here) > 0 {
			s.read(line)
			continue
		}
		outside := s.quote == 0
		for i := 0; i < len(line); {
			next := min(s.step(line, i), len(line))
			if outside && s.quote == 0 {
				b.WriteString(line[i:next])
			}
			outside = s.quote == 0
			i = next
		}
		s.endWord()
		s.more = false
		b.WriteByte('\n')
	}
	return b.String()
}
