package kubernetes_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMain lets this binary be kubectl: see kubectl_test.go.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "kubectl" {
		os.Exit(kubectl(filepath.Dir(filepath.Dir(os.Args[0])), os.Args[1:]))
	}
	// Each call of the double would wait a second at its end under -race.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
