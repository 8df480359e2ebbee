// Package query is the search language for reports: one grammar for the list
// and export commands, for batches and for the terminal interface. It parses
// into plain data; package store turns that into SQL. It imports nothing of
// reproduce, store, tui or cmd.
package query

import "time"

// Query is a parsed search: every term must hold.
type Query struct {
	Terms []Term
	Sort  Sort
}

// Key is what a term is about.
type Key string

// The keys. KeyText is a bare word or phrase over title, body and comments.
const (
	KeyText      Key = "text"
	KeyRelease   Key = "release"   // 9 matches 9 and 9.x; 9.6 only 9.6
	KeyPackage   Key = "package"   // exact, without case
	KeyStatus    Key = "status"    // open, closed, or the tracker's own word
	KeyVerdict   Key = "verdict"   // decided; "none" for undecided
	KeySuggested Key = "suggested" // by the newest run; "none"
	KeyIs        Key = "is"        // undecided, stale, flaky, private, disputed, draft
	KeyHas       Key = "has"       // recipe (accepted), run
	KeyTracker   Key = "tracker"   // configured name, or a repository
	KeyReporter  Key = "reporter"  // exact, without case
	KeyRef       Key = "ref"       // a reference's key: RHEL-12345, CVE-…
	KeyUpdated   Key = "updated"
	KeyCreated   Key = "created"
)

// Term is one condition.
type Term struct {
	Key    Key
	Value  string // lower case where the key compares without case
	Phrase bool   // KeyText: the words of Value must follow each other
	Not    bool
	// From and To bound the time of KeyUpdated and KeyCreated: From ≤ t < To;
	// a zero time leaves that end open.
	From, To time.Time
}

// SortBy is what the result is ordered by.
type SortBy string

// The orders. The default is SortUpdated, newest first.
const (
	SortUpdated SortBy = "updated"
	SortCreated SortBy = "created"
	SortID      SortBy = "id"
	SortTitle   SortBy = "title"
	SortVerdict SortBy = "verdict"
)

// Sort is an order. The zero value is by updated, newest first.
type Sort struct {
	By SortBy
	// Reverse: oldest first, or Z to A. (sort:-updated)
	Reverse bool
}
