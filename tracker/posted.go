package tracker

import "fmt"

// Sentence tells what became of a note on a report. It is raw.
func (p Posted) Sentence(report ID) string {
	switch p.State {
	case PostUnchanged:
		return fmt.Sprintf("%s has this note already, posted by %s; nothing was posted.", report, p.By)
	case PostEdited:
		return fmt.Sprintf("The comment of %s on %s was edited.", p.By, report)
	}
	text := fmt.Sprintf("Posted to %s by %s.", report, p.By)
	if p.Replaces != "" {
		text += " It names the earlier note that it replaces: " + p.Replaces
	}
	return text
}
