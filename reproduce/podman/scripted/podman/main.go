// Command podman pretends to be podman, for tests: see package scripted, its
// parent. It imports nothing of this module, so that it starts as fast as can be.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	// A container outlives whoever reads its output.
	signal.Ignore(syscall.SIGPIPE)
	store, err := openStore()
	if err == nil {
		err = store.answer(os.Args[1:], os.Stdout)
	}
	var status exitStatus
	switch {
	case errors.As(err, &status):
		os.Exit(int(status))
	case err != nil:
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(125)
	}
}

// exitStatus ends the program without a word.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// answer does what a command line asks for.
func (s store) answer(args []string, out io.Writer) error {
	command, args := commandOf(args)
	if err := s.note(command); err != nil {
		return err
	}
	switch command {
	case "version":
		_, err := fmt.Fprintln(out, version)
		return err
	case "info":
		return json.NewEncoder(out).Encode(s.info())
	case "image inspect":
		return s.inspectImages(args, out)
	case "image exists":
		return s.imageExists(args)
	case "images", "image list", "image ls":
		return s.listImages(args, out)
	case "commit", "container commit":
		return s.commit(args, out)
	case "rmi", "image rm":
		return s.removeImages(args)
	case "untag", "image untag":
		return nil
	case "run", "container run":
		return s.run(args)
	case "ps", "container ps", "container list", "container ls":
		return s.listContainers(args, out)
	case "inspect", "container inspect":
		return s.inspectContainer(args, out)
	case "kill", "container kill":
		return s.kill(args)
	case "rm", "container rm":
		return s.remove(args)
	}
	return fmt.Errorf("unrecognized command `podman %s`", command)
}

// commandOf finds the command behind global options, whose values it does not
// know from commands: none of them is named as a command is.
func commandOf(args []string) (command string, rest []string) {
	const commands = " version info image images commit container rmi untag run ps inspect kill rm pull unshare cp exec start create wait logs stop build system volume "
	for i, arg := range args {
		if !strings.Contains(commands, " "+arg+" ") {
			continue
		}
		if (arg == "image" || arg == "container") && i+1 < len(args) {
			return arg + " " + args[i+1], args[i+2:]
		}
		return arg, args[i+1:]
	}
	return strings.Join(args, " "), nil
}

// names are the arguments that are no options; those in with take a value.
func names(args []string, with ...string) (list []string) {
	options := true
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case options && arg == "--":
			options = false
		case options && contains(with, arg):
			i++
		case options && strings.HasPrefix(arg, "-"):
		default:
			list = append(list, arg)
		}
	}
	return list
}

// values are those of an option, however it is written.
func values(args []string, option string) (list []string) {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, option+"="); ok {
			list = append(list, value)
		} else if arg == option && i+1 < len(args) {
			list = append(list, args[i+1])
		}
	}
	return list
}

func contains(list []string, what string) bool {
	for _, one := range list {
		if one == what {
			return true
		}
	}
	return false
}

// wanted tells whether labels pass the filters of a command.
func wanted(args []string, labels map[string]string) bool {
	for _, filter := range values(args, "--filter") {
		text, isLabel := strings.CutPrefix(filter, "label=")
		name, value, valued := strings.Cut(text, "=")
		if has, there := labels[name]; isLabel && (!there || valued && has != value) {
			return false
		}
	}
	return true
}
