package draft

import (
	"regexp"
	"strings"
)

// shellPrompt is a prompt with a name in it, which is never anything else:
// [root@host ~]#, user@host:~$, bash-5.1$. The first of its groups that is not
// empty is the host.
var shellPrompt = regexp.MustCompile(`^\s*(?:\([\w.-]+\)\s*)?(?:\[[^\[\]\s@]+@([\w.-]+)[^\[\]]{0,80}\]\s?[#$%]|[\w.-]+@([\w.-]+):[^\s#$]{0,80}\s?[#$%]|[\w.-]+@([\w.-]+) [~/][^\s#$]{0,80}\s?[#$%]|-?(?:ba)?sh-[\d.]+[#$%])\s*(\S.*)$`)

var (
	dollarPrompt = regexp.MustCompile(`^\s*[$❯]\s+(\S.*)$`)
	hashPrompt   = regexp.MustCompile(`^\s*#\s+(\S.*)$`)
	// begins is how a command can begin; a sum of money cannot.
	begins = regexp.MustCompile(`^(?:[A-Za-z_./~({\[!:"'$` + "`" + `\\<>]|\d+[a-z])`)
)

// prompted gives the command after a prompt that can be nothing else, and the
// host that the prompt names.
func prompted(line string) (command, host string, ok bool) {
	if m := shellPrompt.FindStringSubmatch(line); m != nil {
		return m[4], m[1] + m[2] + m[3], true
	}
	if m := dollarPrompt.FindStringSubmatch(line); m != nil && begins.MatchString(m[1]) {
		return m[1], "", true
	}
	return "", "", false
}

// rootPrompted gives the command after "# ", which may be a heading or a
// comment as well.
func (s *scanner) rootPrompted(line string) (string, bool) {
	m := hashPrompt.FindStringSubmatch(line)
	if m == nil || !s.typed(m[1]) {
		return "", false
	}
	return m[1], true
}

// prompt gives the command of a line with a prompt; "# " counts as one only
// where root may be at work.
func (s *scanner) prompt(line string, root bool) (string, bool) {
	if command, host, ok := prompted(line); ok {
		s.host = host
		return command, true
	}
	if !root {
		return "", false
	}
	command, ok := s.rootPrompted(line)
	if ok {
		s.host = ""
	}
	return command, ok
}

// unticked is a line without the sign of a list, and without the marks of code
// about the whole of it.
func unticked(line string) string {
	line = unlisted(line)
	if inner := strings.TrimSpace(line); len(inner) > 2 && inner[0] == '`' && strings.Trim(inner, "`") == inner[1:len(inner)-1] {
		return inner[1 : len(inner)-1]
	}
	return line
}

// becomesRoot are commands after which root's prompt is the plain one.
var becomesRoot = regexp.MustCompile(`^(?:sudo\s+(?:-i|-s|su\b|bash\b|sh\b)|su\b(?:\s+-l?)?(?:\s+root)?\s*$|exit\s*$)`)

// rooted tells whether "# " is a prompt after a command: a terminal has one
// kind of prompt until its user becomes another.
func rooted(line, command string) bool {
	_, _, clear := prompted(line)
	return !clear || becomesRoot.MatchString(command)
}

// transcript reads a command with a prompt in running text, and what it printed
// up to the next empty line.
func (s *scanner) transcript(i int, command string) int {
	s.block++
	listed := item.MatchString(s.lines[i])
	for {
		root := rooted(unticked(s.lines[i]), command)
		i = s.gather(i, len(s.lines), command)
		for ; i < len(s.lines); i++ {
			var ok bool
			if command, ok = s.prompt(unticked(s.lines[i]), root); ok {
				break
			}
			if s.endsTranscript(i) || listed && item.MatchString(s.lines[i]) {
				return i
			}
			s.answered(i)
		}
		if i == len(s.lines) {
			return i
		}
	}
}

// another is the prompt of a program that is no shell.
var another = regexp.MustCompile(`^\s*(?:>>> |\((?:gdb|lldb|Pdb|\(Pdb\))\) |(?:sqlite|mysql|ftp|sftp|lftp|nslookup|virsh|telnet|php|irb[^>]*|MariaDB \[[^\]]*\]|\w+[=-][#>]|In \[\d+\]:|\w+=)>? )\S`)

// answered reads a line that a command printed, or that was typed into it.
func (s *scanner) answered(i int) {
	if another.MatchString(s.lines[i]) {
		if s.topic != topicExpected && !s.into {
			s.into = true
			s.note("What was typed into a program that waits for it, from line %d of the %s on, was left out: write it as the program's standard input.", i+1, s.text)
		}
		return
	}
	s.printed(s.lines[i])
}

// endsTranscript tells whether a line is no longer what a command printed.
func (s *scanner) endsTranscript(i int) bool {
	line := s.lines[i]
	_, head := topicOf(line)
	return strings.TrimSpace(line) == "" || head || s.pre[i] || fence.MatchString(line) || diffHead.MatchString(line) || machine.MatchString(line)
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

// gather takes the command in line i with the lines that continue it, and
// gives the next.
func (s *scanner) gather(i, end int, command string) int {
	var sh shell
	var b strings.Builder
	first := i
	b.WriteString(sh.read(command))
	for i++; i < end && sh.unfinished() && b.Len() <= maxScript && i-first <= maxLines; i++ {
		line := secondary(s.lines[i])
		if _, _, ok := prompted(s.lines[i]); ok && len(sh.here) == 0 {
			break // the terminal took the command for whole
		}
		b.WriteString("\n" + sh.read(line))
	}
	if sh.unfinished() {
		s.lacksEnd(first)
		if len(sh.here) == 0 && i-first <= maxAgain {
			return first + 1
		}
		return i // all of it belongs to what has no end
	}
	s.take(first, i-1, b.String())
	return i
}

// lacksEnd notes a command of which a part is missing.
func (s *scanner) lacksEnd(first int) {
	if s.topic != topicExpected {
		s.note("The command in line %d of the %s has no end (a quote, a loop or a here-document) and was left out.", first+1, s.text)
	}
}
