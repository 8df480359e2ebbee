package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/almatriage/almatriage/reproduce"
)

// config reads the whole file over the defaults.
func (r *reader) config(root *table) Config {
	c := Default()
	r.trackers(root, &c)
	r.targets(root.table("target"), c.Targets)
	r.engine(root.table("engine"), &c.Engine)
	readSync(root.table("sync"), &c.Sync)

	user := root.table("user")
	for _, key := range []string{"name", "email"} {
		if user.values[key] == "" { // as the example has it
			delete(user.values, key)
		}
	}
	user.text("name", &c.User.Name, "Jo Doe")
	user.text("email", &c.User.Email, "jo@example.com")
	user.end()

	ui := root.table("ui")
	word(ui, "theme", &c.UI.Theme, ThemeAuto, ThemeLight, ThemeDark, ThemeNone)
	ui.truth("mouse", &c.UI.Mouse)
	ui.end()

	r.queues(root, &c)
	r.keys(root, &c)
	root.end()
	return c
}

// every is "auto" where it is not a time.
func readSync(t *table, s *Sync) {
	if t.values["every"] == "auto" {
		delete(t.values, "every")
	}
	t.duration("every", &s.Every, time.Minute)
	t.end()
}

// imageName is what podman takes for the name of an image; above all it is no
// option. Its length is counted apart: a pattern that counts to 511 takes
// milliseconds to make, at every start.
var imageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/:@-]*$`)

const longestImage = 512

var releaseNumber = regexp.MustCompile(`^[1-9][0-9]{0,2}$`)

// targets reads [target.NAME] tables over the built-in targets.
func (r *reader) targets(all *table, into reproduce.Targets) {
	for _, name := range slices.Sorted(maps.Keys(all.values)) {
		if !reproduce.IsTargetName(name) {
			r.problem(all.at(name), "the target name %.60q; expected small letters, digits, dots and dashes, such as alma9", name)
			continue
		}
		t := all.table(name)
		target, known := into[name]
		target.Name = name
		r.target(t, &target, !known)
		into[name] = target
	}
}

// target reads one target; a new one must be told whole.
func (r *reader) target(t *table, target *reproduce.Target, isNew bool) {
	t.text("image", &target.Image, "quay.io/almalinuxorg/almalinux:9")
	if t.has("image") && target.Image != "" && (len(target.Image) > longestImage || !imageName.MatchString(target.Image)) {
		t.problem("image", "is %.60q; expected the name of an image, such as quay.io/almalinuxorg/almalinux:9", target.Image)
	}
	word(t, "distribution", &target.Distribution, reproduce.AlmaLinux, reproduce.Kitten, reproduce.CentOSStream, reproduce.UBI)
	t.text("release", &target.Release, "9")
	if t.has("release") && target.Release != "" && !releaseNumber.MatchString(target.Release) {
		t.problem("release", "is %.60q; expected a major release such as \"9\"", target.Release)
	}
	t.day("ended", &target.Ended)
	t.script("setup", &target.Setup)
	t.end()
	if !isNew {
		return
	}
	var missing []string
	for _, key := range []string{"image", "distribution", "release"} {
		if !t.has(key) {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		r.problem(t.path, "the new target %s has no %s; expected image, distribution and release", t.path[len(t.path)-1], strings.Join(missing, " and no "))
	}
}

// day reads a date, written as one or as a text.
func (t *table) day(key string, into *time.Time) {
	const want = "a day such as 2029-05-31"
	if day, ok := t.values[key].(toml.LocalDate); ok {
		t.values[key] = day.String()
	}
	s, ok := take[string](t, key, want)
	if !ok {
		return
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.problem(key, "is %.60q; expected %s", s, want)
		return
	}
	*into = day
}

// script reads a shell script, of one line or several; an empty one takes
// away a built-in one.
func (t *table) script(key string, into *string) {
	s, ok := take[string](t, key, "a shell script")
	if !ok {
		return
	}
	if hasControl(strings.NewReplacer("\n", "", "\t", "").Replace(s)) {
		t.problem(key, "has control characters; expected a shell script")
		return
	}
	*into = s
}
