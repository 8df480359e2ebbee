package bundle

import "testing"

func TestEntryName(t *testing.T) {
	for name, safe := range map[string]bool{"0198c0de-7000-7000-8000-000000000000": true, "run.sh": true, "lib/a b/run.sh": true, "": false, ".": false, "..": false,
		"../x": false, "a/../b": false, "/x": false, "a//b": false, "a/": false, `a\b`: false, "a\x00": false, "con": false, ".bashrc": false, "a\u202e": false} {
		got := entryName(name)
		if safe != (got == name) || !safe && got != sha256Of(name) {
			t.Errorf("%q: %q", name, got)
		}
	}
}
