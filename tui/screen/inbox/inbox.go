// Package inbox is the screen where a triager spends the day: queues of
// reports, a table of one, and what the chosen report says.
package inbox

import (
	"context"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/query"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/catalogue"
	"github.com/almatriage/almatriage/tui/screen"
	"github.com/almatriage/almatriage/tui/widget"
)

// Screen is the Inbox.
type Screen struct {
	env  *screen.Env
	w, h int
	area area

	cat     *catalogue.Catalogue
	latest  int64 // number of the last change that is in the catalogue
	loading bool  // the rest of the reports is on its way
	failed  error // loading failed
	syncing bool
	syncErr error // of the last sync, if nothing at all came of it

	queues []queue
	active int
	list   *catalogue.List
	cursor int                  // in the list
	top    int                  // first row that is seen
	before struct{ h, top int } // a dialog took lines away: how it was, for when it gives them back

	input   textinput.Model
	typing  bool
	applied string // the query that is in force, as it was typed
	wrong   error  // what is wrong with what is typed
	// unfinished: only its last word is wrong, which may become right.
	unfinished bool
	elsewhere  int         // reports that match in the queue of all, where none does here
	parsed     query.Query // of applied
	search     search      // what is asked of the database for it

	marked map[catalogue.Index]bool
	anchor int // of a range, -1 for none

	preview preview
	undo    history
}

// First is what the first frame shows: it is read before the interface starts,
// so that nothing flickers.
type First struct {
	Excerpts []store.Excerpt // the top of the first queue
	Latest   int64
	Total    int // of all reports
}

// ReadFirst reads what the first frame shows.
func ReadFirst(ctx context.Context, db *store.DB) (First, error) {
	latest, err := db.Latest(ctx)
	if err != nil {
		return First{}, err
	}
	excerpts, err := db.Excerpts(ctx, query.Query{Terms: []query.Term{{Key: query.KeyIs, Value: "undecided"}}}, firstRows)
	return First{Excerpts: excerpts, Latest: latest}, err
}

// firstRows is more than any terminal has lines.
const firstRows = 200

// New makes the Inbox.
func New(env *screen.Env, first First) (*Screen, error) {
	s := &Screen{env: env, cat: catalogue.New(), latest: first.Latest, marked: map[catalogue.Index]bool{}, anchor: -1,
		input: widget.Input(env.Theme, "words, release:9, package:bash, is:stale … (tab completes)")}
	s.preview = newPreview(env)
	var err error
	if s.queues, err = newQueues(s.cat, env.Queries, env.Now()); err != nil {
		return nil, err
	}
	s.counting(s.cat.Put(first.Excerpts), 1)
	s.list = s.cat.NewList(s.filter())
	return s, nil
}

// Init implements screen.Screen.
func (s *Screen) Init() tea.Cmd {
	s.loading = true
	return tea.Batch(s.load(0), s.look())
}

// Scope implements screen.Screen.
func (s *Screen) Scope() action.Scope {
	if s.typing {
		return action.Filter
	}
	return action.Inbox
}

// Title implements screen.Screen.
func (s *Screen) Title() string { return "" }

// Typing implements screen.Screen.
func (s *Screen) Typing() bool { return s.typing }

// Resize implements screen.Screen.
func (s *Screen) Resize(w, h int) {
	switch {
	case h < s.h && s.before.h == 0:
		s.before.h, s.before.top = s.h, s.top
	case h == s.before.h:
		s.top = s.before.top
		fallthrough
	case h > s.before.h:
		s.before.h = 0
	}
	s.w, s.h = w, h
	widget.Widen(&s.input, w-4)
	s.layout()
	s.move(0)
}

// Update implements screen.Screen.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if s.typing {
			return s.typed(msg)
		}
	case tea.MouseMsg:
		return s.mouse(msg)
	case tea.WindowSizeMsg:
		return s.preview.want(s)
	case loadedMsg:
		return s.loaded(msg)
	case screen.ChangedMsg:
		return s.changed(msg)
	case screen.SyncMsg:
		return s.synced(msg)
	case screen.DecidedMsg:
		return s.decided(msg)
	case undoFailedMsg:
		return s.undoFailed(msg)
	case sortedMsg:
		return s.sorted(msg)
	case searchMsg:
		return s.found(msg)
	case quietMsg:
		return s.quiet(msg)
	case previewMsg:
		return s.preview.loaded(msg)
	case lookMsg:
		return s.looked(msg)
	}
	return nil
}

// at is the report under the cursor, -1 for none.
func (s *Screen) at() catalogue.Index {
	if s.cursor < 0 || s.cursor >= s.list.Len() {
		return -1
	}
	return s.list.Shown()[s.cursor]
}

// row is the report under the cursor.
func (s *Screen) row() (catalogue.Row, bool) {
	at := s.at()
	if at < 0 {
		return catalogue.Row{}, false
	}
	return s.cat.Row(at), true
}

// chosen are the ids that an action is about: the marked ones, else the one
// under the cursor.
func (s *Screen) chosen() []string {
	var ids []string
	for _, at := range s.cat.Order() {
		if len(s.marked) == 0 {
			break
		}
		if s.marked[at] {
			ids = append(ids, s.cat.Row(at).ID)
		}
	}
	if row, ok := s.row(); ok && len(ids) == 0 {
		ids = []string{row.ID}
	}
	return ids
}
