package reproduce

import (
	"os/exec"
	"strings"
	"testing"
)

func TestShellWords(t *testing.T) {
	words := []string{"printf", `%s\0`, "plain-word_1.2/3:4=5@6,7+8%", "", "two words", "it's", `"$(touch x)"`, "`x`", "a\nb", "~", "*", "é", "-n", "!!", `\`}
	line := ShellWords(words)
	if !strings.HasPrefix(line, `printf '%s\0' plain-word_1.2/3:4=5@6,7+8% '' 'two words' 'it'\''s' `) {
		t.Errorf("got %s", line)
	}
	read, err := exec.Command("sh", "-c", line).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(read), strings.Join(words[2:], "\x00")+"\x00"; got != want {
		t.Errorf("a shell reads %q, want %q", got, want)
	}
}
