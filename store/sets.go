package store

import (
	"context"
	"sync"

	"github.com/almatriage/almatriage/reproduce/rpm"
)

// setCache keeps the package sets that were read last: reports share images,
// and reading one set of hundreds of packages takes milliseconds. Sets are
// stored under the hash of what is in them, and do not change.
type setCache struct {
	mu    sync.Mutex
	sets  map[string]*rpm.Set
	order []string // of their first use
}

// keptSets is how many sets are kept: those of two sides of some images.
const keptSets = 32

func (c *setCache) get(hash string) *rpm.Set {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sets[hash]
}

func (c *setCache) put(hash string, set *rpm.Set) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sets == nil {
		c.sets = map[string]*rpm.Set{}
	}
	if _, known := c.sets[hash]; !known {
		c.order = append(c.order, hash)
	}
	c.sets[hash] = set
	if len(c.order) > keptSets {
		delete(c.sets, c.order[0])
		c.order = c.order[1:]
	}
}

// packages reads the package set that is stored under a hash.
func (db *DB) packages(ctx context.Context, hash string) (*rpm.Set, error) {
	if set := db.sets.get(hash); set != nil {
		return set, nil
	}
	var packed []byte
	if err := db.read.QueryRowContext(ctx, `SELECT packages FROM package_sets WHERE hash = ?`, hash).Scan(&packed); err != nil {
		return nil, err
	}
	// The list, not the set: the decoder would go over all of it once more.
	var list []rpm.Package
	if err := db.zip.unpack(packed, &list); err != nil {
		return nil, err
	}
	set := rpm.NewSet(list)
	db.sets.put(hash, set)
	return set, nil
}
