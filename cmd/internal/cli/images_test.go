package cli

import (
	"testing"

	"github.com/almatriage/almatriage/reproduce"
)

// TestWhatWasRemoved: gc and doctor count one thing as one.
func TestWhatWasRemoved(t *testing.T) {
	one := reproduce.Swept{Containers: 1, Processes: 1, Images: 1}
	for got, want := range map[string]string{
		removedText(one, 1):                 "removed 1 container, 1 process, 1 image (" + size(0) + "); 1 run was interrupted",
		removedText(reproduce.Swept{}, 2):   "removed 0 containers, 0 processes, 0 images (" + size(0) + "); 2 runs were interrupted",
		leftoversText(one, 1):               "1 container and 1 process of earlier runs removed; 1 run was interrupted",
		leftoversText(reproduce.Swept{}, 0): "0 containers and 0 processes of earlier runs removed; 0 runs were interrupted",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
