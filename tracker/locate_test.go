package tracker_test

import (
	"strings"
	"testing"

	"github.com/almatriage/almatriage/tracker"
)

func locator() tracker.Locator {
	return tracker.Locator{Trackers: []tracker.Place{
		{Name: "almbz", Kind: "mantis", URL: "https://bugs.almalinux.org"},
		{Name: "inner", Kind: "mantis", URL: "https://example.org/bugs/"},
		{Name: "github", Kind: "github", URL: "https://api.github.com", Repos: []string{"AlmaLinux/container-images"}},
		{Name: "ghe", Kind: "github", URL: "https://code.example.org/api/v3", Repos: []string{"team/tool"}},
	}}
}

func TestLocate(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"almbz#622", "almbz#622"},
		{" ALMBZ#622\n", "almbz#622"},
		{"almalinux/Container-Images#12", "AlmaLinux/container-images#12"},
		{"https://bugs.almalinux.org/view.php?id=622", "almbz#622"},
		{"http://BUGS.almalinux.org/view.php?id=0000622#c399", "almbz#622"},
		{"HTTPS://bugs.almalinux.org/view.php?id=622", "almbz#622"},
		{"https://bugs.almalinux.org:443/view.php?id=622", "almbz#622"},
		{"<https://bugs.almalinux.org/view.php?id=622>", "almbz#622"},
		{"bugs.almalinux.org/view.php?id=622", "almbz#622"},
		{"https://bugs.almalinux.org/bug_view_page.php?bug_id=5", "almbz#5"},
		{"https://bugs.almalinux.org/bug_view_advanced_page.php?bug_id=5", "almbz#5"},
		{"https://example.org/bugs/view.php?id=5", "inner#5"},
		{"https://github.com/almalinux/container-images/issues/12#issuecomment-3", "AlmaLinux/container-images#12"},
		{"https://code.example.org/team/tool/issues/3", "team/tool#3"},
	} {
		got, err := locator().Locate(c.text)
		if err != nil || got.String() != c.want {
			t.Errorf("%q: %v, %v; want %s", c.text, got, err, c.want)
		}
	}
}

func TestLocateRefuses(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"", "TRACKER#NUMBER"},
		{"622", "TRACKER#NUMBER"},
		{"almbz#0", "TRACKER#NUMBER"},
		{"almbz#99999999999999999999", "TRACKER#NUMBER"},
		{"rocky#5", "almbz"},
		{"https://bugs.almalinux.org/view.php", "number"},
		{"https://bugs.almalinux.org/view.php?id=abc", "number"},
		{"https://bugs.almalinux.org/my_view_page.php?id=5", "view.php?id="},
		{"https://bugs.almalinux.org.example.com/view.php?id=5", "almbz"},
		{"https://example.org/view.php?id=5", "/bugs/view.php?id="},
		{"https://github.com/AlmaLinux/container-images", "almbz"},
		{"https://github.com/AlmaLinux/container-images/pull/12", "pull request"},
		{"https://%zz/", "URL"},
		{"https://user:hunter2@elsewhere.example/view.php?id=5", "almbz"},
	} {
		id, err := locator().Locate(c.text)
		if err == nil || !id.IsZero() {
			t.Errorf("%q: %v, %v; want an error", c.text, id, err)
		} else if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %q; want it to name %q, and no password", c.text, err, c.says)
		}
	}
}

func FuzzLocate(f *testing.F) {
	f.Add("almbz#1")
	f.Add("https://bugs.almalinux.org/view.php?id=1")
	f.Add("https://github.com/AlmaLinux/container-images/issues/1")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := locator().Locate(text)
		if err != nil {
			if !id.IsZero() {
				t.Fatalf("%q: %v in spite of %v", text, id, err)
			}
			return
		}
		if again, err := locator().Locate(id.String()); err != nil || again != id {
			t.Fatalf("%q: %v, but again %v, %v", text, id, again, err)
		}
	})
}
