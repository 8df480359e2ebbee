package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/almatriage/almatriage/tui/tuitest"
)

// wire is what may be written to a terminal, or into a pipe. All else is wrong:
// the lists are of what is allowed.
type wire struct {
	// controls are the control characters, sequences the escape sequences that
	// may stand anywhere.
	controls  string
	sequences *regexp.Regexp
	// between are those that may not stand behind text in a line: a frame is
	// drawn with them, and a text that holds one is told from it by that.
	between *regexp.Regexp
}

// colours are the SGR sequences that hide nothing: neither concealed (8) nor
// blinking text (5, 6).
const colours = `\x1b\[(?:` + oneColour + `(?:;` + oneColour + `)*)?m`

const oneColour = `(?:[34]8;5;\d{1,3}|[34]8;2;\d{1,3};\d{1,3};\d{1,3}|0?[0-479]|2[1-57-9]|[39][0-7]|4[0-7]|39|49|10[0-7])`

// The wires that there are.
var (
	none = regexp.MustCompile(`^$`)
	// pipe is what goes into a file or another program, table the same with
	// its columns.
	pipe  = wire{"\n", none, none}
	table = wire{"\n\t", none, none}
	// plain is a command's output on a terminal, working with the lines that
	// are written over while something goes on.
	plain   = wire{"\n", regexp.MustCompile(`^` + colours + `$`), none}
	working = wire{"\n", plain.sequences, regexp.MustCompile(`^\x1b\[(?:\d+A|J)$`)}
	// screens is the interface: what Bubble Tea draws with. Behind a text it
	// erases the rest of the line or, after the last one, of the screen, and
	// goes to where the next frame begins.
	screens = wire{"\r\n", regexp.MustCompile(`^(?:` + colours + `|\x1b\[[KJ]|\x1b\[\d+;H)$`),
		regexp.MustCompile(`^\x1b\[(?:H|2J|2K|\?(?:25|1049|2004)[hl]|\?(?:1000|1002|1003|1006)l)$`)}
	// copying is the interface once something was copied.
	copying = wire{screens.controls, screens.sequences, regexp.MustCompile(screens.between.String() + `|^\x1b\]52;c;[A-Za-z0-9+/=]*\x07$`)}
)

// sequence is an escape sequence in its whole length; one that is broken off is
// only its beginning, which is on no list.
var sequence = regexp.MustCompile(`^\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\)|[ -/]*[0-~])?`)

// wrong lists what may not be in what was written.
func (w wire) wrong(said string) (found []string) {
	const zwj = '\u200d'
	inText, before := false, rune(0)
	for i := 0; i < len(said); {
		rest := said[i:]
		r, size := utf8.DecodeRuneInString(rest)
		bad := false
		switch {
		case r == '\x1b':
			seq := sequence.FindString(rest)
			size = len(seq)
			bad = !w.sequences.MatchString(seq) && (inText || !w.between.MatchString(seq))
			inText = inText && !strings.HasSuffix(seq, "H")
		case r == '\r': // anywhere else it goes back over what was written
			bad = !strings.ContainsRune(w.controls, r) || inText && !strings.HasPrefix(rest, "\r\n")
		case r == '\n':
			inText = false
		case r == utf8.RuneError && size == 1, unicode.IsControl(r):
			bad = size == 1 && r == utf8.RuneError || !strings.ContainsRune(w.controls, r)
		case r == zwj: // within a picture of people
			next, _ := utf8.DecodeRuneInString(rest[size:])
			bad = !unicode.In(before, unicode.So, unicode.Sk, unicode.Variation_Selector) || !unicode.Is(unicode.So, next)
		case unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			bad = true
		default: // what is drawn before the size is known is one blank line
			inText = inText || r != ' '
		}
		if bad {
			found = append(found, fmt.Sprintf("%+q in %+q", rest[:size], said[max(0, i-40):min(len(said), i+size+40)]))
		}
		before, i = r, i+size
	}
	return found
}

// attacks are what the fixture does to a terminal, one by one.
func attacks() []string {
	return []string{"\x1b]52;c;aGFja2Vk\x07", "\x1b]0;title\x07", "\x1b]8;;http://evil.example\x1b\\", "\x1b]8;;\x1b\\", "\x1b[2J", "\x1b[H", "\x1b[6n",
		"\x1b[?1049l", "\x1bc", "\x1bP+q544e\x1b\\", "\x1b_apc\x1b\\", "\u009b", "\x9b", "\x1b]2;", "\x08", "\r", "\x00", "\x07", "\x7f", "\u0085", "\u2028",
		"\u2029", "\u202e", "\u2066", "\u200b", "\u200d\ufeff", "\xff", "\xfe", "\t"}
}

// TestWire: the lists let nothing of the fixture through, wherever it stands in
// a line, and pass what is drawn with.
func TestWire(t *testing.T) {
	left := tuitest.Hostile()
	for _, attack := range attacks() {
		if !strings.Contains(left, attack) {
			t.Errorf("%+q is not in the fixture", attack)
		}
		left = strings.ReplaceAll(left, attack, "")
		for name, w := range map[string]wire{"pipe": pipe, "table": table, "plain": plain, "working": working, "screens": screens, "copying": copying} {
			if name == "table" && attack == "\t" {
				continue // between its columns
			}
			for _, said := range []string{"a" + attack + "b", "a\x1b[31m" + attack, "👩" + attack + "👩"} {
				if len(w.wrong(said)) == 0 {
					t.Errorf("%s lets %+q through", name, said)
				}
			}
		}
	}
	if wrong := pipe.wrong(left); len(wrong) > 0 {
		t.Errorf("the fixture has more attacks: %v", wrong)
	}
	for _, hidden := range []string{"\x1b[8m", "\x1b[5m", "\x1b[1;6m", "\x1b[>4;2m", "\x1b[38;5m", "\x1b[1", "\x1b", "\u00ad", "\u200db", "\U000e0041"} {
		if len(copying.wrong("a"+hidden)) == 0 {
			t.Errorf("%+q passes", hidden)
		}
	}
	frame := "\x1b[?1049h\x1b[2J\x1b[H\x1b[?25l\x1b[H\r \x1b[K\x1b[H\x1b[H\x1b[1;38;5;12mone\x1b[0m\x1b[K\r\n\n👩‍👩‍👧 🏳️\x1b[24;H\x1b[H\r\n\x1b[0mtwo\x1b[J\x1b[24;H\x1b[2K\r\x1b[?1049l"
	if wrong := screens.wrong(frame); len(wrong) > 0 {
		t.Errorf("a frame does not pass: %v", wrong)
	}
	copied := "\x1b]52;c;YQ==\x07"
	if len(screens.wrong(copied)) != 1 || len(copying.wrong("a\x1b[24;H"+copied)) != 0 {
		t.Error("a copy passes before its key, or not after it")
	}
	if got := slices.Concat(working.wrong("\x1b[2A\x1b[Jpulling\n"), plain.wrong("\x1b[31mred\x1b[m\n"), table.wrong("a\tb\n")); len(got) > 0 {
		t.Errorf("what commands write does not pass: %v", got)
	}
}
