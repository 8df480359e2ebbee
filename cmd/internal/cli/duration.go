package cli

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// duration is an option's time: 1h30m, as Go has it, or days and weeks as in
// queries, 7d or 2w. It is never negative.
type duration struct{ of *time.Duration }

// durationFlag adds an option whose default is what is in the variable.
func durationFlag(flags *pflag.FlagSet, of *time.Duration, name, usage string) {
	flags.Var(duration{of}, name, usage)
}

// Set implements pflag.Value.
func (d duration) Set(text string) error {
	parsed, err := parseDuration(text)
	if err != nil || parsed < 0 {
		return errors.New("it is no time; write 90s, 10m, 1h30m, 7d or 2w")
	}
	*d.of = parsed
	return nil
}

func parseDuration(text string) (time.Duration, error) {
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			n, err := strconv.ParseUint(number, 10, 32)
			if err != nil || n > uint64(math.MaxInt64/length) {
				return 0, errors.Join(err, strconv.ErrRange)
			}
			return time.Duration(n) * length, nil
		}
	}
	return time.ParseDuration(text)
}

// Type implements pflag.Value.
func (duration) Type() string { return "duration" }

// String is the default in the help, "" for none.
func (d duration) String() string {
	const day = 24 * time.Hour
	switch {
	case d.of == nil || *d.of == 0:
		return ""
	case *d.of%day == 0:
		return strconv.Itoa(int(*d.of/day)) + "d"
	}
	return d.of.String()
}
