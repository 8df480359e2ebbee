package reproduce

import "math"

// looks are the numbers of valid attempts a side at which a difference is
// looked for, and what Fisher's two-sided p must not exceed there. Looking
// only there, and more strictly when early, keeps the chance to be fooled
// near 5 % in all (verdict.md, How many attempts).
var looks = [...]struct {
	attempts int
	p        float64
}{{5, .01}, {10, .02}, {20, .05}}

// minDifference is the smallest number of valid attempts a side that can tell
// a difference: 3 of 3 against 0 of 3 has p = 0.10.
const minDifference = 4

// fixedP is the limit of p where the number of attempts was fixed beforehand,
// so that there is a single look.
const fixedP = .05

// Fisher is the two-sided p-value of Fisher's exact test for a of m against b
// of n: the chance, if both sides were alike, of a table at most as likely as
// this one. It is 1 where a side has no attempts.
func Fisher(a, m, b, n int) float64 {
	if m <= 0 || n <= 0 {
		return 1
	}
	hits := a + b
	logChoose := func(n, k int) float64 {
		x, _ := math.Lgamma(float64(n + 1))
		y, _ := math.Lgamma(float64(k + 1))
		z, _ := math.Lgamma(float64(n - k + 1))
		return x - y - z
	}
	likelihood := func(k int) float64 {
		return math.Exp(logChoose(m, k) + logChoose(n, hits-k) - logChoose(m+n, hits))
	}
	observed := likelihood(a)
	p := 0.0
	for k := max(0, hits-n); k <= min(m, hits); k++ {
		// Equally likely tables count, whatever rounding makes of them.
		if l := likelihood(k); l <= observed*(1+1e-9) {
			p += l
		}
	}
	return min(p, 1)
}

// toldApart says whether k1 of n1 and k2 of n2 differ by the rules: at least
// minDifference valid attempts a side, and p at most the limit that belongs to
// that many. fixed tells that the number was fixed beforehand.
func toldApart(k1, n1, k2, n2 int, fixed bool) (p float64, apart bool) {
	p = Fisher(k1, n1, k2, n2)
	n := min(n1, n2)
	if n < minDifference {
		return p, false
	}
	// Below the first look only 4 of 4 against 0 of 4 can pass.
	limit := fixedP
	if !fixed {
		for _, look := range looks {
			if n >= look.attempts {
				limit = look.p
			}
		}
	}
	return p, p <= limit
}

// missed is the probability that n attempts miss a bug which shows once in k.
func missed(k, n int) float64 { return math.Pow(1-1/float64(k), float64(n)) }
