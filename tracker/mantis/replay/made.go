package replay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// entry is a report of the server.
type entry struct {
	id, project      int64
	updated, created time.Time
	raw              string   // its JSON, as the server writes it
	only             []string // who sees this; empty: everybody
}

func (e *entry) seenBy(user string) bool { return len(e.only) == 0 || slices.Contains(e.only, user) }

// recordedEntries are the recorded reports: what a viewer sees, and the ones
// that others saw otherwise.
func recordedEntries() []entry {
	var all []entry
	for _, name := range []string{"issues-page1", "issues-page2", "issues-page3"} {
		all = append(all, entriesOf(File(name+".json"))...)
	}
	for i := range all {
		if all[i].id == 5 {
			all[i].only = []string{Viewer, Reporter, anonymous}
		}
	}
	for name, only := range map[string][]string{
		"issue-5-with-private-parts-as-developer": {Developer},
		"issue-24-private-as-developer":           {Developer},
		"issue-25-private-as-own-reporter":        {Developer, Reporter},
	} {
		for _, e := range entriesOf(File(name + ".json")) {
			e.only = only
			all = append(all, e)
		}
	}
	return all
}

func entriesOf(body []byte) []entry {
	var list struct{ Issues []json.RawMessage }
	if err := json.Unmarshal(body, &list); err != nil {
		panic("replay: " + err.Error())
	}
	entries := make([]entry, len(list.Issues))
	for i, raw := range list.Issues {
		var one struct {
			ID      int64
			Project struct{ ID int64 }
			Created time.Time `json:"created_at"`
			Updated time.Time `json:"updated_at"`
		}
		if err := json.Unmarshal(raw, &one); err != nil {
			panic("replay: " + err.Error())
		}
		entries[i] = entry{id: one.ID, project: one.Project.ID, updated: one.Updated, created: one.Created, raw: string(raw)}
	}
	return entries
}

// layout is how the server writes times.
const layout = "2006-01-02T15:04:05-07:00"

// Touch gives a report a new time of update, as a note or a tag does.
func (s *Server) Touch(id int64, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.touch(id, at)
}

func (s *Server) touch(id int64, at time.Time) {
	for i := range s.entries {
		e := &s.entries[i]
		if e.id != id {
			continue
		}
		start, end := e.updatedAt()
		e.raw = e.raw[:start] + at.Format(layout) + e.raw[end:]
		e.updated = at.Truncate(time.Second)
	}
	s.sorted = false
}

// updatedAt is where the report's own time of update is: it stands before
// those of its notes.
func (e *entry) updatedAt() (start, end int) {
	const field = `"updated_at":"`
	start = strings.Index(e.raw, field) + len(field)
	return start, start + strings.IndexByte(e.raw[start:], '"')
}

// Remove takes a report from the lists, as deleting or moving it does.
func (s *Server) Remove(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = slices.DeleteFunc(s.entries, func(e entry) bool { return e.id == id })
}

// Numbers are the numbers of the reports that a user sees, of one project or,
// with 0, of all, in the server's order.
func (s *Server) Numbers(user string, project int64) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []int64
	for _, e := range s.visible(user, project) {
		ids = append(ids, e.id)
	}
	return ids
}

func (s *Server) visible(user string, project int64) []*entry {
	if !s.sorted {
		slices.SortStableFunc(s.entries, newestFirst)
		s.sorted = true
	}
	var seen []*entry
	for i := range s.entries {
		if e := &s.entries[i]; (project == 0 || e.project == project) && e.seenBy(user) {
			seen = append(seen, e)
		}
	}
	if s.options.FlipTies && len(s.requests)%2 == 0 {
		flipTies(seen)
	}
	return seen
}

// newestFirst is the server's order; with both dates equal it has none.
func newestFirst(a, b entry) int {
	if c := b.updated.Compare(a.updated); c != 0 {
		return c
	}
	return b.created.Compare(a.created)
}

