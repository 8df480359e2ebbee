package tracker

import (
	"slices"
	"strings"
)

// Derive fills Release, Package and References of a report from what its
// tracker and its texts say, and the references of its comments. What they do
// not say, or say in two ways, stays empty: a wrong release would compare the
// wrong images.
func Derive(r *Report) {
	text := textOf(*r)
	own := r.ID.String()
	r.References = slices.DeleteFunc(FindReferences(text), func(ref Reference) bool { return strings.EqualFold(ref.Key, own) })
	for i := range r.Comments {
		r.Comments[i].References = FindReferences(r.Comments[i].Text)
	}
	// People say what it is about at the beginning; far below are logs.
	const read = 1 << 20
	text = text[:min(len(text), read)]
	r.Release = releaseOf(r, text)
	r.Package = packageOf(r, text)
}

// textOf is all that the reporter wrote.
func textOf(r Report) string {
	return strings.Join([]string{r.Title, r.Body, r.Steps, r.Additional}, "\n")
}
