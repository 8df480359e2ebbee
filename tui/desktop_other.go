//go:build !darwin

package tui

// desktop tells that the system has a clipboard without saying so in the
// environment.
const desktop = false
