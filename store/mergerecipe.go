package store

import (
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// Recipe merges a recipe, which nobody here has accepted. It takes the place of
// one that was imported, too, and not accepted, if it was set later; any other
// one stays in force, with the new one behind it in the report's history.
func (m *Merger) Recipe(s reproduce.StoredRecipe) error {
	s.Origin, s.Accepted, s.AcceptedBy, s.AcceptedAt = reproduce.OriginImported, "", "", time.Time{}
	hash := s.Recipe.Hash()
	var n, set int64
	known, err := m.find([]any{&n}, `SELECT n FROM recipes WHERE report = ? AND hash = ? AND set_at = ? AND author = ?`, s.Report, hash, millis(s.Set), s.Author)
	if err != nil {
		return err
	}
	if known {
		m.merged.Recipes.Unchanged++
		return nil
	}
	var origin reproduce.Origin
	var current, accepted string
	found, err := m.find([]any{&n, &origin, &current, &accepted, &set}, `SELECT n, origin, hash, accepted, set_at FROM recipes WHERE report = ? ORDER BY n DESC LIMIT 1`, s.Report)
	if err != nil {
		return err
	}
	packed, err := m.db.zip.pack(s.Recipe)
	if err != nil {
		return err
	}
	m.merged.Recipes.New++
	if err := insertRecipe(m.ctx, m.tx, &s, packed); err != nil || !found {
		return err
	}
	older := set < millis(s.Set) || set == millis(s.Set) && current < hash
	if origin == reproduce.OriginImported && accepted != current && older {
		return nil
	}
	if _, err := m.tx.ExecContext(m.ctx, `UPDATE recipes SET n = (SELECT max(n) + 1 FROM recipes) WHERE n = ?`, n); err != nil {
		return err
	}
	return projectRecipe(m.ctx, m.tx, s.Report, accepted == current)
}
