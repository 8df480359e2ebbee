// Package screen is the contract between the root of the terminal interface
// and its screens: what a screen is, what it is given, and the messages by
// which screens ask the root for something. The screens themselves are in the
// folders below, one each, and do not import each other.
package screen

import (
	"context"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/guide"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tui/action"
	"github.com/almatriage/almatriage/tui/runs"
	"github.com/almatriage/almatriage/tui/theme"
)

// Screen is a full screen, or a dialog on top of one. It is a plain struct:
// the root calls its methods one at a time. Update and View do no IO and read
// no clock; IO is a tea.Cmd, whose answer carries what it was asked for so that
// a stale one is told by that and dropped.
type Screen interface {
	// Init is called once, when the screen is opened.
	Init() tea.Cmd
	// Update takes every message that is not a key: answers come to all open
	// screens, and each takes its own. Keys that are no action come too, and
	// all keys while Typing.
	Update(msg tea.Msg) tea.Cmd
	// Resize tells the size that View will be asked for.
	Resize(w, h int)
	// View draws exactly h lines of at most w cells, whatever the texts are.
	View() string
	// Scope is where its keys are looked up, Actions are what they do, in the
	// order of the help.
	Scope() action.Scope
	Actions() []action.Action
	// Title stands in the head line, "" for none.
	Title() string
	// Typing tells that keys are text now. Actions of the scope still come
	// first for keys that are not text (enter, esc, tab, ctrl+…).
	Typing() bool
}

// Backer is a screen in which esc leaves something of its own first.
type Backer interface {
	// Back leaves that and tells whether there was something.
	Back() (cmd tea.Cmd, was bool)
}

// Leaver is a screen in which esc goes back step by step, and q leaves at once.
type Leaver interface {
	// Leave asks for it to be closed, with all kept that was said there.
	Leave() tea.Cmd
}

// Aloner is a first screen that can show one thing alone: q goes back from that,
// as it does from every screen over the first one.
type Aloner interface {
	Backer
	// Alone tells that it does.
	Alone() bool
}

// Unsaver is a screen that may hold something typed that is stored nowhere.
type Unsaver interface {
	// Unsaved tells that it does.
	Unsaved() bool
}

// Storer is a screen that can store at once what is typed and not stored yet, as
// when the program is to end.
type Storer interface {
	Unsaver
	// Store is that, nil if there is nothing to store or it failed before. The
	// screen is told the answer.
	Store() tea.Cmd
}

// Busier is a screen for which keys have to wait: they are typed ahead, and
// mean what comes after that which it is doing.
type Busier interface {
	// Busy tells that it does something short, which it ends by itself.
	Busy() bool
}

// Dialog is a screen that is drawn over another one, in a box of its own size.
type Dialog interface {
	Screen
	// Want is the size that it would like, borders not included.
	Want(w, h int) (int, int)
}

// Services are the use cases that screens call; the command line calls the
// same ones.
type Services struct {
	DB      *store.DB
	Runs    *runs.Manager
	Targets reproduce.Targets
	Locator tracker.Locator
	// Pull is the configured pull policy.
	Pull reproduce.Pull
	// Person is who decides and accepts.
	Person func() (string, error)
	// Sync pulls reports from all trackers, or from the named ones.
	Sync func(ctx context.Context, trackers ...string) ([]tracker.Result, error)
	// SyncEvery is the time between two syncs in the background; 0: never.
	SyncEvery time.Duration
	// Recover marks runs that died as interrupted and removes what they left.
	// An error tells that podman cannot be used, and why.
	Recover func(ctx context.Context) error
	// Shell opens a shell in a prepared container, on the terminal.
	Shell func(ctx context.Context, spec reproduce.AttemptSpec, stdio reproduce.Stdio) error
	// Editor is the user's, as argv without the file.
	Editor func() ([]string, error)
	// Open shows a URL in the browser.
	Open func(ctx context.Context, url string) error
	// Copy puts a text on the clipboard and says how, as in "by the terminal
	// (OSC 52)".
	Copy func(ctx context.Context, text string) (string, error)
	// Detach goes on with runs in a process of its own when this one ends.
	Detach func(reports []string) error
	// Guide gives what a guide is to know of this host and the configuration.
	Guide func(ctx context.Context) (guide.Facts, error)
	// SaveGuide writes a report's recipe, evidence and texts to a folder, and
	// gives the files.
	SaveGuide func(ctx context.Context, report, dir string) ([]string, error)
	// Post sees to it that a report has a note at its tracker. Nil where nothing
	// can be posted: the demonstration.
	Post func(ctx context.Context, note tracker.Note) (tracker.Posted, error)
	// Program is this program's version.
	Program string
	// Notices are sentences that the user has to read at the start, raw: that a
	// damaged database was restored, or that podman runs as root. "" is none.
	Notices []string
	// Queries are the user's own queues: name and query.
	Queries []SavedQuery
	// LogFile is where the log is, for people.
	LogFile string
	// Recorded tells that this is the demonstration: its imported runs are
	// recorded ones.
	Recorded bool
}

