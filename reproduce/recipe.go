package reproduce

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Recipe is how to reproduce a report: a tmt test with our keys under
// extra-almatriage. Package fmf reads and writes its file form.
type Recipe struct {
	Summary     string
	Require     []string          // packages, as dnf install takes them
	Test        string            // a bash script; exit 0 means that the bug is not there
	Duration    time.Duration     // limit of one attempt; 0: the configured one
	Environment map[string]string // names [A-Za-z_][A-Za-z0-9_]*
	Links       []Link
	Files       []File // of the recipe's directory, sorted by path; may be empty

	Oracle   Oracle
	Prepare  string // shell script run before require, with network; optional
	Precheck string // must succeed on a side before its attempts count; optional
	Network  Network
	Repeat   int // fixed number of attempts a side; 0: adaptive

	// Source is the file as it was set, byte for byte, for show, edit, export.
	Source string
}

// Link is a tmt link: a relation and what it points to.
type Link struct{ Relation, Target string }

// File is a file of a recipe's directory. Paths are relative, slash-separated
// and clean; no links.
type File struct {
	Path       string
	Executable bool
	Data       []byte
}

// Network is what a test may reach.
type Network string

// The networks.
const (
	NetworkNone Network = "none"
	NetworkFull Network = "full"
)

// OracleKind is how one sees that the bug happened.
type OracleKind string

// The oracles (verdict.md, What an attempt says).
const (
	OracleExit    OracleKind = "exit"
	OracleTimeout OracleKind = "timeout"
	OracleAsk     OracleKind = "ask"
	OracleOutput  OracleKind = "output"
	OracleSignal  OracleKind = "signal"
)

// Oracle is the recipe's reproduced-when.
type Oracle struct {
	Kind    OracleKind
	Pattern string // output: an RE2 expression, matched line by line
	Stream  string // output: "", "stdout" or "stderr"
	Signal  string // signal: SEGV, ABRT, … without SIG
}

// Profile names what a container is allowed; it is part of what executes.
type Profile string

// ProfileStrict is the only profile so far: podman's default capabilities
// less nothing, no new privileges, no network in the test unless declared.
const ProfileStrict Profile = "strict"

// executed is what a person accepts and what the cache keys on: everything
// that makes a difference to what runs, and nothing else.
type executed struct {
	Test, Prepare, Precheck string
	Require                 []string
	Environment             map[string]string
	Network                 Network
	Profile                 Profile
	Files                   []File
}

func (r *Recipe) executed() executed {
	network := r.Network
	if network == "" {
		network = NetworkNone
	}
	return executed{
		Test: r.Test, Prepare: r.Prepare, Precheck: r.Precheck, Require: r.Require,
		Environment: r.Environment, Network: network, Profile: ProfileStrict, Files: r.Files,
	}
}

// Hash identifies what executes: test, files, prepare, precheck, require,
// environment, network and profile. Acceptance is bound to it. It is the
// SHA-256 of a canonical form, in hexadecimal.
func (r *Recipe) Hash() string { return hashOf(r.executed()) }

// hashOf is the SHA-256, in hexadecimal, of v as JSON; map keys are sorted by
// encoding/json, so the form is canonical.
func hashOf(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("reproduce: hash of %T: %v", v, err)) // only plain data comes here
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Origin is where a stored recipe came from.
type Origin string

// The origins: only recipes set by hand are accepted without a further word.
const (
	OriginSet      Origin = "set"
	OriginDraft    Origin = "draft"
	OriginImported Origin = "imported"
	OriginEdited   Origin = "edited"
)

// StoredRecipe is a report's recipe as it is kept.
type StoredRecipe struct {
	Report     string // the report's id
	Recipe     Recipe
	Origin     Origin
	Set        time.Time
	Author     string
	Accepted   string // hash that a person accepted, "" if none
	AcceptedBy string
	AcceptedAt time.Time
}

// IsAccepted tells whether what would execute now is what a person accepted.
func (s *StoredRecipe) IsAccepted() bool { return s.Accepted != "" && s.Accepted == s.Recipe.Hash() }

// CheckAccepted refuses a recipe that is not accepted, as a *Error with
// CodeUsage that tells how to accept it.
func (s *StoredRecipe) CheckAccepted() error {
	if s.IsAccepted() {
		return nil
	}
	return usagef("the recipe of %s is not accepted yet; read and accept it with: almatriage recipe accept '%s'", s.Report, s.Report)
}

// Provenance says where the recipe came from, and whether it is accepted. The
// names in it are raw.
func (s *StoredRecipe) Provenance() string {
	state := "not accepted yet"
	if s.IsAccepted() {
		state = fmt.Sprintf("accepted by %s on %s", s.AcceptedBy, s.AcceptedAt.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf("%s, set by %s on %s; %s", s.Origin, s.Author, s.Set.UTC().Format(time.RFC3339), state)
}
