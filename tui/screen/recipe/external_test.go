package recipe_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tui/screen/recipe"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

// brought runs the editor as Bubble Tea would, once it was asked for.
func (b bench) brought() (dir string) {
	b.T.Helper()
	for i := len(b.Seen) - 1; i >= 0; i-- {
		answer, dir, was := recipe.RunEditor(b.Seen[i], context.Background(), strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{})
		if was {
			b.Send(answer)
			return dir
		}
	}
	b.T.Fatalf("no editor was asked for:\n%s", b.Screen())
	return ""
}

// scripted makes an editor of a script, which gets the file as its last
// argument.
func (b bench) scripted(script string) {
	path := filepath.Join(b.T.TempDir(), "my editor")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nset -e\nfor file; do :; done\n"+script), 0o755); err != nil {
		b.T.Fatal(err)
	}
	b.Env.Editor = func() ([]string, error) { return []string{path, "--wait", "$(touch /tmp/never)"}, nil }
}

func gone(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
}

func TestEditorRoundTrip(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginSet))
	b.scripted(`[ "$1" = --wait ] && [ "$2" = '$(touch /tmp/never)' ]
stat -c '# %a' "$(dirname "$file")" "$file" >>"$file"
echo 'duration: 9m' >>"$file"
`)
	b.Keys("E")
	if b.Took != 1 {
		t.Fatalf("the terminal was taken %d times", b.Took)
	}
	dir := b.brought()
	r := b.stored()
	if r.Recipe.Duration != 9*time.Minute || r.Origin != reproduce.OriginEdited || !strings.Contains(r.Recipe.Source, "# 700\n# 600\n") {
		t.Fatalf("stored %q", r.Recipe.Source)
	}
	gone(t, dir)
	if _, editing := b.screen().Text(); editing {
		t.Error("still editing")
	}
}

func TestEditorWithProblemsLosesNothing(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginSet))
	b.scripted("printf 'duration: soon\\n\\ttab and \\\\200 byte\\n' >>\"$file\"\n")
	b.Keys("E")
	dir := b.brought()
	b.Has("Not saved", "✗")
	want := tuitest.Gizmo + "duration: soon\n\ttab and \\200 byte\n"
	if text, editing := b.screen().Text(); !editing || text != want {
		t.Fatalf("editing %v: %q", editing, text)
	}
	if b.stored().Recipe.Source != tuitest.Gizmo {
		t.Error("it was stored")
	}
	// On in the own editor with the same file, then saved.
	b.scripted("sed -i -e /tab/d -e s/soon/8m/ \"$file\"\n")
	b.Keys("ctrl+o")
	if again := b.brought(); again != dir {
		t.Errorf("another folder, %s", again)
	}
	if b.stored().Recipe.Duration != 8*time.Minute {
		t.Errorf("stored %q", b.stored().Recipe.Source)
	}
	gone(t, dir)
}

func TestEditorThatFailsOrChangesNothing(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginSet))
	b.scripted("exit 0\n")
	b.Keys("E")
	gone(t, b.brought())
	b.Has("Nothing was changed")
	b.scripted("echo '# half' >>\"$file\"; exit 4\n")
	b.Keys("E")
	dir := b.brought()
	b.Has("my editor failed", "not saved")
	if text, editing := b.screen().Text(); !editing || !strings.HasSuffix(text, "# half\n") {
		t.Fatalf("editing %v: %q", editing, text)
	}
	if len(b.history()) != 1 {
		t.Error("it was stored")
	}
	b.Keys("esc", "esc")
	gone(t, dir)
}

func TestEditorWithoutRecipeStoresNothingUnchanged(t *testing.T) {
	b := open(t, theme.None, 100, 40, nil, wordless)
	b.scripted("grep -q 'exit 1' \"$file\"\n")
	b.Keys("E")
	gone(t, b.brought())
	if b.stored() != nil {
		t.Error("a frame was stored")
	}
	b.scripted("sed -i 's/exit 1/gizmo/' \"$file\"\n")
	b.Keys("E")
	gone(t, b.brought())
	if r := b.stored(); r == nil || !strings.HasSuffix(r.Recipe.Test, "gizmo\n") {
		t.Errorf("stored %+v", r)
	}
}

func TestNoEditor(t *testing.T) {
	b := open(t, theme.None, 100, 40, with(t, tuitest.Gizmo, reproduce.OriginSet))
	b.Env.Editor = func() ([]string, error) { return nil, nil }
	b.Keys("E")
	b.Has("set $VISUAL or $EDITOR")
	b.Env.Editor = func() ([]string, error) { return []string{"/no/such/editor"}, nil }
	b.Keys("E")
	dir := b.brought()
	b.Has("/no/such/editor failed")
	gone(t, dir)
}
