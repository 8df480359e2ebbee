package screen

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Home is a path as a person types it, with the home folder in the place of ~.
// It looks up where that is and is for a tea.Cmd.
func Home(path string) (string, error) {
	rest, home := strings.CutPrefix(path, "~/")
	if !home {
		return path, nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the home folder: %w", err)
	}
	return filepath.Join(dir, rest), nil
}
