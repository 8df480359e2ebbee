package texts_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/handoff"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/theme"
	"github.com/almatriage/almatriage/tui/tuitest"
)

type ctx = context.Context

// TestPost: a question that says where it goes and who reads it, and then the
// note, once, and what became of it.
func TestPost(t *testing.T) {
	for _, key := range []string{"y", "enter"} {
		b := newBed(t, theme.None).ran(true, true).open(id, 100, 30)
		b.Keys("p")
		b.Has("Post the comment on almbz#5?", "It goes to almbz#5 at bugs.example.org.", "Publicly: everybody can read it there, and it stays visible to others.",
			"the account that the tracker's token belongs to", "y posts it   esc does not")
		b.later()
		b.Keys(key)
		b.Has("Posted to almbz#5 by triager.")
		want, err := handoff.Note(b.caseOf(id))
		must(t, err)
		if diff := cmp.Diff([]tracker.Note{want}, b.posted); diff != "" {
			t.Error(diff)
		}
		if b.asks() {
			t.Error("it still asks")
		}
	}
}

// TestPostPrivate: the comment on a private report is a private note, and that is
// said before.
func TestPostPrivate(t *testing.T) {
	b := newBed(t, theme.None, private).ran(true, true).open(id, 100, 30)
	b.Keys("p")
	b.Has("Privately, as the report is private")
	b.Lacks("Publicly")
	b.later()
	b.Keys("y")
	if len(b.posted) != 1 || !b.posted[0].Private {
		t.Errorf("posted: %+v", b.posted)
	}
}

// TestTypedAhead: keys that were typed before the question was there answer
// nothing, however they come.
func TestTypedAhead(t *testing.T) {
	b := newBed(t, theme.None).ran(true, true).open(id, 100, 30)
	b.Keys("p", "y", "enter")
	b.Has("the question came up just now; read it, then press the key again")
	b.Keys("esc", "esc")
	b.Send(tuitest.Key("8tpyy")) // as one message, from the list on
	b.Keys("enter")
	if len(b.posted) != 0 || !b.asks() {
		t.Fatalf("asks %t, posted %v", b.asks(), b.posted)
	}
	b.Keys("esc")
	b.later()
	b.Has("[1 Comment]")
	if len(b.posted) != 0 || b.asks() {
		t.Errorf("asks %t, posted %v", b.asks(), b.posted)
	}
}

// TestPostedOnce: while it is posted it says so, and neither a second key nor esc
// does anything.
func TestPostedOnce(t *testing.T) {
	b := newBed(t, theme.None).ran(true, true)
	b.World.Services.Post = func(_ ctx, note tracker.Note) (tracker.Posted, error) {
		b.posted = append(b.posted, note)
		return tracker.Posted{State: tracker.PostUnchanged, By: "triager"}, nil
	}
	b.open(id, 100, 30)
	b.Keys("p")
	b.later()
	cmds := b.press("y", "y", "enter", "p")
	if text := b.Screen(); !strings.Contains(text, "Posting it to almbz#5 …") {
		t.Errorf("it does not say what it does:\n%s", text)
	}
	cmds = append(cmds, b.press("esc", "q")...)
	if !b.asks() {
		t.Errorf("it is left:\n%s", b.Screen())
	}
	for _, cmd := range slices.Backward(cmds) { // the tracker takes its time
		b.Send(cmd())
	}
	b.Has("almbz#5 has this note already, posted by triager; nothing was posted.", "[1 Comment]")
	if len(b.posted) != 1 || b.asks() {
		t.Errorf("posted %d times, asks %t", len(b.posted), b.asks())
	}
}

// TestPostFails: the tracker's own words; it can be tried again.
func TestPostFails(t *testing.T) {
	b := newBed(t, theme.None).ran(true, true)
	b.World.Services.Post = func(_ ctx, note tracker.Note) (tracker.Posted, error) {
		b.posted = append(b.posted, note)
		return tracker.Posted{}, &tracker.Error{Tracker: "almbz", Code: tracker.CodeAuth, Message: "the token may not write; nothing was posted"}
	}
	b.open(id, 100, 30)
	for i := range 2 {
		b.Keys("p")
		b.later()
		b.Keys("y")
		b.Has("✗ almbz: the token may not write; nothing was posted", "[1 Comment]")
		if len(b.posted) != i+1 || b.asks() {
			t.Errorf("posted %d times, asks %t", len(b.posted), b.asks())
		}
	}
}

// TestChangedMeanwhile: what is posted is what was read.
func TestChangedMeanwhile(t *testing.T) {
	b := newBed(t, theme.None).ran(true, true).open(id, 100, 30)
	b.Keys("p")
	b.later()
	b.Keys("?")                      // a list lies over the question
	b.decided(reproduce.NotABug, "") // by another process
	b.Send(screen.ChangedMsg{Excerpts: []store.Excerpt{{ID: id}}})
	b.Has("The comment has changed meanwhile: read it again before it is posted.")
	b.Keys("esc")
	b.Has("[1 Comment]", "not-a-bug, decided by jo")
	b.Keys("enter")
	if len(b.posted) != 0 || b.asks() {
		t.Errorf("asks %t, posted %v", b.asks(), b.posted)
	}
	b.Keys("p") // the same texts again leave the question alone
	b.Send(screen.ChangedMsg{Excerpts: []store.Excerpt{{ID: id}}})
	if !b.asks() {
		t.Errorf("it does not ask:\n%s", b.Screen())
	}
}

// TestNotPosted: where nothing can be posted the reason is told.
func TestNotPosted(t *testing.T) {
	b := newBed(t, theme.None).ran(true, true)
	b.World.Services.Post = nil
	b.open(id, 100, 30)
	b.Has("It is not posted from here: the demonstration posts nothing.")
	b.Keys("p")
	b.Has("the demonstration posts nothing")
	b = newBed(t, theme.None).open(id, 100, 30)
	b.Keys("p")
	b.Has("there is no text; its place says why")
	b.ran(true, true).open(id, 140, 30)
	b.Keys("2", "p")
	b.Has("the draft is passed on by hand; 1 shows the comment, which can be posted")
	if b.asks() {
		t.Error("it asks")
	}
}
