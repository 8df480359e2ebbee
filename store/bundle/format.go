// Package bundle writes the evidence of reports into one file that can be
// passed on, and takes in what others wrote: what the trackers say, recipes,
// runs with all their facts and output, and decisions. It imports store and
// nothing of tui or cmd.
//
// A bundle is a tar, compressed with zstd. All its files have mode 0644, no
// owner and the time 0, and stand in a fixed order, so that the same content
// gives the same bytes. What names something stands behind what it names, so
// that a reader needs one pass:
//
//	almatriage-bundle.json             Header: what this is
//	reports/0001-almbz#622/            one a report, by their ids
//	  report.json                      Report
//	  recipe.json                      StoredRecipe, if it has one:
//	  recipe.fmf                       its text as it was set
//	  files/run.sh                     and the files beside it
//	  runs/RUN.json                    Run, the oldest first
//	  logs/ATTEMPT.jsonl               LogLines, behind the first run that has the attempt; none without output
//	  decisions.json                   Decisions, the oldest first, if there are any
//	packages/SHA256.json               Packages, before the first run that had this set
//	manifest.json                      Manifest: all other files
//
// The manifest is the last file, since a bundle is written as it is read from
// the database: one without it was cut off. A name that could do harm as a
// path (no id of our own can) is replaced by its SHA-256; the ids that count
// are those in the files.
//
// A bundle says only what holds wherever it is: what is imported and exported
// again gives the same bytes. So it tells neither whether a recipe was accepted
// (whoever imports it must read it first) nor how much private was left out (who
// has it from a bundle cannot know); the suggestion in it is what the program
// that wrote it makes of the facts.
//
// JSON names are in snake_case; an array is never null; times are RFC 3339 in
// UTC and left out where there is none; what ends in _ns is in nanoseconds.
// Texts are raw: control characters are escaped and kept, bytes that are not
// UTF-8 become U+FFFD, but for the output of tests and the files of recipes.
//
// A bundle tells nothing of the computer it was made on: no process, no local
// image, and in all that programs printed no home folder, proxy, connection or
// user name (see hide). Names of people are those they signed with.
package bundle

import (
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// What a bundle calls itself.
const (
	FormatName    = "almatriage-bundle"
	FormatVersion = 1
)

// What a bundle holds at most, so that one made to do harm does little: it may
// be a few bytes that unpack to anything. Writers keep to it, too.
const (
	maxFiles = 1 << 17  // their names are in memory; a run has some fifty
	maxFile  = 32 << 20 // bytes; one is in memory; the output of an attempt in the worst case
	maxTotal = 4 << 30  // bytes, on disk while it is read; all reports of AlmaLinux are a tenth
	maxPath  = 1 << 10  // bytes
	// In a file of JSON: a value of a few bytes may need a thousand in memory.
	maxObjects = maxFiles + 1000 // the manifest has one a file; a set of packages 60,000
	maxTexts   = 1 << 19         // in lists, where objects may be due; a set of packages of an image 30,000
	maxDepth   = 32              // values in values; a run has 8

	maxSides    = 100      // of a run; there are ten targets
	maxAttempts = 1000     // of a side; twenty decide
	maxWindow   = 16 << 20 // bytes that the decompressor looks back; a writer's has 8 MiB
)

// The files that are in every bundle.
const (
	HeaderName   = "almatriage-bundle.json" // the first
	ManifestName = "manifest.json"          // the last
)

// Header is the first file: enough to tell whether the rest can be read.
type Header struct {
	Format  string `json:"format"`  // FormatName
	Version int    `json:"version"` // FormatVersion; a reader refuses a higher one
	Program string `json:"program"` // what wrote it
}

// Manifest is the last file.
type Manifest struct {
	MadeOf []string `json:"made_of"` // ids of the reports, in their order
	Files  []File   `json:"files"`   // all but this one, in their order
}

// File is one file of a bundle.
type File struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // of its content, in hexadecimal
}

// Report is a tracker.Report.
type Report struct {
	ID              string       `json:"id"`
	Tracker         string       `json:"tracker"`
	URL             string       `json:"url"`
	Title           string       `json:"title"`
	Body            string       `json:"body"`
	Steps           string       `json:"steps"`
	Additional      string       `json:"additional"`
	Status          string       `json:"status"`
	Open            bool         `json:"open"`
	Resolution      string       `json:"resolution"`
	Reproducibility string       `json:"reproducibility"`
	Severity        string       `json:"severity"`
	Project         string       `json:"project"`
	Version         string       `json:"version"`
	Category        string       `json:"category"`
	Labels          []string     `json:"labels"`
	Reporter        string       `json:"reporter"`
	Created         time.Time    `json:"created,omitzero"`
	Updated         time.Time    `json:"updated,omitzero"`
	Private         bool         `json:"private"`
	Release         string       `json:"release"`
	Package         string       `json:"package"`
	References      []Reference  `json:"references"`
	Attachments     []Attachment `json:"attachments"`
	Comments        []Comment    `json:"comments"` // oldest first
}

