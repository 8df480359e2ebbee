package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use: "man [COMMAND…]", Short: "Print the manual page of a command",
		Long: `Prints the manual page of a command, or of almatriage itself, as roff. With --dir
the pages of all commands are written to a folder; no file that is there already is
changed. The pages are the same each time; a date is in them only if
$SOURCE_DATE_EPOCH gives it.`,
		Example: "  almatriage man run | man -l -\n  almatriage man --dir ~/.local/share/man/man1",
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir != "" {
				if len(args) > 0 {
					return usage("--dir writes the pages of all commands: name none")
				}
				return a.writePages(cmd.Root(), dir)
			}
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(found, strings.Join(rest, " "))
			}
			page, err := a.page(found)
			if err != nil {
				return err
			}
			_, err = a.Out.Write(page)
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write the pages of all commands to a `DIR` that is there")
	return cmd
}

// options finds the flags of a page, which cobra sets in by a tab: only their
// first lines.
var options = regexp.MustCompile(`\n+(?:\.PP\n)?(\\fB-.*)\n\t(.*)\n`)

// noDate stands for a page without one: cobra would write that of today.
var noDate = time.Time{}

// page is the manual page of a command, as roff.
func (a *app) page(cmd *cobra.Command) ([]byte, error) {
	date := noDate
	if text := a.Env("SOURCE_DATE_EPOCH"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, usage("$SOURCE_DATE_EPOCH %q is no number of seconds", text)
		}
		date = time.Unix(seconds, 0).UTC()
	}
	cmd.DisableAutoGenTag = true
	if cmd.HasParent() { // cobra would make up a help command of each that has commands
		cmd.SetHelpCommand(&cobra.Command{Use: "no-help", Hidden: true})
	}
	cmd.Long = markdown(cmd.Long)
	var b bytes.Buffer
	if err := doc.GenMan(cmd, &doc.GenManHeader{Section: "1", Date: &date, Source: program(), Manual: "almatriage"}, &b); err != nil {
		return nil, fmt.Errorf("write the page of %s: %w", cmd.CommandPath(), err)
	}
	page := options.ReplaceAll(b.Bytes(), []byte("\n.TP\n$1\n$2\n"))
	if date.Equal(noDate) {
		page = bytes.Replace(page, []byte(noDate.Format(`"Jan 2006"`)), []byte(`""`), 1)
	}
	return page, nil
}

// markdown is a text of the help as cobra's pages take it: what is set in keeps
// its lines, and no character means more than itself.
func markdown(text string) string {
	var b strings.Builder
	inBlock := false
	for line := range strings.Lines(text) {
		line, tab := strings.CutPrefix(line, "\t") // in cobra's own texts
		block := tab || strings.HasPrefix(line, "  ")
		if block != inBlock {
			b.WriteString("\n")
		}
		if inBlock = block; block {
			b.WriteString("    " + line)
		} else {
			b.WriteString(literal.Replace(line))
		}
	}
	return b.String()
}

var literal = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "<", `\<`, "[", `\[`, "]", `\]`)

// writePages writes the pages of all commands below one, and its own. None
// replaces a file with another content, and then none is written.
func (a *app) writePages(root *cobra.Command, dir string) error {
	pages := map[string][]byte{}
	if err := a.addPages(root, pages); err != nil {
		return err
	}
	for name, page := range pages {
		path := filepath.Join(dir, name)
		there, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return fmt.Errorf("write the pages: %w", err)
		case bytes.Equal(there, page):
			delete(pages, name)
		default:
			return fmt.Errorf("%s is there already, with another content; nothing was written: remove it, or name another folder", path)
		}
	}
	for name, page := range pages {
		if err := create(filepath.Join(dir, name), page); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no folder %s; make it first", dir)
		} else if err != nil {
			return fmt.Errorf("write the pages: %w", err)
		}
	}
	return nil
}

// addPages makes the pages of a command and those below it, by the names of
// their files.
func (a *app) addPages(cmd *cobra.Command, pages map[string][]byte) (err error) {
	for _, child := range cmd.Commands() {
		if child.IsAvailableCommand() && !child.IsAdditionalHelpTopicCommand() {
			if err := a.addPages(child, pages); err != nil {
				return err
			}
		}
	}
	pages[strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1"], err = a.page(cmd)
	return err
}

// create writes a file that must be new.
func create(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
