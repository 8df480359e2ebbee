package mantis

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/mantis/replay"
)

func TestPostgreSQLKeepsEmojiAndCutsAtNUL(t *testing.T) {
	issues, err := decodeIssues(replay.File("pg-issue-27-hostile-emoji-kept.json"))
	if err != nil || len(issues) != 1 || !strings.ContainsRune(issues[0].Description, '\U0001f469') {
		t.Errorf("the surrogate pairs are not read: %v", err)
	}
	// A selection, so without dates: only the text is of interest.
	var list struct{ Issues []issue }
	if err := json.Unmarshal(replay.File("pg-issue-28-text-cut-at-nul.json"), &list); err != nil || strings.ContainsRune(list.Issues[0].Description, 0) {
		t.Errorf("report 28 on PostgreSQL: %+v, %v", list, err)
	}
}

func TestTimesOfAServerElsewhereAreUTC(t *testing.T) {
	warsaw, err := decodeIssues(replay.File("issues-server-timezone-warsaw.json"))
	if err != nil {
		t.Fatal(err)
	}
	here, err := decodeIssues(replay.File("issues-page1.json"))
	if err != nil {
		t.Fatal(err)
	}
	times := map[int64]age{}
	for i := range warsaw {
		times[warsaw[i].ID] = warsaw[i].age()
	}
	for i := range here {
		if got := times[here[i].ID]; got != here[i].age() || got.updated.Location() != time.UTC {
			t.Errorf("report %d: %v in Warsaw, %v in UTC", here[i].ID, got, here[i].age())
		}
	}
}

func TestNamesDoNotFollowTheLanguage(t *testing.T) {
	// In German the label says otherwise.
	body := replay.File("anonymous-on-accept-language-de.json")
	var list struct{ Issues []issue }
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	if got := list.Issues[0].Status.Name; got != "closed" || !strings.Contains(string(body), `"label":"geschlossen"`) {
		t.Errorf("status is %q in %s", got, body)
	}
}

func TestVersion2258TakesNoNoticeOfSelect(t *testing.T) {
	issues, err := decodeIssues(replay.File("v2258-issues-select-ignored.json"))
	if err != nil || len(issues) != 1 || issues[0].Description == "" || len(issues[0].Notes) != 2 {
		t.Errorf("%+v, %v", issues, err)
	}
}

func TestIdentifiersOfCategoriesMayBeText(t *testing.T) {
	body := `{"issues":[{"id":1,"category":{"id":"45","name":"tar"},"version":{"id":"4","name":"9.5"},"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"}]}`
	issues, err := decodeIssues([]byte(body))
	if err != nil || issues[0].Category.Name != "tar" || issues[0].Version.Name != "9.5" {
		t.Errorf("%+v, %v", issues, err)
	}
}

func TestWhatIsNotSaidToBePublicIsPrivate(t *testing.T) {
	for _, c := range []struct {
		state *enum
		want  bool
	}{
		{nil, false},
		{&enum{}, false},
		{&enum{ID: 10, Name: "public"}, true},
		{&enum{ID: 10, Name: "öffentlich"}, true},
		{&enum{Name: "public"}, true},
		{&enum{ID: 50, Name: "private"}, false},
		{&enum{ID: 50, Name: "public"}, false},
		{&enum{ID: 70, Name: "embargo"}, false},
	} {
		if got := c.state.public(); got != c.want {
			t.Errorf("%+v is public: %v", c.state, got)
		}
	}
}

// TestRecordedDrift: in the recording, report 4 was touched between page 1 and
// page 2. Page 2 begins with the last of page 1, and joins.
func TestRecordedDrift(t *testing.T) {
	s, err := New(Config{Name: "almbz", URL: "http://localhost"})
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []issue {
		var list struct{ Issues []issue }
		if err := json.Unmarshal(replay.File(name), &list); err != nil {
			t.Fatal(err)
		}
		for i := range list.Issues { // not in the recorded selection
			list.Issues[i].Created = list.Issues[i].Updated
		}
		return list.Issues
	}
	w := s.newWalk("AlmaLinux-9", tracker.Cursor{}, place{}, false, nil)
	one, two := span{0, 10}, span{10, 10}
	if got := len(w.accept(one, read("drift-page1-before.json"))); got != 10 {
		t.Fatalf("page 1 brings %d", got)
	}
	if w.joins(two, read("drift-page3-after.json")) {
		t.Error("page 3 joins page 1")
	}
	if fresh := w.accept(two, read("drift-page2-after.json")); len(fresh) != 9 {
		t.Errorf("page 2 brings %d, want 9: report 28 came before", len(fresh))
	}
}

func TestFollowing(t *testing.T) {
	for wanted := range 60 {
		wanted++
		for end := 1; end < 700; end += 13 {
			for _, back := range []int{1, 3, 50} {
				overlap := max(0, end-back)
				s := following(overlap, end, wanted)
				if s.start > overlap || s.end() <= end || s.size < 1 || s.start%s.size != 0 {
					t.Fatalf("following(%d, %d, %d) = %+v", overlap, end, wanted, s)
				}
			}
		}
	}
	requests, worst := 0, 0
	for end := 50; end < 10_000; requests++ {
		s := following(end-3, end, 50)
		worst = max(worst, s.size)
		end = s.end()
	}
	if requests > 220 || worst > 100 {
		t.Errorf("10,000 reports take %d requests of at most %d reports", requests, worst)
	}
}

func FuzzDecodeIssues(f *testing.F) {
	for _, name := range []string{"issues-page2", "issue-27-hostile", "issues-select-nonsense", "issues-filter-name-unknown", "issues-server-timezone-warsaw", "issue-28-nul-bytes"} {
		f.Add(replay.File(name + ".json"))
	}
	f.Add([]byte(`{"issues":[{"id":1,"created_at":"0000-01-01T00:00:00+23:59","updated_at":null,"notes":[{}]}]}`))
	s, err := New(Config{Name: "almbz", URL: "https://bugs.example.org"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		issues, err := decodeIssues(body)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" || issues != nil {
				t.Errorf("%q gives %q and %v", body, err, issues)
			}
			return
		}
		for i := range issues {
			r := s.report(&issues[i], "AlmaLinux-9", place{})
			if r.ID.Number < 1 || r.Project == "" || len(r.Comments) != len(issues[i].Notes) {
				t.Errorf("%q gives %+v", body, r)
			}
			if _, err := json.Marshal(r); err != nil {
				t.Errorf("%q gives a report that is no JSON: %v", body, err)
			}
			if want := fmt.Sprintf("https://bugs.example.org/view.php?id=%d", r.ID.Number); r.URL != want {
				t.Errorf("URL %q", r.URL)
			}
		}
	})
}