// SavedQuery is a queue of the user's own.
type SavedQuery struct{ Name, Query string }

// Env is what every screen is given when it is made.
type Env struct {
	// Ctx ends when the program does.
	Ctx context.Context
	*Services
	Theme *theme.Theme
	// Now is the clock, for Update only.
	Now func() time.Time
	// Keys gives the keys of actions, for texts that name one.
	Keys *action.Keymap
	// Ask has the root do what a message asks for at once: before the next key,
	// which may have been typed ahead and means what comes next.
	Ask func(msg tea.Msg) tea.Cmd
	// Covered tells that another full screen lies over this one: its keys do
	// nothing just now.
	Covered func(Screen) bool
	// After sends a message when the time has passed. It is how everything
	// that moves by itself moves, so that a test can hold it still.
	After func(d time.Duration, msg tea.Msg) tea.Cmd
}

// OpenMsg asks the root to open a screen on top, or a dialog.
type OpenMsg struct{ Screen Screen }

// CloseMsg asks the root to close the screen or dialog that asks while it takes
// a message; otherwise the topmost one.
type CloseMsg struct{}

// Level is how a toast is meant.
type Level int

// The levels.
const (
	Done Level = iota
	Note
	Failed
)

// ToastMsg says what happened, and how to undo it, for a few seconds.
type ToastMsg struct {
	Level Level
	Text  string // raw
}

// ChangedMsg tells what changed in the database, by whoever: reports (nil for
// those that are running only), in the order of change.
type ChangedMsg struct {
	Excerpts []store.Excerpt
	Latest   int64 // number of the last change that is in Excerpts
	More     bool  // there are more: look again
	Running  []store.RunState
	Syncs    []store.Synced
	Err      error
}

// SyncMsg tells that a sync began or ended.
type SyncMsg struct {
	Running bool
	Results []tracker.Result
	Err     error
}

// DecidedMsg tells that decisions were made or taken back, in one go.
type DecidedMsg struct {
	// Decisions were made; TakenBack tells that these were undone.
	Decisions []reproduce.Decision
	TakenBack bool
	// Again: it is a redo.
	Again bool
}

// Open is the command that opens a screen.
func Open(s Screen) tea.Cmd { return func() tea.Msg { return OpenMsg{s} } }

// Close is the command that closes the topmost screen or dialog.
func Close() tea.Msg { return CloseMsg{} }

// Toast is the command that says something for a few seconds.
func Toast(level Level, text string) tea.Cmd {
	return func() tea.Msg { return ToastMsg{level, text} }
}

// Fail is the command that tells of an error. Nil is none.
func Fail(err error) tea.Cmd {
	if err == nil {
		return nil
	}
	return Toast(Failed, err.Error())
}

// Exec runs something that takes over the terminal and comes back.
func Exec(run func(in io.Reader, out, errs io.Writer) error, then func(error) tea.Msg) tea.Cmd {
	return tea.Exec(&takeover{run: run}, then)
}

type takeover struct {
	run  func(in io.Reader, out, errs io.Writer) error
	in   io.Reader
	out  io.Writer
	errs io.Writer
}

func (t *takeover) Run() error            { return t.run(t.in, t.out, t.errs) }
func (t *takeover) SetStdin(r io.Reader)  { t.in = r }
func (t *takeover) SetStdout(w io.Writer) { t.out = w }
func (t *takeover) SetStderr(w io.Writer) { t.errs = w }
