package tmt

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// notePrefix begins the wrapper's note in a result, with the version of its form.
const notePrefix = "almatriage 1 "

// Note is what the wrapper saw of an attempt.
type Note struct {
	Report string
	Target string // the target's name, "" if the plan was not ours
	Image  string // reference, as the plan named it
	Recipe string // hash of what ran: reproduce.Recipe.Hash
	Oracle string // hash of how it was read: OracleHash
	Limit  time.Duration
	// Reading is what the wrapper made of it: seen, not-seen, cannot-tell, ask,
	// hang or error.
	Reading string

	end          reproduce.End
	step         reproduce.Step
	status       int
	matched      int // matching lines; -1 where the output could not be searched
	missing      []string
	surroundings []string
}

// outcomeOf are tmt's outcomes of the wrapper's readings.
var outcomeOf = map[string]string{"seen": "fail", "not-seen": "pass", "cannot-tell": "skip", "ask": "info", "hang": "warn", "error": "error"}

// noteKeys are a note's parts, in their order.
var noteKeys = []string{"report", "target", "image", "recipe", "oracle", "limit", "end", "step", "status", "matched", "missing", "surroundings", "reading"}

var (
	noteHash   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	noteOracle = regexp.MustCompile(`^[0-9a-f]{16}$`)
	noteWord   = regexp.MustCompile(`^[A-Za-z0-9._+-]{1,60}$`)
)

// parseNote reads the wrapper's note.
func parseNote(text string) (*Note, error) {
	parts := strings.Split(strings.TrimPrefix(text, notePrefix), " ")
	if len(parts) != len(noteKeys) {
		return nil, fmt.Errorf("the wrapper's note has %d parts; expected %d", len(parts), len(noteKeys))
	}
	said := map[string]string{}
	for i, part := range parts {
		key, value, ok := strings.Cut(part, "=")
		if !ok || key != noteKeys[i] {
			return nil, fmt.Errorf("part %d of the wrapper's note is %.60q; expected %s", i+1, part, noteKeys[i])
		}
		said[key] = value
	}
	n := &Note{Report: said["report"], Target: said["target"], Image: said["image"], Recipe: said["recipe"], Oracle: said["oracle"],
		Reading: said["reading"], end: reproduce.End(said["end"]), step: reproduce.Step(said["step"])}
	return n, n.fill(said)
}

// fill reads the parts that are no text, and checks all.
func (n *Note) fill(said map[string]string) (err error) {
	limit := 0
	if limit, err = natural(said["limit"], 1<<30); err != nil {
		return fmt.Errorf("the limit of the wrapper's note: %w", err)
	}
	n.Limit = time.Duration(limit) * time.Second
	if n.status, err = natural(said["status"], 255); err != nil {
		return fmt.Errorf("the status of the wrapper's note: %w", err)
	}
	if n.matched = -1; said["matched"] != "unknown" {
		if n.matched, err = natural(said["matched"], 1<<30); err != nil {
			return fmt.Errorf("the matches of the wrapper's note: %w", err)
		}
	}
	if n.missing, err = words("missing commands", said["missing"], nil); err != nil {
		return err
	}
	var known []string
	for _, s := range surroundings() {
		known = append(known, s[0])
	}
	if n.surroundings, err = words("surroundings", said["surroundings"], known); err != nil {
		return err
	}
	return n.check()
}

func (n *Note) check() error {
	steps := []reproduce.Step{reproduce.StepSyntax, reproduce.StepPrecheck, reproduce.StepTest}
	_, known := outcomeOf[n.Reading]
	switch {
	case !noteHash.MatchString(n.Recipe) || !noteOracle.MatchString(n.Oracle):
		return fmt.Errorf("the wrapper's note has no hash of its recipe")
	case n.Target != "" && !names.MatchString(n.Target) || len(n.Target) > 100:
		return fmt.Errorf("the target %.60q of the wrapper's note", n.Target)
	case n.Image != "" && !images.MatchString(n.Image) || len(n.Image) > 500:
		return fmt.Errorf("the image %.60q of the wrapper's note", n.Image)
	case n.end != reproduce.EndExited && n.end != reproduce.EndTimeout || !slices.Contains(steps, n.step) || !known:
		return fmt.Errorf("the wrapper's note says end=%.20s step=%.20s reading=%.20s", n.end, n.step, n.Reading)
	}
	return nil
}

// words reads words with commas between, of those that are known if there are any.
func words(what, text string, known []string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	list := strings.Split(text, ",")
	for _, w := range list {
		if !noteWord.MatchString(w) || known != nil && !slices.Contains(known, w) || len(list) > 100 {
			return nil, fmt.Errorf("the %s of the wrapper's note: %.60q", what, w)
		}
	}
	return list, nil
}

// Facts are the note in the words of an attempt under an oracle, which must be
// the one of the note's hash.
func (n *Note) Facts(o reproduce.Oracle) reproduce.Facts {
	f := reproduce.Facts{End: n.end, Step: n.step, Status: n.status, Missing: n.missing, Surroundings: n.surroundings, Detail: "as tmt tells"}
	if n.end == reproduce.EndExited && n.step == reproduce.StepTest {
		f.Detail = ""
	}
	if o.Kind == reproduce.OracleOutput && n.step == reproduce.StepTest && n.matched >= 0 {
		f.Match = &reproduce.Match{Pattern: o.Pattern, Stream: o.Stream, Count: n.matched}
		if n.matched > 0 {
			f.Match.Line = "(a line that tmt's results do not hold)"
		}
	}
	return f
}

// Agrees tells whether the wrapper's reading is the one that these rules give,
// where it depends on nothing else: a hang and a question are open there.
func (n *Note) Agrees(r reproduce.ReadingKind) bool {
	switch n.Reading {
	case "ask", "hang":
		return r == reproduce.CannotTell
	}
	return string(r) == n.Reading
}
