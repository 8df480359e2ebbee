package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown/flow"
	"github.com/almatriage/almatriage/tui/widget"
)

// title is the report's id and title.
func (w *writer) title(r *tracker.Report) {
	var text flow.Text
	text.Add(w.bold, safe.Line(cmp.Or(w.in.Row.ID, r.ID.String())))
	text.Add(w.plain, safe.Line("  "))
	text.Add(w.head, safe.Line(r.Title))
	w.put(&text, flow.Margin{Rest: indent})
	w.blank()
}

// facts are what the tracker says of the report.
func (w *writer) facts(r *tracker.Report) {
	w.say("Status", status(r))
	if r.Private {
		w.field("Private", w.styled(w.warn, "yes, only some may read it; exports leave it out"))
	}
	w.say("Release", joined(" ", r.Release, versionOf(r)))
	w.say("Package", r.Package)
	w.say("Reporter", r.Reporter)
	w.say("Created", w.when(r.Created))
	w.say("Updated", w.when(r.Updated))
	w.field("URL", w.url(r.URL))
	w.say("Labels", strings.Join(r.Labels, ", "))
	w.say("Category", r.Category)
	w.say("Severity", r.Severity)
	w.say("Happens", r.Reproducibility)
	var files []string
	for _, a := range r.Attachments {
		files = append(files, fmt.Sprintf("%s (%s)", a.Name, size(a.Size)))
	}
	w.say("Files", strings.Join(files, ", "))
}

// report is the report, or what its row tells of it.
func (in *Input) report() *tracker.Report {
	if in.Report != nil {
		return in.Report
	}
	r := in.Row
	return &tracker.Report{Title: r.Title, Status: r.Status, Open: r.Open, Private: r.Private, Release: r.Release, Package: r.Package,
		Reporter: r.Reporter, Created: r.Created, Updated: r.Updated, URL: r.URL, References: r.References}
}

// status is the tracker's own words, and what they come to where that says more.
// Mantis has "open" for the resolution of what has none, also of closed ones.
func status(r *tracker.Report) string {
	class := "closed"
	if r.Open {
		class = "open"
	}
	if strings.EqualFold(r.Status, class) {
		class = ""
	}
	resolution := r.Resolution
	if strings.EqualFold(resolution, "open") {
		resolution = ""
	}
	return joined(", ", r.Status, resolution, class)
}

// versionOf is the release in the reporter's own words, if that is another one.
func versionOf(r *tracker.Report) string {
	own := joined(" ", r.Project, r.Version)
	if own == "" || strings.Contains(r.ID.Space, "/") || own == r.Release {
		return ""
	}
	return "(" + own + ")"
}

// joined joins what is not empty.
func joined(separator string, parts ...string) string {
	var some []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, separator)
}

// size is a number of bytes for people.
func size(bytes int64) string {
	const kib, mib = 1 << 10, 1 << 20
	switch {
	case bytes >= mib:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/mib)
	case bytes >= kib:
		return fmt.Sprintf("%d KiB", bytes/kib)
	}
	return widget.Count(int(max(bytes, 0)), "byte")
}

// references are what the report and its comments name.
func (w *writer) references(r *tracker.Report) {
	refs := slices.Clone(r.References)
	for _, c := range r.Comments {
		refs = append(refs, c.References...)
	}
	seen := map[string]bool{}
	for _, ref := range refs {
		key := strings.ToLower(ref.Key)
		if len(seen) == 0 {
			w.section("References")
		}
		if !seen[key] {
			seen[key] = true
			w.reference(ref)
		}
	}
}

func (w *writer) reference(ref tracker.Reference) {
	var text flow.Text
	if ref.Key != ref.URL {
		text.Add(w.bold, safe.Line(ref.Key))
		text.Add(w.plain, safe.Line(" "))
	}
	ink := w.links(ref)
	text.Add(ink, safe.Line(cmp.Or(ref.URL, "(its page is not known)")))
	w.put(&text, flow.Margin{First: indent, Rest: indent + indent})
}
