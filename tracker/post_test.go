package tracker_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/almatriage/almatriage/tracker"
)

func TestMarkedHash(t *testing.T) {
	const hash = "0123456789abcdef"
	for text, want := range map[string]string{
		"almatriage:" + hash:                                   hash,
		"Seen.\n\nalmatriage:" + hash:                          hash,
		"Seen.\r\n\r\nalmatriage:" + hash + "\r\n":             hash,
		"Seen.\n\n<!-- almatriage:" + hash + " -->":            hash,
		"  almatriage:" + hash + " \n\n ":                      hash,
		"almatriage:" + hash + "\nalmatriage:fedcba9876543210": "fedcba9876543210",
		"":                                  "",
		"Seen.":                             "",
		"almatriage:" + hash + "\nand more": "",
		"> almatriage:" + hash:              "",
		"see almatriage:" + hash:            "",
		"almatriage:" + hash + "0":          "",
		"almatriage:0123456789ABCDEF":       "",
		"almatriage:" + hash[:15]:           "",
		"almatriage: " + hash:               "",
		"Seen.\u2028almatriage:" + hash:     "",
		"Seen.\ralmatriage:" + hash:         "",
	} {
		if got, ok := tracker.MarkedHash(text); got != want || ok != (want != "") {
			t.Errorf("MarkedHash(%q) = %q, %v, want %q", text, got, ok, want)
		}
	}
}

func TestMarkerOfANoteIsFoundAgain(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{"", "Seen.", "Seen. ", "Seen.\n", "\u00e9", "e\u0301", "\xff"} {
		n := tracker.Note{Report: tracker.ID{Space: "almbz", Number: 5}, Text: text}
		hash, ok := tracker.MarkedHash(text + "\n\n" + n.Marker())
		if !ok || hash != n.Hash() {
			t.Errorf("%q: %q, %v, want %q", text, hash, ok, n.Hash())
		}
		if other, twice := seen[hash]; twice {
			t.Errorf("%q and %q have one hash", text, other)
		}
		seen[hash] = text
	}
	// Notes that were posted by an earlier version are known by it.
	same := tracker.Note{Report: tracker.ID{Space: "a/b", Number: 7}, Text: "Seen.", Private: true}
	if got := same.Marker(); got != "almatriage:44b4caf3574b54d6" {
		t.Errorf("the marker of %q is %q", same.Text, got)
	}
}

func TestSentenceOfWhatWasPosted(t *testing.T) {
	id := tracker.ID{Space: "almbz", Number: 5}
	for want, posted := range map[string]tracker.Posted{
		"Posted to almbz#5 by me.": {State: tracker.PostAdded, By: "me"},
		"Posted to almbz#5 by me. It names the earlier note that it replaces: https://x/y#c1": {State: tracker.PostAdded, By: "me", Replaces: "https://x/y#c1"},
		"The comment of me on almbz#5 was edited.":                                            {State: tracker.PostEdited, By: "me"},
		"almbz#5 has this note already, posted by me; nothing was posted.":                    {State: tracker.PostUnchanged, By: "me"},
	} {
		if diff := cmp.Diff(want, posted.Sentence(id)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", posted, diff)
		}
	}
}