// Comment is a tracker.Comment.
type Comment struct {
	ID         int64       `json:"id"`
	Author     string      `json:"author"`
	Text       string      `json:"text"`
	Created    time.Time   `json:"created,omitzero"`
	Updated    time.Time   `json:"updated,omitzero"`
	Private    bool        `json:"private"`
	URL        string      `json:"url"`
	References []Reference `json:"references"`
}

// Reference is a tracker.Reference.
type Reference struct {
	Kind tracker.RefKind `json:"kind"`
	Key  string          `json:"key"`
	URL  string          `json:"url"`
}

// Attachment is a tracker.Attachment.
type Attachment struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Size        int64  `json:"size"` // bytes
	ContentType string `json:"content_type"`
}

// StoredRecipe is what a reproduce.StoredRecipe says of its recipe, which is
// in recipe.fmf and the files.
type StoredRecipe struct {
	Report string       `json:"report"`
	Hash   string       `json:"hash"` // of what executes
	Set    time.Time    `json:"set,omitzero"`
	Author string       `json:"author"`
	Files  []StoredFile `json:"files"`
}

// StoredFile is a file of a recipe's directory.
type StoredFile struct {
	Path       string `json:"path"` // in the directory
	File       string `json:"file"` // in the bundle, beside recipe.json
	Executable bool   `json:"executable"`
}

// Decision is a reproduce.Decision.
type Decision struct {
	ID            string            `json:"id"`
	Report        string            `json:"report"`
	Verdict       reproduce.Verdict `json:"verdict"` // "" with Undoes
	Note          string            `json:"note"`
	PatchURL      string            `json:"patch_url"`
	By            string            `json:"by"`
	At            time.Time         `json:"at,omitzero"`
	Run           string            `json:"run"` // that it rests on, "" if none
	Suggested     reproduce.Verdict `json:"suggested"`
	Undoes        string            `json:"undoes"`
	ReportUpdated time.Time         `json:"report_updated,omitzero"`
}

// Run is a reproduce.Run with the recipe as it was run, without the process and
// the batch that it was part of.
type Run struct {
	ID         string               `json:"id"`
	Report     string               `json:"report"`
	Author     string               `json:"author"` // who ran it
	Recipe     Recipe               `json:"recipe"`
	RecipeHash string               `json:"recipe_hash"`
	Hints      Hints                `json:"hints"`
	Fixed      bool                 `json:"fixed"`
	Started    time.Time            `json:"started,omitzero"`
	Finished   time.Time            `json:"finished,omitzero"`
	State      reproduce.RunState   `json:"state"`
	Sides      []Side               `json:"sides"`
	Suggestion reproduce.Suggestion `json:"suggestion"`
}

// Recipe is a reproduce.Recipe. Its hash tells a list that is empty from one
// that is not there; the latter is left out.
type Recipe struct {
	Summary     string            `json:"summary"`
	Require     []string          `json:"require,omitzero"`
	Test        string            `json:"test"`
	DurationNS  time.Duration     `json:"duration_ns"`
	Environment map[string]string `json:"environment,omitzero"`
	Links       []Link            `json:"links,omitzero"`
	Files       []RecipeFile      `json:"files,omitzero"`
	Oracle      Oracle            `json:"oracle"`
	Prepare     string            `json:"prepare"`
	Precheck    string            `json:"precheck"`
	Network     reproduce.Network `json:"network"`
	Repeat      int               `json:"repeat"`
	Source      string            `json:"source"` // the file as it was set
}

// Link is a reproduce.Link.
type Link struct {
	Relation string `json:"relation"`
	Target   string `json:"target"`
}

// RecipeFile is a reproduce.File.
type RecipeFile struct {
	Path       string `json:"path"`
	Executable bool   `json:"executable"`
	Data       []byte `json:"data,omitzero"` // in base64
}

// Oracle is a reproduce.Oracle.
type Oracle struct {
	Kind    reproduce.OracleKind `json:"kind"`
	Pattern string               `json:"pattern"`
	Stream  string               `json:"stream"`
	Signal  string               `json:"signal"`
}

// Hints are reproduce.Hints, as the report gave them when it was run, without
// its words: they follow from the Report, and what its tracker has dropped
// since is nobody's any more.
type Hints struct {
	Report    string `json:"report"` // "" if none
	Package   string `json:"package"`
	Release   string `json:"release"`
	Sometimes bool   `json:"sometimes"`
}

