package handoff

import (
	"net/url"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// mostURL is how long an address may be: browsers and servers take more, but
// not all of them.
const mostURL = 6000

// almaTracker is the tracker of the operating system (facts.md 1.1).
const almaTracker = "https://bugs.almalinux.org"

// markup is that of the tracker that AlmaLinux's report goes to: the report's
// own, or Mantis.
func (c *Case) markup() tracker.Markup { return c.Report.ID.Markup() }

// toAlma says where at AlmaLinux a draft goes.
func (c *Case) toAlma(d *Draft) {
	if !c.Report.ID.IsLocal() {
		d.To = "AlmaLinux, as a comment on " + c.Report.ID.String()
		d.Notes = append(d.Notes, "It is reported to AlmaLinux already, as "+c.Report.ID.String()+": almatriage comment '"+c.Report.ID.String()+"' --post says it there.")
		return
	}
	d.To = "AlmaLinux's tracker (" + almaTracker + ")"
	project, version := c.project()
	d.Fields = []Field{{"Project", project}, {"Version", version}, {"Category", c.source()}}
}

// project is Mantis's project and version, as the AlmaLinux side's os-release
// tells them, else by its release.
func (c *Case) project() (project, version string) {
	project = "AlmaLinux-" + c.major()
	for i := range c.Run.Sides {
		side := &c.Run.Sides[i]
		if os := side.Prepared.Print.OSRelease; side.Role == reproduce.RoleAlma && os["ALMALINUX_MANTISBT_PROJECT"] != "" {
			return os["ALMALINUX_MANTISBT_PROJECT"], os["ALMALINUX_MANTISBT_PROJECT_VERSION"]
		}
	}
	return project, c.Report.Version
}

// fill makes the page for a new report with the draft filled in.
func (c *Case) fill(d *Draft) {
	if !c.Report.ID.IsLocal() {
		return
	}
	_, version := c.project()
	page := almaTracker + "/bug_report_page.php?" + url.Values{"summary": {d.Title}, "description": {d.Body}, "product_version": {version}}.Encode()
	if len(page) > mostURL {
		d.Notes = append(d.Notes, "It is too long for a page that is filled in: copy the parts to "+almaTracker+"/bug_report_page.php")
		return
	}
	d.Open = page
	d.Notes = append(d.Notes, "Choose the project "+strings.TrimSpace(d.Fields[0].Value)+" first: Mantis asks for it.")
}
