// Package tracker holds what a bug report is, wherever it came from, and the
// use case that brings reports home (Syncer).
//
// It is the leaf of the program: it imports nothing of reproduce, store, tui
// or cmd. One adapter a tracker kind lives in a folder below (mantis, github);
// no adapter imports another. All text in these types is hostile and raw: it
// is cleaned at the border of the screen by package safe.
package tracker

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ID names one report for ever: "almbz#622", "AlmaLinux/container-images#12".
type ID struct {
	// Space is the tracker's configured name (Mantis) or the repository as
	// owner/name (GitHub): what stands before the #.
	Space string
	// Number is the tracker's own number, 1 or more.
	Number int64
}

// LocalSpace is the tracker of reports that are at no tracker yet: those that
// somebody began here. Nothing is pulled from it nor posted to it.
const LocalSpace = "local"

// IsLocal tells whether the report is at no tracker yet.
func (id ID) IsLocal() bool { return id.Space == LocalSpace }

// Markup is how the report's tracker draws what is written to it: the names of
// repositories on GitHub have a slash, those of Mantis servers have none.
func (id ID) Markup() Markup {
	if strings.Contains(id.Space, "/") {
		return Markdown
	}
	return PlainText
}

// String is the form that is stored, shown and typed: Space#Number.
func (id ID) String() string { return id.Space + "#" + strconv.FormatInt(id.Number, 10) }

// IsZero tells whether the id names nothing.
func (id ID) IsZero() bool { return id == ID{} }

// ParseID reads Space#Number. It does not know of URLs: see Locator.
func ParseID(s string) (ID, error) {
	space, number, ok := strings.Cut(s, "#")
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || space == "" || err != nil || n <= 0 || number[0] == '+' || strings.ContainsAny(space, " \t\r\n") {
		return ID{}, fmt.Errorf("%q is not a report id: write TRACKER#NUMBER, as in almbz#622, or OWNER/REPOSITORY#NUMBER", s)
	}
	return ID{Space: space, Number: n}, nil
}

// Report is one bug report with all that its tracker tells of it.
type Report struct {
	ID      ID
	Tracker string // the configured name of the tracker, e.g. almbz, github
	URL     string // the page for people
	Title   string
	// Body, Steps and Additional are the texts as the tracker holds them.
	// GitHub has only a Body.
	Body       string
	Steps      string
	Additional string
	Status     string // the tracker's own word: new, assigned, open, …
	Open       bool   // the class of the status
	Resolution string // the tracker's own word, may be empty
	// Reproducibility is Mantis's word (always, sometimes, random, …).
	Reproducibility string
	Severity        string
	Project         string // Mantis project or GitHub repository
	Version         string // Mantis version, as typed by the reporter
	Category        string // Mantis category
	Labels          []string
	Reporter        string
	Created         time.Time // UTC
	Updated         time.Time // UTC
	Private         bool
	// Comments came with the report (Mantis). Where the tracker delivers them
	// apart (GitHub), they come in Page.Comments instead.
	Comments    []Comment
	Attachments []Attachment

	// What Derive reads out of the above.
	Release    string // "9.6", "9", "kitten10", or "" when unknown
	Package    string // the package the report is about, or ""
	References []Reference
}

// Comment is a note on a report.
type Comment struct {
	ID         int64
	Report     ID
	Author     string
	Text       string
	Created    time.Time // UTC
	Updated    time.Time // UTC
	Private    bool
	URL        string
	References []Reference
}

// Attachment is a file's record; its content stays at the tracker.
type Attachment struct {
	ID          int64
	Name        string
	Size        int64 // bytes
	ContentType string
}

// RefKind is the kind of thing a reference points to.
type RefKind string

// The kinds of references that are known (facts.md 5).
const (
	RefJira         RefKind = "jira"         // RHEL-12345
	RefBugzilla     RefKind = "rhbz"         // rhbz#1908127
	RefCVE          RefKind = "cve"          // CVE-2024-1234
	RefAdvisory     RefKind = "advisory"     // ALSA-2026:A001, RHSA-2026:1234
	RefReport       RefKind = "report"       // almbz#14
	RefGitHub       RefKind = "github"       // owner/repo#12
	RefMergeReq     RefKind = "mergerequest" // redhat/centos-stream/rpms/bash!12
	RefDistGit      RefKind = "distgit"      // git.almalinux.org commit or branch
	RefCentOSMantis RefKind = "centos"       // bugs.centos.org
)

// Reference is something that a report's text names.
type Reference struct {
	Kind RefKind
	Key  string // canonical: "RHEL-12345", "rhbz#1908127", "CVE-2024-1234", "almbz#14"
	URL  string // where a person reads it; may be empty
}
