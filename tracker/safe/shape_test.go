package safe_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/almatriage/almatriage/tracker/safe"
)

func TestShape(t *testing.T) {
	for text, want := range map[string][3]int{
		``: {}, `7`: {}, `"{[,"`: {}, `{}`: {1, 1, 0}, `[]`: {1, 0, 0}, `["a","b"]`: {1, 0, 2}, `[0,null,[],{},"\",["]`: {2, 4, 1},
		`{"a":{"b":1,"f":2},"c":[{"d":"e"},{}]}`: {3, 4, 0}, `[ {} ]`: {2, 2, 0}, `]]{`: {1, 1, 0},
	} {
		depth, objects, texts := safe.Shape([]byte(text))
		if got := [3]int{depth, objects, texts}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// FuzzShape: a decoder meets no more than was told, however JSON is written.
func FuzzShape(f *testing.F) {
	f.Add([]byte(`{"a":[0,null,[],{},"\",["],"b":{"c":"d"}}`))
	f.Add([]byte("[ \"a\" , \"b\",\n7]"))
	f.Add([]byte(`[{"a":1}{"b":`))
	f.Fuzz(func(t *testing.T, data []byte) {
		depth, objects, texts := safe.Shape(data)
		decoder := json.NewDecoder(bytes.NewReader(data))
		var open []json.Delim
		deepest, met, named := 0, 0, 0
		for {
			token, err := decoder.Token()
			if err != nil {
				break // what is read up to there is read
			}
			inList := len(open) > 0 && open[len(open)-1] == '['
			switch token {
			case json.Delim('{'), json.Delim('['):
				open = append(open, token.(json.Delim))
				deepest = max(deepest, len(open))
				if inList || token == json.Delim('{') {
					met++
				}
			case json.Delim('}'), json.Delim(']'):
				open = open[:len(open)-1]
			default:
				if _, text := token.(string); text && inList {
					named++
				} else if inList {
					met++
				}
			}
		}
		if depth < deepest || objects+texts < met+named || objects < met && json.Valid(data) {
			t.Errorf("%q: %d deep, %d objects, %d texts, and met are %d deep, %d, %d", data, depth, objects, texts, deepest, met, named)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, data); err != nil {
			return
		}
		depth, objects, texts = safe.Shape(compact.Bytes())
		if depth != deepest || objects != met || texts != named {
			t.Errorf("%q: %d deep, %d objects, %d texts, and are %d deep, %d, %d", compact.Bytes(), depth, objects, texts, deepest, met, named)
		}
	})
}
