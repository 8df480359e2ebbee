package draft

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/tracker"
)

// example is a report as people write them, and what must be made of it.
type example struct {
	report tracker.Report
	want   map[string]string
}

// escape is how an example writes a character that a file should not hold.
var escape = regexp.MustCompile(`\\u\{([0-9a-f]+)\}`)

func readExample(t *testing.T, path string) example {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e := example{report: tracker.Report{ID: tracker.ID{Space: "almbz", Number: 5}}, want: map[string]string{}}
	head := map[string]string{}
	for _, file := range txtar.Parse(data).Files {
		text := string(file.Data)
		switch file.Name {
		case "report":
			for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
				key, value, _ := strings.Cut(line, ":")
				head[key] = strings.TrimSpace(value)
			}
			e.report.Title, e.report.Package = written(t, head, head["title"]), head["package"]
		case "steps":
			e.report.Steps = written(t, head, text)
		case "body":
			e.report.Body = written(t, head, text)
		case "additional":
			e.report.Additional = written(t, head, text)
		default:
			if !strings.HasPrefix(file.Name, "want.") {
				t.Fatalf("%s: the section %s", filepath.Base(path), file.Name)
			}
			e.want[strings.TrimPrefix(file.Name, "want.")] = text
		}
	}
	return e
}

// written is a text as the head of its example says that it came.
func written(t *testing.T, head map[string]string, text string) string {
	t.Helper()
	if head["escaped"] != "" {
		text = escape.ReplaceAllStringFunc(text, func(s string) string {
			n, err := strconv.ParseUint(escape.FindStringSubmatch(s)[1], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			return string(rune(n))
		})
	}
	if n, err := strconv.Atoi(head["long"]); err == nil {
		text = strings.ReplaceAll(text, "LONG", strings.Repeat("x", n))
	}
	if head["crlf"] != "" {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

// TestExamples checks what is made of the examples, to the letter. Of the
// notes, an example names those that matter.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("testdata/examples/*.txtar")
	if err != nil || len(files) < 45 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			e := readExample(t, path)
			got, err := From(e.report)
			if none, ok := e.want["none"]; ok {
				if reproduce.CodeOf(err) != reproduce.CodeNoRecipe || !strings.Contains(err.Error(), strings.TrimSpace(none)) || len(e.want) > 1 {
					t.Fatalf("got %v\n%s", err, got.Source)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			e.compare(t, got)
		})
	}
}

// compare checks a draft against what an example wants.
func (e *example) compare(t *testing.T, got Draft) {
	t.Helper()
	recipe, err := fmf.Parse("draft", []byte(got.Source))
	if err != nil {
		t.Fatalf("%v\n%s", err, got.Source)
	}
	made := map[string]string{
		"test": recipe.Test, "prepare": recipe.Prepare, "oracle": oracleOf(recipe.Oracle) + "\n",
		"require": strings.Join(append(recipe.Require, ""), "\n"), "network": "",
	}
	if recipe.Network != reproduce.NetworkNone {
		made["network"] = string(recipe.Network) + "\n"
	}
	for name, text := range made {
		if diff := cmp.Diff(e.want[name], text); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name := range e.want {
		if _, ok := made[name]; !ok && name != "notes" {
			t.Errorf("the section want.%s", name)
		}
	}
	notes := strings.Join(got.Notes, "\n")
	for line := range strings.SplitSeq(strings.TrimSpace(e.want["notes"]), "\n") {
		if !strings.Contains(notes, line) {
			t.Errorf("no %q in the notes:\n%s", line, notes)
		}
	}
	isFromReport(t, e.report, recipe)
}

// oracleOf is an oracle in a line.
func oracleOf(o reproduce.Oracle) string {
	return strings.TrimSpace(string(o.Kind) + " " + o.Signal + o.Pattern)
}

// isFromReport checks that all that would run stands in the report's text: each
// word of each line, but for the -y that nobody has to type.
func isFromReport(t *testing.T, report tracker.Report, recipe reproduce.Recipe) {
	t.Helper()
	text, _ := visible(strings.ReplaceAll(report.Steps+" "+report.Body+" "+report.Additional, "\n", " "))
	text = entities.Replace(text)
	for word := range strings.FieldsSeq(recipe.Test + recipe.Prepare) {
		if word != "-y" && !strings.Contains(text, word) {
			t.Errorf("%q of the draft is not in the report", word)
		}
	}
	for _, name := range recipe.Require {
		if name != report.Package && !strings.Contains(text, name) {
			t.Errorf("the package %q of the draft is not in the report", name)
		}
	}
}

// TestRecordedReports goes through the reports that real trackers gave.
func TestRecordedReports(t *testing.T) {
	files, err := filepath.Glob("../../tracker/mantis/replay/testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	drafts, reports := 0, map[int64]bool{}
	for _, path := range files {
		for _, report := range recorded(t, path) {
			reports[report.ID.Number] = true
			got, err := From(report)
			if err != nil {
				if reproduce.CodeOf(err) != reproduce.CodeNoRecipe {
					t.Errorf("%s: %v", filepath.Base(path), err)
				}
				continue
			}
			recipe, err := fmf.Parse("draft", []byte(got.Source))
			if err != nil {
				t.Fatalf("%s: %v\n%s", filepath.Base(path), err, got.Source)
			}
			drafts++
			isFromReport(t, report, recipe)
		}
	}
	if drafts == 0 || len(reports) < 20 {
		t.Errorf("%d drafts of %d reports", drafts, len(reports))
	}
}

// recorded are the reports in a recording, none if it is of something else.
func recorded(t *testing.T, path string) []tracker.Report {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Issues []struct {
			ID                   int64
			Summary, Description string
			Steps                string `json:"steps_to_reproduce"`
			Additional           string `json:"additional_information"`
			Category             struct{ Name string }
		}
	}
	if json.Unmarshal(data, &page) != nil {
		return nil // a list of something else
	}
	var reports []tracker.Report
	for _, i := range page.Issues {
		reports = append(reports, tracker.Report{
			ID: tracker.ID{Space: "almbz", Number: i.ID}, Title: i.Summary, Package: i.Category.Name,
			Steps: i.Steps, Body: i.Description, Additional: i.Additional,
		})
	}
	return reports
}
