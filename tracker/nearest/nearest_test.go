package nearest

import "testing"

func TestWord(t *testing.T) {
	known := []string{"require", "recommend", "result", "test", "tier", "tty", "environment", "reproduced-when"}
	for _, tc := range []struct{ word, want string }{
		{"requires", "require"},
		{"reqiure", "require"},
		{"enviroment", "environment"},
		{"tset", "test"},
		{"reproduced_when", "reproduced-when"},
		{"teir", "tier"},
		{"script", ""},
		{"x", ""},
		{"", ""},
	} {
		got, ok := Word(tc.word, known)
		if got != tc.want || ok != (tc.want != "") {
			t.Errorf("Word(%q) = %q, %v; want %q", tc.word, got, ok, tc.want)
		}
	}
}
