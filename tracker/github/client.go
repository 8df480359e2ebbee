package github

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/remote"
)

const (
	// waitMax is the longest wait between retries that is sat out; a server
	// that asks for more ends the sync with the time of the end.
	waitMax   = time.Minute
	firstWait = time.Second
)

// answer is what the server said.
type answer struct {
	asked  *url.URL
	status int
	header http.Header
	body   []byte
}

func (a *answer) notModified() bool { return a.status == http.StatusNotModified }

func (a *answer) isJSON() bool {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// get asks for an address of the server, with the etag if it is not empty, and
// tries again what failed for now. It returns JSON with 200, or a 304.
func (s *Source) get(ctx context.Context, target *url.URL, etag string) (*answer, error) {
	if err := s.server.LoadToken(ctx); err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		a, wait, problem := s.once(ctx, target, etag)
		if problem == nil {
			return a, nil
		}
		if problem.Code == tracker.CodeAuth {
			s.server.ForgetToken() // another one may have been saved by the next time
		}
		// GitHub wants waits that grow while a limit goes on.
		wait = max(wait, firstWait) << min(try, 10)
		temporary := problem.Code == tracker.CodeUnavailable && !errors.Is(problem, remote.ErrLasting) || problem.Code == tracker.CodeRateLimited
		if !temporary || try >= s.config.Retries || wait > waitMax || ctx.Err() != nil {
			return nil, problem
		}
		if err := s.config.Sleep(ctx, wait); err != nil {
			return nil, s.server.Interrupted(err)
		}
	}
}

// once makes one request; wait is how long the server wants to be left alone.
func (s *Source) once(ctx context.Context, target *url.URL, etag string) (a *answer, wait time.Duration, problem *tracker.Error) {
	req, err := s.api.NewRequest(http.MethodGet, target.String(), nil)
	if err != nil {
		return nil, 0, s.problem(tracker.CodeRefused, "cannot ask for %s (%v)", target.Path, err)
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag) // byte for byte, weak or strong
	}
	a, problem = s.exchange(req.WithContext(ctx))
	switch {
	case problem != nil:
		return nil, 0, problem
	case a.status == http.StatusOK || a.notModified():
		return a, 0, s.check(a, etag)
	}
	return s.refused(a)
}

// exchange sends a request as whom we are and reads the whole answer, whatever
// it says.
func (s *Source) exchange(req *http.Request) (*answer, *tracker.Error) {
	ctx := req.Context()
	limited, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	if s.server.HasToken() {
		req.Header.Set("Authorization", "Bearer "+s.server.Token())
	}
	resp, err := s.client.Do(req.WithContext(limited))
	if err != nil {
		return nil, s.unreached(ctx, limited, err)
	}
	defer resp.Body.Close()
	a := &answer{asked: req.URL, status: resp.StatusCode, header: resp.Header}
	body, err := io.ReadAll(io.LimitReader(resp.Body, s.config.BodyMax+1))
	switch {
	case err != nil:
		return nil, s.unreached(ctx, limited, err)
	case int64(len(body)) > s.config.BodyMax:
		return nil, s.server.TooLarge(req.URL.Path, s.config.BodyMax)
	}
	var problem *tracker.Error
	if a.body, problem = s.server.Received(req.URL.Path, a.header, body); problem != nil {
		return nil, problem
	}
	return a, nil
}

// send writes, once: what becomes of it is the caller's to find out.
func (s *Source) send(ctx context.Context, method string, target *url.URL, body any) (*answer, *tracker.Error) {
	req, err := s.api.NewRequest(method, target.String(), body)
	if err != nil {
		return nil, s.problem(tracker.CodeRefused, "cannot write to %s (%v)", target.Path, err)
	}
	return s.exchange(req.WithContext(ctx))
}

// check tells whether an answer with 200 or 304 is one to what was asked.
func (s *Source) check(a *answer, etag string) *tracker.Error {
	if a.notModified() {
		if etag == "" {
			return s.problem(tracker.CodeBadAnswer, "the server says that %s has not changed, which was not asked; try again later", a.asked.Path)
		}
		return nil
	}
	if !a.isJSON() {
		return s.problem(tracker.CodeBadAnswer, "the answer to %s is no JSON but %q; check that the url is that of GitHub's REST interface and that no login page of the network is in between", a.asked.Path, a.header.Get("Content-Type"))
	}
	return nil
}

// unreached tells why there is no whole answer.
func (s *Source) unreached(ctx, limited context.Context, err error) *tracker.Error {
	var redirect *remote.RedirectError
	if limited.Err() == nil && errors.As(err, &redirect) {
		return s.problem(tracker.CodeNotFound, "the repository has moved to %s; nothing was sent there; correct the tracker's url or repos", redirect.To)
	}
	return s.server.Unreached(ctx, limited, s.config.Timeout, err)
}
