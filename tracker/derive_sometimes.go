package tracker

import (
	"regexp"
	"strconv"
	"strings"
)

// What says that a bug happens only now and then, and what takes it back.
var (
	sometimesWord = regexp.MustCompile(`(?i)\b(?:sometimes|randomly|random (?:crash|fail|hang)\w*|intermittent(?:ly)?|occasional(?:ly)?|sporadic(?:ally)?|flak(?:y|ey|ily)|` +
		`(?:every )?now and then|(?:every )?once in a while|from time to time|at random|rarely|seldom|not (?:every|each) (?:single )?(?:time|run)|every (?:few|couple of|second|third|other) (?:time|run|boot|attempt|tr)(?:y|s|ies)?|` +
		`(?:once|one) (?:in|out of|of) (?:every )?(?:\d{1,4}|two|three|four|five|ten|a few)|non-?deterministic(?:ally)?|race condition)\b`)
	notSometimes = regexp.MustCompile(`(?i)\b(?:\w+n['’]t|not|never|neither|no longer) (?:just |only |be |at all )?` +
		`(?:sometimes|random(?:ly)?|intermittent(?:ly)?|flaky|occasional(?:ly)?|sporadic(?:ally)?)`)
	notAlways = regexp.MustCompile(`(?i)(?:\bnot|\w+n['’]t|\balmost|\bnearly|\bmostly) always\b`)
	always    = regexp.MustCompile(`(?i)\balways (?:reproduc|happen|crash|fail|occur)\w*|\b(?:reproducible|reproduces|happens|fails|crashes) (?:always|every (?:single )?time|100 ?%)`)
	ratio     = regexp.MustCompile(`(?i)\b(\d{1,4}) (?:(?:in|out of) (?:every )?(\d{1,4})\b|of (?:every )?(\d{1,4}) (?:times|attempts|tries|runs|boots|starts)\b)`)
	share     = regexp.MustCompile(`(?i)\b(\d{1,2}) ?(?:%|percent) of (?:the |all )?(?:times?|attempts|tries|runs|boots|starts|cases)\b`)
)

// Sometimes tells whether a report says that its bug shows only now and then:
// then a few attempts without it mean nothing. What was chosen in the tracker
// counts more than words, and "always" more than "sometimes".
func Sometimes(r Report) bool {
	switch strings.ToLower(strings.TrimSpace(r.Reproducibility)) {
	case "sometimes", "random":
		return true
	case "always":
		return false
	}
	text := textOf(r)
	const read = 1 << 20
	text = text[:min(len(text), read)]
	if notAlways.MatchString(text) {
		return true
	}
	if always.MatchString(text) {
		return false
	}
	return sometimesWord.MatchString(notSometimes.ReplaceAllString(text, "")) || fewOfMany(text)
}

// fewOfMany finds "1 in 10" and "30 % of the time", which is less than always,
// unlike "10 out of 10".
func fewOfMany(text string) bool {
	for _, m := range ratio.FindAllStringSubmatch(text, -1) {
		seen, err := strconv.Atoi(m[1])
		if err != nil {
			continue // not a number after all
		}
		if of, err := strconv.Atoi(m[2] + m[3]); err == nil && 0 < seen && seen < of {
			return true
		}
	}
	m := share.FindStringSubmatch(text)
	return m != nil && strings.Trim(m[1], "0") != ""
}
