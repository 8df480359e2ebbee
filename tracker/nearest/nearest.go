// Package nearest finds, for a mistyped word, the known word that was most
// likely meant. It is a leaf: it imports nothing of the project.
package nearest

// Word is the known word closest to the given one by edit distance, and
// whether it is close enough to be worth suggesting: at most three edits,
// and fewer than half the letters of the longer word. Of equally close words the
// first counts.
func Word(word string, known []string) (string, bool) {
	best, least := "", 4
	for _, candidate := range known {
		if gap := len(candidate) - len(word); gap > 3 || gap < -3 {
			continue // also bounds the work for a hostile, endless word
		}
		d := distance(word, candidate)
		if d < least && 2*d < max(len(word), len(candidate)) {
			best, least = candidate, d
		}
	}
	return best, best != ""
}

// distance is how many bytes must be added, removed, replaced or swapped with
// their neighbour to make b of a (optimal string alignment).
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
