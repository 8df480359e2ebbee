package draft

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// unfit is a kind of command that has no place in a test.
type unfit struct {
	command *regexp.Regexp
	why     string
}

// unfits are looked through in their order.
var unfits = []unfit{
	{regexp.MustCompile(`^(?:exit|logout)(?:\s|$)`), "it would end the test"},
	{regexp.MustCompile(`^sudo\s+(?:-i|-s|su|bash|sh)\b|^su(?:\s+-l?)?\s*$|^sudo\s*$|^(?:su|sudo)\s`), "a test runs as root. If the bug needs another user, write runuser"},
	{regexp.MustCompile(`^(?:ba|z|k|da)?sh(?:\s+-l?i?)?\s*$`), "it opens another shell"},
	{regexp.MustCompile(`^(?:vi|vim|nano|visudo|vipw|emacs|mcedit|joe|gedit|kate|code)(?:\s|$)|^crontab\s+-e|^systemctl\s+edit\b`), "a test cannot use an editor. Write what it changed with printf or sed"},
	{regexp.MustCompile(`^(?:systemctl\s+(?:\S+\s+)*)?(?:reboot|poweroff|halt|suspend|hibernate|kexec)(?:\s|$)|^shutdown(?:\s|$)|^(?:tel)?init\s+[06]\b`), "a container cannot restart"},
	{regexp.MustCompile(`^(?:apt|apt-get|aptitude|apt-cache|dpkg|zypper|pacman|apk|brew|emerge|snap|choco|winget|pkg)(?:\s|$)`), "it is of another system"},
	{regexp.MustCompile(`^subscription-manager(?:\s|$)`), "AlmaLinux has no subscriptions"},
	{regexp.MustCompile(`^(?:clear|reset|history)\s*$`), "it does nothing in a test"},
	{regexp.MustCompile(`^(?:htop|less|watch)(?:\s+[^-]|\s*$)|^man\s+\w|^top\s*$`), "it wants a terminal. Write what it should show, as with top -b -n 1"},
	{regexp.MustCompile(`^ssh\s+(?:-[A-Za-z]\s*\S*\s+)*(?:[\w.-]+@)?[\w.-]+\s*$`), "what is typed after it runs on another machine, which a test has not"},
	{regexp.MustCompile(`^(?:docker|podman)\s+(?:container\s+)?(?:run|exec)\s(?:.*\s)?(?:-\w*t\w*|--tty|--interactive)\b[^|;&]*?(?:\s(?:/\S*/)?(?:ba|z)?sh(?:\s+-l)?)\s*$`), "it opens a shell in a container, and a test runs in one already"},
	{regexp.MustCompile(`^(?:docker|podman)\s+(?:container\s+)?run\s+(?:-\w+\s+|--\w[\w-]*(?:=\S+)?\s+)*\S*(?:almalinux|centos|rockylinux|ubi\d*)\S*\s*$`), "it opens a shell in a container, and a test runs in one already"},
	{regexp.MustCompile(`^(?:docker|podman)\s+pull\s+\S*(?:almalinux|centos|rockylinux|ubi\d*)\S*\s*$`), "a test runs in such a container already"},
}

// leaveOut tells whether a command has no place in a test, and notes why.
func (b *builder) leaveOut(command string, p piece) bool {
	why := ""
	if i := slices.IndexFunc(unfits, func(u unfit) bool { return u.command.MatchString(command) }); i >= 0 {
		why = unfits[i].why
	} else if upgradesAll(strings.Fields(command)) {
		why = "both sides are upgraded before"
	}
	if why == "" {
		return false
	}
	b.note("%q in %s was left out: %s.", clip(oneLine(command)), fmt.Sprintf("line %d of the %s", p.span.First, p.span.Text), why)
	return true
}
