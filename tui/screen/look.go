package screen

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/store"
)

// lookMost is how many changed reports come at once.
const lookMost = 2000

// Look asks the database what changed after the change with this number: by
// this process or by others.
func Look(ctx context.Context, db *store.DB, since int64) tea.Cmd {
	return func() tea.Msg { return LookNow(ctx, db, since) }
}

// LookNow is Look for who waits for the answer.
func LookNow(ctx context.Context, db *store.DB, since int64) ChangedMsg {
	var m ChangedMsg
	if m.Excerpts, m.Latest, m.Err = db.Changes(ctx, since, lookMost); m.Err != nil {
		return m
	}
	m.More = len(m.Excerpts) == lookMost
	if m.Running, m.Err = db.Running(ctx); m.Err != nil {
		return m
	}
	m.Syncs, m.Err = db.Syncs(ctx)
	return m
}
