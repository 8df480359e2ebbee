package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"

	"github.com/almatriage/almatriage/cmd/internal/config"
	"github.com/almatriage/almatriage/reproduce"
)

// warnOfRoot says once that containers are started by root here, where they are.
func (a *app) warnOfRoot(c *config.Config) {
	if warning := a.rootWarning(c); warning != "" {
		fmt.Fprintln(a.Err, "almatriage: "+warning)
	}
}

// rootWarning is what has to be said of root, "" where nothing has, or it was
// said before.
func (a *app) rootWarning(c *config.Config) string {
	if a.kindOf(c) == config.Kubernetes || !runsHere(c) || os.Geteuid() != 0 {
		return ""
	}
	first, err := firstTime(filepath.Join(home("XDG_STATE_HOME", xdg.StateHome), "root-warned"))
	if err != nil {
		a.log.Warn("the warning of root will be said again", "error", err.Error())
	}
	if !first {
		return ""
	}
	return "podman runs as root here: what breaks out of a container is root on this computer. An ordinary user is safer, and needs no more than podman; see docs/isolation.md. This is said once."
}

// firstTime tells that a file is not there, and makes it. Where it cannot be
// made, each time is the first.
func firstTime(path string) (bool, error) {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		var file *os.File
		file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return false, nil
		}
		if err == nil {
			err = file.Close()
		}
	}
	return true, err
}

// sayReach says before a recipe runs what its test reaches beyond the rule.
func (p *progress) sayReach(req reproduce.Request) {
	if reach := req.Recipe.Reach(); reach != "" {
		p.say("almatriage: " + safeLine(req.Report) + ": " + reach)
	}
}
