package tui

import (
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/screen/bench"
	"github.com/almatriage/almatriage/tui/screen/copytext"
	"github.com/almatriage/almatriage/tui/screen/decide"
	"github.com/almatriage/almatriage/tui/screen/guide"
	"github.com/almatriage/almatriage/tui/screen/history"
	"github.com/almatriage/almatriage/tui/screen/inbox"
	"github.com/almatriage/almatriage/tui/screen/message"
	"github.com/almatriage/almatriage/tui/screen/palette"
	"github.com/almatriage/almatriage/tui/screen/prompt"
	"github.com/almatriage/almatriage/tui/screen/quit"
	"github.com/almatriage/almatriage/tui/screen/recipe"
	"github.com/almatriage/almatriage/tui/screen/stats"
	"github.com/almatriage/almatriage/tui/screen/texts"
)

// Actions are all actions that there are, of every screen: for the keymap, the
// documentation and the tests. They are descriptions only and cannot be run.
func Actions() []action.Action {
	all := (&Root{}).globals()
	for _, s := range []screen.Screen{&inbox.Screen{}, &bench.Screen{}, &recipe.Screen{}, &guide.Screen{}, &texts.Screen{}, &texts.Dialog{}, &decide.Dialog{}, &history.Dialog{}, &stats.Screen{},
		&copytext.Dialog{}, &prompt.Dialog{}, &message.Dialog{}, &quit.Dialog{}, &palette.Dialog{}} {
		all = append(all, s.Actions()...)
	}
	return all
}

// Keymap is the keymap with the user's own keys by the action's id.
func Keymap(remap map[string][]string) (*action.Keymap, error) {
	return action.NewKeymap(Actions(), remap)
}
