package inside

import (
	"strings"
	"testing"
)

// TestParseVerdictIsStrict: half a verdict, another container's or one that
// somebody made up is none.
func TestParseVerdictIsStrict(t *testing.T) {
	const good = "step test\nstatus 3\noom_kills 1\npids_max 2\nend abc\n"
	if v, err := ParseVerdict([]byte(good), "abc"); err != nil || v != (Verdict{Step: "test", Status: 3, OOMKills: 1, PidsMax: 2}) {
		t.Errorf("%+v, %v", v, err)
	}
	for _, bad := range []string{"", good + good, good[:len(good)-5], strings.Replace(good, "abc", "abd", 1), strings.Replace(good, "3", "256", 1),
		strings.Replace(good, "3", "-1", 1), strings.Replace(good, "3", "", 1), strings.Replace(good, "oom_kills 1", "oom_kills -1", 1),
		strings.Replace(good, "status", "Status", 1)} {
		if v, err := ParseVerdict([]byte(bad), "abc"); err == nil {
			t.Errorf("%q is %+v", bad, v)
		}
	}
}
