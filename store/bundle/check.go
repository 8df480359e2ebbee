package bundle

import (
	"archive/tar"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// checkEntry refuses what is no plain file with a plain name.
func checkEntry(header *tar.Header) error {
	name := header.Name
	sparse := slices.ContainsFunc(slices.Collect(maps.Keys(header.PAXRecords)), func(key string) bool { return strings.HasPrefix(key, "GNU.sparse") })
	switch {
	case header.Typeflag != tar.TypeReg || header.Linkname != "" || sparse:
		return errors.New("it is no plain file")
	case len(name) > maxPath:
		return fmt.Errorf("its name is longer than %d bytes", maxPath)
	case !cleanPath(name):
		return errors.New("its name could lead out of the bundle")
	}
	return nil
}

// cleanPath tells whether a path stays below where it begins, on any system,
// and can be shown.
func cleanPath(name string) bool {
	if name == "" || path.IsAbs(name) || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../") || strings.ContainsAny(name, `\:`) {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar })
}

// checkHeader tells whether the rest can be read. A newer version's header may
// hold more.
func (c *contents) checkHeader() error {
	data, err := c.read(HeaderName)
	if err != nil {
		return err
	}
	var header Header
	if err := json.Unmarshal(data, &header); err != nil || header.Format != FormatName {
		return refusef(HeaderName, "it is no bundle of almatriage")
	}
	if header.Version > FormatVersion {
		return &Refused{File: HeaderName, Advice: adviseNewer,
			Why: fmt.Sprintf("it was made by a newer almatriage (version %d of the format, this program knows %d)", header.Version, FormatVersion)}
	}
	if header.Version < 1 {
		return refusef(HeaderName, "there is no version %d of the format", header.Version)
	}
	return c.json(HeaderName, &header)
}

// checkID refuses an id that reproduce.NewID did not give: they are ordered by
// time, and one from the future would be the newest for ever.
func checkID(id string, now time.Time) error {
	parsed, err := uuid.Parse(id)
	if err != nil || parsed.String() != id || parsed.Version() != 7 {
		return fmt.Errorf("%.100q is no id of almatriage", id)
	}
	seconds, nanoseconds := parsed.Time().UnixTime()
	if time.Unix(seconds, nanoseconds).After(now.Add(skew)) {
		return fmt.Errorf("%s is from the future: see that the clocks are right", id)
	}
	return nil
}

// checkReportID refuses ids that no tracker gives.
func checkReportID(text string) (tracker.ID, error) {
	id, err := tracker.ParseID(text)
	if err != nil || id.String() != text {
		return id, fmt.Errorf("%.100q is no id of a report", text)
	}
	parts := strings.Split(id.Space, "/")
	for _, part := range parts {
		if strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "" || strings.Trim(part, ".") == "" || len(part) > 100 {
			return id, fmt.Errorf("%.100q is no id of a report", text)
		}
	}
	if len(parts) > 2 {
		return id, fmt.Errorf("%.100q is no id of a report", text)
	}
	return id, nil
}

// checkReports refuses reports that are not in the order of their ids.
func checkReports(madeOf []string) error {
	var last tracker.ID
	for _, text := range madeOf {
		id, err := checkReportID(text)
		if err != nil {
			return refuse(ManifestName, err)
		}
		if !last.IsZero() && compareIDs(last, id) >= 0 {
			return refusef(ManifestName, "%s is not in its place among the reports", id)
		}
		last = id
	}
	return nil
}

// compareIDs is the order of reports in a bundle.
func compareIDs(a, b tracker.ID) int {
	return cmp.Or(cmp.Compare(a.Space, b.Space), cmp.Compare(a.Number, b.Number))
}

func checkReport(r *Report, id string) error {
	if r.ID != id {
		return fmt.Errorf("it is about %.100q, and should be about %s", r.ID, id)
	}
	if strings.HasPrefix(id, tracker.LocalSpace+"#") && r.Created.IsZero() {
		return errors.New("a report that is at no tracker must say when it was begun")
	}
	seen := map[int64]bool{}
	for i := range r.Comments {
		if seen[r.Comments[i].ID] {
			return fmt.Errorf("comment %d is there twice", r.Comments[i].ID)
		}
		seen[r.Comments[i].ID] = true
	}
	return nil
}

func checkRecipe(s *StoredRecipe, report string) error {
	if s.Report != report {
		return fmt.Errorf("it is about %.100q, and should be about %s", s.Report, report)
	}
	last := ""
	for _, file := range s.Files {
		if !cleanPath(file.Path) || file.Path <= last || file.File != "files/"+entryName(file.Path) {
			return fmt.Errorf("%.100q cannot be a file of a recipe at this place", file.Path)
		}
		last = file.Path
	}
	return nil
}

// checkRun checks what the program relies on in runs that it made itself.
func checkRun(r *Run, report string, now time.Time) error {
	if r.Report != report {
		return fmt.Errorf("it is about %.100q, and should be about %s", r.Report, report)
	}
	if err := checkID(r.ID, now); err != nil {
		return err
	}
	if r.Hints.Report != "" && r.Hints.Report != report {
		return fmt.Errorf("its hints are about %.100q", r.Hints.Report)
	}
	if r.State != reproduce.RunDone && r.State != reproduce.RunInterrupted {
		return fmt.Errorf("its state is %.100q", r.State)
	}
	if recipe := recipeFrom(r.Recipe); recipe.Hash() != r.RecipeHash {
		return errors.New("the hash of its recipe is another")
	}
	if len(r.Sides) > maxSides {
		return fmt.Errorf("it has more than %d sides", maxSides)
	}
	for i := range r.Sides {
		if err := checkSide(&r.Sides[i], now); err != nil {
			return fmt.Errorf("side %d: %w", i+1, err)
		}
	}
	return nil
}

func checkSide(s *Side, now time.Time) error {
	roles := []reproduce.Role{reproduce.RoleAlma, reproduce.RoleStream, reproduce.RoleThird, reproduce.RoleControl}
	if !slices.Contains(roles, s.Role) || (s.Role == reproduce.RoleControl) != (s.Control != nil) {
		return fmt.Errorf("its role is %.100q", s.Role)
	}
	if !reproduce.IsTargetName(s.Target.Name) {
		return fmt.Errorf("%.100q is no name of a target", s.Target.Name)
	}
	if sum := s.Target.SetupSHA256; sum != "" && (!isSHA256(sum) || s.Target.Setup != "") {
		return fmt.Errorf("%.100q is no checksum of its setup", sum)
	}
	if name := s.Prepared.Fingerprint.Packages; name != "" && !isSHA256(name) {
		return fmt.Errorf("%.100q is no checksum of its packages", name)
	}
	if len(s.Attempts) > maxAttempts {
		return fmt.Errorf("it has more than %d attempts", maxAttempts)
	}
	for i := range s.Attempts {
		if err := checkAttempt(&s.Attempts[i], now); err != nil {
			return fmt.Errorf("attempt %d: %w", i+1, err)
		}
	}
	return nil
}

func checkAttempt(a *Attempt, now time.Time) error {
	ends := []reproduce.End{reproduce.EndExited, reproduce.EndTimeout, reproduce.EndMemory, reproduce.EndPids, reproduce.EndDisk, reproduce.EndLost,
		reproduce.EndEngine, reproduce.EndInterrupted}
	switch f := &a.Facts; {
	case a.DurationNS < 0 || a.LimitNS < 0 || a.Number < 0 || f.OOMKills < 0 || f.PidsMax < 0 || a.Log.Bytes < 0 || a.Log.Dropped < 0 || f.Match != nil && f.Match.Count < 0:
		return errors.New("a number in it is below 0")
	case a.Done && !slices.Contains(ends, f.End):
		return fmt.Errorf("it ended as %.100q", f.End)
	}
	return cmp.Or(checkID(a.ID, now), checkID(a.Run, now))
}

// checkDecisions refuses a journal that the program cannot have kept.
func checkDecisions(list []Decision, report string, now time.Time) error {
	if len(list) == 0 {
		return errors.New("there is no decision in it")
	}
	decided := map[string]bool{}
	for i := range list {
		decided[list[i].ID] = list[i].Undoes == ""
	}
	for i := range list {
		d := &list[i]
		if err := checkID(d.ID, now); err != nil {
			return err
		}
		switch {
		case d.Report != report:
			return fmt.Errorf("decision %s is about %.100q, and should be about %s", d.ID, d.Report, report)
		case i > 0 && d.ID <= list[i-1].ID:
			return fmt.Errorf("decision %s is not in its place", d.ID)
		case d.By == "" || d.At.IsZero():
			return fmt.Errorf("decision %s does not say who decided, or when", d.ID)
		case d.Undoes == "" && !slices.Contains(reproduce.Decidable(), d.Verdict):
			return fmt.Errorf("decision %s is for %.100q, which is no verdict that a person can decide for", d.ID, d.Verdict)
		case d.Undoes != "" && (d.Verdict != "" || !decided[d.Undoes]):
			return fmt.Errorf("decision %s takes back %.100q, which is no decision of this journal", d.ID, d.Undoes)
		}
		if d.Run != "" {
			if err := checkID(d.Run, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// isSHA256 tells whether a text is one in hexadecimal, as we write it.
func isSHA256(s string) bool {
	data, err := hex.DecodeString(s)
	return err == nil && len(data) == 32 && strings.ToLower(s) == s
}
