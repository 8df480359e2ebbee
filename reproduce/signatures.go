package reproduce

import (
	"regexp"
	"slices"
	"strings"
)

// signature is how the surroundings of a container show in a test's output.
type signature struct {
	name   string
	signs  []string // in lower case; any of them in a line is a hit
	advice string
}

// signatures lists what a container cannot give, or gives only when the recipe
// asks, in the words of libc, bash, systemd and the usual tools. A test that
// failed with one of them may have failed on AlmaLinux and Stream alike for a
// reason that is not the bug.
func signatures() []signature {
	return []signature{
		{"name-resolution", []string{"could not resolve host", "couldn't resolve host", "temporary failure in name resolution",
			"name or service not known", "no address associated with hostname", "failed to resolve", "unknown host", "cannot resolve hostname"},
			"a name could not be resolved; set network: full, or declare reproduced-when: {output: …}"},
		{"network", []string{"network is unreachable", "network unreachable", "no route to host", "network is down", "couldn't connect to server"},
			"the network could not be reached; set network: full, or declare reproduced-when: {output: …}"},
		{"systemd", []string{"system has not been booted with systemd", "not booted with systemd", "running in chroot, ignoring"},
			"systemd does not run in the container; try it in a VM, or declare reproduced-when: {output: …}"},
		{"bus", []string{"failed to connect to bus", "failed to get d-bus connection", "failed to connect to system bus", "failed to connect to socket /run/dbus",
			"failed to connect to socket /var/run/dbus", "could not connect to d-bus", "cannot autolaunch d-bus", "unable to connect to system bus"},
			"the message bus does not run in the container; try it in a VM, or declare reproduced-when: {output: …}"},
		{"permission", []string{"operation not permitted", "no new privileges"},
			"the container was not permitted an operation; if that is the bug, declare reproduced-when: {output: …}"},
		{"terminal", []string{"inappropriate ioctl for device", "not a tty", "stdin is not a terminal", "input is not a terminal", "terminal is not fully functional"},
			"the test has no terminal; give it one with script -qec, or declare reproduced-when: {output: …}"},
		{"read-only", []string{"read-only file system"},
			"the recipe's directory is read-only; write to a directory of mktemp -d, or declare reproduced-when: {output: …}"},
		{"space", []string{"no space left on device", "disk quota exceeded"},
			"the disk was full; raise [engine] disk, or declare reproduced-when: {output: …}"},
		{"memory", []string{"cannot allocate memory", "out of memory", "std::bad_alloc", "memory exhausted"},
			"memory could not be had; raise [engine] memory, or declare reproduced-when: {output: …}"},
		{"resource", []string{"resource temporarily unavailable", "fork: retry"},
			"processes or other resources ran out; raise [engine] pids, or declare reproduced-when: {output: …}"},
		{"cpu-level", []string{"cpu does not support x86-64-v", "cpu isa level is lower than required"},
			"this computer's processor is too old for the image (x86-64 level): the host's limit, not the bug"},
	}
}

// pidsSignature is the hit that the counter of pids.events gives.
const pidsSignature = "pids"

// Signatures names the signs of the surroundings in a test's output, each once;
// pidsMax is how often the limit of processes struck. For Facts.Surroundings.
func Signatures(lines []LogLine, pidsMax int64) []string {
	var hits []string
	if pidsMax > 0 {
		hits = append(hits, pidsSignature)
	}
	all := signatures()
	for _, line := range lines {
		text := strings.ToLower(line.Text)
		for _, s := range all {
			if slices.Contains(hits, s.name) {
				continue
			}
			if slices.ContainsFunc(s.signs, func(sign string) bool { return strings.Contains(text, sign) }) {
				hits = append(hits, s.name)
			}
		}
	}
	return hits
}

// adviceOn says what a signature means and which key to change.
func adviceOn(name string) string {
	if name == pidsSignature {
		return "the limit of processes was hit; raise [engine] pids"
	}
	for _, s := range signatures() {
		if s.name == name {
			return s.advice
		}
	}
	return name
}

