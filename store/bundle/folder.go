package bundle

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/store/export"
	"github.com/almatriage/almatriage/tracker"
)

// EvidenceName is the bundle in a report's folder.
const EvidenceName = "evidence.tar.zst"

// Folder writes all that can be passed on of one report to a folder, which it
// makes: the recipe, the bundle of its evidence, and the texts that its verdict
// asks for. It returns the paths of the files. Files of that name are replaced. Of
// a private report there is no bundle unless private ones are asked for: it would
// be empty.
func Folder(ctx context.Context, dir string, db *store.DB, c handoff.Case, o Options) (paths []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for %s: %w", c.Report.ID, err)
	}
	texts, err := handoff.Texts(c)
	if err != nil {
		return nil, err
	}
	if c.Recipe != nil {
		texts = append([]handoff.Text{{Name: "recipe.fmf", Text: fmf.Source(c.Recipe.Recipe)}}, texts...)
	}
	for _, text := range texts {
		path := filepath.Join(dir, text.Name)
		write := func(w io.Writer) error { _, err := io.WriteString(w, text.Text); return err }
		if err := export.WriteFile(path, write); err != nil {
			return paths, fmt.Errorf("save %s: %w", path, err)
		}
		paths = append(paths, path)
	}
	if c.Report.Private && !o.Private {
		return paths, nil
	}
	path := filepath.Join(dir, EvidenceName)
	if _, err := WriteFile(ctx, path, db, []tracker.ID{c.Report.ID}, o); err != nil {
		return paths, fmt.Errorf("save %s: %w", path, err)
	}
	return append(paths, path), nil
}
