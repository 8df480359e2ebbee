package replay

import (
	"fmt"
	"strings"
)

// account is a user of the recorded servers.
type account struct {
	id       int64
	name     string
	realName string
	level    string // as in users/me
}

const (
	levelViewer    = `{"id":10,"name":"viewer","label":"viewer"}`
	levelReporter  = `{"id":25,"name":"reporter","label":"reporter"}`
	levelDeveloper = `{"id":55,"name":"developer","label":"developer"}`
)

// accountOf is a user by name. Numbers of those who are in no recording are
// invented.
func accountOf(name string) account {
	for _, a := range []account{
		{2, Developer, "Release Engineer", levelDeveloper},
		{3, Reporter, "Jan Kowalski", levelReporter},
		{4, "mtanaka", "", levelReporter},
		{5, "sam.ops", "", levelReporter},
		{6, Viewer, "Triage Bot (reads only)", levelViewer},
		{8, anonymous, "Anonymous", levelViewer},
	} {
		if a.name == name {
			return a
		}
	}
	return account{id: 100 + int64(len(name)), name: name, level: levelReporter}
}

// person is somebody as a user sees them: addresses are shown to their owners
// only.
func person(name, user string) string {
	a := accountOf(name)
	if name != user {
		return fmt.Sprintf(`{"id":%d,"name":%s}`, a.id, ascii(a.name))
	}
	return fmt.Sprintf(`{"id":%d,"name":%s,"real_name":%s,"email":%s}`, a.id, ascii(a.name), ascii(a.realName), ascii(a.name+"@example.org"))
}

// me answers users/me of those of whom it was not recorded.
func (s *Server) me(who login) *recording {
	if who.user == anonymous {
		return named("anonymous-on-users-me")
	}
	recorded, a := accountOf(Reporter), accountOf(who.user)
	body := strings.NewReplacer(
		`"id":3,"name":"jkowalski"`, fmt.Sprintf(`"id":%d,"name":%s`, a.id, ascii(a.name)),
		ascii(recorded.realName), ascii(a.realName), recorded.name+"@", a.name+"@", recorded.level, a.level,
	).Replace(string(File("users-me-reporter.json")))
	return s.success(who, []byte(body), false)
}
