package reproduce

import (
	"fmt"
	"slices"
	"strings"
)

// ReadingKind is what one attempt says.
type ReadingKind string

// What an attempt can say.
const (
	Seen       ReadingKind = "seen"
	NotSeen    ReadingKind = "not-seen"
	CannotTell ReadingKind = "cannot-tell"
	Failed     ReadingKind = "error"
	Broken     ReadingKind = "interrupted"
)

// Reading is what an attempt says, and why.
type Reading struct {
	Kind ReadingKind
	// Why is one sentence naming the step, the limit and the recipe key to
	// change, where that helps.
	Why string
}

// Valid tells whether the attempt counts: it saw the bug or its absence.
func (r Reading) Valid() bool { return r.Kind == Seen || r.Kind == NotSeen }

func readf(kind ReadingKind, format string, args ...any) Reading {
	return Reading{Kind: kind, Why: fmt.Sprintf(format, args...)}
}

// crashes are the signals that a program gets for its own faults; to be ended
// by another one is somebody else's doing and says nothing.
var crashes = map[int]bool{4: true, 5: true, 6: true, 7: true, 8: true, 11: true, 31: true}

// signalNames are Linux's, on the architectures that EL knows.
var signalNames = [...]string{1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE",
	9: "KILL", 10: "USR1", 11: "SEGV", 12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 16: "STKFLT", 17: "CHLD",
	18: "CONT", 19: "STOP", 20: "TSTP", 21: "TTIN", 22: "TTOU", 23: "URG", 24: "XCPU", 25: "XFSZ", 26: "VTALRM",
	27: "PROF", 28: "WINCH", 29: "IO", 30: "PWR", 31: "SYS"}

// SignalNumber is the number of a signal's name without SIG, 0 if unknown.
func SignalNumber(name string) int {
	for number, known := range signalNames {
		if known != "" && known == name {
			return number
		}
	}
	return 0
}

// SignalName is the name of a signal without SIG, or its number.
func SignalName(number int) string {
	if number > 0 && number < len(signalNames) {
		return signalNames[number]
	}
	return fmt.Sprint(number)
}

// signalOf is the signal in an exit status of bash, 0 if there is none.
func signalOf(status int) int {
	if n := status - 128; n > 0 && n < len(signalNames) {
		return n
	}
	return 0
}

// Read says what an attempt means by itself under an oracle (verdict.md, What
// an attempt says). It is total: whatever the facts, there is one reading, and
// without a verdict of the wrapper's it is never NotSeen. What a limit that is
// hit means under OracleTimeout depends on the other side: see ReadSide.
func Read(o Oracle, a Attempt) Reading {
	f := a.Facts
	if r, over := readEnd(o, a); over {
		return r
	}
	if r, over := readBroken(f); over {
		return r
	}
	switch o.Kind {
	case OracleAsk:
		return readAnswer(f)
	case OracleOutput:
		return readOutput(o, f)
	case OracleSignal:
		return readSignal(o, f)
	case OracleTimeout:
		return readInTime(f)
	case OracleExit, "":
		return readExit(f)
	}
	return readf(CannotTell, "this program does not know the oracle %q", o.Kind)
}

