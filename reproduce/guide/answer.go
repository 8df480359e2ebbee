package guide

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// answer takes an answer to the question at hand and goes on to the next one.
// An empty one means the default. What cannot be an answer is a *reproduce.Error
// with CodeUsage that says what can; nothing changes then.
func (g *Guide) answer(f *Facts, text string) error {
	a := g.put(f)
	if a.Kind != Lines {
		text = strings.TrimSpace(text)
	}
	if strings.TrimSpace(text) == "" {
		text = a.Default
	}
	switch {
	case a.Optional && (text == none || strings.TrimSpace(text) == none):
		text = ""
	case text == "" && !a.Optional:
		return unusable("this needs an answer: " + a.Text)
	}
	if a.Kind == Choice {
		key, ok := option(a.Choices, text)
		if !ok {
			return unusable(fmt.Sprintf("%q is none of them: answer %s", text, keysOf(a.Choices)))
		}
		text = key
	}
	return g.take(f, text)
}

// unusable is an answer that cannot be one.
func unusable(message string) error {
	return &reproduce.Error{Code: reproduce.CodeUsage, Message: message}
}

func keysOf(choices []Option) string {
	var keys []string
	for _, c := range choices {
		keys = append(keys, c.Key)
	}
	return strings.Join(keys, ", ")
}

// take checks an answer, notes it and goes on.
func (g *Guide) take(f *Facts, text string) error {
	switch g.At {
	case Bug:
		return g.takeBug(f, text)
	case Same:
		if text != no {
			g.choose(text)
			return nil
		}
	case Look:
		if text == no {
			g.back(f)
			return nil
		}
		if _, err := g.recipe(f); err != nil {
			return unusable(err.Error())
		}
	case Source, History:
		if text != g.Answers[g.At] { // it is another text now
			delete(g.Answers, Commands)
			delete(g.Left, Commands)
		}
	}
	checked, err := g.check(f, text)
	if err != nil {
		return err
	}
	g.Answers[g.At] = checked
	delete(g.Left, g.At)
	g.next()
	return nil
}

// check makes an answer what is noted of it.
func (g *Guide) check(f *Facts, text string) (string, error) {
	switch g.At {
	case Title:
		return strings.Join(strings.Fields(text), " "), nil
	case Release:
		release := strings.ToLower(strings.TrimSpace(text))
		if _, err := f.sides(release); err != nil {
			return "", unusable(fmt.Sprintf("%q is no release that can be compared; write 9.6, 9, 10 or kitten10", text))
		}
		return release, nil
	case Package:
		if text != "" && !nameOnly.MatchString(text) {
			return "", unusable(fmt.Sprintf("%q is no package name", text))
		}
	case Require:
		entries := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
		for _, entry := range entries {
			if entry[0] == '-' {
				return "", unusable(fmt.Sprintf("%q is no package: options of dnf have no place here", entry))
			}
		}
		text = strings.Join(entries, " ")
	case Prepare, Commands:
		text = plainLines(text)
		if text == "" && g.At == Commands {
			return "", unusable("this needs at least one command")
		}
	case History:
		if f.picked(text) == "" {
			return "", unusable(fmt.Sprintf("%q chooses no lines; write numbers of the list, as in 3-5,9", text))
		}
	case Pattern:
		if _, err := regexp.Compile(patternOf(text)); err != nil {
			return "", unusable(fmt.Sprintf("%s is no expression: %v", text, err))
		}
	case Limit:
		if _, err := parseLimit(text); err != nil {
			return "", unusable(err.Error())
		}
	}
	return text, g.fits(text)
}

// fits refuses what a recipe's file cannot hold.
func (g *Guide) fits(text string) error {
	if strings.ContainsRune(text, 0) {
		return unusable("a NUL character cannot be part of an answer")
	}
	return nil
}

// takeBug reads which report is meant: a number of the list, an id, an address,
// new, or words to search for.
func (g *Guide) takeBug(f *Facts, text string) error {
	if strings.EqualFold(text, newBug) {
		g.choose(newBug)
		return nil
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(f.Found) {
		text = f.Found[n-1].ID.String()
	}
	if id, err := f.Locator.Locate(text); err == nil {
		g.choose(id.String())
		return nil
	} else if strings.ContainsAny(text, "#/") && !strings.Contains(text, " ") {
		return unusable(err.Error())
	}
	g.Words, g.Typed = text, ""
	return nil
}

// choose begins with a report, or with a new one: answers that were given for
// another one do not count.
func (g *Guide) choose(bug string) {
	if bug != g.Answers[Bug] {
		g.Answers, g.Left, g.Report, g.Run = map[Question]string{}, nil, "", ""
	}
	g.Answers[Bug], g.At = bug, Bug
	if bug != newBug {
		g.Report = bug
	}
	g.next()
}

// picked are lines of the history by numbers and ranges, as in "3-5,9"; "" if
// they are not to be had.
func (f *Facts) picked(text string) string {
	var lines []string
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			to = from
		}
		first, err1 := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || first < 1 || last > len(f.History) || first > last {
			return ""
		}
		lines = append(lines, f.History[first-1:last]...)
	}
	return plainLines(strings.Join(lines, "\n"))
}

// patternOf is the expression that a person's answer means.
func patternOf(text string) string {
	if n := len(text); n > 2 && text[0] == '/' && text[n-1] == '/' {
		return text[1 : n-1]
	}
	return regexp.QuoteMeta(text)
}
