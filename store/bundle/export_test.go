package bundle

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
)

// What the tests of a written bundle rebuild it with.

func ReportFrom(r *Report) (tracker.Report, error) { return reportFrom(r) }

func StoredRecipeFrom(about *StoredRecipe, source []byte, files []reproduce.File) (reproduce.StoredRecipe, error) {
	return storedRecipeFrom(about, source, files)
}

func RunFrom(r *Run, set func(string) (*rpm.Set, error)) (reproduce.Run, error) {
	return runFrom(r, set)
}

func LinesFrom(data []byte) ([]reproduce.LogLine, error) { return linesFrom(data) }

func SetFrom(data []byte) (*rpm.Set, error) { return setFrom(data) }

func Decode(data []byte, to any) error { return decode(data, to) }

func Encode(v any) ([]byte, error) { return encode(v) }

func SetPath(name string) string { return setPath(name) }

// Check reads a bundle and judges its runs.
func Check(ctx context.Context, in io.Reader, dir string, now time.Time) error {
	c, err := unpack(ctx, in, dir, now)
	if err != nil {
		return err
	}
	return errors.Join(c.walk(judging{}), c.close())
}

// judging is a reader that judges.
type judging struct{ reader }

func (j judging) Run(run reproduce.Run, log func(string) ([]reproduce.LogLine, error)) error {
	reproduce.Suggest(run)
	return j.reader.Run(run, log)
}
