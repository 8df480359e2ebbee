package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// damagedPool connects to a damaged database: SQLite takes of its schema what
// it can read, and looks at each page before it believes it. (A pragma that
// needs the schema would be an error here.)
func damagedPool(path string) (*sql.DB, error) {
	query := url.Values{"_pragma": {"writable_schema(1)", "cell_size_check(1)"}}
	pool, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query.Encode())
	if err == nil {
		pool.SetMaxOpenConns(1)
	}
	return pool, err
}

// clearPages clears the pages that cannot be read, and drops the rows that go on
// in them.
func clearPages(ctx context.Context, path string) error {
	for range 4 { // behind a page of the schema there are more tables
		cleared, err := clearOnce(ctx, path)
		if err != nil || cleared == 0 {
			return err
		}
	}
	return nil
}

func clearOnce(ctx context.Context, path string) (cleared int, err error) {
	pool, err := damagedPool(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	found := unreadable(ctx, pool)
	if len(found) == 0 {
		return 0, ctx.Err()
	}
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	for page, b := range found {
		mend := clearPage
		if len(b.cells) > 0 {
			mend = dropCells
		}
		done, err := mend(ctx, tx, page, b)
		if err != nil {
			return 0, errors.Join(err, ignoreDone(tx.Rollback()))
		}
		if done {
			cleared++
		}
	}
	return cleared, tx.Commit()
}

// bad is a page that cannot be read, or rows on it that go on in such a page.
type bad struct {
	root  int   // of the tree that it is in
	cells []int // the rows; none: it is all of the page
}

// badPage is how SQLite's check names them.
var badPage = regexp.MustCompile(`^Tree (\d+) page (\d+)(?: cell (\d+))?: ` +
	`(?:btreeInitPage\(\) returns error code|unable to get the page|overflow list length|invalid page number|failed to get page)`)

// unreadable finds the pages that cannot be read. What else is wrong shows when
// rows are read.
func unreadable(ctx context.Context, pool *sql.DB) map[int]bad {
	found := map[int]bad{}
	rows, err := pool.QueryContext(ctx, `PRAGMA quick_check(100000)`)
	if err != nil {
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if rows.Scan(&text) != nil {
			break
		}
		for line := range strings.Lines(text) {
			m := badPage.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			root, err1 := strconv.Atoi(m[1])
			page, err2 := strconv.Atoi(m[2])
			if err1 != nil || err2 != nil {
				continue
			}
			b := found[page]
			b.root = root
			if cell, err := strconv.Atoi(m[3]); err == nil {
				b.cells = append(b.cells, cell)
			}
			found[page] = b
		}
	}
	return found
}

// dropCells takes rows off a leaf: SQLite finds no row beside one that goes on
// in a bad page, as it reads all of it to compare keys.
func dropCells(ctx context.Context, tx *sql.Tx, page int, b bad) (bool, error) {
	var data []byte
	if err := tx.QueryRowContext(ctx, `SELECT data FROM sqlite_dbpage WHERE pgno = ?`, page).Scan(&data); err != nil {
		return false, ctx.Err()
	}
	const pointers = 8 // where those to the cells begin
	n := int(binary.BigEndian.Uint16(data[3:]))
	if page == 1 || data[0] != indexLeaf && data[0] != tableLeaf || pointers+2*n > len(data) {
		return false, nil
	}
	kept := 0
	for i := range n {
		if !slices.Contains(b.cells, i) {
			copy(data[pointers+2*kept:], data[pointers+2*i:][:2])
			kept++
		}
	}
	switch kept {
	case n:
		return false, nil
	case 0:
		return clearPage(ctx, tx, page, b)
	}
	binary.BigEndian.PutUint16(data[3:], uint16(kept))
	_, err := tx.ExecContext(ctx, `UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?`, data, page)
	return err == nil, err
}

// The first byte of a page says what it is.
const (
	indexInner = 0x02
	tableInner = 0x05
	indexLeaf  = 0x0a
	tableLeaf  = 0x0d
)

// clearPage makes a page one without rows, unless it is a root, which is all of
// its tree. SQLite takes no empty page below a root: this one has a row without
// values, which sorts before all others.
func clearPage(ctx context.Context, tx *sql.Tx, page int, b bad) (bool, error) {
	if page == b.root {
		return false, nil
	}
	var above []byte
	if err := tx.QueryRowContext(ctx, `SELECT data FROM sqlite_dbpage WHERE pgno = ?`, b.root).Scan(&above); err != nil {
		return false, ctx.Err()
	}
	head := above
	if b.root == 1 {
		head = above[100:] // behind the header of the file
	}
	leaf, size := make([]byte, len(above)), len(above)
	var cell []byte
	switch head[0] {
	case tableInner:
		leaf[0], cell = tableLeaf, []byte{2, 0xc0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 2, 0} // length, number (noRow), record of a NULL
	case indexInner:
		leaf[0], cell = indexLeaf, []byte{3, 3, 0, 0} // length, record of two NULLs
	default:
		return false, nil
	}
	begin := uint16(size - len(cell))
	binary.BigEndian.PutUint16(leaf[3:], 1) // cells
	binary.BigEndian.PutUint16(leaf[5:], begin)
	binary.BigEndian.PutUint16(leaf[8:], begin)
	copy(leaf[begin:], cell)
	_, err := tx.ExecContext(ctx, `UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?`, leaf, page)
	return err == nil, err
}

// noRow is the number of the row of a page that was cleared.
const noRow = math.MinInt64
