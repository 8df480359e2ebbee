package tmt_test

import (
	"strings"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/tmt"
)

// goodTest and goodPlan are the smallest tree, with most of what is known.
const (
	goodTest = "summary: a test\ntest: ./run.sh\nduration: 1h 30m\nframework: shell\nresult: custom\ntag: [a, b]\ntier: 1\norder: 50\n" +
		"contact: Ann Other <ann@example.org>\nrequire: [gizmo, bash]\nenvironment: {A: b, N: 3}\nlink:\n  - verifies: https://x.example/1\n    note: why\n  - /plans/p\nextra-ours: {a: 1}\n"
	goodPlan = "summary: a plan\ndiscover:\n  how: fmf\n  test: [^/tests/t$]\nprovision: {how: container, image: \"quay.io/x/y:9\"}\n" +
		"prepare:\n  - {name: a, how: shell, script: \"true\"}\n  - {name: b, how: install, package: [gizmo]}\nexecute: {how: tmt}\ncontext: {distro: [almalinux-9]}\n"
)

func tree(test, plan string, more ...reproduce.File) []reproduce.File {
	return append([]reproduce.File{{Path: ".fmf/version", Data: []byte("1\n")}, {Path: "tests/t/main.fmf", Data: []byte(test)}, {Path: "tests/t/run.sh", Executable: true},
		{Path: "plans/p.fmf", Data: []byte(plan)}, {Path: ".hidden/x.fmf", Data: []byte("[")}, {Path: "own/.fmf/version", Data: []byte("1\n")}, {Path: "own/x.fmf", Data: []byte("[")}}, more...)
}

func TestCheck(t *testing.T) {
	if err := tmt.Check(tree(goodTest, goodPlan)); err != nil {
		t.Fatal(err)
	}
	test := func(old, fresh string) []reproduce.File { return tree(replaced(t, goodTest, old, fresh), goodPlan) }
	plan := func(old, fresh string) []reproduce.File { return tree(goodTest, replaced(t, goodPlan, old, fresh)) }
	for name, row := range map[string]struct {
		files []reproduce.File
		want  string
	}{
		"no root":            {tree(goodTest, goodPlan)[1:], ".fmf/version"},
		"unknown key":        {test("tier: 1", "tire: 1"), `no key "tire"`},
		"a key of a plan":    {test("tier: 1", "discover: {how: fmf}"), `no key "discover"`},
		"twice":              {test("tier: 1", "order: 1"), "given twice"},
		"no summary":         {test("summary: a test\n", ""), "has no summary"},
		"long summary":       {test("a test", strings.Repeat("x", 51)), "51 characters"},
		"summary of lines":   {test("a test", `"a\nb"`), "one line"},
		"summary no text":    {test("a test", "[a]"), "a list; expected text"},
		"empty test":         {test("./run.sh", `" "`), "the test is empty"},
		"test not there":     {test("./run.sh", "./other.sh"), "not there"},
		"duration of words":  {test("1h 30m", "an hour"), "the duration"},
		"duration of dots":   {test("1h 30m", "'...'"), "the duration"},
		"duration a number":  {test("1h 30m", "30"), "expected text"},
		"framework":          {test("shell", "pytest"), "framework"},
		"result":             {test("custom", "failed"), "result"},
		"order":              {test("order: 50", "order: first"), "expected a number"},
		"contact":            {test("Ann Other <ann@example.org>", "ann"), "NAME <ADDRESS>"},
		"require an option":  {test("gizmo,", "--nogpgcheck,"), "--nogpgcheck"},
		"require a library":  {test("gizmo,", "library(a/b),"), "library"},
		"variable":           {test("{A: b", "{1A: b"), "no name of a variable"},
		"variable of a list": {test("{A: b", "{A: [b]"), "expected text"},
		"link no address":    {test("https://x.example/1", "x.example"), "expected http"},
		"link of no kind":    {test("verifies:", "proves:"), `no key "proves"`},
		"link of two kinds":  {test("    note: why", "    relates: /x"), "2 relations"},
		"anchor":             {test("tag: [a, b]", "tag: &a [a, b]"), "anchor"},
		"tag of YAML":        {test("tag: [a, b]", "tag: !!set {a}"), "tag"},
		"adjust":             {test("tier: 1", "adjust: []"), "adjust"},
		"plan no execute":    {plan("execute: {how: tmt}\n", ""), "neither a test"},
		"plan no discover":   {plan("discover:\n  how: fmf\n  test: [^/tests/t$]\n", ""), "has no discover"},
		"no such test":       {plan("^/tests/t$", "^/tests/other$"), "no test of the tree"},
		"no expression":      {plan("[^/tests/t$]", `["("]`), "no regular expression"},
		"unknown plugin":     {plan("how: container", "how: oracle"), "no how"},
		"no plugin":          {plan("how: tmt", "exit-first: true"), "no how"},
		"key of a plugin":    {plan("image:", "images:"), `no key "images"`},
		"no image":           {plan(`, image: "quay.io/x/y:9"`, ""), "has no image"},
		"bad digest":         {plan("y:9", "y@sha256:12"), "NAME@sha256"},
		"phases twice":       {plan("name: b", "name: a"), `named "a"`},
		"expanded":           {plan(`"true"`, `"echo $HOME"`), "expanded"},
		"expanded block":     {plan("context:", "description: |\n  ${HOME}\n  x\ncontext:"), "expand"},
		"context":            {plan("[almalinux-9]", "{a: b}"), "expected text"},
		"no mapping":         {tree("[a]", goodPlan), "expected a test or a plan"},
		"nothing":            {tree("", goodPlan), "empty"},
		"no YAML":            {tree("a: [", goodPlan), "not YAML"},
		"two documents":      {tree(goodTest+"---\n"+goodTest, goodPlan), "second YAML"},
		"no UTF-8":           {tree("summary: \xff", goodPlan), "UTF-8"},
		"deep":               {tree("a: "+strings.Repeat("[", 50), goodPlan), "nested"},
		"inherits":           {tree(goodTest, goodPlan, reproduce.File{Path: "tests/t/more.fmf", Data: []byte(goodTest)}), "inherit"},
		"name twice":         {tree(goodTest, goodPlan, reproduce.File{Path: "tests/t.fmf", Data: []byte(goodTest)}), "is that of"},
		"path out":           {tree(goodTest, goodPlan, reproduce.File{Path: "../x"}), "out of the tree"},
		"path of escapes":    {tree(goodTest, goodPlan, reproduce.File{Path: "a\x1b[2J"}), "unusual"},
		"file twice":         {tree(goodTest, goodPlan, reproduce.File{Path: "plans/p.fmf"}), "there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			err := tmt.Check(row.files)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v; want %q", err, row.want)
			}
		})
	}
}

func replaced(t *testing.T, text, old, fresh string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q is not there once", old)
	}
	return strings.Replace(text, old, fresh, 1)
}
