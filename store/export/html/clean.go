package html

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/almatriage/almatriage/tracker/safe"
)

// Bounds of a text in bytes.
const (
	mostLine    = 400
	mostNote    = 4_000
	mostExcerpt = 4_000
	mostRecipe  = 16_000
)

// cleaner makes text that others wrote fit to be published. It leaves markup as
// it is: that is html/template's.
type cleaner struct{ hide func(string) string }

// line is one line.
func (c cleaner) line(s string) string {
	s = c.untold(safe.Line(s).String())
	if len(s) <= mostLine {
		return s
	}
	return whole(s, mostLine) + "…"
}

// block keeps lines.
func (c cleaner) block(s string, most int) string {
	return bounded(c.untold(safe.Block(s).String()), most)
}

// judged keeps lines, and shows what cannot be seen: it is for text that a
// person judges by reading it, such as what a recipe executes.
func (c cleaner) judged(s string, most int) string {
	text := safe.Block(s).String()
	if text != s { // slower, and seldom needed
		text = safe.Reveal(s).String()
	}
	return bounded(c.untold(text), most)
}

// link is an address, "" unless it may be linked and tells of nobody.
func (c cleaner) link(s string) string {
	address, ok := safe.URL(s)
	if !ok || c.untold(address) != address {
		return ""
	}
	return address
}

// untold takes out what is nobody's to publish. It comes after cleaning: a
// character that is not seen may hide an address from it.
func (c cleaner) untold(s string) string {
	if c.hide != nil {
		s = c.hide(s)
	}
	if !strings.Contains(s, "@") {
		return s
	}
	return mail.ReplaceAllStringFunc(s, func(address string) string {
		if slices.Contains(units, address[strings.LastIndexByte(address, '.')+1:]) {
			return address
		}
		return "(address left out)"
	})
}

// mail finds addresses of people, and what looks like them.
var mail = regexp.MustCompile(`[\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)*\.\pL{2,}`)

// units are the kinds of systemd's units, whose instances look like addresses.
var units = []string{"service", "socket", "timer", "target", "mount", "automount", "slice", "scope", "path", "device", "swap"}

// bounded says how much it leaves out.
func bounded(s string, most int) string {
	if len(s) <= most {
		return s
	}
	kept := whole(s, most)
	return fmt.Sprintf("%s\n… (%d bytes more are left out)", kept, len(s)-len(kept))
}

// whole is the beginning of a text, without a part of a character.
func whole(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
