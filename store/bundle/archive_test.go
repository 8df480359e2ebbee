package bundle

import (
	"encoding/json"
	"testing"
)

func TestEntryName(t *testing.T) {
	for name, safe := range map[string]bool{"0198c0de-7000-7000-8000-000000000000": true, "run.sh": true, "lib/a b/run.sh": true, "": false, ".": false, "..": false,
		"../x": false, "a/../b": false, "/x": false, "a//b": false, "a/": false, `a\b`: false, "a\x00": false, "con": false, ".bashrc": false, "a\u202e": false} {
		got := entryName(name)
		if safe != (got == name) || !safe && got != sha256Of(name) {
			t.Errorf("%q: %q", name, got)
		}
	}
}

// What was read is encoded as it was.
func TestEncodeIsStable(t *testing.T) {
	for _, text := range []string{"", "plain", "\xff", "a\xff\xfe\ufffdb", `\ufffd`, `\\ufffd`, "\\\xff", "\\\\\xff", "\u2028<&>\x00\x1b\u202e\r\n\t", "\u009b\U000e0001"} {
		first, err := encode([]string{text})
		var back []string
		if err == nil {
			err = json.Unmarshal(first, &back)
		}
		if err != nil {
			t.Fatal(err)
		}
		if second, err := encode(back); err != nil || string(first) != string(second) {
			t.Errorf("%q is %s, then %s, %v", text, first, second, err)
		}
		if err := decode(first, &back); err != nil {
			t.Errorf("%s: %v", first, err)
		}
	}
}
