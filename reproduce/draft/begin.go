package draft

import (
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tracker"
)

// frame is a recipe in which a person has to fill in the test.
const frame = `%s
require: [%s]
test: |
  # Exit status 0 means that the bug is not there.
  exit 1
`

// Begin is the file that an editor shows for a report without a recipe: the
// draft if the report shows commands, else an empty frame.
func Begin(report tracker.Report) string {
	if made, err := From(report); err == nil {
		return made.Source
	}
	// As fmf writes them, so that no title or package can be more than that:
	// the summary in the first line, the package below "require:".
	lines := strings.Split(string(fmf.Format(reproduce.Recipe{Summary: summaryOf(report), Require: []string{report.Package}})), "\n")
	name := ""
	if report.Package != "" {
		name = strings.TrimPrefix(lines[2], "  - ")
	}
	return fmt.Sprintf(frame, lines[0], name)
}
