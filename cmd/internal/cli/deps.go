package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/adrg/xdg"

	"github.com/almatriage/almatriage/cmd/internal/config"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/github"
	"github.com/almatriage/almatriage/tracker/mantis"
)

// app is what commands share. Each part is made when it is first asked for:
// most commands need few of them.
type app struct {
	Stdio
	flags struct {
		config, db, theme, logLevel string
		noInput                     bool
	}
	log *slog.Logger

	volatile bool // the database is thrown away at the end

	loaded  *config.Config
	db      *store.DB
	engines engines
	logFile *os.File

	told       []string          // of the database, by tell
	engineKind config.EngineKind // asked for by a flag; "" is the configured one
}

// now is the clock of the commands.
func (a *app) now() time.Time { return time.Now().UTC() }

// setUp takes the global flags' twins from the environment.
func (a *app) setUp() error {
	for name, value := range map[string]*string{"CONFIG": &a.flags.config, "DB": &a.flags.db, "THEME": &a.flags.theme, "LOG_LEVEL": &a.flags.logLevel} {
		if *value == "" {
			*value = a.Env("ALMATRIAGE_" + name)
		}
	}
	switch strings.ToLower(a.Env("ALMATRIAGE_NO_INPUT")) {
	case "", "0", "false", "no":
	default:
		a.flags.noInput = true
	}
	switch a.flags.theme {
	case "", "auto", "light", "dark", "none":
	default:
		return usage("unknown theme %q: the themes are auto, light, dark, none", a.flags.theme)
	}
	a.log = slog.New(slog.DiscardHandler)
	if a.flags.logLevel == "" {
		return nil
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.flags.logLevel)); err != nil {
		return usage("unknown log level %q: the levels are debug, info, warn, error", a.flags.logLevel)
	}
	return a.openLog(level)
}

// openLog writes a log from a level on.
func (a *app) openLog(level slog.Level) error {
	path := a.logPath()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of the log: %w", err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	a.logFile = file
	a.log = slog.New(slog.NewTextHandler(file, &slog.HandlerOptions{Level: level}))
	return nil
}

// home is our folder below one of the user's base folders.
func home(variable, otherwise string) string {
	base := os.Getenv(variable)
	if !filepath.IsAbs(base) {
		base = otherwise
	}
	return filepath.Join(base, "almatriage")
}

// close ends what was opened.
func (a *app) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := errors.Join(a.engines.close(ctx, a.log)...)
	if a.db != nil {
		err = errors.Join(err, a.db.Close())
		a.tell(a.db.Notes()...)
	}
	if a.logFile != nil {
		err = errors.Join(err, a.logFile.Close())
	}
	return err
}

func (a *app) config() (*config.Config, error) {
	if a.loaded != nil {
		return a.loaded, nil
	}
	c, err := config.Load(a.configPath(), a.flags.config != "")
	if err != nil {
		return nil, err
	}
	a.loaded = &c
	return a.loaded, nil
}

func (a *app) configPath() string {
	if a.flags.config != "" {
		return a.flags.config
	}
	return config.DefaultPath()
}

// dbPath is where the database lies.
func (a *app) dbPath() string {
	if a.flags.db != "" {
		return a.flags.db
	}
	return filepath.Join(home("XDG_DATA_HOME", xdg.DataHome), "almatriage.db")
}

func (a *app) store(ctx context.Context) (*store.DB, error) {
	if a.db != nil {
		return a.db, nil
	}
	db, err := store.Open(ctx, a.dbPath(), store.Options{Volatile: a.volatile, Upkeep: !a.volatile})
	if err != nil {
		return nil, err
	}
	a.db = db
	a.tell(db.Notes()...)
	return db, nil
}

// tell says what the user has to know about the database. The interface, which
// may soon have the terminal, says it again.
func (a *app) tell(notes ...string) {
	for _, note := range notes {
		a.log.Warn("database", "note", note)
		fmt.Fprintln(a.Err, "almatriage: "+safeLine(note))
	}
	a.told = append(a.told, notes...)
}

// sources are the trackers of the configuration that are named, or all.
func (a *app) sources(chosen []string) ([]tracker.Source, error) {
	c, err := a.config()
	if err != nil {
		return nil, err
	}
	byName := map[string]config.Tracker{}
	var known []string
	for _, t := range c.Trackers {
		byName[t.Name] = t
		known = append(known, t.Name)
	}
	if len(chosen) == 0 {
		chosen = known
	}
	var sources []tracker.Source
	for _, name := range chosen {
		t, ok := byName[name]
		if !ok {
			return nil, usage("unknown tracker %q: the trackers are %s", name, strings.Join(known, ", "))
		}
		source, err := a.source(t)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	return sources, nil
}

func (a *app) source(t config.Tracker) (tracker.Source, error) {
	token := func(ctx context.Context) (string, error) { return t.Token(ctx, a.Env) }
	client := &http.Client{Transport: http.DefaultTransport}
	if t.Kind == config.Mantis {
		return mantis.New(mantis.Config{Name: t.Name, URL: t.URL, Projects: t.Projects, Token: token, HTTP: client})
	}
	return github.New(github.Config{Name: t.Name, URL: t.URL, Repos: t.Repos, Token: token, HTTP: client})
}

// locate finds the report that an argument names, as an id or a URL.
func (a *app) locate(text string) (tracker.ID, error) {
	c, err := a.config()
	if err != nil {
		return tracker.ID{}, err
	}
	id, err := a.locator(c).Locate(text)
	if err != nil {
		return id, usage("%w", err)
	}
	return id, nil
}

// locator knows the trackers of the configuration.
func (a *app) locator(c *config.Config) tracker.Locator {
	var locator tracker.Locator
	for _, t := range c.Trackers {
		locator.Trackers = append(locator.Trackers, tracker.Place{Name: t.Name, Kind: string(t.Kind), URL: t.URL, Repos: t.Repos})
	}
	return locator
}

// person is who decides and accepts.
func (a *app) person() (string, error) {
	c, err := a.config()
	if err != nil {
		return "", err
	}
	if c.User.Name != "" {
		return c.User.Name, nil
	}
	login, err := user.Current()
	if err == nil && login.Username != "" {
		return login.Username, nil
	}
	if name := a.Env("USER"); name != "" {
		return name, nil
	}
	return "", usage("who are you? set [user] name in %s", a.configPath())
}
