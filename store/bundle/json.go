package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/almatriage/almatriage/tracker/safe"
)

// encode gives a line of JSON that does no harm on a terminal. What is read from
// it is encoded the same.
func encode(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	return safe.JSON(append(replaced(data), '\n')), err
}

// replaced writes the character that stands for what was not UTF-8 as it is:
// json.Marshal escapes it only where it puts it in itself.
func replaced(data []byte) []byte {
	const escaped, plain = `\ufffd`, "\ufffd"
	if !bytes.Contains(data, []byte(escaped)) {
		return data
	}
	out := make([]byte, 0, len(data))
	for len(data) > 0 {
		n := 1
		switch {
		case bytes.HasPrefix(data, []byte(escaped)):
			out, n = append(out, plain...), len(escaped)
		case data[0] == '\\': // what follows begins no escape
			n = 2
			fallthrough
		default:
			out = append(out, data[:n]...)
		}
		data = data[n:]
	}
	return out
}

// decode reads a line of JSON that is as encode writes it: nothing that is not
// known, no name twice, no other spelling. So what is read is all that there is.
func decode(data []byte, to any) error {
	if err := checkShape(data); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(to); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("the JSON ends too early")
		}
		return fmt.Errorf("its JSON is wrong: %w", err)
	}
	again, err := encode(to)
	if err != nil {
		return fmt.Errorf("its JSON is wrong: %w", err)
	}
	if !bytes.Equal(again, data) {
		return errors.New("its JSON is not as almatriage writes it")
	}
	return nil
}

// checkShape bounds what JSON needs in memory before it is read.
func checkShape(data []byte) error {
	if depth, objects, texts := safe.Shape(data); depth > maxDepth || objects > maxObjects || texts > maxTexts {
		return fmt.Errorf("its JSON holds more than a bundle does (%d values in each other, %d objects, %d texts)", maxDepth, maxObjects, maxTexts)
	}
	return nil
}

// skew is by how much the clocks of two computers may differ.
const skew = 24 * time.Hour

// checkTimes refuses times that nobody can have noted: before 1970, or from the
// future, which would be the newest of all for ever. When a target's support
// ends is not noted but known.
func checkTimes(v any, now time.Time) error {
	return eachTime(reflect.ValueOf(v), func(name string, t time.Time) error {
		latest := now.Add(skew)
		if name == "Ended" {
			latest = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		if !t.IsZero() && (t.Unix() < 0 || t.After(latest)) {
			return fmt.Errorf("a time in it (%s) lies before 1970 or in the future: see that the clocks are right", t.Format(time.RFC3339))
		}
		return nil
	})
}

// eachTime visits the times in a value, with the names of their fields.
func eachTime(v reflect.Value, visit func(name string, t time.Time) error) error {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return eachTime(v.Elem(), visit)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Struct {
			return nil
		}
		for i := range v.Len() {
			if err := eachTime(v.Index(i), visit); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for field := range v.Type().Fields() {
			value := v.FieldByIndex(field.Index)
			err := error(nil)
			if t, ok := value.Interface().(time.Time); ok {
				err = visit(field.Name, t)
			} else {
				err = eachTime(value, visit)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
