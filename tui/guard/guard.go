// Package guard keeps Bubble Tea from asking the terminal for its background
// colour when the program starts: a terminal that does not answer would hold
// up every command for five seconds.
//
// Bubble Tea asks from an init of its own. Go initialises packages whose needs
// are met in the order of their import paths, and this path sorts before
// github.com/charmbracelet/bubbletea: so the answer is there already. The
// package must import nothing but lipgloss, and is imported for its effect. A
// test on a terminal that never answers keeps it so.
package guard

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
