package query

// nearest is the known word that a mistyped one was probably meant to be: at
// least half of their pairs of letters are the same. It is coarser than an
// edit distance, and enough for a dozen short words.
func nearest(word string, known []string) (string, bool) {
	best, most := "", 0.0
	for _, candidate := range known {
		if score := alike(word, candidate); score > most {
			best, most = candidate, score
		}
	}
	return best, most >= 0.5
}

// alike is the share of neighbouring letters that two words have in common,
// from 0 to 1 (Dice's coefficient).
func alike(a, b string) float64 {
	if a == b {
		return 1
	}
	if len(a) < 2 || len(b) < 2 || len(a) > 40 {
		return 0
	}
	pairs := map[string]int{}
	for i := range len(a) - 1 {
		pairs[a[i:i+2]]++
	}
	same := 0
	for i := range len(b) - 1 {
		if pairs[b[i:i+2]] > 0 {
			pairs[b[i:i+2]]--
			same++
		}
	}
	return 2 * float64(same) / float64(len(a)+len(b)-2)
}
