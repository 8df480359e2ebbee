package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// SaveRecipe makes a recipe the report's. Earlier ones are kept.
func (db *DB) SaveRecipe(ctx context.Context, s reproduce.StoredRecipe) error {
	packed, err := db.zip.pack(s.Recipe)
	if err != nil {
		return fmt.Errorf("store the recipe of %s: %w", s.Report, err)
	}
	return db.change(ctx, "store the recipe of "+s.Report, func(tx *sql.Tx) error { return insertRecipe(ctx, tx, &s, packed) })
}

// SetRecipe makes a recipe the report's, as somebody brought it at that time,
// and returns it as it is kept. One that a person wrote and set (OriginSet) is
// accepted by that. Of any other origin it is accepted only if the report's
// recipe was and the same executes now.
func (db *DB) SetRecipe(ctx context.Context, report string, recipe reproduce.Recipe, origin reproduce.Origin, by string, at time.Time) (*reproduce.StoredRecipe, error) {
	doing := "store the recipe of " + report
	packed, err := db.zip.pack(recipe)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	at = fromMillis(millis(at)) // as it will be read
	s := &reproduce.StoredRecipe{Report: report, Recipe: recipe, Origin: origin, Set: at, Author: by}
	err = db.change(ctx, doing, func(tx *sql.Tx) error {
		if origin == reproduce.OriginSet {
			s.Accepted, s.AcceptedBy, s.AcceptedAt = recipe.Hash(), by, at
		} else if err := keepAcceptance(ctx, tx, s); err != nil {
			return err
		}
		return insertRecipe(ctx, tx, s, packed)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// keepAcceptance carries the acceptance of the report's recipe over to a new
// one that executes the same.
func keepAcceptance(ctx context.Context, tx *sql.Tx, s *reproduce.StoredRecipe) error {
	var hash, by string
	var at int64
	err := tx.QueryRowContext(ctx, `SELECT accepted, accepted_by, accepted_at FROM recipes WHERE report = ? ORDER BY n DESC LIMIT 1`, s.Report).Scan(&hash, &by, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil && hash == s.Recipe.Hash() {
		s.Accepted, s.AcceptedBy, s.AcceptedAt = hash, by, fromMillis(at)
	}
	return err
}

// insertRecipe adds a recipe, packed already, to a report's.
func insertRecipe(ctx context.Context, tx *sql.Tx, s *reproduce.StoredRecipe, packed []byte) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO recipes (report, recipe, hash, origin, set_at, author, accepted, accepted_by, accepted_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, s.Report, packed, s.Recipe.Hash(), string(s.Origin), millis(s.Set), s.Author, s.Accepted, s.AcceptedBy,
		millis(s.AcceptedAt)); err != nil {
		return err
	}
	return projectRecipe(ctx, tx, s.Report, s.IsAccepted())
}

func projectRecipe(ctx context.Context, tx *sql.Tx, report string, accepted bool) error {
	state := RecipeDraft
	if accepted {
		state = RecipeAccepted
	}
	result, err := tx.ExecContext(ctx, `UPDATE reports SET recipe = ? WHERE id = ?`, int(state), report)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return noReport(report)
}

// Recipe returns the report's recipe.
func (db *DB) Recipe(ctx context.Context, report string) (*reproduce.StoredRecipe, error) {
	list, err := db.recipes(ctx, report, 1)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, notFound("%s has no recipe; write one with almatriage recipe set '%s' FILE, or almatriage recipe draft '%s'", report, report, report)
	}
	return &list[0], nil
}

// RecipeHistory lists all recipes that a report ever had, newest first.
func (db *DB) RecipeHistory(ctx context.Context, report string) ([]reproduce.StoredRecipe, error) {
	return db.recipes(ctx, report, -1)
}

func (db *DB) recipes(ctx context.Context, report string, limit int) (list []reproduce.StoredRecipe, err error) {
	doing := "read the recipe of " + report
	rows, err := db.read.QueryContext(ctx, `SELECT recipe, origin, set_at, author, accepted, accepted_by, accepted_at FROM recipes
		WHERE report = ? ORDER BY n DESC LIMIT ?`, report, limit)
	if err != nil {
		return nil, db.explain(doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		s := reproduce.StoredRecipe{Report: report}
		var packed []byte
		var set, accepted int64
		if err := rows.Scan(&packed, &s.Origin, &set, &s.Author, &s.Accepted, &s.AcceptedBy, &accepted); err != nil {
			return nil, db.explain(doing, err)
		}
		s.Set, s.AcceptedAt = fromMillis(set), fromMillis(accepted)
		if err := db.zip.unpack(packed, &s.Recipe); err != nil {
			return nil, db.explain(doing, err)
		}
		list = append(list, s)
	}
	return list, db.explain(doing, rows.Err())
}

// AcceptRecipe records that a person accepts what the report's recipe executes.
// The hash is that of what the person saw: another one means that it changed
// meanwhile, and nothing is accepted.
func (db *DB) AcceptRecipe(ctx context.Context, report, hash, by string, at time.Time) error {
	return db.change(ctx, "accept the recipe of "+report, func(tx *sql.Tx) error {
		var n int64
		var current string
		err := tx.QueryRowContext(ctx, `SELECT n, hash FROM recipes WHERE report = ? ORDER BY n DESC LIMIT 1`, report).Scan(&n, &current)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound("%s has no recipe to accept", report)
		}
		if err != nil {
			return err
		}
		if current != hash {
			return &Error{Code: CodeConflict, Message: "the recipe of " + report + " was changed meanwhile; look at it again"}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE recipes SET accepted = ?, accepted_by = ?, accepted_at = ? WHERE n = ?`, hash, by, millis(at), n); err != nil {
			return err
		}
		return projectRecipe(ctx, tx, report, true)
	})
}
