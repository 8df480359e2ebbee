package autopatch

import (
	"regexp"
	"strings"
)

var (
	// blockHead is a line whose value is a block (|, >) in the lines below.
	blockHead = regexp.MustCompile(`^(\s*(?:- +)*)(.*[:-] +)?[|>][-+0-9]*\s*(?:#.*)?$`)
	// quotedLine is a line whose value is text in double quotes.
	quotedLine = regexp.MustCompile(`^(\s*(?:- +)*(?:\w+:\s+)?")((?:[^"\\]|\\.)*)("\s*(?:#.*)?)$`)
)

// escapeTabs writes tabs within double quotes as \t. They are common in specs,
// and the YAML parser does not count the line that ends after one.
func escapeTabs(lines []string) {
	block := -1 // how far the key of a block is indented; -1 outside of one
	for i, line := range lines {
		if block >= 0 && (strings.TrimSpace(line) == "" || indentation(line) > block) {
			continue
		}
		block = -1
		if m := blockHead.FindStringSubmatch(line); m != nil {
			block = len(m[1])
			if m[2] == "" { // "- |": an entry of a list, not of a mapping in it
				block = max(strings.LastIndexByte(m[1], '-'), 0)
			}
			continue
		}
		if m := quotedLine.FindStringSubmatch(line); m != nil {
			lines[i] = m[1] + strings.ReplaceAll(m[2], "\t", `\t`) + m[3]
		}
	}
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
