package cli

import "testing"

// TestAgain: the command that goes on works on the same database, whatever its
// name is.
func TestAgain(t *testing.T) {
	var a app
	if got := a.again("run", "almbz#3"); got != "almatriage run 'almbz#3'" {
		t.Error(got)
	}
	a.flags.db, a.flags.config = "it's mine.db", "c.toml"
	if got := a.againGuide(7); got != `almatriage --config=c.toml '--db=it'\''s mine.db' guide --resume=7` {
		t.Error(got)
	}
}
