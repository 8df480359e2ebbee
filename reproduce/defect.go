package reproduce

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// safely does a part of a run. A panic in it is an error of that run: it must
// not end the program, and with it all other runs.
func safely(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a defect of almatriage: %v (%s); please report it", p, panicked())
		}
	}()
	return work()
}

// panicked is where the code stood that panicked, as file:line.
func panicked() string {
	frames := runtime.CallersFrames(callers())
	inRuntime := false
	for {
		frame, more := frames.Next()
		switch {
		case strings.HasPrefix(frame.Function, "runtime."):
			inRuntime = inRuntime || frame.Function == "runtime.gopanic"
		case inRuntime:
			return fmt.Sprintf("%s:%d", filepath.Base(frame.File), frame.Line)
		}
		if !more {
			return "somewhere"
		}
	}
}

func callers() []uintptr {
	pcs := make([]uintptr, 64)
	return pcs[:runtime.Callers(1, pcs)]
}
