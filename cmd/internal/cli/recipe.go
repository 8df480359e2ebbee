package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/draft"
	"github.com/almatriage/almatriage/reproduce/fmf"
	"github.com/almatriage/almatriage/store"
	"github.com/almatriage/almatriage/tracker"
	"github.com/almatriage/almatriage/tracker/safe"
)

func newRecipe(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "recipe", Short: "Write, check and accept recipes",
		Long: `A recipe says how to reproduce a report: a tmt test in fmf form. The test runs
as root in a container of each side; exit status 0 means that the bug is not
there.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRecipeSet(a), newRecipeShow(a), newRecipeLint(a), newRecipeDraft(a), newRecipeEdit(a), newRecipeAccept(a), newRecipeExport(a))
	return cmd
}

func newRecipeSet(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "set ID FILE|DIR|-", Short: "Make a recipe a report's own", Args: exactly("a report and a FILE", "'almbz#5'", "FILE"),
		Long:    "Sets a report's recipe from a file, a directory with a main.fmf, or standard\ninput. What you set yourself is accepted.",
		Example: "  almatriage recipe set 'almbz#5' gizmo.fmf",
		RunE: func(cmd *cobra.Command, args []string) error {
			recipe, err := a.readRecipe(cmd.Context(), args[1])
			if err != nil {
				return err
			}
			id, db, err := a.stored(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.setRecipe(cmd.Context(), db, id, recipe, reproduce.OriginSet)
		},
	}
}

// stored finds the report that an argument names among those that are stored.
func (a *app) stored(ctx context.Context, text string) (tracker.ID, *store.DB, error) {
	id, err := a.locate(text)
	if err != nil {
		return id, nil, err
	}
	db, err := a.store(ctx)
	if err != nil {
		return id, nil, err
	}
	_, err = oneRow(ctx, db, id)
	return id, db, err
}

// readRecipe reads a file, a directory, or standard input. What is wrong with
// it is what the user has to mend.
func (a *app) readRecipe(ctx context.Context, path string) (recipe reproduce.Recipe, err error) {
	switch info, statErr := os.Stat(path); {
	case path == "-":
		recipe, err = fmf.ParseFrom("standard input", a.input(ctx))
	case errors.Is(statErr, fs.ErrNotExist):
		err = fmt.Errorf("the recipe cannot be read: there is no file %s; name a file in fmf form, a folder with a main.fmf, or - for standard input", path)
	case statErr != nil:
		err = fmt.Errorf("the recipe cannot be read: %w", statErr)
	case info.IsDir():
		recipe, err = fmf.ReadDir(path)
	default:
		recipe, err = fmf.Read(path)
	}
	if err != nil {
		return recipe, usage("%w", err)
	}
	return recipe, nil
}

// setRecipe stores a recipe and says what comes next.
func (a *app) setRecipe(ctx context.Context, db *store.DB, id tracker.ID, recipe reproduce.Recipe, origin reproduce.Origin) error {
	by, err := a.person()
	if err != nil {
		return err
	}
	s, err := db.SetRecipe(ctx, id.String(), recipe, origin, by, a.now())
	if err != nil {
		return err
	}
	next := "run it with: " + a.again("run", id.String())
	if !s.IsAccepted() {
		next = "read it and accept it with: " + a.again("recipe", "accept", id.String())
	}
	fmt.Fprintf(a.Err, "The recipe of %s is set; %s\n", id, next)
	return nil
}

func newRecipeShow(a *app) *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use: "show ID", Short: "Print a report's recipe", Args: oneReport,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.whole(); err != nil {
				return err
			}
			id, db, err := a.stored(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			s, err := db.Recipe(cmd.Context(), id.String())
			if err != nil {
				return err
			}
			if f.json {
				return a.writeJSON(recipeJSON(s), f.jq)
			}
			if a.ErrTTY {
				fmt.Fprintln(a.Err, "# "+recipeState(s))
			}
			_, err = io.WriteString(a.Out, a.clean(fmf.Source(s.Recipe)))
			return err
		},
	}
	objectFlags(cmd, &f)
	return cmd
}

// clean makes a text harmless for a terminal; piped it stays as it is.
func (a *app) clean(text string) string {
	if a.OutTTY {
		return safe.Block(text).String()
	}
	return text
}

func recipeState(s *reproduce.StoredRecipe) string { return safe.Line(s.Provenance()).String() }

func recipeJSON(s *reproduce.StoredRecipe) ordered {
	return ordered{{"report", s.Report}, {"hash", s.Recipe.Hash()}, {"origin", s.Origin}, {"author", s.Author}, {"set", timeOrNull(s.Set)},
		{"accepted", s.IsAccepted()}, {"accepted_by", orNull(s.AcceptedBy)}, {"accepted_at", timeOrNull(s.AcceptedAt)},
		{"summary", s.Recipe.Summary}, {"require", append([]string{}, s.Recipe.Require...)}, {"source", fmf.Source(s.Recipe)}}
}

func newRecipeDraft(a *app) *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use: "draft ID", Short: "Draft a recipe from a report's own words", Args: oneReport,
		Long: "Drafts a recipe from the commands that a report shows, and stores it as a draft:\nit runs only after you have accepted it.",
		RunE: func(cmd *cobra.Command, args []string) error { return runDraft(cmd.Context(), a, args[0], dry) },
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "print it only")
	return cmd
}

func runDraft(ctx context.Context, a *app, text string, dry bool) error {
	id, db, err := a.stored(ctx, text)
	if err != nil {
		return err
	}
	report, err := db.Report(ctx, id)
	if err != nil {
		return err
	}
	made, err := draft.From(*report)
	if err != nil {
		return err
	}
	recipe, err := fmf.Parse("the draft", []byte(made.Source))
	if err != nil {
		return fmt.Errorf("the report gives no usable draft: %w", err)
	}
	if _, err := io.WriteString(a.Out, a.clean(made.Source)); err != nil {
		return err
	}
	for _, note := range made.Notes {
		fmt.Fprintln(a.Err, "check: "+safeLine(note))
	}
	if dry {
		return nil
	}
	if _, err := db.Recipe(ctx, id.String()); store.CodeOf(err) != store.CodeNotFound {
		if err != nil {
			return err
		}
		fmt.Fprintf(a.Err, "%s has a recipe already, which is kept: see %s\n", id, a.again("recipe", "show", id.String()))
		return nil
	}
	return a.setRecipe(ctx, db, id, recipe, reproduce.OriginDraft)
}

func newRecipeEdit(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "edit ID", Short: "Edit a report's recipe in $EDITOR", Args: oneReport,
		Long: "Opens a report's recipe, or a first one, in $VISUAL or $EDITOR. A recipe with a\nmistake is not stored: the file is kept, and its place is named. What you\nchanged must be accepted before it runs.",
		RunE: func(cmd *cobra.Command, args []string) error { return runEdit(cmd.Context(), a, args[0]) },
	}
}

func runEdit(ctx context.Context, a *app, text string) error {
	id, db, err := a.stored(ctx, text)
	if err != nil {
		return err
	}
	before, err := a.recipeToEdit(ctx, db, id)
	if err != nil {
		return err
	}
	editor, err := a.editorToAsk() // before there is a file that would be left
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "almatriage-recipe-")
	if err != nil {
		return fmt.Errorf("make a file to edit: %w", err)
	}
	path := filepath.Join(dir, "main.fmf")
	if err := os.WriteFile(path, []byte(before.text), 0o600); err != nil {
		return fmt.Errorf("make a file to edit: %w", err)
	}
	if err := a.edit(ctx, editor, path); err != nil {
		return err
	}
	recipe, err := fmf.Read(path)
	if err != nil {
		return usage("%w\nnothing is stored; your text is kept in %s", err, path)
	}
	recipe.Files = before.files
	if recipe.Source == before.text && before.stored {
		fmt.Fprintln(a.Err, "Nothing was changed.")
		return os.RemoveAll(dir)
	}
	return errors.Join(a.setRecipe(ctx, db, id, recipe, reproduce.OriginEdited), os.RemoveAll(dir))
}

type editable struct {
	text   string
	files  []reproduce.File
	stored bool
}

func (a *app) recipeToEdit(ctx context.Context, db *store.DB, id tracker.ID) (editable, error) {
	s, err := db.Recipe(ctx, id.String())
	if err == nil {
		return editable{fmf.Source(s.Recipe), s.Recipe.Files, true}, nil
	}
	if store.CodeOf(err) != store.CodeNotFound {
		return editable{}, err
	}
	report, err := db.Report(ctx, id)
	if err != nil {
		return editable{}, err
	}
	return editable{text: draft.Begin(*report)}, nil
}

// editorToAsk is the person's editor, unless nobody is to be asked.
func (a *app) editorToAsk() ([]string, error) {
	if a.flags.noInput {
		return nil, usage("recipe edit needs an editor, and --no-input is set; use recipe set")
	}
	return a.editor()
}

// edit runs the person's editor on a file, without a shell.
func (a *app) edit(ctx context.Context, words []string, path string) error {
	cmd := exec.CommandContext(ctx, words[0], append(words[1:], path)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.In, a.Out, a.Err
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the editor %s failed: %w; your text is kept in %s", words[0], err, path)
	}
	return nil
}

func newRecipeAccept(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "accept ID", Short: "Accept what a recipe will run", Args: oneReport,
		Long: "Shows exactly what a recipe runs, where, and what it may reach, and accepts it if\nyou say so. The acceptance is for that and nothing else: a change needs another.",
		RunE: func(cmd *cobra.Command, args []string) error { return runAccept(cmd.Context(), a, args[0], yes) },
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "accept without being asked")
	return cmd
}

func runAccept(ctx context.Context, a *app, text string, yes bool) error {
	id, db, err := a.stored(ctx, text)
	if err != nil {
		return err
	}
	s, err := db.Recipe(ctx, id.String())
	if err != nil {
		return err
	}
	if s.IsAccepted() {
		fmt.Fprintln(a.Err, "It is accepted already: "+recipeState(s))
		return nil
	}
	fmt.Fprint(a.Err, whatRuns(&s.Recipe))
	if !yes {
		if a.flags.noInput || !a.InTTY {
			return usage("nobody is there to accept it; read the above and use --yes")
		}
		agreed, err := a.confirm(ctx, "Accept it?")
		if err != nil {
			return err
		}
		if !agreed {
			fmt.Fprintln(a.Err, "It is not accepted, and nothing is run.")
			return quietly(exitFailed)
		}
	}
	by, err := a.person()
	if err != nil {
		return err
	}
	if err := db.AcceptRecipe(ctx, id.String(), s.Recipe.Hash(), by, a.now()); err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "Accepted; run it with: %s\n", a.again("run", id.String()))
	return nil
}

// whatRuns says exactly what a recipe executes and may reach.
func whatRuns(r *reproduce.Recipe) string {
	var b strings.Builder
	for _, part := range r.Discloses() {
		text := strings.TrimRight(safe.Reveal(part.Text).String(), "\n")
		b.WriteString(safe.Reveal(part.Title).String() + "\n")
		for line := range strings.Lines(text) {
			b.WriteString("    " + strings.TrimSuffix(line, "\n") + "\n")
		}
	}
	return b.String()
}
