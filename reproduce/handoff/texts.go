package handoff

import (
	"errors"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// Text is a text that can be passed on.
type Text struct {
	Name string // of its file
	Text string
}

// Texts are those that a case's verdict asks for: the comment, and the draft for
// where the bug belongs, if it is to be reported there.
func Texts(c Case) ([]Text, error) {
	var texts []Text
	var none *reproduce.Error
	markup, name := c.Report.ID.Markup(), "comment.txt"
	if markup == tracker.Markdown {
		name = "comment.md"
	}
	comment, err := Comment(c, markup)
	if err == nil && !c.Report.ID.IsLocal() {
		texts = append(texts, Text{name, comment})
	} else if err != nil && !errors.As(err, &none) {
		return nil, err
	}
	draft, err := Upstream(c)
	if err == nil {
		texts = append(texts, Text{"upstream.md", draft.Text()})
	} else if !errors.As(err, &none) {
		return nil, err
	}
	return texts, nil
}
