package fmf

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/almatriage/almatriage/reproduce"
)

// maxFiles bounds the files of a recipe's directory.
const maxFiles = 500

// suffix is how fmf files are called.
const suffix = ".fmf"

// ReadDir reads a recipe with its files. The recipe is the only *.fmf file at
// the top of the directory, main.fmf as a rule: with several, each would be a
// test of its own or a parent of the others. All other files become
// Recipe.Files. Links, devices, sockets and pipes are refused, as are names
// that are no clean text; empty directories are left out. The whole holds at
// most MaxSize bytes.
func ReadDir(dir string) (_ reproduce.Recipe, err error) {
	root, err := os.OpenRoot(dir) // nothing outside is ever opened
	if err != nil {
		return reproduce.Recipe{}, fmt.Errorf("read the recipe: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()

	w := &walker{dir: dir, root: root}
	if err := fs.WalkDir(root.FS(), ".", w.visit); err != nil {
		return reproduce.Recipe{}, err
	}
	switch {
	case len(w.problems) > 0:
		return reproduce.Recipe{}, &Error{Problems: w.problems}
	case len(w.recipes) == 0:
		return reproduce.Recipe{}, failure(dir, "no recipe in this directory; expected a file main.fmf")
	case len(w.recipes) > 1:
		return reproduce.Recipe{}, failure(dir, "%d recipes in this directory (%s); expected one, main.fmf", len(w.recipes), strings.Join(w.names(), ", "))
	}
	recipe, err := Parse(path.Join(dir, w.recipes[0].Path), w.recipes[0].Data)
	if err != nil {
		return reproduce.Recipe{}, err
	}
	slices.SortFunc(w.files, func(a, b reproduce.File) int { return strings.Compare(a.Path, b.Path) })
	recipe.Files = w.files
	return recipe, nil
}

// walker gathers the files of a recipe's directory.
type walker struct {
	dir      string
	root     *os.Root
	size     int64
	files    []reproduce.File
	recipes  []reproduce.File
	problems []Problem
}

func (w *walker) names() []string {
	var names []string
	for _, r := range w.recipes {
		names = append(names, r.Path)
	}
	return names
}

func (w *walker) problem(name, format string, args ...any) {
	w.problems = append(w.problems, Problem{File: path.Join(w.dir, name), Message: fmt.Sprintf(format, args...)})
}

// visit is called by fs.WalkDir. It ends the walk with an error only where
// going on makes no sense.
func (w *walker) visit(name string, entry fs.DirEntry, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("read the recipe: %w", err)
	case name == ".":
		return nil
	case !cleanName(name):
		w.problem(fmt.Sprintf("%q", name), "a file name with unusual characters; expected printable UTF-8 without backslashes")
		if entry.IsDir() && len(w.problems) < maxProblems {
			return fs.SkipDir // io/fs opens no name that is not UTF-8
		}
	case entry.IsDir():
		return nil
	case entry.Type()&fs.ModeSymlink != 0:
		w.problem(name, "a symbolic link; expected a file (a recipe is stored by itself, without what a link points to)")
	case !entry.Type().IsRegular():
		w.problem(name, "neither a file nor a directory; expected only these in a recipe")
	default:
		return w.take(name)
	}
	if len(w.problems) >= maxProblems {
		return &Error{Problems: w.problems}
	}
	return nil
}

// take reads one file. It is opened so that neither a pipe nor a link that has
// taken its place since can be followed or waited for.
func (w *walker) take(name string) (err error) {
	if len(w.files)+len(w.recipes) >= maxFiles {
		return failure(w.dir, "more than %d files; expected a recipe and the few files that it needs", maxFiles)
	}
	in, err := w.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return fmt.Errorf("read the recipe: %w", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	info, err := in.Stat()
	if err != nil {
		return fmt.Errorf("read the recipe: %w", err)
	}
	if !info.Mode().IsRegular() {
		return failure(path.Join(w.dir, name), "not a file any more; expected one")
	}
	data, err := io.ReadAll(io.LimitReader(in, MaxSize+1-w.size))
	if err != nil {
		return fmt.Errorf("read the recipe %s: %w", path.Join(w.dir, name), err)
	}
	if w.size += int64(len(data)); w.size > MaxSize {
		return failure(w.dir, "the directory holds more than %d bytes; expected at most that (have the test fetch or make what is large)", MaxSize)
	}
	file := reproduce.File{Path: name, Executable: info.Mode()&0o111 != 0, Data: data}
	if !strings.Contains(name, "/") && strings.HasSuffix(name, suffix) {
		w.recipes = append(w.recipes, file)
	} else {
		w.files = append(w.files, file)
	}
	return nil
}

// cleanName tells whether a path can be stored, shown and made again anywhere.
func cleanName(name string) bool {
	if !utf8.ValidString(name) || !fs.ValidPath(name) || strings.Contains(name, `\`) {
		return false
	}
	for _, c := range name {
		if !unicode.IsPrint(c) {
			return false
		}
	}
	return true
}
