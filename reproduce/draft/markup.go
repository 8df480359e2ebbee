package draft

import (
	"regexp"
	"strings"
)

var (
	// opening and closing are the marks of a block of code in HTML and BBCode.
	opening = regexp.MustCompile(`(?i)<(?:pre|code)\b[^>]*>|\[(?:code|pre|console|bash|shell)(?:=[\w-]*)?\]`)
	closing = regexp.MustCompile(`(?i)</(?:pre|code)>|\[/(?:code|pre|console|bash|shell)\]`)
	// inline is a block within one line.
	inline = regexp.MustCompile(`(?i)(?:<(?:code|tt|kbd|samp)\b[^>]*>|\[(?:code|tt)\])([^<\[]+)(?:</(?:code|tt|kbd|samp)>|\[/(?:code|tt)\])`)
	// dressing are tags that only change how a text looks.
	dressing = regexp.MustCompile(`(?i)</?(?:p|br|b|i|u|em|strong|span|div|ul|ol|li|font|small|details|summary|blockquote|h[1-6])\b[^<>]*>|\[/?(?:b|i|u|quote|list|size|color)(?:=[^\]]*)?\]|\[\*\]`)
)

// entities are what a page writes for signs that shells use.
var entities = strings.NewReplacer("&gt;", ">", "&lt;", "<", "&amp;", "&", "&quot;", `"`, "&#39;", "'", "&#039;", "'", "&apos;", "'", "&nbsp;", " ")

// unmark takes HTML and BBCode out of the lines, and notes which of them stand
// in a block of code. Fenced blocks stay as they are, but for entities.
func (s *scanner) unmark() {
	s.pre = make([]bool, len(s.lines))
	inside, fenced := false, ""
	for i, line := range s.lines {
		switch m := fence.FindStringSubmatch(line); {
		case fenced != "":
			if closes(line, fenced) {
				fenced = ""
			}
			line = s.entities(line)
		case m != nil && !inside:
			fenced = m[1]
		default:
			line, s.pre[i], inside = unmarked(line, inside)
			line = s.entities(line)
		}
		s.lines[i] = line
	}
}

// entities reads entities. A line that has tags, too, is that of a file in
// HTML or XML.
func (s *scanner) entities(line string) string {
	if !strings.Contains(line, "&") || strings.Contains(line, "</") {
		return line
	}
	read := entities.Replace(line)
	if read != line {
		s.note("HTML entities in the %s, such as &gt;, were read as the signs that they stand for.", s.text)
	}
	return read
}

// unmarked is a line without marks, whether it is code, and whether the next
// is.
func unmarked(line string, inside bool) (string, bool, bool) {
	if !inside {
		line = inline.ReplaceAllString(line, "`$1`")
		at := opening.FindStringIndex(line)
		if at == nil {
			return dressing.ReplaceAllString(line, ""), false, false
		}
		before, after := dressing.ReplaceAllString(line[:at[0]], ""), line[at[1]:]
		if strings.TrimSpace(opening.ReplaceAllString(after, "")) == "" {
			return before, false, true
		}
		line = after
	}
	line = opening.ReplaceAllString(line, "")
	if at := closing.FindStringIndex(line); at != nil {
		line = line[:at[0]]
		return line, strings.TrimSpace(line) != "", false
	}
	return line, true, true
}

// withoutComment blanks a line that is an HTML comment, which templates use
// for instructions to the reporter.
func withoutComment(line string, inside bool) (string, bool) {
	if !inside && !strings.HasPrefix(strings.TrimSpace(line), "<!--") {
		return line, false
	}
	return "", !strings.Contains(line, "-->")
}
