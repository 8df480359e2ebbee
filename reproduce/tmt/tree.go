package tmt

import (
	_ "embed"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
)

//go:embed script/wrap.sh
var wrapScript []byte

//go:embed script/read.sh
var readScript []byte

// maxSummary is what tmt lint thinks a reasonable length, in characters.
const maxSummary = 50

// Tree writes a tree of the items, as files sorted by path, and checks it as
// Check does. program names what wrote it. An item that tmt cannot be told of
// is an error that says why.
func Tree(items []Item, program string) ([]reproduce.File, error) {
	files := []reproduce.File{{Path: ".fmf/version", Data: []byte("1\n")}}
	for _, item := range items {
		more, err := item.files(program)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", item.Report, err)
		}
		files = append(files, more...)
	}
	slices.SortFunc(files, func(a, b reproduce.File) int { return strings.Compare(a.Path, b.Path) })
	if err := Check(files); err != nil {
		return nil, fmt.Errorf("the tree is not valid: %w", err)
	}
	return files, nil
}

// files are a report's test and plans.
func (i *Item) files(program string) ([]reproduce.File, error) {
	folder, err := folderOf(i.Report)
	if err != nil {
		return nil, err
	}
	if err := i.check(); err != nil {
		return nil, err
	}
	recipe, err := i.recipe()
	if err != nil {
		return nil, err
	}
	test := testDir + folder + "/"
	files := []reproduce.File{
		{Path: test + "main.fmf", Data: i.test(program)},
		{Path: test + "wrap.sh", Data: wrapScript, Executable: true},
		{Path: test + "read.sh", Data: readScript},
		{Path: test + "signs", Data: signs()},
	}
	for _, file := range recipe {
		file.Path = test + "recipe/" + file.Path
		files = append(files, file)
	}
	for _, side := range i.Sides {
		files = append(files, reproduce.File{Path: planDir + folder + "/" + side.Target.Name + ".fmf", Data: i.plan(side, folder, program)},
			reproduce.File{Path: test + "prepare-" + side.Target.Name + ".sh", Data: i.prepare(side.Target)})
	}
	return files, nil
}

// check refuses what has a meaning of its own for tmt: it expands $ in a plan,
// with variables of the computer that it runs on, and fetches libraries.
func (i *Item) check() error {
	if len(i.Sides) == 0 {
		return fmt.Errorf("there is no target to plan for")
	}
	for _, entry := range i.Recipe.Require {
		if strings.ContainsAny(entry, "$\x00\n") || strings.HasPrefix(entry, "library(") {
			return fmt.Errorf("the required package %.100q means something else to tmt; name it in another way, or install it in prepare", entry)
		}
	}
	for _, side := range i.Sides {
		if !names.MatchString(side.Target.Name) || side.Target.Name == "main" {
			return fmt.Errorf("the target %.100q cannot be the name of a plan", side.Target.Name)
		}
		if !images.MatchString(side.image()) {
			return fmt.Errorf("the image %.100q of %s cannot be told to tmt", side.image(), side.Target.Name)
		}
	}
	return nil
}

// test is the file of the test.
func (i *Item) test(program string) []byte {
	w := &writer{}
	w.comment(program, "bash ./wrap.sh runs "+testDir+i.folder()+"/recipe/test.sh and tells tmt what it means.")
	w.text("summary", i.summary(i.Report.String(), i.Recipe.Summary))
	w.text("description", i.description())
	w.line("test: bash ./wrap.sh")
	w.line("framework: shell")
	w.line("result: custom")
	w.line("duration: " + strconv.Itoa(seconds(i.limit())+60) + "s")
	w.list("require", i.Recipe.Require)
	if len(i.Recipe.Environment) > 0 {
		w.line("environment:")
		for _, name := range slices.Sorted(maps.Keys(i.Recipe.Environment)) {
			w.line("  " + name + ": " + quoted(i.Recipe.Environment[name]))
		}
	}
	w.links(i)
	w.line("extra-almatriage:")
	w.line("  report: " + quoted(i.Report.String()))
	w.line("  recipe: " + quoted(i.Recipe.Hash()))
	return w.Bytes()
}

func (i *Item) folder() string { return fmt.Sprintf("%s/%d", i.Report.Space, i.Report.Number) }

// description tells who reads the test what its result means.
func (i *Item) description() string {
	text := i.Title
	if i.Recipe.Summary != "" && i.Recipe.Summary != i.Title {
		text += "\n" + i.Recipe.Summary
	}
	text += "\n\nfail: the bug shows. pass: it does not. skip: the test cannot tell. info: a person must judge." +
		" warn: it hangs, and the other side must show how long it takes where it works. error: the test is broken here."
	if i.Recipe.Network != reproduce.NetworkFull {
		text += " The recipe asks for no network, which tmt does not take from a container."
	}
	return strings.TrimSpace(text)
}

