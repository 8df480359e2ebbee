package reproduce

import (
	"strings"
	"testing"
)

func TestPackagesOf(t *testing.T) {
	const alma = "app 1-1; libapp 1-1 src=app; zlib 1-1 provide=libz.so; glibc-langpack-de 2-1 src=glibc; glibc 2-1; glibc-common 2-1 src=glibc; tool 1-1 src=tools"
	for _, c := range []struct{ name, require, subject, hint, want string }{
		{name: "what is required, by what it provides", require: "libz.so app", want: "zlib app"},
		{name: "each once", require: "app app", want: "app"},
		{name: "the subject's is among them", require: "libapp", subject: "app", want: "libapp"},
		{name: "the subject's of its own name", require: "app", subject: "glibc", want: "app glibc"},
		{name: "the subject's of the report's name", require: "app", subject: "glibc", hint: "glibc-common", want: "app glibc-common"},
		{name: "the subject's only one", subject: "tools", hint: "app", want: "tool"},
		{name: "a subject that is not there", require: "app", subject: "kernel", want: "app"},
		{name: "no subject", want: ""},
	} {
		run := world{counts: "0/0 0/0", alma: alma}.run(t)
		run.Recipe.Require, run.Suggestion.Subject, run.Hints.Package = strings.Fields(c.require), c.subject, c.hint
		var got []string
		for _, p := range run.PackagesOf(&run.Sides[0]) {
			got = append(got, p.Name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
	if got := (&Run{Recipe: Recipe{Require: []string{"app"}}}).PackagesOf(&Side{}); got != nil {
		t.Errorf("of a side that was not prepared: %v", got)
	}
}