func flipTies(seen []*entry) {
	for i := 0; i < len(seen); {
		j := i + 1
		for j < len(seen) && newestFirst(*seen[i], *seen[j]) == 0 {
			j++
		}
		slices.Reverse(seen[i:j])
		i = j
	}
}

// made answers what was not recorded but follows from what was.
func (s *Server) made(r *http.Request, body string, who login) *recording {
	where, ok := strings.CutPrefix(r.URL.Path, "/api/rest/")
	where = strings.TrimPrefix(where, "index.php/")
	number, one := strings.CutPrefix(where, "issues/")
	if to, ok := noteTo(r); ok {
		return s.post(to, r, body, who)
	}
	switch {
	case !ok || r.Method != http.MethodGet:
	case where == "issues":
		return s.list(r, who)
	case where == "projects":
		return s.success(who, File("projects.json"), false)
	case where == "users/me":
		return s.me(who)
	case one && !strings.Contains(number, "/"):
		return s.single(number, who)
	}
	return named("route-unknown-404")
}

// find is a report as a user sees it; hidden: there is one, for others.
func (s *Server) find(number, user string) (hidden bool, found *entry) {
	for i := range s.entries {
		if e := &s.entries[i]; strconv.FormatInt(e.id, 10) == number {
			if e.seenBy(user) {
				return false, e
			}
			hidden = true
		}
	}
	return hidden, nil
}

func (s *Server) single(number string, who login) *recording {
	hidden, found := s.find(number, who.user)
	switch {
	case found != nil:
		return s.success(who, []byte(`{"issues":[`+s.show(found, who.user)+`]}`), true)
	case hidden:
		return named("issue-24-private-as-viewer-403")
	}
	return named("issue-missing-404")
}

// list answers as the recorded servers do; select is ignored, as by 2.25.8.
func (s *Server) list(r *http.Request, who login) *recording {
	query := r.URL.Query()
	project := leadingNumber(query.Get("project_id"), 0)
	switch {
	case project == 4 && s.options.Version == "2.25.8":
		return named("v2258-project-private-200-html")
	case project == 4:
		return named("issues-project-private-404")
	case project < 0 || project > 4:
		return named("issues-project-unknown-404")
	}
	seen := s.visible(who.user, project)
	size := leadingNumber(query.Get("page_size"), 50)
	if size <= 0 {
		size = int64(max(len(seen), 1))
	}
	page := max(leadingNumber(query.Get("page"), 1), 1)
	var body strings.Builder
	body.WriteString(`{"issues":[`)
	first := min((page-1)*size, int64(len(seen)))
	last := min(first+size, int64(len(seen)))
	for i, e := range seen[first:last] {
		if i > 0 {
			body.WriteByte(',')
		}
		body.WriteString(s.show(e, who.user))
	}
	body.WriteString(`]}`)
	return s.success(who, []byte(body.String()), true)
}

// leadingNumber reads a parameter as PHP does: "2,3" is 2, "abc" is 0.
func leadingNumber(value string, absent int64) int64 {
	if value == "" {
		return absent
	}
	digits := value[:len(value)-len(strings.TrimLeft(value, "-0123456789"))]
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil {
		return 0
	}
	return n
}

// success has the headers of a recorded list.
func (s *Server) success(who login, body []byte, tagged bool) *recording {
	a := named("issues-page1")
	a.body = body
	a.header.Set("X-Mantis-Version", s.options.Version)
	a.header.Set("X-Mantis-Username", who.user)
	a.header.Set("X-Mantis-LoginMethod", "api-token")
	if who.user == anonymous {
		a.header.Set("X-Mantis-LoginMethod", "cookie")
	}
	a.header.Del("ETag")
	if tagged {
		sum := sha256.Sum256(append([]byte("v1_"+who.user+"_"), body...))
		a.header.Set("ETag", hex.EncodeToString(sum[:]))
	}
	return a
}