// readEnd deals with containers that did not end by themselves.
func readEnd(o Oracle, a Attempt) (Reading, bool) {
	f := a.Facts
	detail := ""
	if f.Detail != "" {
		detail = ": " + f.Detail
	}
	switch f.End {
	case EndExited:
		if f.OOMKills > 0 {
			return readf(Failed, "%s: out of memory: a process was killed at the memory limit; raise [engine] memory", f.Step), true
		}
		// Under the oracle exit it is a sign of the surroundings.
		if f.PidsMax > 0 && f.Step == StepTest && (o.Kind != OracleExit && o.Kind != "" || f.Status == 0) {
			return readf(Failed, "%s: the limit of processes was hit; raise [engine] pids", f.Step), true
		}
		return Reading{}, false
	case EndTimeout:
		if f.Step != StepTest {
			return readf(Failed, "%s: the limit of %s was hit before the test began", f.Step, a.Limit), true
		}
		if o.Kind == OracleOutput && matched(o, f) {
			return readf(Seen, "printed %q, then the limit of %s was hit", f.Match.Line, a.Limit), true
		}
		return readf(CannotTell, "the limit of %s was hit; if a hang is the bug, set reproduced-when: timeout, else raise duration", a.Limit), true
	case EndMemory:
		return readf(Failed, "%s: out of memory%s; raise [engine] memory", f.Step, detail), true
	case EndPids:
		return readf(Failed, "%s: the limit of processes was hit%s; raise [engine] pids", f.Step, detail), true
	case EndDisk:
		return readf(Failed, "%s: the disk limit was hit%s; raise [engine] disk", f.Step, detail), true
	case EndInterrupted:
		return readf(Broken, "interrupted"), true
	case EndEngine:
		if f.Worker == Kubernetes {
			return readf(Failed, "the cluster failed%s", detail), true
		}
		return readf(Failed, "podman failed%s", detail), true
	}
	return readf(Failed, "%s: the container was lost%s", f.Step, detail), true
}

// readBroken finds tests that could not do their work.
func readBroken(f Facts) (Reading, bool) {
	switch {
	case f.Step == StepSyntax:
		return readf(Failed, "syntax: bash does not accept the test: %s", f.Detail), true
	case f.Step == StepPrecheck:
		return readf(Failed, "precheck: failed with exit status %d on this side, so its attempts do not count", f.Status), true
	case f.Step != StepTest:
		return readf(Failed, "%s: the container ended with exit status %d before the test began", f.Step, f.Status), true
	case len(f.Missing) > 0:
		return readf(Failed, "test: command not found: %s; add its package to require", strings.Join(f.Missing, ", ")), true
	case f.Status == 126:
		return readf(Failed, "test: exit status 126: a command could not be executed; the test is broken here"), true
	case f.Status == 127:
		return readf(Failed, "test: exit status 127: a command was not found; add its package to require"), true
	case f.Status < 0 || f.Status > 255:
		return readf(Failed, "test: impossible exit status %d", f.Status), true
	}
	return Reading{}, false
}

// readExit is the oracle exit.
func readExit(f Facts) Reading {
	if f.Status == 0 {
		return unlessDisturbed(f, "exit status 0")
	}
	if r, ok := skipped(f); ok {
		return r
	}
	signal := signalOf(f.Status)
	switch {
	case f.Status >= 128 && !crashes[signal]:
		return foreignEnd(f)
	case len(f.Surroundings) > 0 || f.PidsMax > 0:
		return readSurroundings(f)
	case signal > 0:
		return readf(Seen, "ended by signal %s", SignalName(signal))
	}
	return readf(Seen, "exit status %d", f.Status)
}

// skipped is how a test says itself that it cannot tell.
func skipped(f Facts) (Reading, bool) {
	if f.Status == 77 || f.Status == 125 {
		return readf(CannotTell, "exit status %d: the test says that it cannot tell", f.Status), true
	}
	return Reading{}, false
}

// foreignEnd is a status of 128 or more that is no crash.
func foreignEnd(f Facts) Reading {
	if signal := signalOf(f.Status); signal > 0 {
		return readf(CannotTell, "ended by signal %s, which is no crash; declare it with reproduced-when: {signal: %s} if it is the bug",
			SignalName(signal), SignalName(signal))
	}
	return readf(CannotTell, "exit status %d is neither a failure of 1 to 124 nor a signal; declare reproduced-when: {output: …}", f.Status)
}

// readSurroundings is a failure that the container may have caused.
func readSurroundings(f Facts) Reading {
	var causes []string
	names := f.Surroundings
	if f.PidsMax > 0 && !slices.Contains(names, pidsSignature) {
		names = append([]string{pidsSignature}, names...)
	}
	for _, name := range names {
		causes = append(causes, adviceOn(name))
	}
	return readf(CannotTell, "the test failed, but the container may be the cause: %s", strings.Join(causes, "; "))
}

