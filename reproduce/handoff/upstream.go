package handoff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

// Upstream drafts the report that a verdict asks for. A verdict that asks for
// none, one that no run shows, and a private report that was not asked for, are
// *reproduce.Error with CodeUsage that say what to do instead.
func Upstream(c Case) (Draft, error) {
	id, v := c.Report.ID, c.Verdict()
	if why := whyNot(v, id); why != "" {
		return Draft{}, usage("there is nothing to report upstream of %s: %s", id, why)
	}
	if c.Report.Private && !c.IncludePrivate {
		return Draft{}, usage("%s is private, and the draft would tell what it says: --include-private makes it all the same", id)
	}
	if c.Run == nil {
		return Draft{}, usage("%s was decided without a run, so that there is nothing to show: run its recipe with almatriage run '%[1]s'", id)
	}
	draft, err := c.draft(v)
	if err != nil {
		return Draft{}, err
	}
	if suggested := c.otherwise(); suggested != "" {
		draft.Notes = append(draft.Notes, fmt.Sprintf("It was decided that it is %s, but the run suggests %s, and the evidence in the text says so: see which is right, or run it again.", v, suggested))
	}
	if c.Report.Private {
		draft.Notes = append(draft.Notes, "The report is private: whoever reads the draft reads what it tells.")
	}
	return draft, nil
}

func (c *Case) draft(v reproduce.Verdict) (Draft, error) {
	switch v {
	case reproduce.FixedInStream:
		return c.backport(), nil
	case reproduce.AlmaOnly:
		return c.alma()
	}
	return c.jira(), nil
}

// whyNot says why a verdict asks for no report, and what to do instead; "" if
// it asks for one.
func whyNot(v reproduce.Verdict, id tracker.ID) string {
	tell := fmt.Sprintf("; almatriage comment '%s' tells its readers", id)
	if id.IsLocal() {
		tell = ""
	}
	switch v {
	case reproduce.StreamReproducible, reproduce.StreamOnly, reproduce.FixedInStream, reproduce.AlmaOnly:
		return ""
	case "":
		return fmt.Sprintf("it has no verdict yet; run its recipe on both sides with almatriage run '%s'", id)
	case reproduce.NotReproducible:
		return "neither side showed the bug" + tell
	case reproduce.NeedsVM:
		return "a virtual machine has to show it first; when it has, decide with " + fmt.Sprintf("almatriage mark '%s' VERDICT", id)
	case reproduce.Inconclusive:
		return fmt.Sprintf("the run cannot tell; read why with almatriage compare '%s', or decide with almatriage mark '%[1]s' VERDICT", id)
	case reproduce.IntendedDifference:
		return "AlmaLinux differs here on purpose" + tell
	case reproduce.NotABug:
		return "it is no bug" + tell
	case reproduce.Duplicate:
		return "it is reported already" + tell
	case reproduce.NeedsInfo:
		return "the reporter has to tell more first" + tell
	}
	return "it is " + string(v)
}

// affected is the version that Red Hat's tracker knows: the Stream, or RHEL
// where that has ended.
func (c *Case) affected() string {
	side := c.side(reproduce.RoleStream)
	if side != nil && side.Target.Distribution == reproduce.CentOSStream && !side.Target.EndedBy(c.Run.Started) {
		return side.Target.Title()
	}
	major, _ := c.release()
	return strings.TrimSpace("RHEL " + major)
}

// title is the draft's: the report's, with its package before it.
func (c *Case) title() string {
	title := safe.Cell(c.Report.Title)
	if pkg := c.source(); pkg != "" && !strings.Contains(strings.ToLower(title), strings.ToLower(pkg)) {
		title = safe.Cell(pkg) + ": " + title
	}
	return title
}

// jira is the report to Red Hat.
func (c *Case) jira() Draft {
	d := Draft{To: "Red Hat Jira, project RHEL (https://redhat.atlassian.net)", Kind: KindJira, Title: titled(c.title(), mostJiraTitle),
		Fields: []Field{{"Project", "RHEL"}, {"Component", cmp.Or(c.source(), "(the source package)")}, {"Affects version", c.affected()}},
		Search: append([]Link{jiraSearch(c.source(), wordsOf(c))}, c.places()...)}
	describe := func(p *paper) {
		p.said("%s", p.text(c.Report.Title))
		p.seenWith(c)
		if c.Verdict() == reproduce.StreamOnly {
			p.streamOnly(c)
		}
		p.reported(c)
	}
	form := style{markup: tracker.Markdown, pasted: true}
	d.Body = c.parts(form, describe).body(form)
	d.Notes = append(d.Notes, c.known()...)
	d.Notes = append(d.Notes, "Jira has no page that takes a report filled in: copy the parts.")
	if c.source() == "" {
		d.Notes = append(d.Notes, "Which source package it is, is not known: rpm -qf tells it of a file.")
	}
	return d
}

// streamOnly says what it means that only Stream has the bug.
func (p *paper) streamOnly(c *Case) {
	alma, stream := "AlmaLinux", other(c.Run)
	if side := c.side(reproduce.RoleAlma); side != nil {
		alma = side.Target.Title()
	}
	switch c.origin() {
	case regression:
		p.said("It is a regression that is on its way: %s, with an older build, does not have it.", p.text(alma))
		p.changelog("Only in the changelog of "+stream, c.only(reproduce.RoleStream))
	case almaFix:
		p.said("%s does not have it: its build carries a fix, which is offered here.", p.text(alma))
		p.changelog("Only in the changelog of "+alma, c.only(reproduce.RoleAlma))
		for _, l := range c.places() {
			if strings.HasPrefix(l.URL, "https://git.almalinux.org/") {
				p.said("%s: %s", l.Title, p.link(l.URL))
			}
		}
	default:
		p.said("%s does not have it.", p.text(alma))
	}
}

// backport is the request to AlmaLinux to take a fix over.
func (c *Case) backport() Draft {
	form := style{markup: c.markup()}
	d := Draft{Kind: KindBackport, Title: "Backport: " + c.title(), Search: []Link{jiraSearch(c.source(), wordsOf(c))}}
	describe := func(p *paper) {
		entries := c.only(reproduce.RoleStream)
		major, _ := c.release()
		p.said("%s", p.text(c.Report.Title))
		p.said("%s has the fix already; %s has not. Please take it over.", p.text(other(c.Run)), p.text(strings.TrimSpace("AlmaLinux "+major)))
		p.seenWith(c)
		p.changelog("Only in the changelog of "+other(c.Run), entries)
		p.references("What its changelog names", named(entries))
		p.sources(c)
		if c.Report.ID.IsLocal() {
			p.reported(c)
		}
	}
	text := c.parts(form, describe)
	d.Body = text.body(form)
	c.toAlma(&d, text)
	return d
}

// known tells of references that make another report needless.
func (c *Case) known() []string {
	var notes []string
	for _, r := range references(c) {
		if page, ok := safe.URL(r.URL); ok && r.Kind == tracker.RefJira {
			notes = append(notes, "There is a report already: "+safe.Cell(r.Key)+" "+page+". If it is about this, comment there instead.")
		}
	}
	return notes[:min(len(notes), mostReferences)]
}

// wordsOf are some words of the title to search for.
func wordsOf(c *Case) string {
	var words []string
	for word := range strings.FieldsFuncSeq(safe.Cell(c.Report.Title), func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
	}) {
		word = strings.Trim(word, "-_") // a dash before a word asks for reports without it
		if len(word) > 3 && !strings.EqualFold(word, c.source()) && !slices.Contains(words, word) && len(words) < 5 {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}
