package mantis

// span is a part of a list as it can be asked for: the page number
// start/size+1 of pages of size.
type span struct{ start, size int }

func (s span) page() int { return s.start/s.size + 1 }
func (s span) end() int  { return s.start + s.size }

// following chooses what to ask for next: a part that begins at overlap or a
// little before, and goes on behind end. Pages of one size cannot overlap, but
// pages of different sizes do, and an overlap is the only way to see that the
// list moved up between two requests. Of the sizes about the wanted one, it
// takes that which brings most that is new.
func following(overlap, end, wanted int) span {
	for ; ; wanted *= 2 {
		var best span
		for size := max(1, wanted/2); size <= wanted+wanted/2; size++ {
			s := span{start: overlap - overlap%size, size: size}
			if s.end() > end && (best.size == 0 || (s.end()-end)*best.size > (best.end()-end)*size) {
				best = s
			}
		}
		if best.size > 0 {
			return best
		}
	}
}
