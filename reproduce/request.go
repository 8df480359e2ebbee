package reproduce

import (
	"context"
	"strings"
	"time"

	"github.com/almatriage/almatriage/tracker"
)

// Request is what a run is asked for.
type Request struct {
	Report  string
	Batch   string // that the run is part of, "" for none
	Recipe  Recipe
	Hints   Hints
	Targets []Target // in the order given; see arrange
	With    []Target // further opinions

	Repeat    int           // fixed number of attempts; 0: the recipe's, or adaptive
	Fresh     bool          // take no earlier attempts
	Since     time.Time     // take none that began before; zero: any
	Reprepare bool          // make the prepared images anew
	MaxAge    time.Duration // of earlier attempts; 0: any
	Pull      Pull
	Timeout   time.Duration // 0: the recipe's, or the configured one
	Budget    time.Duration // 0: the configured one
	// Ask puts reproduced-when: ask to a person; nil: nobody is there.
	Ask func(ctx context.Context, target Target, attempt Attempt) (Answer, error)
}

// Sides is the choice of targets for a run.
type Sides struct {
	All   Targets  // that there are
	Names []string // in the order given; none: those of the report's release
	With  []string // further opinions: see Targets.Companion
}

// NewRequest asks for a run of a report's recipe with nothing that its caller
// may want otherwise: attempts, ages and limits are for who asks to fill in. A
// recipe that is not accepted and targets that there are not are *Error with
// CodeUsage.
func NewRequest(report *tracker.Report, stored *StoredRecipe, sides Sides, now time.Time) (Request, error) {
	if err := stored.CheckAccepted(); err != nil {
		return Request{}, err
	}
	targets, further, err := sides.All.Sides(sides.Names, sides.With, report.Release, now)
	if err != nil {
		return Request{}, err
	}
	return Request{Report: report.ID.String(), Recipe: stored.Recipe, Hints: HintsOf(report), Targets: targets, With: further}, nil
}

// HintsOf is what a report says that matters to the method.
func HintsOf(r *tracker.Report) Hints {
	return Hints{Report: r.ID, Package: r.Package, Release: r.Release, Sometimes: tracker.Sometimes(*r),
		Text: strings.Join([]string{r.Title, r.Body, r.Steps, r.Additional}, "\n")}
}
