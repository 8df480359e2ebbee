package draft

import (
	"regexp"
	"strings"
)

var (
	item = regexp.MustCompile(`^\s*(?:\(?\d{1,3}[.):．、]|[①-⑳]|[-*+•‣▪]|\(?[a-h][.)]|[Ss]tep \d{1,3}[:.)-]?)\s*(\S.*)$`)
	// asked is a request right before a command.
	asked = regexp.MustCompile(`(?i)\b(?:run|running|execute|executing|type|typing|enter|issue|invoke|call|launch|start|starting|command|führe|starte|eingeben|exécuter|lancer|ejecut\w*|выполнить|запустить)\b[^.;"“` + "`" + `]{0,40}$`)
	lead  = regexp.MustCompile(`(?i)^(?:(?:then|now|next|and|first|finally|also|afterwards)[, ]+){0,2}(?:(?:please )?(?:выполнить|запустить|ejecutar|exécuter|lancer|starte|run|execute|type|enter|issue|do|try|invoke|call|launch|(?:the )?commands?)|as (?:the )?(?:root|user)(?: user)?,?|(?:in|on) (?:a|the) (?:shell|terminal|console),?)(?:[: ]\s*|$)`)
	// order is what leads from one step to the next.
	order = regexp.MustCompile(`(?i)^(?:(?:then|now|next|and|finally|afterwards)[, ]+){1,2}`)
	code  = regexp.MustCompile("``([^`].*?)``|`([^`]+)`")
	// said are the quotes of a text processor, and plain ones.
	said = regexp.MustCompile(`[“„«]([^“”„«»]+)[”“»]|"([^"]+)"|'([^']+)'`)
	// remark is what a step says of its command, behind it.
	remark = regexp.MustCompile(`\s+[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}][^"'` + "`" + `]*$|\s+(?:\((?:as |on |with |in |this |which |no |takes |fails|works|see )?[A-Za-z][A-Za-z ,']*\)|(?:->|=>|→|⇒|←|<-|<--|-->|--)\s+\p{L}.*)\.?$`)
	// introduced is how a step leads to code that is a command: by nothing, by
	// a word or two, or by how something is done; not by what is shown.
	introduced = regexp.MustCompile(`(?i)^\W*(?:\d+[.)]\s*)?(?:[\p{L}-]+[, ]+){0,2}$|[:：(]\s*$|\b(?:with|via|by|using|use|through|mit|avec|con)\s+(?:the command\s+)?$`)
	// joins is what stands between one command and the next.
	joins = regexp.MustCompile(`(?i)^[\s,;]*(?:(?:and|then|followed by|after that|afterwards|next|und|dann|danach|puis|y|luego)[\s,]*){0,3}$`)
	// spared is what a step says not to do.
	spared = regexp.MustCompile(`(?i)\b(?:see|prints?|shows?|says|gives|returns?|not|never|without|don't|doesn't|didn't|instead of|rather than|unlike|before|works with|like|similar to|same as)\s+(?:\S+\s+){0,2}$`)
)

// unlisted is a line without the sign of a list before it.
func unlisted(line string) string {
	if m := item.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return line
}

// step reads the text of a line, if it is one of the steps to reproduce, and
// gives the next line. It takes the commands in `code`, else those in quotes
// that the step asks for, or the whole of it if it is one.
func (s *scanner) step(i int, text string) int {
	if s.topic != topicSteps && !s.counted(i) || strings.HasPrefix(strings.TrimSpace(text), ">") {
		return i + 1
	}
	if either.MatchString(text) {
		s.note("Line %d of the %s shows another way, which was left out.", i+1, s.text)
		if unlisted(s.lines[i]) == s.lines[i] && !code.MatchString(text) {
			s.aside = "another way"
		}
		return i + 1
	}
	s.host = ""
	if strings.Contains(text, "`") && code.MatchString(text) {
		if !s.spans(i, text, code) {
			s.byHand(i, text)
		}
		return i + 1
	}
	text = lead.ReplaceAllString(strings.TrimSpace(text), "")
	text = strings.TrimSpace(order.ReplaceAllString(text, ""))
	if !continues(text) {
		text = ended(remark.ReplaceAllString(text, ""))
	}
	if inner := unquoted(text); inner != text && s.typed(inner) {
		text = inner
	}
	if command, ok := s.rootPrompted(text); ok {
		text = command
	}
	switch {
	case s.typed(text), s.sets(text):
		return s.gather(i, len(s.lines), text)
	case s.spans(i, s.lines[i], said):
	default:
		s.byHand(i, text)
	}
	return i + 1
}

