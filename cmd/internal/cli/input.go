package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// input is standard input until the context ends: a read that waits for
// somebody to type ends with errInterrupted then.
func (a *app) input(ctx context.Context) io.Reader { return untilDone{ctx, a.In} }

type untilDone struct {
	ctx context.Context
	in  io.Reader
}

// Read reads beside the caller, who may have to leave: what is read then is
// lost, and so is the goroutine until the program ends or something comes.
func (r untilDone) Read(p []byte) (int, error) {
	type read struct {
		data []byte
		err  error
	}
	came := make(chan read, 1)
	go func() {
		data := make([]byte, len(p))
		n, err := r.in.Read(data)
		came <- read{data[:n], err}
	}()
	select {
	case <-r.ctx.Done():
		return 0, errInterrupted
	case got := <-came:
		return copy(p, got.data), got.err
	}
}

// confirm asks a question of yes and no; no is the default.
func (a *app) confirm(ctx context.Context, question string) (bool, error) {
	answer, err := a.ask(ctx, question+" [y/N] ")
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", err
}

// ask puts a question and reads a line, and no more than that of standard input.
func (a *app) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(a.Err, question)
	in := a.input(ctx)
	var line []byte
	one := make([]byte, 1)
	for len(line) < 4096 {
		n, err := in.Read(one)
		if n == 1 && one[0] == '\n' {
			break
		}
		line = append(line, one[:n]...)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Fprintln(a.Err)
			return "", fmt.Errorf("read the answer: %w", err)
		}
	}
	return strings.TrimSpace(string(line)), nil
}
