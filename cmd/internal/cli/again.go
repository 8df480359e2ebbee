package cli

import (
	"fmt"

	"github.com/almatriage/almatriage/reproduce"
)

// again is the command line with which the user goes on: on the same database
// and with the same configuration.
func (a *app) again(words ...string) string {
	line := []string{"almatriage"}
	if a.flags.config != "" {
		line = append(line, "--config="+a.flags.config)
	}
	if a.flags.db != "" {
		line = append(line, "--db="+a.flags.db)
	}
	return safeLine(reproduce.ShellWords(append(line, words...)))
}

// againGuide goes on with a guide.
func (a *app) againGuide(id int64) string { return a.again("guide", fmt.Sprintf("--resume=%d", id)) }
