package mantis

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/almatriage/almatriage/tracker/safe"
)

// The shapes of the answers. An empty field is absent; identifiers of
// categories and versions, which come as numbers or strings, are not read.
type (
	enum struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
	named struct {
		Name string `json:"name"`
	}
	issue struct {
		ID              int64        `json:"id"`
		Summary         string       `json:"summary"`
		Description     string       `json:"description"`
		Steps           string       `json:"steps_to_reproduce"`
		Additional      string       `json:"additional_information"`
		Project         enum         `json:"project"`
		Category        named        `json:"category"`
		Version         named        `json:"version"`
		Reporter        named        `json:"reporter"`
		Status          enum         `json:"status"`
		Resolution      enum         `json:"resolution"`
		ViewState       *enum        `json:"view_state"`
		Severity        enum         `json:"severity"`
		Reproducibility enum         `json:"reproducibility"`
		Created         stamp        `json:"created_at"`
		Updated         stamp        `json:"updated_at"`
		Attachments     []attachment `json:"attachments"`
		Notes           []note       `json:"notes"`
		Tags            []named      `json:"tags"`
	}
	note struct {
		ID          int64        `json:"id"`
		Reporter    enum         `json:"reporter"`
		Text        string       `json:"text"`
		ViewState   *enum        `json:"view_state"`
		Attachments []attachment `json:"attachments"`
		Created     stamp        `json:"created_at"`
		Updated     stamp        `json:"updated_at"`
	}
	attachment struct {
		ID          int64  `json:"id"`
		Name        string `json:"filename"`
		Size        int64  `json:"size"`
		ContentType string `json:"content_type"`
	}
)

// public: nothing is, unless the server says so. Names stay in English,
// whatever the user's language; labels do not.
func (e *enum) public() bool {
	const public = 10
	return e != nil && (e.ID == public || e.ID == 0 && e.Name == "public")
}

// stamp is a time. It comes with the server's offset and is kept in UTC. One
// that cannot be read is kept as text, so that the error can name its report.
type stamp struct {
	time.Time
	bad string
}

// UnmarshalJSON reads RFC 3339.
func (s *stamp) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	t, err := time.Parse(time.RFC3339, text)
	// Years outside of these cannot be written as JSON again.
	if t = t.UTC(); err != nil || t.Year() < 1 || t.Year() > 9999 {
		*s = stamp{bad: text}
		return nil
	}
	*s = stamp{Time: t}
	return nil
}

func (s stamp) check(what string) error {
	switch {
	case s.bad != "":
		return fmt.Errorf("%s is %q, no time like 2026-11-17T12:10:38+00:00", what, safe.Line(s.bad).Truncate(40, "…"))
	case s.IsZero():
		return fmt.Errorf("%s is missing", what)
	}
	return nil
}

// decodeIssues reads an answer to a request for issues. A nil slice does not
// come back without an error: an empty list must be said.
func decodeIssues(body []byte) ([]issue, error) {
	var list struct {
		Issues []issue `json:"issues"`
	}
	if err := json.Unmarshal(body, &list); err != nil || list.Issues == nil {
		return nil, errors.New(fault(body, err))
	}
	for i := range list.Issues {
		if err := list.Issues[i].check(); err != nil {
			return nil, fmt.Errorf("report %d of %d: %w", i+1, len(list.Issues), err)
		}
	}
	return list.Issues, nil
}

func (i *issue) check() error {
	if i.ID < 1 {
		return errors.New("it has no number")
	}
	err := cmp.Or(i.Updated.check("updated_at"), i.Created.check("created_at"))
	for _, n := range i.Notes {
		err = cmp.Or(err, n.Created.check("created_at of a note"), n.Updated.check("updated_at of a note"))
	}
	if err != nil {
		return fmt.Errorf("number %d: %w", i.ID, err)
	}
	return nil
}

// fault tells in words why JSON could not be read. err may be nil: then what
// was looked for is not there.
func fault(body []byte, err error) string {
	// An unknown filter: "issues" is an object that holds the fault.
	var inside struct {
		Issues struct {
			Fault string `json:"fault_string"`
		} `json:"issues"`
	}
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	switch {
	case len(body) == 0:
		return "it is empty"
	case json.Unmarshal(body, &inside) == nil && inside.Issues.Fault != "":
		return inside.Issues.Fault
	case err == nil:
		return "the list is missing"
	case errors.As(err, &syntax) && int(syntax.Offset) >= len(body):
		return fmt.Sprintf("it breaks off after %d bytes", len(body))
	case errors.As(err, &syntax):
		return fmt.Sprintf("it is no JSON at byte %d", syntax.Offset)
	case errors.As(err, &shape):
		return fmt.Sprintf("%q holds %s at byte %d", shape.Field, shape.Value, shape.Offset)
	}
	return err.Error()
}
