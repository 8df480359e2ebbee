package safe

// Shape tells what JSON that is written without spaces asks for before it is
// read: how deep its values stand in each other, how many objects there are, and
// how many texts in lists. What else stands in a list counts as an object: it may
// be in the place of one, and a decoder that goes on makes one of it.
func Shape(json []byte) (depth, objects, texts int) {
	var open []byte // what the value at hand stands in
	quoted := false
	for i := 0; i < len(json); i++ {
		c := json[i]
		if quoted {
			if quoted = c != '"'; c == '\\' {
				i++
			}
			continue
		}
		switch c {
		case '"':
			quoted = true
		case '{', '[':
			open = append(open, c)
		case '}', ']':
			open = open[:max(0, len(open)-1)]
		}
		depth = max(depth, len(open))
		if c == '{' {
			objects++
		}
		if len(open) == 0 || open[len(open)-1] != '[' || c != '[' && c != ',' {
			continue
		}
		switch json[min(i+1, len(json)-1)] { // what begins
		case '"':
			texts++
		case '{', ']':
		default:
			objects++
		}
	}
	return depth, objects, texts
}
