package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

// ErrLasting is the cause of what asking again at once does not mend.
var ErrLasting = errors.New("this does not pass by itself")

// Unreached tells why there is no whole answer. ctx is that of the sync,
// limited that of the request, which ends after timeout. It keeps no cause of
// the server's making: what was sent may be in it, and with it the token.
func (s *Server) Unreached(ctx, limited context.Context, timeout time.Duration, err error) *tracker.Error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err // without the request's URL
	}
	switch {
	case ctx.Err() != nil:
		return s.Interrupted(ctx.Err())
	case limited.Err() != nil:
		return Because(s.Problem(tracker.CodeUnavailable, "no whole answer within %v; try again later", timeout), limited.Err())
	case errors.Is(err, io.ErrUnexpectedEOF):
		return s.Problem(tracker.CodeUnavailable, "the answer broke off; try again")
	case untrusted(err):
		return Because(s.Problem(tracker.CodeUnavailable, "%s cannot be trusted (%s); nothing was sent there; check this computer's clock, the tracker's url and the network, or add the tracker's authority to the system's certificates",
			s.Base.Host, safe.Line(err.Error())), ErrLasting)
	case strings.Contains(err.Error(), "Proxy Authentication Required"):
		return s.ProxyRefused()
	}
	return s.Problem(tracker.CodeUnavailable, "cannot reach %s (%s); check the network and try again", s.Base.Host, safe.Line(err.Error()))
}

// ProxyRefused is the error of a proxy that wants to know who we are (407).
func (s *Server) ProxyRefused() *tracker.Error {
	return Because(s.Problem(tracker.CodeUnavailable, "the proxy on the way to %s wants a name and a password; set them in HTTPS_PROXY, or HTTP_PROXY, as in http://NAME:PASSWORD@proxy.example:3128", s.Base.Host), ErrLasting)
}

// untrusted tells whether the server could not prove who it is, or does not
// speak TLS.
func untrusted(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &alert) ||
		strings.HasPrefix(err.Error(), "http: server gave HTTP response to HTTPS client")
}
