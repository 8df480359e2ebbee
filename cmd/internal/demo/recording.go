package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/klauspost/compress/zstd"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/rpm"
	"github.com/almatriage/almatriage/tracker"
)

// recordingName is where the recorded runs are.
const recordingName = "bundle/recorded.json.zst"

// maxRecording bounds what the file may grow to, in bytes.
const maxRecording = 64 << 20

// recording is the recorded runs, as they are kept in a file. Runs begin at
// epoch; what follows from elsewhere is left out: ids, owner, the report's
// words (Hints), and what an attempt says of its run and its side.
type recording struct {
	Runs []recordedRun
	// Packages are all builds of all sides, each once.
	Packages []rpm.Package

	sets [][]*rpm.Set // for each run and side, made of recordedRun.Sets
}

// recordedRun is a run whose sides' packages are kept apart.
type recordedRun struct {
	Run reproduce.Run
	// Sets has for each side the packages that it had, as indexes into
	// recording.Packages.
	Sets [][]int
}

// epoch is when recorded runs begin.
func epoch() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// readRecording reads the file.
func readRecording() (recording, error) {
	data, err := bundle.ReadFile(recordingName)
	if err != nil {
		return recording{}, err
	}
	return unpack(data)
}

func unpack(data []byte) (r recording, err error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxRecording), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return r, fmt.Errorf("recorded runs: %w", err)
	}
	defer decoder.Close()
	plain, err := decoder.DecodeAll(data, nil)
	if err != nil {
		return r, fmt.Errorf("recorded runs: %w", err)
	}
	if err := json.Unmarshal(plain, &r); err != nil {
		return r, fmt.Errorf("recorded runs: %w", err)
	}
	for _, run := range r.Runs {
		sets := make([]*rpm.Set, len(run.Run.Sides))
		for i := range sets {
			if sets[i], err = r.set(run.Sets[i]); err != nil {
				return r, fmt.Errorf("recorded run of %s: %w", run.Run.Report, err)
			}
		}
		r.sets = append(r.sets, sets)
	}
	return r, nil
}

// run gives the run of a report as it would be stored if it had ended at the
// given time.
func (r recording) run(report *tracker.Report, ended time.Time) (reproduce.Run, error) {
	id := report.ID.String()
	i := slices.IndexFunc(r.Runs, func(one recordedRun) bool { return one.Run.Report == id })
	if i < 0 {
		return reproduce.Run{}, fmt.Errorf("no run of it is recorded")
	}
	run := r.Runs[i].Run
	later := ended.Sub(run.Finished)
	run.ID = idAt(run.Started.Add(later), id)
	run.Hints = reproduce.HintsOf(report)
	run.Author, run.Imported = Author, true
	move(later, &run.Started, &run.Finished)
	run.Sides = slices.Clone(run.Sides)
	for n := range run.Sides {
		side := &run.Sides[n]
		side.Prepared.Print.Packages = r.sets[i][n]
		move(later, &side.CachedAt, &side.Prepared.At)
		side.Attempts = slices.Clone(side.Attempts)
		for k := range side.Attempts {
			a := &side.Attempts[k]
			move(later, &a.Started)
			a.ID = idAt(a.Started, fmt.Sprint(id, " ", n, " ", k))
			a.Run, a.Target, a.Key = run.ID, side.Target.Name, side.Key
		}
	}
	return run, nil
}

// move moves times; a zero time stays none.
func move(by time.Duration, times ...*time.Time) {
	for _, t := range times {
		if !t.IsZero() {
			*t = t.Add(by)
		}
	}
}

// set is the package set that a side had, nil if it was never prepared.
func (r recording) set(indexes []int) (*rpm.Set, error) {
	if indexes == nil {
		return nil, nil
	}
	packages := make([]rpm.Package, len(indexes))
	for i, n := range indexes {
		if n < 0 || n >= len(r.Packages) {
			return nil, fmt.Errorf("there is no package %d", n)
		}
		packages[i] = r.Packages[n]
	}
	return rpm.NewSet(packages), nil
}

// idAt is an id as reproduce.NewID gives it, of a time other than now: ids
// sort by time, and what is recorded lies before what is done next. The seed
// tells apart what happens in the same moment.
func idAt(t time.Time, seed string) string {
	sum := sha256.Sum256([]byte(seed))
	id := uuid.UUID(sum[:16])
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(t.UnixMilli()))
	copy(id[:6], ms[2:])
	id[6] = id[6]&0x0f | 0x70 // version 7
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
