package mantis

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/almatriage/almatriage/tracker"
)

// project is an entry of the server's list of projects.
type project struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	Enabled     *bool     `json:"enabled"`
	ViewState   *enum     `json:"view_state"`
	SubProjects []project `json:"subProjects"`
}

func (p project) readable() bool { return p.ID > 0 && p.Name != "" && (p.Enabled == nil || *p.Enabled) }

// place is where a feed's reports are, and who saw them last. It is kept in
// the cursor, so that a sync that finds nothing new takes one request.
type place struct {
	Project int64 `json:"project"`
	// Hidden are the projects that not everybody may see: their reports are
	// private, whatever they say themselves.
	Hidden []int64 `json:"hidden,omitempty"`
	// User is as whom the feed was read to its end. Somebody else may see
	// older reports that the mark would leave out.
	User string `json:"user"`
}

// parsePlace reads a cursor's Extra. What it cannot read is as good as none:
// the project is looked up and read again.
func parsePlace(extra string) place {
	var p place
	if json.Unmarshal([]byte(extra), &p) != nil || p.Project <= 0 {
		return place{}
	}
	return p
}

func (p place) extra() string {
	b, err := json.Marshal(p)
	if err != nil { // numbers and a string
		panic("mantis: " + err.Error())
	}
	return string(b)
}

// locate finds the project of a feed by its name.
func (s *Source) locate(ctx context.Context, feed string, again bool) (place, error) {
	if s.projects == nil || again {
		if err := s.loadProjects(ctx); err != nil {
			return place{}, err
		}
	}
	found := place{}
	var names []string
	eachProject(s.projects, func(p project) {
		if p.Name == feed && p.readable() && found.Project == 0 {
			found.Project = p.ID
		}
		if !p.ViewState.public() {
			found.Hidden = append(found.Hidden, p.ID)
		}
		names = append(names, p.Name)
	})
	if found.Project == 0 {
		return place{}, s.problem(tracker.CodeNotFound, "there is no project %q that can be seen; there are %q; correct the tracker's projects", feed, names)
	}
	return found, nil
}

func (s *Source) loadProjects(ctx context.Context) error {
	a, err := s.get(ctx, "projects", nil, "")
	if err != nil {
		return err
	}
	var list struct {
		Projects []project `json:"projects"`
	}
	if err := json.Unmarshal(a.body, &list); err != nil || list.Projects == nil {
		return s.problem(tracker.CodeBadAnswer, "the list of projects cannot be read: %s; try again later, and check the tracker's url if this stays", fault(a.body, err))
	}
	s.projects = list.Projects
	return nil
}

// eachProject visits projects and what is below them.
func eachProject(projects []project, visit func(project)) {
	for _, p := range projects {
		visit(p)
		eachProject(p.SubProjects, visit)
	}
}

// hidden tells whether a project is not for everybody.
func (p place) hides(id int64) bool { return slices.Contains(p.Hidden, id) }
