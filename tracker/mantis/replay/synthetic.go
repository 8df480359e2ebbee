package replay

import (
	"fmt"
	"strings"
	"time"
)

// Synthetic is a server with n invented reports, numbered from 1, a minute
// apart, the highest newest, in the three public projects. Each has a few
// kilobytes, two notes and a history, as the recorded ones have. It lets
// everybody in.
func Synthetic(n int) *Server {
	s := New(Options{Anonymous: true})
	s.recorded = nil
	s.entries = make([]entry, n)
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range s.entries {
		// Newest first, as they are sorted.
		id := int64(n - i)
		created := start.Add(time.Duration(id) * time.Minute)
		e := entry{id: id, project: id%3 + 1, created: created, updated: created.Add(time.Second)}
		e.raw = e.invent()
		s.entries[i] = e
	}
	s.sorted, s.lastNote = true, 2*int64(n)+1
	return s
}

// invent writes a report as the server does: in ASCII, with escaped slashes.
func (e *entry) invent() string {
	releases := [...]string{"10.1", "8.10", "9.6"}
	packages := [...]string{"bash", "kernel", "systemd", "tar", "NetworkManager"}
	created, updated := e.created.Format(layout), e.updated.Format(layout)
	status := `{"id":10,"name":"new","label":"new","color":"#fcbdbd"}`
	if e.id%4 == 0 {
		status = `{"id":90,"name":"closed","label":"closed","color":"#c9ccc4"}`
	}
	description := strings.Repeat(fmt.Sprintf(`Line of report %d: \/usr\/bin\/thing fails with \u65e5\u672c in its path.\n`, e.id), 8)
	note := func(n int64, text string) string {
		return fmt.Sprintf(`{"id":%d,"reporter":{"id":5,"name":"sam.ops"},"text":"%s","view_state":{"id":10,"name":"public","label":"public"},"attachments":[],"type":"note","created_at":"%s","updated_at":"%s"}`,
			2*e.id+n, text, created, updated)
	}
	history := fmt.Sprintf(`{"created_at":"%s","user":{"id":5,"name":"sam.ops"},"type":{"id":1,"name":"issue-new"},"message":"New Issue"}`, created)
	return fmt.Sprintf(`{"id":%d,"summary":"%s: invented report %d","description":"%s","steps_to_reproduce":"1. dnf install -y %s\n2. run it %d times",`+
		`"project":{"id":%d,"name":"%s"},"category":{"id":%d,"name":"%s"},"version":{"id":5,"name":"%s"},"reporter":{"id":5,"name":"sam.ops"},`+
		`"status":%s,"resolution":{"id":10,"name":"open","label":"open"},"view_state":{"id":10,"name":"public","label":"public"},`+
		`"priority":{"id":30,"name":"normal","label":"normal"},"severity":{"id":50,"name":"minor","label":"minor"},"reproducibility":{"id":10,"name":"always","label":"always"},`+
		`"sticky":false,"created_at":"%s","updated_at":"%s","notes":[%s,%s],"custom_fields":[{"field":{"id":1,"name":"Architecture"},"value":"x86_64"}],"history":[%s]}`,
		e.id, packages[e.id%5], e.id, description, packages[e.id%5], e.id%7+1,
		e.project, [...]string{"", "AlmaLinux-8", "AlmaLinux-9", "AlmaLinux-10"}[e.project], e.id%5+20, packages[e.id%5], releases[e.project%3],
		status, created, updated, note(0, "Seen here too."), note(1, `Not with \"--safe\".`), strings.Join([]string{history, history, history}, ","))
}
