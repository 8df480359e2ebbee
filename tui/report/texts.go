package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/reproduce/draft"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
	"github.com/almatriage/almatriage/tui/markdown"
)

// part is one of a report's texts.
type part struct {
	name  draft.Text
	title string
	text  string
}

// parts are a report's texts in the order of its page.
func parts(r *tracker.Report) []part {
	return []part{{draft.Body, "Description", r.Body}, {draft.Steps, "Steps to reproduce", r.Steps}, {draft.Additional, "Additional information", r.Additional}}
}

// texts are what the reporter wrote.
func (w *writer) texts(r *tracker.Report) {
	some := false
	for _, p := range parts(r) {
		if strings.TrimSpace(p.text) != "" {
			w.section(p.title)
			w.text(p.text, isMarkdown(r))
			some = true
		}
	}
	if !some {
		w.section("Description")
		w.item(w.faint, "The report has no text.")
	}
}

// text draws what somebody wrote, further in than the program's own words.
func (w *writer) text(raw string, github bool) {
	draw := markdown.Plain
	if github {
		draw = markdown.Render
	}
	margin := indent
	if w.width <= 2*len(indent) {
		margin = ""
	}
	for _, line := range draw(raw, w.width-len(margin), w.theme) {
		if line != "" {
			line = margin + line
		}
		w.doc.Lines = append(w.doc.Lines, line)
	}
	for _, url := range markdown.URLs(raw) {
		w.links(tracker.Reference{Key: url, URL: url})
	}
}

// isMarkdown tells whether a report's texts are Markdown: those of GitHub are,
// whose ids name a repository.
func isMarkdown(r *tracker.Report) bool { return strings.Contains(r.ID.Space, "/") }

// comments are what others wrote, each with who and when.
func (w *writer) comments(r *tracker.Report) {
	for i, c := range r.Comments {
		private := ""
		if c.Private {
			private = "private"
		}
		title := joined(", ", fmt.Sprintf("Comment %d of %d", i+1, len(r.Comments)), "by "+cmp.Or(c.Author, "someone"), w.when(c.Created), private)
		w.heading(safe.Line(title), safe.Line(title))
		if strings.TrimSpace(c.Text) == "" {
			w.item(w.faint, "The comment has no text.")
			continue
		}
		w.text(c.Text, isMarkdown(r))
	}
}
