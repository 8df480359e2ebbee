package config

import (
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// place is a line and column, counted from 1.
type place struct{ line, column int }

// places tells where keys stand, by their path. The decoder gives values but
// not where they were, and stops at the first that does not fit a struct; with
// this the values can be checked one by one, and all problems told at once.
type places map[string]place

const pathSeparator = "\x00" // no character of a TOML key that is written plainly

func joinPath(path []string) string { return strings.Join(path, pathSeparator) }

// of finds the key at a path, or the nearest one around it.
func (ps places) of(path []string) place {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if p, ok := ps[joinPath(path)]; ok {
			return p
		}
	}
	return place{1, 1}
}

// findPlaces walks a document that is known to be valid TOML.
func findPlaces(data []byte) places {
	f := finder{found: places{}, length: map[string]int{}}
	f.parser.Reset(data)
	var table []string
	for f.parser.NextExpression() {
		switch node := f.parser.Expression(); node.Kind {
		case unstable.Table:
			table = f.keys(nil, node.Key())
		case unstable.ArrayTable:
			table = f.keys(nil, node.Key())
			list := joinPath(table)
			at := f.found[list]
			table = append(table, strconv.Itoa(f.length[list]))
			f.length[list]++
			f.found[joinPath(table)] = at
		case unstable.KeyValue:
			f.keyValue(table, node)
		}
	}
	return f.found
}

// finder is a walk in progress.
type finder struct {
	parser unstable.Parser
	found  places
	length map[string]int // of arrays of tables, by path
}

// keys notes the parts of a dotted key and gives the path they lead to.
func (f *finder) keys(prefix []string, keys unstable.Iterator) []string {
	path := append([]string(nil), prefix...)
	for keys.Next() {
		node := keys.Node()
		path = append(path, string(node.Data))
		start := f.parser.Shape(node.Raw).Start
		f.found[joinPath(path)] = place{start.Line, start.Column}
	}
	return path
}

func (f *finder) keyValue(prefix []string, node *unstable.Node) {
	f.value(f.keys(prefix, node.Key()), node.Value())
}

// value goes into inline tables and arrays, where there are further keys.
func (f *finder) value(path []string, node *unstable.Node) {
	children := node.Children()
	switch node.Kind {
	case unstable.InlineTable:
		for children.Next() {
			f.keyValue(path, children.Node())
		}
	case unstable.Array:
		for i := 0; children.Next(); i++ {
			f.value(append(path[:len(path):len(path)], strconv.Itoa(i)), children.Node())
		}
	}
}
