package mantis

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/remote"
)

const (
	// waitMax is the longest wait between retries that is sat out; a server
	// that asks for more ends the sync with the time of the end.
	waitMax   = 30 * time.Second
	firstWait = time.Second
)

// answer is what the server said. body is valid until the next request.
type answer struct {
	path   string
	status int
	reason string // the status line
	header http.Header
	body   []byte
}

func (a *answer) notModified() bool { return a.status == http.StatusNotModified }

func (a *answer) isJSON() bool {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// get asks for a path below api/rest, with the bare etag if it is not empty,
// and tries again what failed for now. It returns answers with 200 and 304
// only, and only ones that were given to us as whom we are.
func (s *Source) get(ctx context.Context, path string, query url.Values, etag string) (*answer, error) {
	if err := s.server.LoadToken(ctx); err != nil {
		return nil, err
	}
	target := s.base.JoinPath("api/rest", path)
	target.RawQuery = query.Encode()
	for try := 0; ; try++ {
		a, wait, problem := s.once(ctx, target, etag)
		if problem == nil {
			return a, nil
		}
		if problem.Code == tracker.CodeAuth {
			s.server.ForgetToken() // another one may have been saved by the next time
		}
		wait = max(wait, firstWait<<min(try, 10))
		if !temporary(problem) || try >= s.config.Retries || wait > waitMax || ctx.Err() != nil {
			return nil, problem
		}
		if err := s.config.Sleep(ctx, wait); err != nil {
			return nil, s.server.Interrupted(err)
		}
	}
}

// temporary tells whether it makes sense to ask again.
func temporary(err *tracker.Error) bool {
	var redirect *remote.RedirectError
	lasting := errors.As(err, &redirect) || errors.Is(err, remote.ErrLasting)
	return err.Code == tracker.CodeUnavailable && !lasting || err.Code == tracker.CodeRateLimited
}

// once makes one request; wait is how long the server wants to be left alone.
func (s *Source) once(ctx context.Context, target *url.URL, etag string) (a *answer, wait time.Duration, problem *tracker.Error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, 0, remote.Because(s.problem(tracker.CodeRefused, "cannot ask for %s", target.Path), err)
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag) // bare, and compared byte for byte
	}
	a, problem = s.exchange(req)
	switch {
	case problem != nil:
		return nil, 0, problem
	case a.status == http.StatusOK || a.notModified():
		return a, 0, s.check(a, etag)
	}
	wait, until := retryAfter(a.header.Get("Retry-After"), s.config.Now())
	if problem = s.refusal(a, until); problem.Err == nil {
		problem.Err = statusError(a.status)
	}
	problem.Until = until
	return nil, wait, problem
}

// exchange sends a request as whom we are and reads the whole answer, whatever
// it says.
func (s *Source) exchange(req *http.Request) (*answer, *tracker.Error) {
	ctx := req.Context()
	limited, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	s.sign(req)
	resp, err := s.client.Do(req.WithContext(limited))
	if err != nil {
		return nil, s.unreached(ctx, limited, err)
	}
	defer resp.Body.Close()
	a := &answer{path: req.URL.Path, status: resp.StatusCode, reason: resp.Status, header: resp.Header}
	if problem := s.readBody(ctx, limited, a, resp.Body); problem != nil {
		return nil, problem
	}
	return a, nil
}

// send posts JSON, once: what becomes of it is the caller's to find out.
func (s *Source) send(ctx context.Context, path string, body any) (*answer, *tracker.Error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, remote.Because(s.problem(tracker.CodeRefused, "cannot write %s as JSON", path), err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base.JoinPath("api/rest", path).String(), bytes.NewReader(data))
	if err != nil {
		return nil, remote.Because(s.problem(tracker.CodeRefused, "cannot post to %s", path), err)
	}
	req.Header.Set("Content-Type", "application/json") // without it, the server sees no note
	return s.exchange(req)
}

// sign says who asks. Mantis up to 2.28.4 takes the bare token only.
func (s *Source) sign(req *http.Request) {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "almatriage")
	if s.server.HasToken() {
		req.Header.Set("Authorization", s.server.Token())
	}
}

func (s *Source) readBody(ctx, limited context.Context, a *answer, body io.Reader) (problem *tracker.Error) {
	s.buf.Reset()
	n, err := s.buf.ReadFrom(io.LimitReader(body, s.config.BodyMax+1))
	if err != nil {
		return s.unreached(ctx, limited, err)
	}
	if n > s.config.BodyMax {
		return s.server.TooLarge(a.path, s.config.BodyMax)
	}
	a.body, problem = s.server.Received(a.path, a.header, s.buf.Bytes())
	return problem
}

// check looks at an answer with 200 or 304: whether it is data, and whether it
// was given to the owner of the token.
func (s *Source) check(a *answer, etag string) *tracker.Error {
	if a.notModified() && etag == "" {
		return s.problem(tracker.CodeBadAnswer, "the server says that %s has not changed, which was not asked; try again later", a.path)
	}
	if !a.notModified() && !a.isJSON() {
		return s.problem(tracker.CodeBadAnswer, "the answer to %s is no JSON but %q; the project may not be one that can be seen, or the url not that of a MantisBT: check them, and that no login page of the network is in between",
			a.path, a.header.Get("Content-Type"))
	}
	// Since 2.27.1 a token that is wrong or revoked is taken for anonymous,
	// with status 200 and fewer reports.
	if method := a.header.Get("X-Mantis-LoginMethod"); s.server.HasToken() && method != "api-token" {
		return s.problem(tracker.CodeAuth, "the server took no notice of the token (login method %q), so it is wrong or was revoked; make a new token on the tracker's page My Account, API Tokens, and save it", method)
	}
	return nil
}

// retryAfter reads seconds or a date.
func retryAfter(value string, now time.Time) (time.Duration, time.Time) {
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		wait := time.Duration(min(seconds, 1<<30)) * time.Second
		return wait, now.Add(wait).UTC()
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now), at.UTC()
	}
	return 0, time.Time{}
}

// unreached tells why there is no whole answer.
func (s *Source) unreached(ctx, limited context.Context, err error) *tracker.Error {
	var redirect *remote.RedirectError
	if limited.Err() == nil && errors.As(err, &redirect) {
		return remote.Because(s.problem(tracker.CodeUnavailable, "the server %s; nothing was sent there; if that is the tracker's new address, set it as url", redirect), redirect)
	}
	return s.server.Unreached(ctx, limited, s.config.Timeout, err)
}
