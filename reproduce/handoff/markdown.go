package handoff

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/almatriage/almatriage/tracker/safe"
)

// marks mean something in GitHub's Markdown wherever they stand in a line. A
// backslash takes that from them.
const marks = "\\`*[]~!{}$"

var (
	// wordEdge is an underscore that can begin or end emphasis: inside of a word
	// it cannot.
	wordEdge = regexp.MustCompile(`(^|[^A-Za-z0-9])_|_([^A-Za-z0-9]|$)`)
	// lineStart is what makes a list, a heading or a rule at the beginning.
	lineStart = regexp.MustCompile(`^(\s*)([-+#=]|\d+[.)])`)
	// linked is what GitHub makes a link or a message to somebody: @name, #12,
	// GH-12, an address. GitHub looks for it in what is drawn, where a backslash
	// and an entity are gone: only an empty comment of ours takes it apart.
	linked = regexp.MustCompile(`(?i)@|#|gh-|https?:|ftp:|mailto:|xmpp:|www`)
	// linkedTo is what has to follow that.
	linkedTo = regexp.MustCompile(`^[\w./-]`)
)

// entities are written for what neither a backslash keeps out of HTML nor, for
// the bar, out of a table.
func entities() *strings.Replacer {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;")
}

// mdText is a line of hostile text that says in Markdown what it is: no
// emphasis, no link, no HTML, and nobody is called by it.
func mdText(text string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(safe.Cell(text)) {
		if strings.ContainsRune(marks, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	text = wordEdge.ReplaceAllStringFunc(b.String(), func(s string) string { return strings.ReplaceAll(s, "_", `\_`) })
	text = lineStart.ReplaceAllStringFunc(text, func(s string) string { return s[:len(s)-1] + `\` + s[len(s)-1:] })
	text = apart(text, "\x00") // cleaned text has no NUL
	return strings.ReplaceAll(entities().Replace(text), "\x00", "<!-- -->")
}

// apart puts a separator into all that would be a link. What follows one can be
// the beginning of the next, as in GH-https://.
func apart(text, separator string) string {
	var b strings.Builder
	done := 0
	for _, at := range linked.FindAllStringIndex(text, -1) {
		if linkedTo.MatchString(text[at[1]:]) {
			b.WriteString(text[done:at[1]])
			b.WriteString(separator)
			done = at[1]
		}
	}
	return b.String() + text[done:]
}

// mdCell is a line of hostile text as code in a table. A bar would end the cell,
// in code, too, and renderers differ in what a backslash before it means: a
// broken one stands for it. No name of an image or a package has any.
func mdCell(text string) string { return mdCode(strings.ReplaceAll(safe.Cell(text), "|", "¦")) }

// mdLink is a page as a link, whatever is in its address. It must be one that
// safe.URL has passed.
func mdLink(page string) string {
	if strings.ContainsFunc(page, func(r rune) bool { return !plainInLink(r) }) {
		return "<" + page + ">"
	}
	return page
}

// plainInLink tells whether a rune is part of an address wherever it stands.
func plainInLink(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/:.?=&%#+-", r)
}

// mdCode is a line of hostile text as code.
func mdCode(text string) string {
	text = strings.TrimSpace(safe.Cell(text))
	if text == "" {
		return ""
	}
	ticks := strings.Repeat("`", longestRun(text, '`')+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return ticks + text + ticks
}

// mdFence is a block of hostile text as code. The fence is longer than any in
// it, so that nothing in it can be the end.
func mdFence(text, language string) string {
	text = strings.TrimRight(safe.Block(text).String(), "\n")
	fence := strings.Repeat("`", max(longestRun(text, '`')+1, 3))
	return fence + language + "\n" + text + "\n" + fence + "\n"
}

// mdFold hides a block until it is asked for. It has an empty line around what
// is inside, without which that would be no Markdown.
func mdFold(title, inside string) string {
	return fmt.Sprintf("<details><summary>%s</summary>\n\n%s\n</details>\n", title, inside)
}

// longestRun is the length of the longest row of a character.
func longestRun(text string, c byte) int {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
