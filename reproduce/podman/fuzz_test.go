package podman

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/reproduce"
)

// engineError tells an error that says that podman cannot be used.
func engineError(err error) bool {
	var engine *reproduce.Error
	return errors.As(err, &engine) && engine.Code == reproduce.CodeEngine && engine.Message != ""
}

// FuzzParseImages: an answer has every image that was asked for, with an id that
// is no option, and a digest; or it is none and says so.
func FuzzParseImages(f *testing.F) {
	f.Add([]byte(`[{"Id":"ab12","Digest":"sha256:cd","RepoDigests":["quay.io/almalinux/9-base@sha256:cd"],"Architecture":"amd64","Labels":null}]`), 1, "quay.io/almalinux/9-base:9")
	f.Add([]byte(`[{"Id":"--privileged"}]`), 1, "localhost/a:b")
	f.Add([]byte(`[{}, null]`), 2, "a@")
	f.Add([]byte(`{"Id":`), 1, ":")
	f.Add([]byte(`null`), 0, "a:b/c")
	f.Fuzz(func(t *testing.T, data []byte, n int, ref string) {
		found, err := parseImages(data, n)
		if err != nil {
			if found != nil || !engineError(err) {
				t.Fatalf("%q: %+v in spite of %v", data, found, err)
			}
			return
		}
		if len(found) != n {
			t.Fatalf("%q: %d images, not %d", data, len(found), n)
		}
		for _, info := range found {
			image := known(reproduce.Image{Target: "alma9", Ref: ref}, info)
			if image.ID == "" || strings.HasPrefix(image.ID, "-") || image.Target != "alma9" || image.Ref != ref {
				t.Fatalf("%q: %+v", data, image)
			}
			if _, pinned, ok := strings.Cut(ref, "@"); ok && image.Digest != pinned || !ok && image.Digest == "" {
				t.Fatalf("%q: the digest of %q is %q", data, ref, image.Digest)
			}
		}
	})
}

// FuzzParseContainers: whatever podman lists, only what has no living owner, or
// is long over its time, is taken for abandoned.
func FuzzParseContainers(f *testing.F) {
	f.Add([]byte(`[{"Names":["almatriage-1"],"Labels":{"almatriage.app":"1","almatriage.owner":"a:1:2","almatriage.deadline":"1"}}]`), int64(1))
	f.Add([]byte(`[{"Names":null,"Labels":null},null]`), int64(0))
	f.Add([]byte(" \n"), int64(-1))
	f.Add([]byte(`[{"Labels":{"almatriage.deadline":"9223372036854775807"}}]`), int64(1<<62))
	f.Add([]byte(`{}`), int64(9))
	now := time.Unix(1_800_000_000, 0)
	e := &Engine{cfg: Config{Owner: ThisProcess(), Now: func() time.Time { return now }}}
	f.Fuzz(func(t *testing.T, data []byte, late int64) {
		list, err := parseContainers(data)
		if err != nil && (list != nil || !engineError(err)) {
			t.Fatalf("%q: %+v in spite of %v", data, list, err)
		}
		for _, c := range list {
			if !e.abandoned(c) && !Alive(c.Labels["almatriage.owner"]) {
				t.Fatalf("%q: nobody waits for %+v", data, c)
			}
			mine := ours{Names: c.Names, Labels: map[string]string{"almatriage.owner": ThisProcess(), "almatriage.deadline": strconv.FormatInt(now.Unix()-late, 10)}}
			if over := late > 3600 && late < now.Unix(); e.abandoned(mine) != over {
				t.Fatalf("%d s over its time, ours is abandoned: %v", late, !over)
			}
		}
	})
}