// counted tells whether a line is one of a numbered list that no heading
// introduces, which are steps as a rule; not of what was tried in vain.
func (s *scanner) counted(i int) bool {
	return s.topic == topicOther && number.MatchString(s.lines[i]) && !tried.MatchString(s.intro)
}

var (
	number = regexp.MustCompile(`^\s*\d{1,2}[.)]\s`)
	tried  = regexp.MustCompile(`(?i)\b(?:tried|attempted|attempts|versucht|essayé)\b`)
)

// byHand notes a step that no command does.
func (s *scanner) byHand(i int, text string) {
	switch {
	case edits.MatchString(text):
		s.note("Line %d of the %s tells to change something by hand, which the test has not: write it with printf or sed.", i+1, s.text)
	case restarts.MatchString(text):
		s.note("Line %d of the %s tells to restart the machine: a container cannot.", i+1, s.text)
	case s.topic == topicSteps && shellSigns.MatchString(text) && shaped(text) && plainWord.MatchString(strings.Fields(text)[0]):
		s.note("Line %d of the %s may be a command, and was left out: write it if it is one.", i+1, s.text)
	}
}

// sets tells whether a line gives a variable a value that the report uses:
// else it is the line of a file.
func (s *scanner) sets(line string) bool {
	m := assigned.FindStringSubmatch(strings.TrimSpace(line))
	return m != nil && s.used[m[1]]
}

// used finds the variables that a text uses.
var used = regexp.MustCompile(`\$\{?([A-Za-z_]\w*)`)

// continues tells whether a line goes on in the next.
func continues(line string) bool {
	var sh shell
	sh.read(line)
	return sh.more || len(sh.here) > 0
}

var (
	// does is a label that says what the command behind it does.
	does     = regexp.MustCompile(`(?i)^(?:commands?|run|execute|install|start|create|generate|call|build|compile|try|do|use|enable|remove|check|reproduce|step|then|prepare|set up|configure|danach|dann|anschließend)\b`)
	edits    = regexp.MustCompile(`(?i)^(?:edit|open|modify|change|add|append|set|put|insert|uncomment|comment out|configure|create|write|save|bearbeite|ändere)\b.*(?:/[\w.-]+/?[\w.-]*|\.(?:conf|cfg|ini|repo|service|ya?ml|xml|json|c|py|sh)\b)`)
	restarts = regexp.MustCompile(`(?i)^(?:then |and |now )?(?:reboot|restart|boot|power off|shut ?down)(?:\s+(?:the|your|this|into|with)?\s*(?:system|machine|server|host|computer|vm|box|node)\b|\s*[.!]?$)`)
)

// ended is a command without the sign that ends the sentence it stands in.
func ended(text string) string {
	if n := len(text); n > 1 && strings.ContainsRune(".,:;", rune(text[n-1])) && strings.ContainsAny(text[n-2:n-1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\"'`)”") {
		return text[:n-1]
	}
	return text
}

// unquoted is a text without the quotes around the whole of it.
func unquoted(text string) string {
	m := said.FindStringSubmatch(text)
	if m == nil || m[0] != text {
		return text
	}
	return m[1] + m[2] + m[3]
}

// spans takes the marked parts of a line that are commands, and tells whether
// there were any. Quotes hold commands only where a step asks for one.
func (s *scanner) spans(i int, text string, marks *regexp.Regexp) bool {
	found, last := false, 0
	for _, at := range marks.FindAllStringSubmatchIndex(text, -1) {
		before, command := text[:at[0]], ""
		for group := 2; group+1 < len(at); group += 2 {
			if at[group] >= 0 {
				command = strings.TrimSpace(text[at[group]:at[group+1]])
			}
		}
		request := asked.MatchString(before)
		offered := marks == code && (introduced.MatchString(before) || found && joins.MatchString(text[last:at[0]]))
		last = at[1]
		if spared.MatchString(before) || !request && !offered {
			continue
		}
		prompted, ok := s.prompt(command, true)
		if ok {
			command = prompted
		}
		several := strings.ContainsAny(command, " /")
		if ok || s.typed(command) && (several || request) || request && marks == code && asks(command) {
			s.take(i, i, command)
			found = true
		}
	}
	return found
}

// asks tells whether what a step asks to run can be a command that is not
// known: a name with arguments.
func asks(command string) bool {
	first, rest, several := strings.Cut(command, " ")
	return several && strings.TrimSpace(rest) != "" && plainWord.MatchString(first) && !isProse(command)
}
