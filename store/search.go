package store

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/almatriage/almatriage/tracker/query"
)

// Bodies returns the row numbers of the reports whose title, body or comments
// have all the words that are wanted (terms of KeyText that are not negated;
// others are passed over, and without any there are none): those below that row
// number (0: from the top), largest first, at most limit (0: all).
func (db *DB) Bodies(ctx context.Context, terms []query.Term, below int64, limit int) ([]int64, error) {
	var wanted []string
	for _, t := range terms {
		if t.Key == query.KeyText && !t.Not {
			wanted = append(wanted, phrase(t.Value, t.Phrase))
		}
	}
	if len(wanted) == 0 {
		return []int64{}, nil
	}
	// By row number, FTS5 gives the hits as it finds them, and none is sorted.
	return db.numbers(ctx, "search reports", `SELECT rowid FROM search WHERE search MATCH ? AND rowid < ? ORDER BY rowid DESC`+limitTo(limit),
		strings.Join(wanted, " AND "), topIfZero(below))
}

// Named returns the row numbers of the reports that name something, as in
// RHEL-12345, themselves or in a comment, largest first.
func (db *DB) Named(ctx context.Context, key string) ([]int64, error) {
	return db.numbers(ctx, "look for what is named", `SELECT report FROM named WHERE key = ? ORDER BY report DESC`, key)
}

func (db *DB) numbers(ctx context.Context, doing, text string, args ...any) ([]int64, error) {
	rows, err := db.read.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	list := []int64{}
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, db.explain(doing, err)
		}
		list = append(list, n)
	}
	return list, db.explain(doing, rows.Err())
}

// phrase is a search for words that follow each other: quoted, so that FTS5
// finds no operators in what people type. A single word that nobody quoted also
// matches as the beginning of a longer one, unless it is short.
func phrase(s string, whole bool) string {
	s = strings.ReplaceAll(s, "\x00", " ")
	quoted := `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	if !whole && !strings.ContainsAny(strings.TrimSpace(s), " \t\n") && !short(s) {
		quoted += " *"
	}
	return quoted
}

// shortest is how long a word of ASCII letters and digits is at least that also
// matches as the beginning of others. FTS5 gathers all that begin so before it
// gives the first hit: with one or two letters, much of what all reports say.
const shortest = 3

// short tells whether the last word is too short: what is no letter parts words,
// libfoo.so.1 ends with 1.
func short(s string) bool {
	parts := func(r rune) bool {
		return r < utf8.RuneSelf && !('0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	}
	s = strings.TrimRightFunc(s, parts)
	last := s[strings.LastIndexFunc(s, parts)+1:]
	return len(last) < shortest && !strings.ContainsFunc(last, func(r rune) bool { return r >= utf8.RuneSelf })
}