// FuzzParseMade: an image that is ours has an id that is no option, once, and a time.
func FuzzParseMade(f *testing.F) {
	f.Add([]byte(`[{"Id":"ab","Size":7,"Labels":{"almatriage.at":"2026-01-02T03:04:05Z","almatriage.kind":"base","almatriage.key":"k"}}]`))
	f.Add([]byte(`[{"Id":"ab","Labels":{"almatriage.at":"2026-01-02T03:04:05Z"}},{"Id":"ab","Labels":{"almatriage.at":"2026-01-02T03:04:05Z"}},null]`))
	f.Add([]byte(`[{"Id":"--all","Labels":{"almatriage.at":"2026-01-02T03:04:05Z"}},{"Labels":{"almatriage.at":"2026-01-02T03:04:05Z"}}]`))
	f.Add([]byte(`[{"Id":1}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		made, err := parseMade(data, "w")
		if err != nil && (made != nil || !engineError(err)) {
			t.Fatalf("%q: %+v in spite of %v", data, made, err)
		}
		seen := map[string]bool{}
		for _, image := range made {
			if seen[image.ID] || image.ID == "" || strings.HasPrefix(image.ID, "-") || image.Worker != "w" {
				t.Fatalf("%q: %+v", data, image)
			}
			seen[image.ID] = true
		}
	})
}

// FuzzParseHost: a podman that is taken has a version from the oldest on, and
// with root all limits; without, each that is dropped is one of ours.
func FuzzParseHost(f *testing.F) {
	f.Add([]byte(`{"version":{"Version":"5.4.2"},"host":{"arch":"amd64","cgroupVersion":"v2","cgroupControllers":["cpu","pids"],"security":{"rootless":true}},"store":{"graphRoot":"/x"}}`))
	f.Add([]byte(`{"version":{"Version":"3.4.4"}}`))
	f.Add([]byte(`{"version":{"Version":"4"}}`))
	f.Add([]byte(`{"version":{"Version":"99999999999999999999.1"}}`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := parseHost(data)
		if err != nil {
			if h != nil || !engineError(err) {
				t.Fatalf("%q: %+v in spite of %v", data, h, err)
			}
			return
		}
		if !newEnough(h.Version.Version) || strings.HasPrefix(h.Version.Version, "3.") || strings.HasPrefix(h.Version.Version, "-") {
			t.Fatalf("%q: version %q is taken", data, h.Version.Version)
		}
		dropped := h.dropped()
		if !h.Host.Security.Rootless && dropped != nil {
			t.Fatalf("%q: with root, %v are dropped", data, dropped)
		}
		for _, name := range dropped {
			if args := limitArgs(reproduce.Limits{Memory: 1, CPUs: 1, Pids: 1}, []string{name}); len(args) == 0 || len(args) > 3 {
				t.Fatalf("%q: without %s the limits are %v", data, name, args)
			}
		}
	})
}

// FuzzParseState: a container without a verdict has exactly one end, whatever
// podman knows of it, and that is never one with a status of the test's.
func FuzzParseState(f *testing.F) {
	f.Add([]byte(`{"Status":"exited","ExitCode":0,"OOMKilled":false}`), true, true)
	f.Add([]byte(`{"Status":"created"}`), false, true)
	f.Add([]byte(`{"Status":"exited","ExitCode":-1,"OOMKilled":true}`), true, true)
	f.Add([]byte(`null`), true, false)
	f.Add([]byte(`[]`), false, false)
	f.Fuzz(func(t *testing.T, data []byte, started, known bool) {
		s, err := parseState(data)
		if err != nil {
			if s != (state{}) {
				t.Fatalf("%q: %+v in spite of %v", data, s, err)
			}
			return
		}
		c := &container{dir: workdir(t.TempDir()), spec: containerSpec{image: "ab", timeout: time.Minute}}
		got, err := c.classify(ended{started: started, duration: 2 * time.Minute}, s, known, nil)
		if err != nil || got.end == "" || got.end == reproduce.EndExited {
			t.Fatalf("%q: %+v, %v", data, got, err)
		}
		if !started && !known && got.end != reproduce.EndEngine && !s.OOMKilled {
			t.Fatalf("%q: of what was never there: %+v", data, got)
		}
	})
}

// FuzzComplaint: what podman says is never silence, and is valid text of one line.
func FuzzComplaint(f *testing.F) {
	f.Add("WARN x\nError: no such image\n")
	f.Add("Error: \n\n")
	f.Add("\xff\r\n\x00")
	f.Fuzz(func(t *testing.T, stderr string) {
		said := complaint(stderr)
		if said == "" || strings.Contains(said, "\n") || said != strings.ToValidUTF8(said, "") {
			t.Fatalf("%q becomes %q", stderr, said)
		}
	})
}
