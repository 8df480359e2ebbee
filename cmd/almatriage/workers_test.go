package main

import (
	"bufio"
	"fmt"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/podman/fixture"
	"github.com/almatriage/almatriage/store"
)

// TestBatchOnWorkers runs a batch on two podman services, and one of them dies
// in the middle: what it was at goes to the other, and nothing is done twice.
func TestBatchOnWorkers(t *testing.T) {
	workers := fixture.Workers(t, "east", "west")
	u := newUser(t, strings.Replace(configOf(mantisServer(t)), "[engine]\n", "[engine]\nlocal = false\n", 1)+
		"[[engine.worker]]\nname = \"east\"\n[[engine.worker]]\nname = \"west\"\n")
	u.must("sync")
	for i := 1; i <= 6; i++ {
		u.must("recipe", "set", fmt.Sprintf("almbz#%d", i), u.write("r.fmf", fmt.Sprintf("summary: number %d\nrequire: [gizmo]\ntest: \": %[1]d; gizmo add 1 1; exit %[1]d\"\n", i)))
	}
	cmd := u.command("run", "--query", "has:recipe", "--jobs", "2")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines, killed := 0, false
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		lines++
		if !killed && strings.Contains(scanner.Text(), string(reproduce.StreamReproducible)) {
			workers[0].Kill(t)
			killed = true
		}
	}
	if err := cmd.Wait(); err != nil || lines != 6 {
		t.Fatalf("%v: %d reports\n%s", err, lines, said.String())
	}
	u.eachOnce()
	on := u.byWorker()
	if on["west done"] == 0 || on["east"] == 0 || !strings.Contains(said.String(), "worker east") {
		t.Errorf("where the attempts were made: %v\n%s", on, said.String())
	}
	if left := workers[1].Containers(t); left != "" {
		t.Errorf("left on the other: %s", left)
	}
	if text, _, _ := u.run("doctor", "--json"); !strings.Contains(text, "worker east cannot be reached") || !strings.Contains(text, `"worker west"`) {
		t.Errorf("doctor: %s", text)
	}
	// What was found is known, whichever worker found it.
	if text := u.must("run", "--query", "has:recipe"); strings.Count(text, "\n") != 6 {
		t.Errorf("again: %s", text)
	}
	if again := u.byWorker(); fmt.Sprint(again) != fmt.Sprint(on) {
		t.Errorf("attempts were made again: %v, then %v", on, again)
	}
	for command, shows := range map[string]string{"images": "alma9", "gc": "removed "} {
		if stdout, stderr, status := u.run(command); status != 5 || !strings.Contains(stdout, shows) || !strings.Contains(stderr, workers[0].Name) {
			t.Errorf("%s with a dead worker: status %d: %s%s", command, status, stdout, stderr)
		}
	}
	workers[0].Start(t)
	u.must("gc")
	if left := workers[0].Containers(t); left != "" {
		t.Errorf("left on the one that died: %s", left)
	}
}

// byWorker counts attempts by where they were made, and runs that were given back.
func (u *user) byWorker() map[string]int {
	u.t.Helper()
	db, err := store.Open(u.t.Context(), u.database(), store.Options{})
	if err != nil {
		u.t.Fatal(err)
	}
	defer db.Close()
	runs, err := db.Runs(u.t.Context(), "")
	if err != nil {
		u.t.Fatal(err)
	}
	on := map[string]int{}
	for _, r := range runs {
		run, err := db.Run(u.t.Context(), r.ID)
		if err != nil {
			u.t.Fatal(err)
		}
		for _, side := range run.Sides {
			for _, attempt := range side.Attempts {
				if attempt.Done && attempt.Run == r.ID {
					on[attempt.Facts.Worker]++
					on[attempt.Facts.Worker+" "+string(r.State)]++
				}
			}
		}
	}
	return on
}
