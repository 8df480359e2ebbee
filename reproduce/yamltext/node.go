package yamltext

import (
	"strconv"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Place is where a node begins in its file; of a mapping, where its first key does.
func Place(node ast.Node) token.Position {
	switch n := node.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return Place(n.Values[0])
		}
	case *ast.MappingValueNode:
		return Place(n.Key)
	}
	if t := node.GetToken(); t != nil && t.Position != nil {
		return *t.Position
	}
	return token.Position{Line: 1, Column: 1}
}

// Describe says what a node is, for messages.
func Describe(node ast.Node) string {
	switch n := node.(type) {
	case *ast.StringNode:
		return Short(n.Value)
	case *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "the number " + Short(n.GetToken().Value)
	case *ast.BoolNode:
		return "the truth value " + n.GetToken().Value
	case *ast.NullNode:
		return "nothing"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor or alias"
	case *ast.TagNode:
		return "a tag"
	}
	return "something else"
}

// Short quotes a text of a file for a message, and its beginning if it is long.
func Short(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return strconv.Quote(s)
}
