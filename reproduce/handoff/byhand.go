package handoff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// ByHand is one line, a podman command that repeats a side by hand on any
// machine: it prepares a container as the side was, and runs the test. It is
// written for bash and zsh, whose $'…' holds line breaks; nothing in it is more
// than a word of podman's or of the script. It is raw.
func ByHand(run *reproduce.Run, side *reproduce.Side) string {
	words := []string{"podman", "run", "--rm", reference(side), "bash", "-c", scriptOf(&run.Recipe, side.Target)}
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = shellWord(word)
	}
	return strings.Join(quoted, " ")
}

// reference is the image as it was, by its digest, where it came from a
// registry; else its name.
func reference(side *reproduce.Side) string {
	name, digest := side.Image.Ref, side.Image.Digest
	if name == "" {
		name = side.Target.Image
	}
	if !strings.HasPrefix(digest, "sha256:") || strings.TrimPrefix(digest, "sha256:") == strings.TrimPrefix(side.Image.ID, "sha256:") || strings.HasPrefix(name, "localhost/") {
		return name
	}
	name, _, _ = strings.Cut(name, "@")
	if slash, colon := strings.LastIndexByte(name, '/'), strings.LastIndexByte(name, ':'); colon > slash {
		name = name[:colon]
	}
	return name + "@" + digest
}

// scriptOf prepares a container as a side is prepared (verdict.md, The sides)
// and then runs the test as tmt runs it.
func scriptOf(r *reproduce.Recipe, target reproduce.Target) string {
	var b strings.Builder
	b.WriteString("set -eo pipefail\ndnf -qy upgrade\n")
	for _, name := range slices.Sorted(maps.Keys(r.Environment)) {
		fmt.Fprintf(&b, "export %s=%s\n", name, shellWord(r.Environment[name]))
	}
	if r.Prepare != "" {
		b.WriteString(strings.TrimRight(r.Prepare, "\n") + "\n")
	}
	if len(r.Require) > 0 {
		packages := make([]string, len(r.Require))
		for i, entry := range r.Require {
			packages[i] = shellWord(entry)
		}
		b.WriteString("dnf -qy " + builder(target) + "--setopt=install_weak_deps=False install -- " + strings.Join(packages, " ") + "\n")
	}
	return b.String() + strings.TrimRight(r.Test, "\n")
}

// builder switches on the repository that is off by default, as sides have it.
func builder(target reproduce.Target) string {
	switch {
	case target.Distribution == reproduce.UBI:
		return ""
	case target.Release == "8":
		return "--enablerepo=powertools "
	}
	return "--enablerepo=crb "
}

// shellWord quotes a word for bash and zsh, on one line.
func shellWord(word string) string {
	if !strings.ContainsFunc(word, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return reproduce.ShellWords([]string{word})
	}
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(word) {
		switch {
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\\' || c == '\'':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}