// errorLineLimit is how many normalised lines of an attempt are kept, from the end.
const errorLineLimit = 20

// failureWords mark a line that tells of a failure; a line without one is
// compared only if it is the last of its stream.
var failureWords = regexp.MustCompile(`(?i)error|fail|fatal|cannot|can't|could not|couldn't|unable|exception|invalid|illegal|not found|no such|denied|` +
	`refused|abort|assert|segmentation|fault|corrupt|overflow|underflow|undefined|unexpected|unrecognized|unknown|missing|mismatch|panic|traceback|` +
	`out of range|broken|bad |wrong|leak|unsupported|not supported|expected`)

// harmless begins a line that is printed whether or not something fails.
var harmless = regexp.MustCompile(`(?i)^\W*(\S+:\s*)?(warning|warn|note|info|debug|hint|usage|try)\b`)

// ErrorLines are the lines in which a test told of its failure, normalised, in
// order, each once; for telling whether two failures are the same. They are
// those of stderr; where that is empty, of stdout.
func ErrorLines(lines []LogLine) []string {
	for _, stream := range []Stream{Stderr, Stdout} {
		var told []string
		last := ""
		for _, line := range lines {
			text := NormaliseLine(line.Text)
			if line.Stream != stream || text == "" || harmless.MatchString(text) {
				continue
			}
			last = text
			if failureWords.MatchString(text) {
				told = appendOnce(told, text)
			}
		}
		if last != "" {
			told = appendOnce(told, last)
		}
		if len(told) > 0 {
			return told[max(0, len(told)-errorLineLimit):]
		}
	}
	return nil
}

func appendOnce(list []string, s string) []string {
	if i := slices.Index(list, s); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	return append(list, s)
}

// What differs from run to run and from side to side without meaning anything.
var (
	colours    = regexp.MustCompile("\x1b\\[[0-9;:]*[A-Za-z]")
	addresses  = regexp.MustCompile(`\b0x[0-9a-fA-F]+\b`)
	hashes     = regexp.MustCompile(`\b[0-9a-f]{12,}\b`)
	dates      = regexp.MustCompile(`\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?)?(Z|[+-]\d\d:?\d\d)?`)
	clock      = regexp.MustCompile(`\b\d\d:\d\d:\d\d([.,]\d+)?\b`)
	temporary  = regexp.MustCompile(`/(tmp|var/tmp|run/user/\d+)/[^\s:'"]+`)
	processes  = regexp.MustCompile(`(?i)\b(pid|process|thread|tid)([ =:#]*)\d+|\[\d+\]|\(\d{2,}\)`)
	builds     = regexp.MustCompile(`\b\d+(\.\d+)*[-.][0-9A-Za-z.~^+_]*\.(el|fc)\d+[0-9A-Za-z._~]*`)
	whitespace = regexp.MustCompile(`\s+`)
)

// NormaliseLine takes out of a line what differs between two runs of the same
// failure: colours, addresses, times, process ids, temporary paths, builds.
// Other numbers stay: "limit 2" and "limit 3" are not the same failure.
func NormaliseLine(line string) string {
	const limit = 1000 // a line is compared by its beginning
	if len(line) > limit {
		line = line[:limit]
	}
	line = strings.ToValidUTF8(line, "\uFFFD")
	line = colours.ReplaceAllString(line, "")
	line = dates.ReplaceAllString(line, "DATE")
	line = clock.ReplaceAllString(line, "TIME")
	line = addresses.ReplaceAllString(line, "ADDR")
	line = temporary.ReplaceAllString(line, "/$1/TEMP")
	line = builds.ReplaceAllString(line, "BUILD")
	line = hashes.ReplaceAllString(line, "HASH")
	line = processes.ReplaceAllString(line, "PID")
	return strings.TrimSpace(whitespace.ReplaceAllString(line, " "))
}
