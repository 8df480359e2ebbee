package reproduce

import "strings"

// plainRunes need no quotes in any shell, wherever they stand in a word.
const plainRunes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@,+%"

// ShellWords writes a command line that a shell reads as these words, for
// people to copy (Suggestion.Command). It is raw.
func ShellWords(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		plain := word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !strings.ContainsRune(plainRunes, r) })
		if quoted[i] = word; !plain {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
