package safe

import (
	"net/url"
	"path"
	"strings"
	"unicode/utf8"
)

const (
	fileNameMax = 128 // bytes; file systems take 255, and callers add to it
	urlMax      = 4 << 10
)

// FileName makes a name for one file of s: no separators, no controls, nothing
// that a shell, an option parser or Windows takes for something else; at most
// 128 bytes with its extension kept; "unnamed" if nothing is left.
func FileName(s string) string {
	s = strings.Map(nameRune, Cell(s))
	s = trimName(s)
	if reservedName(s) {
		s = "_" + s
	}
	if len(s) > fileNameMax {
		ext := path.Ext(s)
		if len(ext) > fileNameMax/4 {
			ext = ""
		}
		s = trimName(cut(s, fileNameMax-len(ext))) + ext
	}
	if s == "" {
		return "unnamed"
	}
	return s
}

// nameRune puts an underscore for what has a meaning in paths, shells or URLs.
func nameRune(r rune) rune {
	switch {
	case strings.ContainsRune(`/\:*?"<>|%$'&;!`+"`", r), r == utf8.RuneError:
		return '_'
	case r == joiner:
		return -1
	}
	return r
}

func trimName(s string) string { return strings.TrimRight(strings.TrimLeft(s, " .-~"), " .") }

// cut keeps at most n bytes without breaking a character.
func cut(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// reservedName tells whether Windows takes s for a device.
func reservedName(s string) bool {
	base, _, _ := strings.Cut(strings.ToUpper(s), ".")
	base = strings.TrimRight(base, " ")
	switch base {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "COM") || strings.HasPrefix(base, "LPT")) && base[3] >= '0' && base[3] <= '9'
}

// URL tells whether s is a web address that may be opened and linked, and
// returns it in normal form: http or https, a host in ASCII, no user, no
// password, no blanks or characters that cannot be seen. It is meant to be
// passed as one argument to a program, never through a shell.
func URL(s string) (string, bool) {
	if len(s) > urlMax || strings.ContainsAny(s, " \"'`<>\\^{|}") || Cell(s) != s {
		return "", false
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Hostname() == "" || u.Opaque != "" {
		return "", false
	}
	for _, r := range u.Host {
		if r >= utf8.RuneSelf {
			return "", false
		}
	}
	if s = u.String(); len(s) > urlMax { // it has escapes now
		return "", false
	}
	return s, true
}
