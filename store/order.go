package store

import (
	"context"
	"encoding/binary"

	"github.com/google/uuid"

	"github.com/almatriage/almatriage/reproduce"
)

// RunID implements reproduce.Journal.
func (db *DB) RunID(ctx context.Context, report string) (string, error) {
	id := reproduce.NewID()
	var newest string
	err := db.read.QueryRowContext(ctx, `SELECT coalesce(max(id), '') FROM runs WHERE report = ?`, report).Scan(&newest)
	if err != nil {
		return "", db.explain("look for the newest run of "+report, err)
	}
	if id <= newest {
		id = after(newest)
	}
	return id, nil
}

// after makes an id that sorts after another one, which is of a time to come:
// the clock was set back, or it is of a computer whose clock is wrong. After one
// that is none of ours the id of now has to do.
func after(other string) string {
	id := uuid.MustParse(reproduce.NewID())
	if last, err := uuid.Parse(other); err == nil {
		ms := binary.BigEndian.Uint64(last[:8])>>16 + 1
		copy(id[:6], binary.BigEndian.AppendUint64(nil, ms)[2:])
	}
	return id.String()
}
