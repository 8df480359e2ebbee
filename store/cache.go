package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// Prepared implements reproduce.Cache.
func (db *DB) Prepared(ctx context.Context, key string) (*reproduce.Prepared, error) {
	const doing = "look up a prepared image"
	p := reproduce.Prepared{Key: key}
	var at int64
	var print, packages string
	err := db.read.QueryRowContext(ctx, `SELECT image, at, unavailable, print, packages FROM prepared WHERE key = ? ORDER BY at DESC, n DESC LIMIT 1`, key).
		Scan(&p.ImageID, &at, &p.Unavailable, &print, &packages)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, db.explain(doing, err)
	}
	p.At = fromMillis(at)
	if p.Print, err = db.readPrint(ctx, print, packages); err != nil {
		return nil, db.explain(doing, err)
	}
	return &p, nil
}

// SavePrepared implements reproduce.Cache.
func (db *DB) SavePrepared(ctx context.Context, p reproduce.Prepared) error {
	return db.change(ctx, "record a prepared image", func(tx *sql.Tx) error {
		print, packages, err := db.print(ctx, tx, p.Print)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO prepared (key, image, at, unavailable, print, packages) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (key, image, at) DO UPDATE SET print = excluded.print, packages = excluded.packages`,
			p.Key, p.ImageID, millis(p.At), p.Unavailable, print, packages)
		return err
	})
}

// Attempts implements reproduce.Cache. What an attempt of an imported run says
// is somebody else's evidence and is never served; what ended by a fault of
// the surroundings says nothing under any oracle.
func (db *DB) Attempts(ctx context.Context, key string, since time.Time) ([]reproduce.Attempt, error) {
	list, err := db.attempts(ctx, `a.key = ? AND a.started >= ? AND a.done = 1 AND r.imported = 0 ORDER BY a.started, a.id`, key, millis(since))
	return slices.DeleteFunc(list, func(a reproduce.Attempt) bool {
		return a.Facts.OOMKills > 0 || (a.Facts.End != reproduce.EndExited && a.Facts.End != reproduce.EndTimeout)
	}), err
}

const attemptColumns = `a.id, a.run, a.target, a.key, a.number, a.started, a.duration, a.timeout, a.done, a.facts, a.log_bytes, a.log_dropped, a.log_sha256`

// attempts reads attempts without the lines of their logs.
func (db *DB) attempts(ctx context.Context, condition string, args ...any) (list []reproduce.Attempt, err error) {
	const doing = "read attempts"
	rows, err := db.read.QueryContext(ctx, `SELECT `+attemptColumns+` FROM attempts a JOIN runs r ON r.id = a.run WHERE `+condition, args...)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		var a reproduce.Attempt
		var started, duration, limit int64
		var facts string
		if err := rows.Scan(&a.ID, &a.Run, &a.Target, &a.Key, &a.Number, &started, &duration, &limit, &a.Done, &facts, &a.Log.Bytes, &a.Log.Dropped,
			&a.Log.SHA256); err != nil {
			return nil, db.explain(doing, err)
		}
		a.Started, a.Duration, a.Limit = fromMillis(started), time.Duration(duration), time.Duration(limit)
		if err := json.Unmarshal([]byte(facts), &a.Facts); err != nil {
			return nil, db.explain(doing, err)
		}
		list = append(list, a)
	}
	return list, db.explain(doing, rows.Err())
}

// LastImage implements reproduce.Cache.
func (db *DB) LastImage(ctx context.Context, target, ref string) (*reproduce.Image, error) {
	const doing = "look up the last image of a target"
	var text string
	err := db.read.QueryRowContext(ctx, `SELECT image FROM images WHERE target = ? AND ref = ?`, target, ref).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, db.explain(doing, err)
	}
	var image reproduce.Image
	if err := json.Unmarshal([]byte(text), &image); err != nil {
		return nil, db.explain(doing, err)
	}
	return &image, nil
}

func saveImage(ctx context.Context, tx *sql.Tx, image reproduce.Image) error {
	if image.ID == "" || image.Err != nil || image.Offline {
		return nil
	}
	text, err := json.Marshal(image)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO images (target, ref, image) VALUES (?, ?, ?)`, image.Target, image.Ref, string(text))
	return err
}

// KnownImage is a prepared image that the database knows.
type KnownImage struct {
	ImageID string
	At      time.Time
	Used    int // prepared states that name it
}

// PreparedImages lists the prepared images that the database knows, newest first.
func (db *DB) PreparedImages(ctx context.Context) (list []KnownImage, err error) {
	const doing = "list prepared images"
	rows, err := db.read.QueryContext(ctx, `SELECT image, max(at), count(*) FROM prepared WHERE image <> '' GROUP BY image ORDER BY max(at) DESC, image`)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		var k KnownImage
		var at int64
		if err := rows.Scan(&k.ImageID, &at, &k.Used); err != nil {
			return nil, db.explain(doing, err)
		}
		k.At = fromMillis(at)
		list = append(list, k)
	}
	return list, db.explain(doing, rows.Err())
}

// ForgetPrepared forgets prepared images that are gone. Runs keep their facts.
func (db *DB) ForgetPrepared(ctx context.Context, images ...string) error {
	return db.change(ctx, "forget prepared images", func(tx *sql.Tx) error {
		for _, image := range images {
			if _, err := tx.ExecContext(ctx, `DELETE FROM prepared WHERE image = ?`, image); err != nil {
				return err
			}
		}
		return nil
	})
}