// plan is the file of a plan. What a person wrote is in files of the test, as
// tmt expands variables in a plan.
func (i *Item) plan(side Side, folder, program string) []byte {
	w := &writer{}
	note := "The image is the one that was recorded when the recipe ran."
	if !side.Recorded() {
		note = "The recipe has no recorded run on this target: the image is the configured one."
	}
	w.comment(program, note)
	w.text("summary", i.summary(i.Report.String()+" on "+side.Target.Title(), ""))
	w.line("discover:")
	w.line("  how: fmf")
	w.line("  test: [" + quoted("^/"+testDir+regexpOf(folder)+"$") + "]")
	w.line("provision:")
	w.line("  how: container")
	w.line("  image: " + quoted(side.image()))
	w.line("prepare:")
	w.line("  - name: almatriage")
	w.line("    how: shell")
	w.line("    script: " + quoted("bash ./"+testDir+folder+"/prepare-"+side.Target.Name+".sh"))
	if len(i.Recipe.Require) > 0 {
		w.line("  - name: require")
		w.line("    how: install")
		w.line("    package:")
		for _, entry := range i.Recipe.Require {
			w.line("      - " + quoted(entry))
		}
	}
	w.line("execute:")
	w.line("  how: tmt")
	w.line("context:")
	w.line("  distro: " + quoted(distroOf(side.Target)))
	w.line("environment:")
	w.line("  ALMATRIAGE_TARGET: " + quoted(side.Target.Name))
	w.line("  ALMATRIAGE_IMAGE: " + quoted(side.image()))
	if link := i.link(); link != "" {
		w.line("link:")
		w.line("  - verifies: " + quoted(link))
	}
	return w.Bytes()
}

// distroOf is a target in the words of fmf's context.
func distroOf(t reproduce.Target) string {
	name := string(t.Distribution)
	switch t.Distribution {
	case reproduce.UBI:
		name = "rhel"
	case reproduce.Kitten:
		name = "almalinux-kitten"
	}
	return strings.Trim(name+"-"+t.Release, "-")
}

// prepare brings a container to where a recipe's attempts begin: all of the
// repositories on, everything upgraded, the recipe's own script run.
func (i *Item) prepare(t reproduce.Target) []byte {
	var b strings.Builder
	b.WriteString("#!/bin/bash\n# Prepares " + t.Name + ". Written by almatriage; the packages come after it.\nset -eo pipefail\nexport LC_ALL=C.UTF-8 TZ=UTC HOME=/root\n" +
		"cd \"${BASH_SOURCE[0]%/*}/recipe/files\"\n")
	if t.Setup != "" {
		b.WriteString("bash -ec " + reproduce.Quote(t.Setup) + "\n")
	}
	b.WriteString(`sed -i '/^\[\(crb\|powertools\)\]/,/^\[/ s/^enabled *= *0/enabled=1/' /etc/yum.repos.d/*.repo` + "\ndnf -y upgrade\n")
	if i.Recipe.Prepare != "" {
		b.WriteString(". ../environment.sh\nbash ../prepare.sh 9>/dev/null\n")
	}
	return []byte(b.String())
}

// recipe is the folder of what runs.
func (i *Item) recipe() ([]reproduce.File, error) {
	pattern, err := perl(i.Recipe.Oracle)
	if err != nil {
		return nil, err
	}
	files := []reproduce.File{
		{Path: ".fmf/version", Data: []byte("1\n")}, // a tree of its own: nothing in it is a test or a plan
		{Path: "settings.sh", Data: i.settings()},
		{Path: "environment.sh", Data: []byte(reproduce.Exports(i.Recipe.Environment))},
		{Path: "test.sh", Data: script(i.Recipe.Test)},
		{Path: "precheck.sh", Data: script(i.Recipe.Precheck)},
		{Path: "prepare.sh", Data: script(i.Recipe.Prepare)},
		{Path: "pattern", Data: []byte(pattern)},
	}
	own := i.Recipe.Files
	if !slices.ContainsFunc(own, func(f reproduce.File) bool { return f.Path == "main.fmf" }) {
		own = append(slices.Clone(own), reproduce.File{Path: "main.fmf", Data: []byte(fmf.Source(i.Recipe))})
	}
	for _, file := range own {
		files = append(files, reproduce.File{Path: "files/" + file.Path, Executable: file.Executable, Data: file.Data})
	}
	return files, nil
}

// settings are what the wrapper must know of the recipe.
func (i *Item) settings() []byte {
	o := i.Recipe.Oracle
	kind := o.Kind
	if kind == "" {
		kind = reproduce.OracleExit
	}
	var b strings.Builder
	for _, s := range [][2]string{
		{"report", i.Report.String()}, {"hash", i.Recipe.Hash()}, {"oracle", string(kind)}, {"oracle_hash", OracleHash(o)},
		{"stream", o.Stream}, {"signal", strconv.Itoa(reproduce.SignalNumber(o.Signal))}, {"limit", strconv.Itoa(seconds(i.limit()))},
	} {
		b.WriteString(s[0] + "=" + reproduce.Quote(s[1]) + "\n")
	}
	return []byte(b.String())
}

func (i *Item) limit() time.Duration {
	if i.Recipe.Duration > 0 {
		return i.Recipe.Duration
	}
	return DefaultDuration
}

// seconds rounds up: a test never gets less time than it asks for.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// summary is the first text that says something, cut to what tmt lint wants.
func (i *Item) summary(head, tail string) string {
	text := head
	if tail != "" {
		text += ": " + tail
	}
	runes := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " "))
	if len(runes) > maxSummary {
		runes = append(runes[:maxSummary-1], '…')
	}
	return string(runes)
}
