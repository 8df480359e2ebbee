package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
)

// sideRecord is a side as it is stored: without its packages, its attempts and
// what cannot be read back (errors of the system).
type sideRecord struct {
	Target   reproduce.Target
	Role     reproduce.Role
	Image    reproduce.Image
	ImageErr *stepRecord `json:",omitempty"`
	Key      string
	Prepared preparedRecord
	Control  *reproduce.Control `json:",omitempty"`
	Cached   bool
	CachedAt time.Time
	Err      *stepRecord `json:",omitempty"`
	Budget   bool
	Stale    bool
}

type preparedRecord struct {
	Key, ImageID, Unavailable string
	At                        time.Time
}

// stepRecord is a StepError; of its cause only the words are kept.
type stepRecord struct {
	Target                  string
	Step                    reproduce.Step
	Message, Advice, Output string
	Infra                   bool
}

func recordStep(err error) *stepRecord {
	var e *reproduce.StepError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return &stepRecord{e.Target, e.Step, e.Message, e.Advice, e.Output, e.Infra}
	}
	return &stepRecord{Step: reproduce.StepResolve, Message: err.Error()}
}

func (r *stepRecord) step() *reproduce.StepError {
	if r == nil {
		return nil
	}
	return &reproduce.StepError{Target: r.Target, Step: r.Step, Message: r.Message, Advice: r.Advice, Output: r.Output, Infra: r.Infra}
}

func recordSide(s reproduce.Side) sideRecord {
	record := sideRecord{Target: s.Target, Role: s.Role, Image: s.Image, ImageErr: recordStep(s.Image.Err), Key: s.Key,
		Prepared: preparedRecord{s.Prepared.Key, s.Prepared.ImageID, s.Prepared.Unavailable, s.Prepared.At},
		Control:  s.Control, Cached: s.Cached, CachedAt: s.CachedAt, Budget: s.Budget, Stale: s.Stale}
	if s.Err != nil {
		record.Err = recordStep(s.Err)
	}
	record.Image.Err = nil
	return record
}

func (r sideRecord) side() reproduce.Side {
	s := reproduce.Side{Target: r.Target, Role: r.Role, Image: r.Image, Key: r.Key, Control: r.Control, Cached: r.Cached, CachedAt: r.CachedAt,
		Err: r.Err.step(), Budget: r.Budget, Stale: r.Stale,
		Prepared: reproduce.Prepared{Key: r.Prepared.Key, ImageID: r.Prepared.ImageID, Unavailable: r.Prepared.Unavailable, At: r.Prepared.At}}
	if e := r.ImageErr.step(); e != nil {
		s.Image.Err = e
	}
	return s
}

// nameOf tells a run's sides apart.
func nameOf(s reproduce.Side) string {
	name := string(s.Role) + " " + s.Target.Name
	if s.Control != nil {
		name += " " + s.Control.Source + " " + s.Control.EVR.String()
	}
	return name
}

// print stores a fingerprint and returns it as JSON and the hash of its
// packages, which are stored once however often they are met.
func (db *DB) print(ctx context.Context, tx *sql.Tx, p reproduce.Fingerprint) (text, packages string, err error) {
	if p.Packages != nil {
		packages = p.Packages.Hash()
		if err := db.savePackages(ctx, tx, packages, p.Packages); err != nil {
			return "", "", err
		}
	}
	p.Packages = nil
	data, err := json.Marshal(p)
	return string(data), packages, err
}

func (db *DB) savePackages(ctx context.Context, tx *sql.Tx, hash string, set *rpm.Set) error {
	var known int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM package_sets WHERE hash = ?`, hash).Scan(&known)
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	packed, err := db.zip.pack(set)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT OR IGNORE INTO package_sets (hash, packages) VALUES (?, ?)`, hash, packed)
	return err
}

// readPrint is the reverse of print.
func (db *DB) readPrint(ctx context.Context, text, packages string) (p reproduce.Fingerprint, err error) {
	if err := json.Unmarshal([]byte(text), &p); err != nil || packages == "" {
		return p, err
	}
	p.Packages, err = db.packages(ctx, packages)
	return p, err
}
