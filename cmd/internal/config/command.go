package config

import (
	"errors"
	"strings"
)

// SplitCommand splits a command into its words. No shell is involved:
//
//   - words are separated by spaces and tabs;
//   - 'single quotes' take all between them as it is;
//   - "double quotes" too, but \" and \\ stand for " and \;
//   - outside of quotes \ takes the next character as it is;
//   - nothing else is special: no variables, no ~, no pipes. For those, write
//     sh -c '…'.
func SplitCommand(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ' ', '\t':
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
			continue
		case '\'', '"':
			end, text, err := quoted(s[i+1:], c)
			if err != nil {
				return nil, err
			}
			word.WriteString(text)
			i += end
		case '\\':
			i++
			if i == len(s) {
				return nil, errors.New(`a \ at the end stands before nothing; expected \\ for the character itself`)
			}
			word.WriteByte(s[i])
		default:
			word.WriteByte(c)
		}
		inWord = true
	}
	if inWord {
		words = append(words, word.String())
	}
	if len(words) == 0 || words[0] == "" {
		return nil, errors.New("there is no command")
	}
	return words, nil
}

// quoted reads up to the closing quote and gives how many bytes that took.
func quoted(s string, quote byte) (length int, text string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i + 1, b.String(), nil
		case quote == '"' && s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	return 0, "", errors.New("the quote " + string(quote) + " is not closed")
}