// Side is a reproduce.Side.
type Side struct {
	Target   Target         `json:"target"`
	Role     reproduce.Role `json:"role"`
	Image    Image          `json:"image"`
	Prepared Prepared       `json:"prepared"`
	Control  *Control       `json:"control,omitempty"`
	Key      string         `json:"key"`
	Attempts []Attempt      `json:"attempts"`
	Cached   bool           `json:"cached"`
	CachedAt time.Time      `json:"cached_at,omitzero"`
	Error    *StepError     `json:"error,omitempty"`
	Budget   bool           `json:"budget"`
	Stale    bool           `json:"stale"`
}

// Target is a reproduce.Target.
type Target struct {
	Name         string                 `json:"name"`
	Image        string                 `json:"image"`
	Distribution reproduce.Distribution `json:"distribution"`
	Release      string                 `json:"release"`
	Ended        time.Time              `json:"ended,omitzero"`
	// Setup is the script if it is a built-in target's. One that a user
	// configured may name proxies and mirrors: only its SHA-256 is told.
	Setup       string `json:"setup,omitempty"`
	SetupSHA256 string `json:"setup_sha256,omitempty"`
}

// Image is a reproduce.Image without its local id.
type Image struct {
	Target  string     `json:"target"`
	Ref     string     `json:"ref"`
	Digest  string     `json:"digest"` // "" if it was never in a registry
	Arch    string     `json:"arch"`
	Level   string     `json:"level"`
	Offline bool       `json:"offline"`
	Error   *StepError `json:"error,omitempty"`
}

// Prepared is a reproduce.Prepared without its local image.
type Prepared struct {
	Key         string      `json:"key"`
	At          time.Time   `json:"at,omitzero"`
	Unavailable string      `json:"unavailable"`
	Fingerprint Fingerprint `json:"fingerprint"`
}

// Fingerprint is a reproduce.Fingerprint.
type Fingerprint struct {
	OSRelease map[string]string `json:"os_release,omitempty"`
	Arch      string            `json:"arch"`
	Level     string            `json:"level"`
	// Packages is the SHA-256 of packages/SHA256.json, which is the package set;
	// "" for none. The hash of rpm.Set does not cover all that is told of one.
	Packages   string              `json:"packages"`
	Required   map[string][]string `json:"required,omitempty"`
	Repos      []Repo              `json:"repos"`
	Changelogs map[string]string   `json:"changelogs,omitempty"`
	Kernel     string              `json:"kernel"`
	Podman     string              `json:"podman"`
	HostLevel  string              `json:"host_level"`
	Dropped    []string            `json:"dropped"`
}

// Repo is a reproduce.Repo.
type Repo struct {
	ID       string `json:"id"`
	Revision string `json:"revision"`
}

// Control is a reproduce.Control.
type Control struct {
	Source   string   `json:"source"`
	EVR      EVR      `json:"evr"`
	Packages []string `json:"packages"`
}

// StepError is a reproduce.StepError.
type StepError struct {
	Target  string         `json:"target"`
	Step    reproduce.Step `json:"step"`
	Message string         `json:"message"`
	Advice  string         `json:"advice"`
	Output  string         `json:"output"`
	Infra   bool           `json:"infra"`
}

// Attempt is a reproduce.Attempt. One that was taken from an earlier run names
// that one, which need not be in the bundle.
type Attempt struct {
	ID         string          `json:"id"`
	Run        string          `json:"run"`
	Target     string          `json:"target"`
	Key        string          `json:"key"`
	Number     int             `json:"number"`
	Started    time.Time       `json:"started,omitzero"`
	DurationNS time.Duration   `json:"duration_ns"`
	LimitNS    time.Duration   `json:"limit_ns"`
	Done       bool            `json:"done"`
	Facts      reproduce.Facts `json:"facts"`
	Log        Log             `json:"log"`
}

// Log is what is told of an attempt's output beside its lines. They are as
// programs printed them but for what is hidden; size and hash are those of the
// output itself.
type Log struct {
	Bytes   int64  `json:"bytes"`
	Dropped int64  `json:"dropped"` // bytes
	SHA256  string `json:"sha256"`
}

// LogLine is a reproduce.LogLine.
type LogLine struct {
	Stream reproduce.Stream `json:"stream"`
	AtNS   time.Duration    `json:"at_ns"`
	Text   string           `json:"text,omitempty"`
	Bytes  []byte           `json:"bytes,omitempty"` // instead of Text where it is not UTF-8, in base64
}

// Package is a rpm.Package.
type Package struct {
	Name         string   `json:"name"`
	EVR          EVR      `json:"evr"`
	Arch         string   `json:"arch"`
	Source       string   `json:"source"`
	SourceEVR    EVR      `json:"source_evr"`
	Vendor       string   `json:"vendor"`
	Module       string   `json:"module,omitempty"`
	ModuleStream string   `json:"module_stream,omitempty"`
	Requires     []string `json:"requires"`
	Provides     []string `json:"provides"`
	Files        []string `json:"files"`
}

// EVR is a rpm.EVR.
type EVR struct {
	Epoch   int    `json:"epoch"`
	Version string `json:"version"`
	Release string `json:"release"`
}
