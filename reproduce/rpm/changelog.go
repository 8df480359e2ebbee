package rpm

import (
	"regexp"
	"slices"
	"strings"
)

// Entry is one entry of a changelog.
type Entry struct {
	Date   string // as written, "Mon May 19 2025"
	Author string
	EVR    string // as written, "3.2.0-6"; may be missing
	Lines  []string
}

// entryHead is "* Mon May 11 2026 Name <mail> - [E:]V-R" (rpm-spec(5)); a time
// and zone may stand in the date, and the version is optional.
var entryHead = regexp.MustCompile(`^\* (\w{3} \w{3} +\d{1,2}(?: \d\d:\d\d:\d\d(?: [A-Z+-]\S*)?)? \d{4})(?: +(.*))?$`)

// entryEVR is the version at the end of an entry's head.
var entryEVR = regexp.MustCompile(`^(.*?)(?:\s+-?\s*|\s*-\s+)\[?((?:\d+:)?[0-9][A-Za-z0-9.~^+_:]*(?:-[A-Za-z0-9.~^+_]+)?)\]?$`)

// ParseChangelog reads what rpm -q --changelog prints. Text before the first
// entry is passed over.
func ParseChangelog(text string) []Entry {
	var entries []Entry
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if m := entryHead.FindStringSubmatch(line); m != nil {
			e := Entry{Date: m[1], Author: strings.TrimSpace(m[2])}
			if v := entryEVR.FindStringSubmatch(e.Author); v != nil {
				e.Author, e.EVR = strings.TrimSuffix(strings.TrimSpace(v[1]), " -"), v[2]
			}
			entries = append(entries, e)
			continue
		}
		line = strings.TrimSpace(line)
		if len(entries) == 0 || line == "" {
			continue
		}
		last := &entries[len(entries)-1]
		if strings.HasPrefix(line, "-") || len(last.Lines) == 0 {
			last.Lines = append(last.Lines, strings.TrimSpace(strings.TrimPrefix(line, "-")))
		} else {
			end := &last.Lines[len(last.Lines)-1]
			*end = strings.TrimSpace(*end + " " + line) // a wrapped line
		}
	}
	return entries
}

// OnlyIn lists the entries of a that b does not have. What an entry says
// counts, not how it is wrapped or which dist tag its version has. Entries are
// newest first, and old ones are cut off when a package is built: what a has
// beyond the oldest of b says nothing.
func OnlyIn(a, b []Entry) []Entry {
	known := map[string]bool{}
	oldest := ""
	for _, e := range b {
		oldest = e.key()
		known[oldest] = true
	}
	for i := len(a) - 1; i >= 0 && len(b) > 0; i-- {
		if a[i].key() == oldest {
			a = a[:i]
			break
		}
	}
	return slices.DeleteFunc(slices.Clone(a), func(e Entry) bool { return known[e.key()] })
}

func (e Entry) key() string {
	version := e.EVR
	if evr, err := ParseEVR(version); err == nil {
		version = evr.Split().Base.String()
	}
	return version + "\n" + strings.Join(strings.Fields(strings.Join(e.Lines, " ")), " ")
}

var entryReference = regexp.MustCompile(`\bRHEL-\d+\b|\bCVE-\d{4}-\d{4,}\b|\b(?:rhbz|RHBZ|bz|BZ)\s?#?\s?\d{6,8}\b|bugzilla\.redhat\.com/(?:show_bug\.cgi\?id=)?\d+`)

// References are the issues that an entry names: RHEL-N, CVE-…, rhbz#N.
func References(e Entry) []string {
	var found []string
	for _, s := range entryReference.FindAllString(strings.Join(e.Lines, " "), -1) {
		if !strings.HasPrefix(s, "RHEL-") && !strings.HasPrefix(s, "CVE-") {
			s = "rhbz#" + s[len(strings.TrimRight(s, "0123456789")):]
		}
		if !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	return found
}
