package draft

import (
	"regexp"
	"strings"
)

// topic is what a part of a report is about.
type topic int

const (
	topicOther topic = iota
	topicSteps
	topicExpected // what should happen, or another way: commands there are left out
)

var (
	heading      = regexp.MustCompile(`^\s*(?:#{1,6}\s+|\*{1,2}|__|=+\s*)?(\p{L}[\p{L}\p{M} '/?()-]{1,60}?\d?)(?:\*\*|__|\s*=+)?\s*[:：]?\s*(?:\*{1,2}|__)?\s*$`)
	stepsHead    = regexp.MustCompile(`(?i)^(?:detailed |the |minimal |simple )?(?:steps?(?: to)? (?:reproduc|replicat|recreat)|steps$|str$|how (?:to|can (?:i|you|we)) (?:reproduc|replicat)|to reproduce|reproduc(?:er|tion|ing)|test ?case|schritte|so reproduz|reproduktion|étapes|pas(?:os)? (?:para|a)|шаги|как воспроизвести)|^(?:再現(?:手順|方法)|(?:复现|重现)(?:步骤|方法))`)
	expectedHead = regexp.MustCompile(`(?i)^(?:expected|what (?:is|was|are|were|did|do|should) (?:the |you |be )*(?:expect|happen)|desired|work ?-?around|(?:possible|temporary|quick|the) (?:fix|work ?-?around|solution)|fix$|proposed|suggested|solution|resolution|mitigation|erwartet|resultado esperado|résultat attendu|ожидаем|umgehung|lösung)|^(?:期待|回避|解決|预期|解决)`)
	otherHead    = regexp.MustCompile(`(?i)^(?:actual|current|observed|additional|anything else|environment|versions?|description|search terms|is there|how reproducible|results?|notes?|logs?|what happen|background|summary|regression|impact|tatsächlich|umgebung|beschreibung|фактическ)|^(?:実際|環境|备注|实际)`)
)

// topicOf reads a heading. A line without a heading's sign is one only if it
// is no more than that.
func topicOf(line string) (topic, bool) {
	m := heading.FindStringSubmatch(line)
	if m == nil {
		return topicOther, false
	}
	title, marked := strings.TrimSpace(m[1]), marks.MatchString(line)
	asks := strings.HasSuffix(strings.TrimSpace(line), "?")
	if words := len(strings.Fields(title)); !marked && words > 4 && !(asks && words <= 8) {
		return topicOther, false
	}
	switch {
	case otherWay.MatchString(title):
		return topicExpected, true
	case stepsHead.MatchString(title):
		return topicSteps, true
	case expectedHead.MatchString(title):
		return topicExpected, true
	case otherHead.MatchString(title) && (marked || briefHead.MatchString(title)):
		return topicOther, true
	case asks, strings.HasPrefix(strings.TrimSpace(line), "#"), strings.HasPrefix(strings.TrimSpace(line), "**"):
		return topicOther, true
	}
	return topicOther, false
}

var (
	marks     = regexp.MustCompile(`^\s*(?:#|\*|__|=)|[:：]\s*(?:\*|_)*\s*$`)
	briefHead = regexp.MustCompile(`(?i)^\S+(?:\s+(?:results?|behaviou?rs?|output|info(?:rmation)?|context|notes?|details|problem))?$|^(?:anything else|what happened|search terms|how reproducible)`)
)

var (
	// label is a heading with its text in the same line.
	label = regexp.MustCompile(`^\s*(?:\*{1,2}|__|#{1,6}\s+)?(\p{L}[\p{L} '/-]{1,40}?)(?:\*\*|__)?\s*[:：](?:\*\*|__)?\s+(\S.*)$`)
	// introduction is a sentence that the steps follow.
	introduction = regexp.MustCompile(`(?i)^\W*(?:(?:now|then|please|just|simply|first|next|i|you can|to see it)\W+){0,2}(?:run|ran|running|execute|executed|type|typed|enter|entered|issue|issued)\b[^.]{0,60}[:：]\s*$|\b(?:to reproduce|steps to|reproduced? (?:it|this|the|with|by)|reproducer|reproduzieren|reproduire|reproducir)\b.*[:：]\s*$`)
)

var (
	otherWay = regexp.MustCompile(`(?i)^\W*(?:or|alternatively|alternative|or alternatively|another (?:way|reproducer|method|example|variant)|second (?:way|reproducer|method)|(?:alternative )?(?:reproducer|method|option|variant|way|example|reproduction|test ?case)\s+(?:[2-9b-f]|two|three|ii))\b(?:\s*[:,(]|\s*$|\s+\S[^.]{0,60}:\s*$)`)
	// either is a step that can be done instead of the one before.
	either     = regexp.MustCompile(`(?i)^\W*(?:or|alternatively)\b`)
	workaround = regexp.MustCompile(`(?i)\bwork(?:ed|ing)?[- ]?around|\b(?:can|could|to) be (?:fixed|avoided|solved|cured)\b|\b(?:to|can|could|we|i) (?:fix|avoid|solve|recover|undo|revert)\b|\b(?:fixes|fixed|solves|solved|cures|cured|resolves|resolved|avoids|avoided) (?:it|this|that|the (?:problem|issue|bug|error))|\b(?:helps|helped)\b.*:\s*$|\bgoes away\b.*:\s*$|\ballow this access\b|回避|umgehen|contourn`)
	fine       = regexp.MustCompile(`(?i)\b(?:works?|worked|succeeds?|succeeded|(?:is|was|are) (?:fine|ok|correct)|no (?:problems?|issues?|errors?)|funktioniert)\b[^.]*:\s*$`)
	notFine    = regexp.MustCompile(`(?i)\b(?:not|\w+n't|cannot|no longer|never|nothing|stop(?:s|ped)?|fail(?:s|ed)?|nicht|until|broken|breaks?)\b`)
	otherOS    = regexp.MustCompile(`(?i)^\W*(?:(?:on|for|under|in|with|auf|unter)\s+)?(?:a |an |my )?(?:debian|ubuntu|linux ?mint|mint|arch(?: ?linux)?|opensuse|suse|sles|alpine|gentoo|nixos|mac ?os|windows|freebsd)\b[^.]*:\s*$`)
)

// machine is a heading for what is done on one of several machines.
var machine = regexp.MustCompile(`(?i)^\W*(?:(?:on|at|from)\s+(?:the\s+|a\s+|my\s+|each\s+)?(?:\w+\s+)?(server|client|guest|master|slave|replica|primary|secondary|node ?\w?|machine ?[ab12]|host ?[ab12]|controller|worker|remote|other (?:machine|host|end))\b|(server|client)(?: side)?\s*:\s*$)|\b(?:ssh|log ?in|connect|switch)\s+(?:in)?to\s+(?:the\s+)?(server|client|guest|node|remote)\b`)

// asideOf tells why the commands that follow a sentence are not those that
// show the bug, "" if they may be.
func asideOf(line string) string {
	switch {
	case otherOS.MatchString(line):
		return "another system"
	case workaround.MatchString(line):
		return "a way around the bug"
	case fine.MatchString(line) && !notFine.MatchString(line):
		return "what works"
	}
	return ""
}
