package mantis

import (
	"fmt"
	"strconv"

	"github.com/almatriage/almatriage/tracker"
)

// resolved is the status from which on Mantis takes a report for settled.
const resolved = 80

// report turns an issue into what the program works with.
func (s *Source) report(i *issue, feed string, at place) tracker.Report {
	id := tracker.ID{Space: s.config.Name, Number: i.ID}
	r := tracker.Report{
		ID:      id,
		Tracker: s.config.Name,
		URL:     s.page(i.ID),
		Title:   i.Summary, Body: i.Description, Steps: i.Steps, Additional: i.Additional,
		Status: i.Status.Name, Open: i.Status.ID < resolved,
		Resolution:      i.Resolution.Name,
		Reproducibility: i.Reproducibility.Name,
		Severity:        i.Severity.Name,
		Project:         i.Project.Name,
		Version:         i.Version.Name,
		Category:        i.Category.Name,
		Reporter:        i.Reporter.Name,
		Created:         i.Created.Time,
		Updated:         i.Updated.Time,
		Private:         !i.ViewState.public() || at.hides(i.Project.ID) || at.hides(at.Project),
		Attachments:     attachments(nil, i.Attachments),
	}
	if r.Project == "" {
		r.Project = feed
	}
	for _, tag := range i.Tags {
		r.Labels = append(r.Labels, tag.Name)
	}
	for n := range i.Notes {
		r.Comments = append(r.Comments, comment(&i.Notes[n], id, r.URL))
		r.Attachments = attachments(r.Attachments, i.Notes[n].Attachments)
	}
	return r
}

// page is where people read a report.
func (s *Source) page(number int64) string {
	u := s.base.JoinPath("view.php")
	u.RawQuery = "id=" + strconv.FormatInt(number, 10)
	return u.String()
}

func comment(n *note, report tracker.ID, page string) tracker.Comment {
	return tracker.Comment{
		ID: n.ID, Report: report,
		Author: n.Reporter.Name, Text: n.Text,
		Created: n.Created.Time, Updated: n.Updated.Time,
		Private: !n.ViewState.public(),
		URL:     notePage(page, n.ID),
	}
}

// notePage is where people read a note of the report at page.
func notePage(page string, id int64) string { return fmt.Sprintf("%s#c%d", page, id) }

func attachments(to []tracker.Attachment, from []attachment) []tracker.Attachment {
	for _, a := range from {
		to = append(to, tracker.Attachment(a))
	}
	return to
}
