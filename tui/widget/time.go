package widget

import (
	"fmt"
	"time"
)

// Ago is how long ago t was, in words.
func Ago(now, t time.Time) string {
	d := now.Sub(t)
	unit := func(n int, word string) string {
		if n == 1 {
			return fmt.Sprintf("1 %s ago", word)
		}
		return fmt.Sprintf("%d %ss ago", n, word)
	}
	switch {
	case t.IsZero():
		return "never"
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return unit(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return unit(int(d.Hours()), "hour")
	}
	return unit(int(d.Hours()/24), "day")
}

// Took is how long something takes, in few cells.
func Took(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", max(0, d.Seconds()))
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// Spinner is what turns while something goes on, at a time.
func Spinner(now time.Time) string {
	frames := [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}
	return frames[now.UnixMilli()/100%int64(len(frames))]
}
