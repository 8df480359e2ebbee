package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/almatriage/almatriage/tracker"
)

const (
	commandTimeout = 10 * time.Second // of token_command
	maxToken       = 4096             // bytes; GitHub's longest have a few hundred
)

// Token finds the tracker's token, "" if there is none. These are asked in
// turn: $ALMATRIAGE_NAME_TOKEN; token_command or token_file; and for GitHub
// itself, $GH_TOKEN and $GITHUB_TOKEN, which are last because they are often
// set for other programs' sake. Env is os.Getenv or a stand-in.
//
// Errors are *tracker.Error with CodeAuth. They never hold the token, nor what
// a command or file gave.
func (t Tracker) Token(ctx context.Context, env func(string) string) (string, error) {
	raw, from, err := t.findToken(ctx, env)
	if err != nil || raw == "" {
		return "", err
	}
	token := strings.TrimSpace(raw)
	switch {
	case token == "":
		return "", t.refuse(nil, "%s gives only white space for a token; put the token there or take it away", from)
	case len(token) > maxToken || strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }):
		return "", t.refuse(nil, "%s gives no token: it is too long or has spaces or other characters that no token has; put the token alone there", from)
	case !t.private():
		return "", t.refuse(nil, "the token from %s is not sent over http, where others can read it; write https in the tracker's url", from)
	}
	return token, nil
}

// findToken gives what is to be the token, and where it was found.
func (t Tracker) findToken(ctx context.Context, env func(string) string) (raw, from string, err error) {
	if value := env(tracker.TokenVariable(t.Name)); value != "" {
		return value, "$" + tracker.TokenVariable(t.Name), nil
	}
	switch {
	case t.TokenCommand != "":
		raw, err = t.tokenOfCommand(ctx, commandTimeout)
		return raw, "its token_command", err
	case t.TokenFile != "":
		raw, err = t.tokenOfFile()
		return raw, t.TokenFile, err
	}
	if t.Kind == GitHub && t.URL == githubAPI {
		for _, name := range []string{"GH_TOKEN", "GITHUB_TOKEN"} {
			if value := env(name); value != "" {
				return value, "$" + name, nil
			}
		}
	}
	return "", "", nil
}

// HasToken tells whether a token is configured, without reading it: it may be
// refused all the same.
func (t Tracker) HasToken(env func(string) string) bool {
	if env(tracker.TokenVariable(t.Name)) != "" || t.TokenCommand != "" || t.TokenFile != "" {
		return true
	}
	return t.Kind == GitHub && t.URL == githubAPI && (env("GH_TOKEN") != "" || env("GITHUB_TOKEN") != "")
}

// private tells whether what is sent to the tracker cannot be read on the way.
func (t Tracker) private() bool {
	u, err := url.Parse(t.URL)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func (t Tracker) refuse(cause error, format string, args ...any) error {
	return &tracker.Error{Code: tracker.CodeAuth, Tracker: t.Name, Message: fmt.Sprintf(format, args...), Err: cause}
}

// tokenOfFile reads the first line of a file that nobody else can read.
func (t Tracker) tokenOfFile() (string, error) {
	// Without waiting: the path may be that of a pipe that nobody writes to.
	file, err := os.OpenFile(t.TokenFile, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", t.refuse(err, "the token_file cannot be read: %v", err)
	}
	line, err := t.readPrivate(file)
	if closeErr := file.Close(); err == nil && closeErr != nil {
		err = t.refuse(closeErr, "the token_file cannot be read: %v", closeErr)
	}
	return line, err
}

func (t Tracker) readPrivate(file *os.File) (string, error) {
	info, err := file.Stat()
	switch {
	case err != nil:
		return "", t.refuse(err, "the token_file cannot be read: %v", err)
	case !info.Mode().IsRegular():
		return "", t.refuse(nil, "the token_file %s is not a plain file", t.TokenFile)
	case info.Mode().Perm()&^0o600 != 0:
		return "", t.refuse(nil, "the token_file has the mode %04o, so it may be open to others; run: chmod 600 %s", info.Mode().Perm(), t.TokenFile)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxToken+2))
	if err != nil {
		return "", t.refuse(err, "the token_file cannot be read: %v", err)
	}
	if len(data) == 0 {
		return "", t.refuse(nil, "the token_file %s is empty; put the token there", t.TokenFile)
	}
	return firstLine(data), nil
}

// tokenOfCommand runs the command and takes the first line that it prints.
// Its other output is thrown away: it may hold what must not be shown.
func (t Tracker) tokenOfCommand(ctx context.Context, limit time.Duration) (string, error) {
	words, err := SplitCommand(t.TokenCommand)
	if err != nil {
		return "", t.refuse(nil, "the token_command cannot be split into words: %v", err)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var out head
	cmd := exec.CommandContext(limited, words[0], words[1:]...)
	cmd.Stdout = &out
	cmd.WaitDelay = time.Second // a child of it may keep the pipe open
	err = cmd.Run()
	var status *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("run the token_command of %s: %w", t.Name, ctx.Err())
	case limited.Err() != nil:
		return "", t.refuse(nil, "the token_command %.60q was not done after %v; run it by hand to see why", words[0], limit)
	case errors.As(err, &status):
		return "", t.refuse(nil, "the token_command %.60q failed (%v); run it by hand to see why", words[0], status)
	case err != nil && !errors.Is(err, exec.ErrWaitDelay): // it is done; only a child of it is not
		return "", t.refuse(err, "the token_command cannot be run: %v", err)
	case out.kept.Len() == 0:
		return "", t.refuse(nil, "the token_command %.60q printed nothing; run it by hand to see why", words[0])
	}
	return firstLine(out.kept.Bytes()), nil
}

// firstLine is never empty where the data is not, so that an empty line is
// told from no token at all.
func firstLine(data []byte) string {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return string(line) + "\n"
}

// head keeps the beginning of what is written to it, enough for a token.
// The buffer is not embedded: its ReadFrom would take all.
type head struct{ kept bytes.Buffer }

// Write never fails, so that the command does not end early.
func (h *head) Write(p []byte) (int, error) {
	if room := maxToken + 2 - h.kept.Len(); room > 0 {
		h.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
