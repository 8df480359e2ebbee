package markdown

import (
	"sync"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Bounds within which goldmark's time stays proportional to the text's size:
// every line is shown to all blocks that are open, and a bracket or an asterisk
// may be searched for to the end of its paragraph.
const (
	maxNesting = 32      // blocks within blocks; GitHub's own is 100
	maxInside  = 4 << 10 // bytes of a paragraph that is looked into
)

// parse is the parser, made when it is first needed.
var parse = sync.OnceValue(func() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(shallow{parser.NewListParser()}, 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(short{parser.NewATXHeadingParser()}, 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
			util.Prioritized(parser.NewHTMLBlockParser(), 900),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(append(parser.DefaultInlineParsers(), util.Prioritized(strikes{}, 500))...),
		parser.WithParagraphTransformers(append(parser.DefaultParagraphTransformers(),
			util.Prioritized(unread{}, 50), util.Prioritized(tables{}, 200))...),
	)
})

// shallow opens a block only so deep. What is deeper is text.
type shallow struct{ parser.BlockParser }

func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		depth++
	}
	if depth > maxNesting {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// short opens a block of one line only if the line is not too long.
type short struct{ parser.BlockParser }

func (s short) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	if line, _ := reader.PeekLine(); len(line) > maxInside {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// prose is a paragraph that is not looked into. It is a code block to goldmark,
// which leaves those as they are.
type prose struct{ ast.CodeBlock }

// unread makes prose of paragraphs that are too long.
type unread struct{}

func (unread) Transform(node *ast.Paragraph, _ text.Reader, _ parser.Context) {
	lines := node.Lines()
	if lines.Len() == 0 || lines.At(lines.Len()-1).Stop-lines.At(0).Start <= maxInside {
		return
	}
	long := &prose{}
	long.SetLines(lines)
	long.SetBlankPreviousLines(node.HasBlankPreviousLines())
	node.Parent().ReplaceChild(node.Parent(), node, long)
}

// strikes parses ~~struck~~ text, with one tilde or two.
type strikes struct{}

func (strikes) Trigger() []byte         { return []byte{'~'} }
func (strikes) IsDelimiter(b byte) bool { return b == '~' }
func (strikes) OnMatch(int) ast.Node    { return east.NewStrikethrough() }
func (strikes) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char && opener.OriginalLength == closer.OriginalLength
}

func (s strikes) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	node := parser.ScanDelimiter(line, before, 1, s)
	if node == nil || node.OriginalLength > 2 || before == '~' {
		return nil
	}
	node.Segment = segment.WithStop(segment.Start + node.OriginalLength)
	block.Advance(node.OriginalLength)
	pc.PushDelimiter(node)
	return node
}
