package cli

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker/safe"
)

// statsWeeks is how many weeks --by week tells of.
const statsWeeks = 26

func newStats(a *app) *cobra.Command {
	var by, form string
	var private bool
	var f format
	cmd := &cobra.Command{
		Use: "stats", Short: "Count how far the triage is", Args: noArguments,
		Long: `Counts reports by verdict; with --by, by release, package (those with most left to
do), week (runs and decisions of half a year) or person. Private reports are left
out unless asked for. svg draws the same numbers as a picture for a web page.`,
		Example: "  almatriage stats\n  almatriage stats --by release --format csv\n  almatriage stats --by week --format svg >weeks.svg",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.json {
				form = "json"
			}
			if f.jq != "" && form != "json" {
				return usage("--jq needs --json")
			}
			return runStats(cmd.Context(), a, by, form, private, f)
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "release, package, week or person")
	cmd.Flags().StringVarP(&form, "format", "f", "table", "table, json, csv or svg")
	cmd.Flags().BoolVar(&private, "include-private", false, "with private reports")
	objectFlags(cmd, &f)
	return cmd
}

// counted is a line of statistics: what is counted, and the numbers by column.
type counted struct {
	name    string
	numbers []int
}

// counts is a table of them.
type counts struct {
	by      string   // the name of the first column
	columns []string // of the numbers
	rows    []counted
	left    int // private reports
}

func runStats(ctx context.Context, a *app, by, form string, private bool, f format) error {
	db, err := a.store(ctx)
	if err != nil {
		return err
	}
	s, err := db.Stats(ctx, store.StatsOptions{Private: private, Days: 7 * statsWeeks})
	if err != nil {
		return err
	}
	c, err := countsBy(s, by)
	if err != nil {
		return err
	}
	switch form {
	case "table":
		err = c.table(a)
	case "json":
		err = c.json(a, f.jq)
	case "csv":
		err = c.csv(a)
	case "svg":
		_, err = fmt.Fprint(a.Out, c.svg())
	default:
		return usage("unknown format %q: table, json, csv or svg", form)
	}
	if err == nil {
		a.leftOut(c.left, 0)
	}
	return err
}

// countsBy puts the statistics in a table.
func countsBy(s store.Stats, by string) (counts, error) {
	c := counts{by: by, left: s.LeftOut}
	switch by {
	case "":
		c.by, c.columns = "verdict", []string{"reports"}
		c.rows = append(c.rows, counted{"undecided", []int{s.Undecided}})
		for _, v := range s.Verdicts {
			c.rows = append(c.rows, counted{string(v.Verdict), []int{v.Reports}})
		}
	case "release", "package":
		c.columns = []string{"decided", "undecided"}
		list := s.Releases
		if by == "package" {
			list = s.Packages
		}
		for _, p := range list {
			c.rows = append(c.rows, counted{cmp.Or(p.Name, "unknown"), []int{p.Decided, p.Undecided}})
		}
	case "person":
		c.columns = []string{"decisions"}
		for _, p := range s.People {
			c.rows = append(c.rows, counted{p.By, []int{p.Decisions}})
		}
	case "week":
		c.columns = []string{"runs", "decisions"}
		c.rows = weeks(s.Days)
	default:
		return c, usage("unknown --by %q: release, package, week or person", by)
	}
	return c, nil
}

// weeks sums days up by ISO weeks, which begin on Mondays.
func weeks(days []store.Day) []counted {
	var list []counted
	for _, day := range days {
		monday := day.Date.AddDate(0, 0, -(int(day.Date.Weekday())+6)%7).Format(time.DateOnly)
		if n := len(list); n == 0 || list[n-1].name != monday {
			list = append(list, counted{monday, []int{0, 0}})
		}
		last := &list[len(list)-1]
		last.numbers[0] += day.Runs
		last.numbers[1] += day.Decisions
	}
	return list
}

func (c *counts) table(a *app) error {
	columns := []column[counted]{{strings.ToUpper(c.by), func(r counted) string { return r.name }, true}}
	for i, name := range c.columns {
		columns = append(columns, column[counted]{strings.ToUpper(name), func(r counted) string { return strconv.Itoa(r.numbers[i]) }, false})
	}
	return table(a, c.rows, columns)
}

// json writes an object a line.
func (c *counts) json(a *app, filter string) error {
	for _, r := range c.rows {
		o := ordered{{c.by, r.name}}
		for i, name := range c.columns {
			o = append(o, member{name, r.numbers[i]})
		}
		if err := a.writeJSON(o, filter); err != nil {
			return err
		}
	}
	return nil
}

func (c *counts) csv(a *app) error {
	w := csv.NewWriter(a.Out)
	rows := [][]string{append([]string{c.by}, c.columns...)}
	for _, r := range c.rows {
		row := []string{safe.Formula(safe.Cell(r.name))}
		for _, n := range r.numbers {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return w.WriteAll(rows)
}
