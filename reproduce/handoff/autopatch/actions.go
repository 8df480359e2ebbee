package autopatch

import (
	"regexp"
	"strings"
)

// kind is what a value may be.
type kind int

const (
	text   kind = 1 << iota
	texts       // a list of text, with one at least
	number      // decimal
	truth       // true or false
)

// field is a parameter as it may be given.
type field struct {
	key      string
	kind     kind
	required bool
	empty    bool // "" may be given
	// right tells what was expected instead of the value, "" if it is right;
	// nil if all is. It sees a string or an int.
	right func(value any) string
}

// parameters are those of the whole file.
var parameters = []field{
	{key: "insert_almalinux_line", kind: truth},
	{key: "custom_target_branch", kind: text, empty: true, right: like(branch, "a branch of AlmaLinux, such as a9, a10s, a9-beta or a9-stream-nodejs-18")},
	{key: "pre_clean", kind: truth},
	{key: "ignore_version_macros", kind: truth},
	{key: "ignore_release_macros", kind: truth},
	{key: "tag_prefix", kind: text, empty: true, right: like(tag, "the beginning of a git tag, without blanks and ~^:?*[\\")},
	{key: "el_version", kind: text, right: like(release, `a major version in quotes, such as "9"`)},
}

// actionNames are the actions in the order in which the documentation advises
// to use them.
var actionNames = []string{
	"replace", "delete_line", "delete_files", "run_script", "add_files", "add_line", "modify_release", "changelog_entry",
}

// actions are the parameters of each.
var actions = map[string][]field{
	"replace": {
		{key: "target", kind: text, required: true, right: inside},
		{key: "find", kind: text},
		{key: "rfind", kind: text},
		{key: "replace", kind: text, required: true},
		{key: "count", kind: number, right: replacements},
	},
	"delete_line": {
		{key: "target", kind: text, required: true, right: oneFile},
		{key: "lines", kind: texts, required: true},
	},
	"modify_release": {
		{key: "suffix", kind: text, required: true},
		{key: "enabled", kind: truth},
		{key: "auto_increment", kind: truth},
	},
	"changelog_entry": {
		{key: "name", kind: text, required: true, right: like(person, "a name in one line, without <, > and %")},
		{key: "email", kind: text, required: true, right: like(address, "an address such as name@example.org")},
		{key: "line", kind: texts, required: true},
	},
	"add_files": {
		{key: "type", kind: text, required: true, right: oneOf("patch", "source")},
		{key: "name", kind: text, required: true, right: fileName},
		{key: "number", kind: text | number, right: latest},
		{key: "modify_spec", kind: truth},
		{key: "insert_almalinux_line", kind: truth},
		{key: "no_backup", kind: truth},
	},
	"delete_files": {
		{key: "file_name", kind: text, required: true, right: fileName},
	},
	"run_script": {
		{key: "script", kind: text, required: true, right: fileName},
		{key: "cwd", kind: text, right: oneOf("rpms", "autopatch")},
	},
	"add_line": {
		{key: "target", kind: text, required: true, right: oneOf("spec")},
		{key: "section", kind: text, required: true, right: oneOf(sections...)},
		{key: "location", kind: text, required: true, right: oneOf("top", "bottom")},
		{key: "content", kind: text, required: true},
		{key: "subpackage", kind: text},
	},
}

// sections are those of rpm's spec files, and the tool's own name for what
// stands before the first of them.
var sections = strings.Fields(`
	global package description prep generate_buildrequires conf build install check clean pre post preun postun pretrans
	posttrans preuntrans postuntrans triggerin triggerun triggerprein triggerpostun filetriggerin filetriggerun
	filetriggerpostun transfiletriggerin transfiletriggerun transfiletriggerpostun verifyscript sepolicy files changelog`)

var (
	branch  = regexp.MustCompile(`^a\d+s?(-beta|-stream(-[\w.+]+)*)?$`) // is_config_branch of the tool
	tag     = regexp.MustCompile(`^[^\s~^:?*\[\\\x00-\x20\x7f]+$`)
	release = regexp.MustCompile(`^[1-9]\d?$`)
	// rpm expands macros in a changelog's head, too, hence no %.
	person  = regexp.MustCompile(`^[^\s<>%\pC][^<>%\pC]*$`)
	address = regexp.MustCompile(`^[^\s<>%@\pC]+@[^\s<>%@\pC]+$`)
	suffix  = regexp.MustCompile(`^\.alma\.[1-9]\d{0,8}$`)
	counted = regexp.MustCompile(`^\.[A-Za-z0-9._+~^]*\d$`)
)

func like(re *regexp.Regexp, expected string) func(any) string {
	return func(value any) string {
		if s, _ := value.(string); s == "" || re.MatchString(s) {
			return ""
		}
		return expected
	}
}

func oneOf(words ...string) func(any) string {
	return func(value any) string {
		for _, word := range words {
			if value == word {
				return ""
			}
		}
		return strings.Join(words, " or ")
	}
}

// fileName is that of a file in files/ or scripts/, or of one to be searched
// for: no path.
func fileName(value any) string {
	if s, _ := value.(string); s == "." || s == ".." || strings.ContainsAny(s, "/\\\n%") || strings.TrimSpace(s) != s {
		return "the name of a file, without a path"
	}
	return ""
}

// inside is a file or a pattern of files of the package.
func inside(value any) string {
	s, _ := value.(string)
	if strings.HasPrefix(s, "/") || strings.Contains("/"+s+"/", "/../") || strings.ContainsAny(s, "\n\\") {
		return `spec, or a file of the package (patterns such as "*.config" can be used)`
	}
	return ""
}

func oneFile(value any) string {
	if s, _ := value.(string); inside(s) != "" || strings.ContainsAny(s, "*?[") {
		return "spec, or one file of the package (no patterns)"
	}
	return ""
}

func replacements(value any) string {
	if n, _ := value.(int); n == -1 || n >= 1 {
		return ""
	}
	return "how many times, or -1 for all"
}

func latest(value any) string {
	if n, isNumber := value.(int); value == "Latest" || isNumber && n >= 1 {
		return ""
	}
	return `a number from 1 on (AlmaLinux's patches: from 1000 on), or "Latest"`
}
