package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"

	"github.com/almatriage/almatriage/reproduce"
)

// warnOfRoot says once that containers are started by root here, where they are.
func (a *app) warnOfRoot(lab *reproduce.Lab) {
	if lab.Engine == nil || lab.Kind == reproduce.Kubernetes || os.Geteuid() != 0 {
		return
	}
	if err := warnOnce(a.Err, filepath.Join(home("XDG_STATE_HOME", xdg.StateHome), "root-warned")); err != nil {
		a.log.Warn("the warning of root will be said again", "error", err.Error())
	}
}

// warnOnce says it if the file is not there, and makes the file. Where that
// cannot be, it is said each time.
func warnOnce(w io.Writer, path string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		var file *os.File
		file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return nil
		}
		if err == nil {
			err = file.Close()
		}
	}
	fmt.Fprintln(w, "almatriage: podman runs as root here: what breaks out of a container is root on this computer. An ordinary user is safer, and needs no more than podman; see docs/isolation.md. This is said once.")
	return err
}

// sayReach says before a recipe runs what its test reaches beyond the rule.
func (r *running) sayReach(req reproduce.Request) {
	if req.Recipe.Network == reproduce.NetworkFull {
		r.progress.say("almatriage: " + safeLine(req.Report) + ": the test reaches the whole network, as its recipe asks")
	}
}
