package bundle

import (
	"reflect"
	"slices"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
)

// A field that is new in the program must be told in a bundle, or left out on
// purpose.
func TestNoFieldIsForgotten(t *testing.T) {
	for _, c := range []struct {
		of, to  any
		leftOut []string // or of another name
	}{
		{tracker.Report{}, Report{}, nil},
		{tracker.Comment{}, Comment{}, []string{"Report"}},
		{reproduce.StoredRecipe{}, StoredRecipe{}, []string{"Recipe", "Origin", "Accepted", "AcceptedBy", "AcceptedAt"}},
		{reproduce.Decision{}, Decision{}, nil},
		{reproduce.Run{}, Run{}, []string{"Owner", "Imported", "Batch"}},
		{reproduce.Hints{}, Hints{}, []string{"Text"}},
		{reproduce.Recipe{}, Recipe{}, []string{"Duration"}},
		{reproduce.Side{}, Side{}, []string{"Err"}},
		{reproduce.Target{}, Target{}, nil},
		{reproduce.Image{}, Image{}, []string{"ID", "Err"}},
		{reproduce.Prepared{}, Prepared{}, []string{"ImageID", "Print"}},
		{reproduce.Fingerprint{}, Fingerprint{}, nil},
		{reproduce.Control{}, Control{}, nil},
		{reproduce.StepError{}, StepError{}, []string{"Err"}},
		{reproduce.Attempt{}, Attempt{}, []string{"Duration", "Limit"}},
		{reproduce.Log{}, Log{}, []string{"Lines"}},
		{reproduce.LogLine{}, LogLine{}, []string{"At"}},
		{rpm.Package{}, Package{}, nil},
	} {
		to := reflect.TypeOf(c.to)
		for field := range reflect.TypeOf(c.of).Fields() {
			if _, told := to.FieldByName(field.Name); !told && !slices.Contains(c.leftOut, field.Name) {
				t.Errorf("%T.%s is neither told nor left out", c.of, field.Name)
			}
		}
	}
}
