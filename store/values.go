package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"

	"github.com/almatriage/almatriage/tracker"
)

// reportValues is a report as it is stored, in the order of its statements.
type reportValues struct {
	row, texts []any
	comments   [][]any
}

func valuesOf(r *tracker.Report) (*reportValues, error) {
	labels, err := encode(r.Labels)
	if err != nil {
		return nil, err
	}
	refs, err := encode(r.References)
	if err != nil {
		return nil, err
	}
	attachments, err := encode(r.Attachments)
	if err != nil {
		return nil, err
	}
	v := &reportValues{
		row: append(make([]any, 0, 24), r.ID.String(), r.ID.Space, r.ID.Number, r.Tracker, r.URL, r.Title, r.Status, r.Open, r.Resolution, r.Reproducibility,
			r.Severity, r.Project, r.Version, r.Category, labels, r.Reporter, millis(r.Created), millis(r.Updated), r.Private, r.Release, r.Package, refs),
		texts: append(make([]any, 0, 5), r.Body, r.Steps, r.Additional, attachments),
	}
	for i := range r.Comments {
		comment, err := commentValues(&r.Comments[i])
		if err != nil {
			return nil, err
		}
		v.comments = append(v.comments, comment)
	}
	return v, nil
}

func commentValues(c *tracker.Comment) ([]any, error) {
	refs, err := encode(c.References)
	return append(make([]any, 0, 9), c.ID, c.Author, c.Text, millis(c.Created), millis(c.Updated), c.Private, c.URL, refs), err
}

// encode is a list as JSON; most are empty.
func encode[T any](list []T) (string, error) {
	if list == nil {
		return "null", nil
	}
	data, err := json.Marshal(list)
	return string(data), err
}

// hash identifies all that a tracker says of a report, as it is stored:
// comments that come apart from it do not count.
func (v *reportValues) hash() []byte {
	h := sha256.New()
	hashValues(h, v.row)
	hashValues(h, v.texts)
	for _, comment := range v.comments {
		hashValues(h, comment)
	}
	return h.Sum(nil)[:16]
}

// hashValues adds values so that none can run into the next.
func hashValues(h hash.Hash, values []any) {
	var number [9]byte
	for _, value := range values {
		switch v := value.(type) {
		case string:
			number[0] = 's'
			binary.LittleEndian.PutUint64(number[1:], uint64(len(v)))
			h.Write(number[:])
			h.Write([]byte(v))
		case int64:
			number[0] = 'i'
			binary.LittleEndian.PutUint64(number[1:], uint64(v))
			h.Write(number[:])
		case bool:
			if v {
				h.Write([]byte{'t'})
			} else {
				h.Write([]byte{'f'})
			}
		default:
			panic(fmt.Sprintf("store: %T in a report's row", value)) // made above
		}
	}
}
