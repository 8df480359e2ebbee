package inside

import (
	"fmt"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// blame is what a line of a failed step means.
type blame struct {
	signs   []string // in lower case
	of      fault
	message string // %s is the line
	advice  string
}

// fault is whose a failure is.
type fault int

const (
	ofSurroundings fault = iota // registry, mirror, disk, computer
	ofPackages                  // they are not there, or cannot be installed
)

// blames are dnf's and others' words, the most telling first.
func blames() []blame {
	const (
		network = "check the network and the repositories, then run again"
		missing = "%s: no enabled repository of this side has it"
	)
	return []blame{
		{tooOld(), ofSurroundings, "this computer's processor is too old for the image: %s", "run it on a newer computer; this says nothing about the bug"},
		{[]string{"no space left on device", "more space on the ", "more space needed on the "}, ofSurroundings,
			"the disk is full: %s", "free some space (almatriage gc) and run again"},
		{[]string{"gpg check failed", "public key for ", "gpg key retrieval failed", "gpg signature verification error"}, ofSurroundings,
			"%s", "a package or a repository is not signed by the key that its repository names; see its output, then run again"},
		// A repository that was left out may have had what was not found then.
		{[]string{"ignoring repositories: "}, ofSurroundings, "%s", network},
		{[]string{"all matches were filtered out by "}, ofPackages, "%s", "enable its module (dnf module enable NAME:STREAM) or lift what excludes it in prepare"},
		{[]string{"no match for argument: "}, ofPackages, missing, "correct require, or enable its repository in prepare"},
		{[]string{"unable to find a match: "}, ofPackages, missing, "correct require, or enable its repository in prepare"}, // dnf says it after the other
		{[]string{"nothing provides "}, ofPackages, "%s", "correct require; no enabled repository of this side has what the package needs"},
		{[]string{"conflicting requests", "cannot install the best candidate", "depsolve error", "transaction test error",
			"file conflicts", "package conflicts"}, ofPackages, "%s", "correct require; the package cannot be installed on this side"},
		{[]string{"could not resolve host", "couldn't resolve host", "failed to download metadata", "cannot download repomd", "cannot prepare internal mirrorlist",
			"curl error", "failed to synchronize cache", "all mirrors were tried", "no more mirrors to try", "network is unreachable", "connection timed out",
			"temporary failure in name resolution", "error downloading packages", "status code: 5", "status code: 4", "cannot load metadata"}, ofSurroundings,
			"%s", network},
	}
}

// tooOld are the loader's words for a processor below the image's x86-64 level.
func tooOld() []string {
	return []string{"cpu does not support x86-64-v", "cpu isa level is lower than required"}
}

// TooOld tells whether words are the loader's for a processor that is too old
// for an image: then no script of ours runs, and that is never the bug.
func TooOld(words string) bool { return holds(words, tooOld()) }

// holds tells whether a text has one of the signs, which are in lower case.
func holds(text string, signs []string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(signs, func(sign string) bool { return strings.Contains(text, sign) })
}

// Blame finds the line in a step's output that explains its exit status, and
// fills in what e says of it.
func Blame(e *reproduce.StepError, output []string, status int) {
	for _, b := range blames() {
		for i, text := range output {
			if !holds(text, b.signs) {
				continue
			}
			said := oneLine(text)
			if strings.HasSuffix(said, ":") && i+1 < len(output) && oneLine(output[i+1]) != "" {
				said = oneLine(output[i+1]) // the first only announces it
			}
			e.Message, e.Advice, e.Infra = fmt.Sprintf(b.message, said), b.advice, b.of == ofSurroundings
			if b.of == ofPackages {
				e.Err = reproduce.ErrAbsent
			}
			return
		}
	}
	e.Message = fmt.Sprintf("exit status %d", status)
	for i := len(output) - 1; i >= 0; i-- {
		if text := oneLine(output[i]); text != "" {
			e.Message += ": " + text
			break
		}
	}
	e.Advice = map[reproduce.Step]string{
		reproduce.StepPrepare: "correct prepare", reproduce.StepRequire: "correct require",
		reproduce.StepBase: "see its output, then run again",
	}[e.Step]
	if status == 128+9 {
		e.Advice = "it was killed; raise [engine] memory, then run again"
	}
}

// oneLine is a line for people: valid, trimmed, without "Error: ".
func oneLine(text string) string {
	text = strings.TrimPrefix(strings.TrimSpace(text), "Error: ")
	return strings.ToValidUTF8(text[:min(len(text), 300)], "\uFFFD")
}
