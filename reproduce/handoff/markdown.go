package handoff

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/almatriage/almatriage/tracker/safe"
)

// What means something in GitHub's Markdown wherever it stands in a line.
const marks = "\\`*[]<>|~!{}$"

var (
	// wordEdge is an underscore that can begin or end emphasis: inside of a word
	// it cannot.
	wordEdge = regexp.MustCompile(`(^|[^A-Za-z0-9])_|_([^A-Za-z0-9]|$)`)
	// lineStart is what makes a list, a heading or a rule at the beginning.
	lineStart = regexp.MustCompile(`^(\s*)([-+#=]|\d+[.)])`)
	// linked is what GitHub makes a link or a message to somebody: @name, #12,
	// GH-12, an address. A comment of ours takes it apart.
	linked = regexp.MustCompile(`(?i)(@|#|\bgh-|https?:|ftp:|mailto:|xmpp:|\bwww)([\w./-])`)
)

// mdText is a line of hostile text that says in Markdown what it is: no
// emphasis, no link, no HTML, and nobody is called by it.
func mdText(text string) string {
	text = safe.Cell(text)
	text = strings.ReplaceAll(text, "&", "&amp;")
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '<':
			b.WriteString("&lt;")
			continue
		case r == '>':
			b.WriteString("&gt;")
			continue
		case strings.ContainsRune(marks, r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	text = wordEdge.ReplaceAllStringFunc(b.String(), func(s string) string { return strings.ReplaceAll(s, "_", `\_`) })
	text = lineStart.ReplaceAllStringFunc(text, func(s string) string { return s[:len(s)-1] + `\` + s[len(s)-1:] })
	return linked.ReplaceAllString(text, "$1<!-- -->$2")
}

// mdCell is mdCode for a table, where a bar ends a cell in code, too.
func mdCell(text string) string { return strings.ReplaceAll(mdCode(text), "|", `\|`) }

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
