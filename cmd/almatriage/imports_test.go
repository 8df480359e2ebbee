package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/almatriage/almatriage/"

// TestImportsRunOneWay keeps the shape of the house: tracker <- reproduce <-
// store <- tui <- cmd. It looks at what packages import outside of their tests,
// directly or not.
func TestImportsRunOneWay(t *testing.T) {
	layers := []string{"tracker", "reproduce", "store", "tui", "cmd"}
	for name, deps := range dependencies(t) {
		layer := slices.Index(layers, top(name))
		if layer < 0 {
			t.Errorf("%s is in no layer: the top level is %s", name, strings.Join(layers, ", "))
		}
		for _, dep := range deps {
			if slices.Index(layers, top(dep)) > layer {
				t.Errorf("%s imports %s, which lies above it", name, dep)
			}
			if adapter(name) && adapter(dep) && name != dep {
				t.Errorf("the adapter %s imports the adapter %s", name, dep)
			}
		}
	}
	deps := dependencies(t)
	for _, dep := range deps["tracker/safe"] {
		t.Errorf("tracker/safe is a leaf and imports %s", dep)
	}
	if len(deps) < 15 {
		t.Errorf("only %d packages were looked at", len(deps))
	}
}

func adapter(name string) bool { return name == "tracker/mantis" || name == "tracker/github" }

func top(name string) string {
	first, _, _ := strings.Cut(name, "/")
	return first
}

// dependencies lists this module's packages with those of them that each needs.
func dependencies(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Deps", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Deps       []string
		}
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		var ours []string
		for _, dep := range p.Deps {
			if name, ok := strings.CutPrefix(dep, module); ok {
				ours = append(ours, name)
			}
		}
		all[strings.TrimPrefix(p.ImportPath, module)] = ours
	}
}
