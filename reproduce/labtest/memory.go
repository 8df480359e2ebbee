// Package labtest has stand-ins for tests of the lab: a journal in memory and
// an engine that plays scripted attempts. Only tests import it.
package labtest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// Memory is a Cache and a Journal that forgets.
type Memory struct {
	mu       sync.Mutex
	prepared map[string]reproduce.Prepared
	attempts []reproduce.Attempt
	images   map[string]reproduce.Image
	// Begun counts the attempts that were begun, Runs keeps the finished runs.
	Begun int
	Runs  []reproduce.Run
}

// Prepared implements reproduce.Cache.
func (m *Memory) Prepared(_ context.Context, key string) (*reproduce.Prepared, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p, ok := m.prepared[key]; ok {
		return &p, nil
	}
	return nil, nil
}

// SavePrepared implements reproduce.Cache.
func (m *Memory) SavePrepared(_ context.Context, p reproduce.Prepared) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.prepared == nil {
		m.prepared = map[string]reproduce.Prepared{}
	}
	m.prepared[p.Key] = p
	return nil
}

// Attempts implements reproduce.Cache.
func (m *Memory) Attempts(_ context.Context, key string, since time.Time) ([]reproduce.Attempt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []reproduce.Attempt
	for _, a := range m.attempts {
		if a.Key == key && a.Done && !a.Started.Before(since) {
			found = append(found, a)
		}
	}
	return found, nil
}

// LastImage implements reproduce.Cache.
func (m *Memory) LastImage(_ context.Context, target, ref string) (*reproduce.Image, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if image, ok := m.images[target+" "+ref]; ok {
		return &image, nil
	}
	return nil, nil
}

// RunID implements reproduce.Journal.
func (m *Memory) RunID(context.Context, string) (string, error) { return reproduce.NewID(), nil }

// BeginRun implements reproduce.Journal.
func (m *Memory) BeginRun(context.Context, reproduce.Run) error { return nil }

// BeginAttempt implements reproduce.Journal.
func (m *Memory) BeginAttempt(_ context.Context, a reproduce.Attempt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Begun++
	m.attempts = append(m.attempts, a)
	return nil
}

// FinishAttempt implements reproduce.Journal.
func (m *Memory) FinishAttempt(_ context.Context, a reproduce.Attempt) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.attempts, func(b reproduce.Attempt) bool { return b.ID == a.ID })
	m.attempts[i] = a
	return nil
}

// SaveSide implements reproduce.Journal.
func (m *Memory) SaveSide(_ context.Context, _ string, s reproduce.Side) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(s)
	return nil
}

func (m *Memory) keep(s reproduce.Side) {
	if s.Image.ID == "" || s.Image.Err != nil {
		return
	}
	if m.images == nil {
		m.images = map[string]reproduce.Image{}
	}
	m.images[s.Target.Name+" "+s.Image.Ref] = s.Image
}

// FinishRun implements reproduce.Journal.
func (m *Memory) FinishRun(_ context.Context, run reproduce.Run) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range run.Sides {
		m.keep(s)
	}
	m.Runs = append(m.Runs, run)
	return nil
}
