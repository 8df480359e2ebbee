package github

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	api "github.com/google/go-github/v62/github"
)

// decodeIssues reads a list of issues and pull requests.
func decodeIssues(body []byte) ([]*api.Issue, error) {
	return decode(body, func(i *api.Issue) error {
		if i.GetNumber() < 1 {
			return errors.New("it has no number")
		}
		if err := checkTimes(i.CreatedAt, i.UpdatedAt); err != nil {
			return fmt.Errorf("number %d: %w", i.GetNumber(), err)
		}
		return nil
	})
}

// decodeComments reads a list of comments.
func decodeComments(body []byte) ([]*api.IssueComment, error) {
	return decode(body, func(c *api.IssueComment) error {
		if c.GetID() < 1 {
			return errors.New("it has no id")
		}
		err := checkTimes(c.CreatedAt, c.UpdatedAt)
		if _, known := reportOf(c); !known {
			err = cmp.Or(err, errors.New("it does not say which issue it belongs to"))
		}
		if err != nil {
			return fmt.Errorf("id %d: %w", c.GetID(), err)
		}
		return nil
	})
}

// decode reads a list entry by entry, so that an error can name the one that
// is broken. An empty list must be said: nothing and null are none.
func decode[T any](body []byte, check func(*T) error) ([]*T, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil || raw == nil {
		return nil, fault(body, err)
	}
	list := make([]*T, len(raw))
	for i := range raw {
		// Into a pointer that is set, so that null leaves an empty entry.
		list[i] = new(T)
		err := json.Unmarshal(raw[i], list[i])
		if err != nil {
			err = fault(raw[i], err)
		} else {
			err = check(list[i])
		}
		if err != nil {
			return nil, fmt.Errorf("entry %d of %d: %w", i+1, len(raw), err)
		}
	}
	return list, nil
}

// checkTimes wants times that are there and can be written as JSON again.
func checkTimes(created, updated *api.Timestamp) error {
	check := func(name string, t *api.Timestamp) error {
		if t == nil || t.IsZero() {
			return fmt.Errorf("%s is missing", name)
		}
		if year := t.UTC().Year(); year < 1 || year > 9999 {
			return fmt.Errorf("%s is in the year %d", name, year)
		}
		return nil
	}
	return cmp.Or(check("updated_at", updated), check("created_at", created))
}

// fault tells in words why JSON could not be read. err may be nil: then what
// was looked for is not there.
func fault(body []byte, err error) error {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	var when *time.ParseError
	switch {
	case len(body) == 0:
		return errors.New("it is empty")
	case err == nil:
		return errors.New("it is null")
	case errors.As(err, &syntax) && int(syntax.Offset) >= len(body):
		return fmt.Errorf("it breaks off after %d bytes", len(body))
	case errors.As(err, &syntax):
		return fmt.Errorf("it is no JSON at byte %d", syntax.Offset)
	case errors.As(err, &shape) && shape.Field == "":
		return fmt.Errorf("it holds %s where it should not", shape.Value)
	case errors.As(err, &shape):
		return fmt.Errorf("%q holds %s", shape.Field, shape.Value)
	case errors.As(err, &when):
		return fmt.Errorf("%.40s is no time like 2026-11-17T12:10:38Z", when.Value)
	}
	return err
}

// decodeOne reads an answer that is one thing. Nothing and null are none.
func decodeOne[T any](body []byte) (*T, error) {
	var one *T
	if err := json.Unmarshal(body, &one); err != nil || one == nil {
		return nil, fault(body, err)
	}
	return one, nil
}
