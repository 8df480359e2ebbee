package theme_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
	"github.com/almatriage/almatriage/tui/theme"
)

// A link is underlined in one run, as screens draw it: lipgloss by itself puts
// codes around every rune of what is underlined, and so between the people of a
// family.
func TestLinksKeepClustersWhole(t *testing.T) {
	underlined := regexp.MustCompile(`^\x1b\[(?:[0-9;]*;)?4(?:;[0-9;]*)?m([^\x1b]*)\x1b\[0?m$`)
	text := safe.Line("see 👩‍👩‍👧‍👦 and cafe\u0301")
	if !strings.Contains(text.String(), "👩‍👩‍👧‍👦") {
		t.Fatalf("cleaned to %q", text)
	}
	for _, name := range []theme.Name{theme.Light, theme.Dark, theme.None} {
		got := flow.Of(theme.New(name).Link).Paint(text)
		if run := underlined.FindStringSubmatch(got); run == nil || run[1] != text.String() {
			t.Errorf("%s: %q is not %q in one run", name, got, text)
		}
	}
}