// unlessDisturbed is NotSeen for an oracle that saw nothing, if the test could
// do its work: one that failed for want of network, or was killed, did not.
func unlessDisturbed(f Facts, why string) Reading {
	if f.Status != 0 {
		if r, ok := skipped(f); ok {
			return r
		}
		if len(f.Surroundings) > 0 {
			return readSurroundings(f)
		}
		if f.Status >= 128 {
			if signal := signalOf(f.Status); crashes[signal] {
				return readf(CannotTell, "ended by signal %s, which is not what was declared", SignalName(signal))
			}
			return foreignEnd(f)
		}
	}
	return Reading{Kind: NotSeen, Why: why}
}

// matched tells that the declared pattern was found, and is still the pattern.
func matched(o Oracle, f Facts) bool {
	return f.Match != nil && f.Match.Pattern == o.Pattern && f.Match.Stream == o.Stream && f.Match.Count > 0
}

// readOutput is the oracle output.
func readOutput(o Oracle, f Facts) Reading {
	if r, ok := skipped(f); ok {
		return r
	}
	if matched(o, f) {
		return readf(Seen, "printed %q", f.Match.Line)
	}
	if f.Match == nil || f.Match.Pattern != o.Pattern || f.Match.Stream != o.Stream {
		return readf(CannotTell, "the output was not searched for this pattern; run again with --fresh")
	}
	if f.Match.Truncated {
		return readf(CannotTell, "the pattern was changed and the stored output is not whole; run again with --fresh")
	}
	return unlessDisturbed(f, "no line matched")
}

// readSignal is the oracle signal.
func readSignal(o Oracle, f Facts) Reading {
	if signal := signalOf(f.Status); signal > 0 && SignalName(signal) == o.Signal {
		return readf(Seen, "ended by signal %s", o.Signal)
	}
	return unlessDisturbed(f, fmt.Sprintf("exit status %d, not signal %s", f.Status, o.Signal))
}

// readInTime is the oracle timeout for a test that came to its end.
func readInTime(f Facts) Reading {
	return unlessDisturbed(f, "ended in time")
}

// readAnswer is the oracle ask.
func readAnswer(f Facts) Reading {
	switch a := f.Answer; {
	case a == nil:
		return readf(CannotTell, "nobody was there to judge (reproduced-when: ask)")
	case a.Unsure:
		return readf(CannotTell, "%s could not tell", a.By)
	case a.Seen:
		return readf(Seen, "%s sees it", a.By)
	default:
		return readf(NotSeen, "%s does not see it", a.By)
	}
}

// ReadSide reads all attempts of a side. others are the attempts of what it is
// compared with: under OracleTimeout a limit that is hit is the bug if the
// other side passed in at most a tenth of it, or hangs too.
func ReadSide(o Oracle, own, others []Attempt) []Reading {
	readings := make([]Reading, len(own))
	for i, a := range own {
		readings[i] = Read(o, a)
		if o.Kind == OracleTimeout && a.Facts.End == EndTimeout && a.Facts.Step == StepTest {
			readings[i] = readHang(o, a, others)
		}
	}
	return readings
}

func readHang(o Oracle, a Attempt, others []Attempt) Reading {
	passed, slow := 0, 0
	for _, other := range others {
		switch {
		case other.Facts.End == EndTimeout && other.Facts.Step == StepTest:
			return readf(Seen, "the limit of %s was hit, as on the other side", a.Limit)
		case Read(o, other).Kind != NotSeen || other.Facts.Status != 0: // to fail soon is not to pass
		case other.Duration*10 <= a.Limit:
			passed++
		default:
			slow++
		}
	}
	switch {
	case slow > 0:
		return readf(CannotTell, "the limit of %s was hit, but the other side needed more than a tenth of it: it may just be slow; raise duration", a.Limit)
	case passed > 0:
		return readf(Seen, "the limit of %s was hit, the other side passed in a tenth of it or less", a.Limit)
	}
	return readf(CannotTell, "the limit of %s was hit, and no other side shows how long the test takes where it works", a.Limit)
}
