package handoff

import (
	"cmp"
	"fmt"
	"net/url"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
)

// mostURL is how long an address may be: browsers and servers take more, but
// not all of them.
const mostURL = 6000

// alma is the report to AlmaLinux; where it has one already, what there is to
// say to it.
func (c *Case) alma() (Draft, error) {
	d := Draft{Kind: KindTracker, Title: c.title(), Search: c.places()}
	if !c.Report.ID.IsLocal() {
		text, err := Comment(*c, c.Report.ID.Markup())
		d.Kind, d.Title, d.Body = KindComment, "", text
		c.toAlma(&d, parts{})
		return d, err
	}
	describe := func(p *paper) {
		p.said("%s", p.text(c.Report.Title))
		p.said("%s", p.text(Meaning(reproduce.AlmaOnly, other(c.Run))))
		p.seenWith(c)
		p.reported(c)
	}
	form := style{markup: c.markup()}
	text := c.parts(form, describe)
	d.Body = text.body(form)
	c.toAlma(&d, text)
	return d, nil
}

// toAlma says where at AlmaLinux a draft goes, and what to know before.
func (c *Case) toAlma(d *Draft, text parts) {
	if id := c.Report.ID.String(); !c.Report.ID.IsLocal() {
		d.To = "AlmaLinux, as a comment on " + id
		note := "It is reported to AlmaLinux already, as " + id + ": this is a comment for there."
		if d.Kind == KindComment {
			note += " almatriage comment '" + id + "' --post posts it."
		}
		d.Notes = append(d.Notes, note)
		return
	}
	if c.Repo != "" {
		c.toGitHub(d)
		return
	}
	d.To = "AlmaLinux's tracker (" + almaTracker + ")"
	d.Title = titled(d.Title, mostMantisTitle)
	project, version := c.project()
	d.Fields = []Field{{"Project", project}, {"Version", version}, {"Category", cmp.Or(c.source(), "(the package)")}}
	d.Search = append([]Link{almaSearch(cmp.Or(c.source(), wordsOf(c)))}, d.Search...)
	d.Notes = append(d.Notes, c.known()...)
	c.fill(d, text, version)
}

// markup is that of where AlmaLinux gets the report.
func (c *Case) markup() tracker.Markup {
	if c.Report.ID.IsLocal() && c.Repo != "" {
		return tracker.Markdown
	}
	return c.Report.ID.Markup()
}

// toGitHub makes the page for a new issue with the draft filled in.
func (c *Case) toGitHub(d *Draft) {
	page := "https://github.com/" + c.Repo + "/issues"
	d.To = "GitHub, " + c.Repo
	d.Search = append([]Link{{"Search the repository for a report that is there already", page + "?q=" + escaped(wordsOf(c))}}, d.Search...)
	d.Notes = append(d.Notes, c.known()...)
	filled := page + "/new?" + url.Values{"title": {d.Title}, "body": {d.Body}}.Encode()
	if len(filled) > mostURL {
		d.Notes = append(d.Notes, "It is too long for an address that fills in the page: copy the parts to "+page+"/new")
		return
	}
	d.Open = filled
}

// project is Mantis's project and version, as the AlmaLinux side's os-release
// tells them, else by its release.
func (c *Case) project() (project, version string) {
	if side := c.side(reproduce.RoleAlma); side != nil {
		if os := side.Prepared.Print.OSRelease; os["ALMALINUX_MANTISBT_PROJECT"] != "" {
			return os["ALMALINUX_MANTISBT_PROJECT"], os["ALMALINUX_MANTISBT_PROJECT_VERSION"]
		}
	}
	major, _ := c.release()
	return "AlmaLinux-" + major, c.Report.Version
}

// fill makes the page for a new report with the draft filled in. Mantis takes
// the parts of a report by name, but a project and a category by numbers that
// only it knows (bug_report_page.php of MantisBT 2.28).
func (c *Case) fill(d *Draft, text parts, version string) {
	page := almaTracker + "/bug_report_page.php"
	filled := page + "?" + url.Values{"summary": {d.Title}, "description": {text.description + "\n" + text.results}, "steps_to_reproduce": {text.steps},
		"additional_info": {text.additional}, "product_version": {version}}.Encode()
	if len(filled) > mostURL {
		d.Notes = append(d.Notes, "It is too long for an address that fills in the page: copy the parts to "+page)
		return
	}
	d.Open = filled
	d.Notes = append(d.Notes, fmt.Sprintf("Log in and choose the project %s before you open the page: without one Mantis asks for it and forgets what was filled in. The category is yours to choose.",
		d.Fields[0].Value))
}
