package cli

import (
	"slices"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/query"
)

// TestVerdictWords: the query language knows the verdicts that there are, which
// it may not import.
func TestVerdictWords(t *testing.T) {
	var words []string
	for _, v := range reproduce.Decidable() {
		words = append(words, string(v))
	}
	if got := query.Verdicts(); !slices.Equal(got, words) {
		t.Errorf("query knows %v, reproduce %v", got, words)
	}
}
