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
		{"name-resolution", []string{"could not resolve host", "could not resolve proxy", "bad hostname '", "couldn't resolve host", "temporary failure in name resolution",
			"name or service not known", "no address associated with hostname", "failed to resolve host", "failed to resolve '", "failed to resolve address",
			"unable to resolve host", "unknown host", "unknownhostexception", "cannot resolve hostname", "no such host", "no servers could be reached", "eai_again", "getaddrinfo enotfound", "host not found", "127.0.0.1:53:", "[::1]:53:"},
			"a name could not be resolved; set network: full, or declare reproduced-when: {output: …}"},
		{"network", []string{"network is unreachable", "network unreachable", "no route to host", "network is down", "couldn't connect to server", "could not connect to server", "enetunreach"},
			"the network could not be reached; set network: full, or declare reproduced-when: {output: …}"},
		{"systemd", []string{"system has not been booted with systemd", "not booted with systemd", "running in chroot, ignoring", "no journal files were found",
			"firewalld is not running", "networkmanager is not running"},
			"systemd does not run in the container; try it in a VM, or declare reproduced-when: {output: …}"},
		{"bus", []string{"failed to connect to bus", "failed to get d-bus connection", "failed to connect to system bus", "failed to connect to socket /run/dbus",
			"failed to connect to socket /var/run/dbus", "could not connect to d-bus", "cannot autolaunch d-bus", "unable to connect to system bus",
			"failed to connect to system scope bus", "failed to connect to user scope bus", "failed to connect to user bus",
			"failed to create bus connection", "could not connect: no such file or directory", "could not connect to system bus"},
			"the message bus does not run in the container; try it in a VM, or declare reproduced-when: {output: …}"},
		{"permission", []string{"operation not permitted", "no new privileges", "failed mount system call", ": permission denied.", "(you must be root)",
			"lacking privilege", "access to performance monitoring"},
			"the container was not permitted an operation; if that is the bug, declare reproduced-when: {output: …}"},
		{"terminal", []string{"inappropriate ioctl for device", "not a tty", "stdin is not a terminal", "input is not a terminal", "terminal is not fully functional",
			"/dev/tty: no such device", "no such device or address: '/dev/tty'", "error opening terminal", "no value for $term", "term environment variable not set"},
			"the test has no terminal; give it one with script -qec, or declare reproduced-when: {output: …}"},
		{"display", []string{"cannot open display", "can't open display", "could not open display", "unable to open display", "failed to open display",
			"could not connect to display", "cannot connect to x server", "no display name and no $display"},
			"there is no display in the container; give the test one with xvfb-run, or try it in a VM"},
		{"device", []string{"modprobe: fatal: module", "could not access kvm kernel module", "cannot find an unused loop device", "failed to set up loop device",
			"failed to setup loop device", "fuse: device not found", "/dev/fuse: no such", "/dev/kvm: no such", "/dev/net/tun: no such", "cannot access the hardware clock",
			"selinux is disabled"},
			"the container has no such device or part of the kernel; try it in a VM, or declare reproduced-when: {output: …}"},
		{"read-only", []string{"read-only file system"},
			"the recipe's directory is read-only; write to a directory of mktemp -d, or declare reproduced-when: {output: …}"},
		{"space", []string{"no space left on device", "disk quota exceeded", "file size limit exceeded", "file too large"},
			"the disk was full; raise [engine] disk, or declare reproduced-when: {output: …}"},
		{"memory", []string{"cannot allocate memory", "out of memory", "std::bad_alloc", "memory exhausted", "memoryerror"},
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
// bash's echo is none of it. pidsMax is how often the limit of processes struck.
// For Facts.Surroundings.
func Signatures(lines []LogLine, pidsMax int64) []string {
	var hits []string
	if pidsMax > 0 {
		hits = append(hits, pidsSignature)
	}
	all := signatures()
	for _, line := range lines {
		if line.Stream == Trace {
			continue
		}
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

// failureWords mark a line that tells of a failure. A line without one (a banner,
// a last "done") is common to failures that have nothing else in common.
var failureWords = regexp.MustCompile(`(?i)error|fail|fatal|cannot|can't|could not|couldn't|unable|exception|invalid|illegal|not found|no such|denied|` +
	`refused|abort|assert|segmentation|fault|corrupt|overflow|underflow|undefined|unexpected|unrecognized|unknown|missing|mismatch|panic|traceback|` +
	`out of range|broken|bad |wrong|leak|unsupported|not supported|expected`)

var (
	// harmless begins a line that is printed whether or not something fails, behind
	// names and line numbers; severe is what such a beginning must not hold.
	harmless = regexp.MustCompile(`(?i)^((?:\W*(?:\S+:|line \d+:)\s*)*?)\W*(?:warning|warn|note|info|debug|hint|usage|try)\b`)
	severe   = regexp.MustCompile(`(?i)\b(error|fatal|critical):`)
	// bare is a line that tells of a failure, but not of which: the last words of
	// failures that have nothing in common.
	bare = regexp.MustCompile(`(?i)^[\W_]*(?:\b(?:an?|the|all|some|one or more|errors?|err|e|fatal|critical|tests?|checks?|command|fail(?:s|ed|ure|ures)?|not ok|` +
		`exception|(?:assertion|runtime|type|value|key)error|assertion|traceback|most recent call last|unexpected|unknown|occurred|was|were|has|have|` +
		`results?|exit|exited|process|completed|returned|with|see|log|(?:status|code) \d+|(?:failures?|failed|errors)=\d+|tests? failed: \d+|` +
		`\d+(?: (?:of|out of) \d+)? (?:tests?|checks?|errors|failures?|failed))\b[\W_]*)+$` +
		`|^g?make(?:\[\w+\])?: \*\*\* .*\bError \d+$`)
	// none is a count that tells of no failure.
	none = regexp.MustCompile(`(?i)\b(0|no) (errors?|failures?|failed|problems?)\b`)
)

// tellsFailure tells a normalised line that says what failed.
func tellsFailure(text string) bool {
	if m := harmless.FindStringSubmatch(text); m != nil && !severe.MatchString(m[1]) {
		return false
	}
	return failureWords.MatchString(none.ReplaceAllString(text, "")) && !bare.MatchString(text)
}

// ErrorLines are the lines in which a test told of its failure, normalised, in
// order, each once; for telling whether two failures are the same. They are
// those of stderr; where none of it does, of stdout.
func ErrorLines(lines []LogLine) []string {
	for _, stream := range []Stream{Stderr, Stdout} {
		var told []string
		for _, line := range lines {
			if line.Stream != stream {
				continue
			}
			if text := NormaliseLine(line.Text); tellsFailure(text) {
				told = appendOnce(told, text)
			}
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
	processes  = regexp.MustCompile(`(?i)\b(pid|process|thread|tid)([ =:#]*)\d+`)
	checked    = regexp.MustCompile(`^==\d+==`) // valgrind and the sanitizers: ==PID==
	days       = regexp.MustCompile(`\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2}(, \d{4})?\b`)
	jobs       = regexp.MustCompile(`(: line \d+:)\s+\d+ ([A-Z])`)                   // bash of a process that a signal ended
	logged     = regexp.MustCompile(`(^|\s)([A-Za-z][\w./+-]*)(?:\[\d+\]|\(\d+\)):`) // program[PID]:
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
	line = days.ReplaceAllString(line, "DATE")
	line = clock.ReplaceAllString(line, "TIME")
	line = addresses.ReplaceAllString(line, "ADDR")
	line = temporary.ReplaceAllString(line, "/$1/TEMP")
	line = builds.ReplaceAllString(line, "BUILD")
	line = hashes.ReplaceAllString(line, "HASH")
	line = processes.ReplaceAllString(line, "PID")
	line = checked.ReplaceAllString(line, "==PID==")
	line = jobs.ReplaceAllString(line, "$1 PID $2")
	line = logged.ReplaceAllString(line, "$1$2[PID]:")
	return strings.TrimSpace(whitespace.ReplaceAllString(line, " "))
}
