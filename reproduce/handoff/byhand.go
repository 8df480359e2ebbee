package handoff

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker/safe"
)

// ByHand is one line, a podman command that repeats a side by hand on any
// machine: it prepares a container as the side was, and runs the test. It is
// written for bash and zsh, whose $'…' holds line breaks; nothing in it is more
// than a word of podman's or of the script. It is clean: what cannot be seen is
// written as the octal of its bytes, so that the test is the same to the byte.
// A recipe with files is to be run in the folder that they lie in.
func ByHand(run *reproduce.Run, side *reproduce.Side) string {
	words := []string{"podman", "run", "--rm"}
	if len(run.Recipe.Files) > 0 {
		// Without a label of its own SELinux lets the container read them.
		words = append(words, "--security-opt", "label=disable", "--volume", ".:/recipe:ro", "--workdir", "/recipe")
	}
	image := reference(side)
	if strings.HasPrefix(image, "-") { // somebody else's run can name one so
		words = append(words, "--")
	}
	words = append(words, image, "bash", "-c", scriptOf(&run.Recipe, side.Target))
	return quoted(words)
}

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// reference is the image as it was, by its digest, where it came from a
// registry; else its name.
func reference(side *reproduce.Side) string {
	name, digest := side.Image.Ref, side.Image.Digest
	if name == "" {
		name = side.Target.Image
	}
	// Of an image that was in no registry the id stands for the digest.
	id := strings.TrimPrefix(side.Image.ID, "sha256:")
	if !digestForm.MatchString(digest) || strings.TrimPrefix(digest, "sha256:") == id || strings.HasPrefix(name, "localhost/") {
		return name
	}
	name, _, _ = strings.Cut(name, "@")
	if slash, colon := strings.LastIndexByte(name, '/'), strings.LastIndexByte(name, ':'); colon > slash {
		name = name[:colon]
	}
	return name + "@" + digest
}

// scriptOf prepares a container as a side is prepared (verdict.md, The sides)
// and then runs the test as tmt runs it. Each part has a shell of its own, as
// there: what one changes in its shell is not seen by the next.
func scriptOf(r *reproduce.Recipe, target reproduce.Target) string {
	var b strings.Builder
	part := func(script string) {
		if script = strings.Trim(script, "\n"); script != "" {
			b.WriteString("(\n" + script + "\n)\n")
		}
	}
	b.WriteString("set -eo pipefail\nexport LC_ALL=C.UTF-8 TZ=UTC\n")
	part(target.Setup)
	b.WriteString("dnf -qy " + builder(target) + "upgrade\n")
	variables := exports(r.Environment)
	if r.Prepare != "" {
		part(variables + r.Prepare)
	}
	if len(r.Require) > 0 {
		b.WriteString("dnf -qy " + builder(target) + "--setopt=install_weak_deps=False --setopt=tsflags=nodocs install -- " + quoted(r.Require) + "\n")
	}
	part(variables + r.Test)
	return strings.TrimRight(b.String(), "\n")
}

// exports sets a recipe's variables.
func exports(environment map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		fmt.Fprintf(&b, "export %s=%s\n", name, shellWord(environment[name]))
	}
	return b.String()
}

// quoted writes words for a shell.
func quoted(words []string) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = shellWord(word)
	}
	return strings.Join(list, " ")
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

// shellWord quotes a word for bash and zsh: clean, and on one line.
func shellWord(word string) string {
	word = strings.ReplaceAll(word, "\x00", "") // no argument can hold it
	if safe.Cell(word) == word {
		return reproduce.ShellWords([]string{word})
	}
	var b strings.Builder
	b.WriteString("$'")
	for len(word) > 0 {
		r, size := utf8.DecodeRuneInString(word)
		switch one := word[:size]; {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\\' || r == '\'':
			b.WriteString(`\` + one)
		case safe.Cell(one) == one:
			b.WriteString(one)
		default:
			for _, c := range []byte(one) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		}
		word = word[size:]
	}
	return b.String() + "'"
}
