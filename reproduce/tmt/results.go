package tmt

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/almatriage/almatriage/reproduce/problem"
	"github.com/almatriage/almatriage/reproduce/yamltext"
	"github.com/almatriage/almatriage/tracker"
)

// MaxResults bounds a file of results: 1 MiB.
const MaxResults = 1 << 20

// ResultsName is the file in which tmt's execute step leaves its results.
const ResultsName = "results.yaml"

// Result is what tmt tells of a test that almatriage wrote.
type Result struct {
	Test    string // its name, /tests/almbz/622
	Report  tracker.ID
	Outcome string // tmt's: pass, fail, …
	Started time.Time
	Ended   time.Time
	// Note is what the wrapper saw; nil where Why says that it cannot be told.
	Note *Note
	Why  string
}

var (
	outcomes   = []string{"pass", "fail", "info", "warn", "error", "skip", "pending"}
	clock      = regexp.MustCompile(`^[0-9]{2,6}:[0-5][0-9]:[0-5][0-9]$`)
	timestamps = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+(?:\+\d{2}:\d{2}|Z)$`)
)

// ParseResults reads a results.yaml of tmt's execute step (spec/results, and what
// tmt 1.75.0 writes). What is wrong with the file is a *problem.Error. Results that are well
// formed and cannot be told are returned with their Why.
func ParseResults(name string, data []byte) ([]Result, error) {
	if len(data) > MaxResults {
		return nil, problem.File(name, "the results are longer than %d bytes", MaxResults)
	}
	r := &reader{name: name}
	var results []Result
	if body := r.document(data); body != nil {
		for _, v := range r.list("the file", body) {
			results = append(results, r.result(v))
		}
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return results, nil
}

// result reads one result.
func (r *reader) result(v ast.Node) Result {
	var res Result
	var original string
	var notes []string
	rules := r.common(&res.Outcome, &original, &notes, &res.Started, &res.Ended)
	text := func(what string, v ast.Node) { r.text(what, v) }
	rules["name"] = func(what string, v ast.Node) {
		if res.Test, _ = r.text(what, v); !strings.HasPrefix(res.Test, "/") {
			r.problem(yamltext.Place(v), "the test %s; expected a name that begins with /", yamltext.Short(res.Test))
		}
	}
	rules["serial-number"] = func(what string, v ast.Node) { r.number(what, v) }
	rules["data-path"] = r.orNothing(text)
	rules["web-link"] = r.orNothing(text)
	rules["guest"] = func(what string, v ast.Node) {
		r.each(what, v, map[string]rule{"name": text, "*": r.orNothing(text), classKey: r.class})
	}
	rules["context"] = func(what string, v ast.Node) {
		r.each(what, v, map[string]rule{"*": func(what string, v ast.Node) { r.oneOrMore(what, v) }})
	}
	rules["ids"] = func(what string, v ast.Node) { r.each(what, v, map[string]rule{"*": r.orNothing(text)}) }
	rules["fmf-id"] = r.orNothing(func(what string, v ast.Node) {
		r.each(what, v, map[string]rule{"url": text, "ref": text, "name": text, "path": text})
	})
	rules["check"] = r.eachOf(r.checkResult)
	rules["subresult"] = r.eachOf(r.subresult)
	r.each("a result", v, rules, "name", "result")
	if original == "" {
		original = res.Outcome
	}
	res.told(original, notes)
	return res
}

// told fills in what the wrapper said, or why that cannot be told.
func (res *Result) told(outcome string, notes []string) {
	var err error
	if res.Report, err = reportOf(res.Test); err != nil {
		res.Why = err.Error()
		return
	}
	for _, text := range notes {
		if !strings.HasPrefix(text, notePrefix) {
			continue
		}
		if res.Note != nil {
			res.Note, res.Why = nil, "the wrapper's note is there twice"
			return
		}
		if res.Note, err = parseNote(text); err != nil {
			res.Note, res.Why = nil, err.Error()
			return
		}
	}
	switch {
	case res.Note == nil:
		res.Why = fmt.Sprintf("tmt says %s, and the wrapper said nothing: it did not come to its end", outcome)
	case res.Note.Report != res.Report.String():
		res.Why = fmt.Sprintf("the test is of %s, and its note of %.100q", res.Report, res.Note.Report)
	case outcomeOf[res.Note.Reading] != outcome:
		res.Why = fmt.Sprintf("tmt says %s, and the wrapper %s", outcome, res.Note.Reading)
	case res.Started.IsZero():
		res.Why = "tmt does not say when it began"
	}
	if res.Why != "" {
		res.Note = nil
	}
}

// common are the keys that results, checks and parts share.
func (r *reader) common(outcome, original *string, notes *[]string, started, ended *time.Time) map[string]rule {
	one := func(to *string) rule {
		return func(what string, v ast.Node) {
			r.word(outcomes...)(what, v)
			*to, _ = textOf(v)
		}
	}
	at := func(to *time.Time) rule {
		return r.orNothing(func(what string, v ast.Node) { *to = r.timestamp(what, v) })
	}
	return map[string]rule{
		classKey: r.class,
		"name":   func(what string, v ast.Node) { r.text(what, v) },
		"result": one(outcome), "original-result": one(original),
		"note": r.orNothing(func(what string, v ast.Node) {
			for _, n := range r.list(what, v) {
				if s, ok := r.text("a note", n); ok {
					*notes = append(*notes, s)
				}
			}
		}),
		"log": func(what string, v ast.Node) {
			for _, n := range r.list(what, v) {
				r.text("a log", n)
			}
		},
		"start-time": at(started), "end-time": at(ended),
		"duration": r.orNothing(func(what string, v ast.Node) {
			if s := v.GetToken().Value; !clock.MatchString(s) {
				r.problem(yamltext.Place(v), "%s is %s; expected hh:mm:ss", what, yamltext.Short(s))
			}
		}),
	}
}

// classKey is a key that tmt adds to what it writes, to know it again; the
// specification does not tell of it, nor of addresses in guest.
const classKey = "__class__"

// class checks what stands there, and makes nothing of it.
func (r *reader) class(what string, v ast.Node) {
	text := func(what string, v ast.Node) { r.text(what, v) }
	r.each(what, v, map[string]rule{"module": text, "name": text})
}

// textOf is the text of a node, if it is one.
func textOf(v ast.Node) (string, bool) {
	s, ok := v.(*ast.StringNode)
	if !ok {
		return "", false
	}
	return s.Value, true
}

// timestamp reads a time as tmt writes it.
func (r *reader) timestamp(what string, v ast.Node) time.Time {
	s, ok := r.text(what, v)
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !timestamps.MatchString(s) {
		r.problem(yamltext.Place(v), "%s is %s; expected a time such as 2026-08-21T10:00:00.000000+00:00", what, yamltext.Short(s))
		return time.Time{}
	}
	return t.UTC()
}

// orNothing lets a rule's value be absent.
func (r *reader) orNothing(read rule) rule {
	return func(what string, v ast.Node) {
		if _, nothing := v.(*ast.NullNode); !nothing {
			read(what, v)
		}
	}
}

// eachOf is the rule of a list.
func (r *reader) eachOf(read func(ast.Node)) rule {
	return func(what string, v ast.Node) {
		for _, n := range r.list(what, v) {
			read(n)
		}
	}
}

// checkResult reads a check's result, which says nothing to us.
func (r *reader) checkResult(v ast.Node) {
	rules := r.part()
	rules["event"] = r.word("before-test", "after-test")
	r.each("a check", v, rules, "name", "result", "event")
}

// subresult reads the result of a part of a test.
func (r *reader) subresult(v ast.Node) {
	rules := r.part()
	rules["check"] = r.eachOf(r.checkResult)
	r.each("a subresult", v, rules, "name", "result")
}

func (r *reader) part() map[string]rule {
	var outcome, original string
	var notes []string
	var started, ended time.Time
	return r.common(&outcome, &original, &notes, &started, &ended)
}

// natural reads a number of a note that is not negative.
func natural(s string, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > most || strconv.Itoa(n) != s {
		return 0, fmt.Errorf("%.40q is no number of 0 to %d", s, most)
	}
	return n, nil
}
