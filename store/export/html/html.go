// Package html writes what was found out about reports as one page that can be
// published: a table with filters, charts of the verdicts, and the evidence of
// each report. The page loads nothing, and reads without scripts.
//
// Everything in it that others wrote is cleaned (see cleaner) and then escaped
// by html/template; a content security policy lets nothing run but the page's
// own script. It imports store and nothing of tui or cmd.
package html

import (
	"bufio"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
)

var (
	//go:embed page.css
	style string
	//go:embed page.js
	script string
	//go:embed page.html
	source string
	parts  = template.Must(template.New("page").Parse(source))
)

// Options say how a page is written.
type Options struct {
	Private bool      // with private reports; the page then says so
	Now     time.Time // when it is written
	Program string    // this program's version, as in "1.2.3"
	// Hide takes out of a text what it tells of the computer that a program
	// ran on and of its user; nil takes nothing out.
	Hide func(string) string
}

// Write writes a page about reports, in the order given, and tells how many
// private ones it left out. It holds what the table shows of all of them in
// memory, and the evidence of a few. No comment of a report is in the page. A
// report that is not stored is a *store.Error with CodeNotFound, and then
// nothing is written.
func Write(ctx context.Context, w io.Writer, db *store.DB, ids []tracker.ID, o Options) (left int, err error) {
	p := &page{clean: cleaner{o.Hide}, options: o}
	if left, err = p.read(ctx, db, ids); err != nil {
		return 0, err
	}
	p.out = bufio.NewWriterSize(w, 64<<10)
	if err := p.write(ctx, db); err != nil {
		return left, fmt.Errorf("write html: %w", err)
	}
	if err := p.out.Flush(); err != nil {
		return left, fmt.Errorf("write html: %w", err)
	}
	return left, nil
}

// page is a page that is being written.
type page struct {
	clean   cleaner
	options Options
	rows    []row
	out     *bufio.Writer
}

// head is what stands before the table.
type head struct {
	Policy, Program, Date string
	Written               time.Time
	Style                 template.CSS
	Reports, Decided      int
	Private               bool
	Charts                []chart
}

func (p *page) write(ctx context.Context, db *store.DB) error {
	if err := parts.ExecuteTemplate(p.out, "head", p.head()); err != nil {
		return err
	}
	for i := range p.rows {
		if err := parts.ExecuteTemplate(p.out, "row", &p.rows[i]); err != nil {
			return err
		}
	}
	if err := parts.ExecuteTemplate(p.out, "evidence", nil); err != nil {
		return err
	}
	if err := p.writeCases(ctx, db); err != nil {
		return err
	}
	return parts.ExecuteTemplate(p.out, "foot", template.JS(script))
}

func (p *page) head() head {
	h := head{Policy: policy(), Program: p.clean.line(p.options.Program), Written: p.options.Now.UTC(), Date: p.options.Now.UTC().Format("2006-01-02 15:04 UTC"),
		Style: template.CSS(style), Reports: len(p.rows), Private: p.options.Private, Charts: p.charts()}
	for i := range p.rows {
		if p.rows[i].Decision == decided {
			h.Decided++
		}
	}
	return h
}

// policy lets the page's own style and script in, by their hashes, and nothing
// else. The icon is an empty one of the page's own, so that no browser asks the
// server for one.
func policy() string {
	return "default-src 'none'; style-src " + hashed(style) + "; script-src " + hashed(script) +
		"; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
}

func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
