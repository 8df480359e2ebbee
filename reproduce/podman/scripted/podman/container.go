package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// container is one in the store. Its process is the podman that runs it.
type container struct {
	Names     []string
	State     string // running or exited
	ExitCode  int
	Pid       int
	Image     string
	Labels    map[string]string
	Installed []string // by its script
}

func (c *container) name() string { return c.Names[0] }

// run keeps a container, does what its script would do, and keeps its end.
func (s store) run(args []string) error {
	c, job, err := containerOf(args)
	if err != nil {
		return err
	}
	if job.image, err = s.find(c.Image); err != nil {
		return err
	}
	c.Image = job.image.ID
	if err := s.locked(func() error {
		if _, err := os.Stat(s.path("containers", c.name())); err == nil {
			return fmt.Errorf("the container name %q is already in use", c.name())
		}
		return write(s.path("containers", c.name()), c)
	}); err != nil {
		return err
	}
	job.store, job.target = s, c.Labels["almatriage.target"]
	failure := job.execute()
	return errors.Join(failure, s.locked(func() error { return s.ended(c, job.installed, contains(args, "--rm")) }))
}

// ended keeps a container's end. One that was removed meanwhile stays so.
func (s store) ended(c container, installed []string, remove bool) error {
	path := s.path("containers", c.name())
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if remove {
		return os.Remove(path)
	}
	c.State, c.Pid, c.Installed = "exited", 0, installed
	return write(path, c)
}

// containerOf reads the command line of run: what stands before the shell is
// the image, what comes after it the script of ours with its arguments.
func containerOf(args []string) (container, *job, error) {
	shell := -1
	for i, arg := range args {
		if strings.HasSuffix(arg, "/bash") {
			shell = i
			break
		}
	}
	if shell < 1 || shell+2 >= len(args) {
		return container{}, nil, fmt.Errorf("this podman runs scripts of almatriage's only, not %q", args)
	}
	options := args[:shell-1]
	c := container{State: "running", Pid: os.Getpid(), Image: args[shell-1], Labels: map[string]string{}, Names: values(options, "--name")}
	for _, label := range values(options, "--label") {
		name, value, _ := strings.Cut(label, "=")
		c.Labels[name] = value
	}
	j := &job{script: args[shell+1][strings.LastIndexByte(args[shell+1], '/')+1:], nonce: args[shell+2], args: args[shell+3:]}
	for _, volume := range append(values(options, "-v"), values(options, "--volume")...) {
		if host, _, ok := strings.Cut(volume, ":/almatriage/job"); ok {
			j.folder = host
		} else if host, _, ok := strings.Cut(volume, ":/almatriage/out"); ok {
			j.out = host
		}
	}
	if len(c.Names) != 1 || j.folder == "" || j.out == "" {
		return c, nil, fmt.Errorf("this podman needs a name and both of almatriage's folders, not %q", options)
	}
	return c, j, nil
}

func (s store) listContainers(args []string, out io.Writer) error {
	stored, err := all[container](s.path("containers"))
	if err != nil {
		return err
	}
	list := []container{}
	for _, one := range stored {
		if wanted(args, one.Labels) {
			list = append(list, one)
		}
	}
	return json.NewEncoder(out).Encode(list)
}

// inspectContainer answers the formats that are asked for.
func (s store) inspectContainer(args []string, out io.Writer) error {
	for _, name := range names(args, "--format", "-f") {
		var c container
		if there, err := read(s.path("containers", name), &c); err != nil || !there {
			return fmt.Errorf("no such container %s", name)
		}
		format := strings.Join(values(args, "--format"), "")
		var answer any
		switch {
		case strings.Contains(format, ".State"):
			answer = map[string]any{"Status": c.State, "ExitCode": c.ExitCode, "OOMKilled": false}
		case strings.Contains(format, ".GraphDriver"):
			answer = map[string]string{}
		case strings.Contains(format, ".SizeRw"):
			answer = 0
		default:
			return fmt.Errorf("this podman does not know the format %q", format)
		}
		if err := json.NewEncoder(out).Encode(answer); err != nil {
			return err
		}
	}
	return nil
}

func (s store) kill(args []string) error {
	for _, name := range names(args, "-s", "--signal") {
		err := s.locked(func() error {
			var c container
			there, err := read(s.path("containers", name), &c)
			switch {
			case err != nil || !there:
				return errors.Join(err, fmt.Errorf("no such container %s", name))
			case c.State != "running":
				return fmt.Errorf("container %s is not running", name)
			}
			end(c)
			c.ExitCode = 137
			return s.ended(c, nil, false)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// remove removes containers in whatever state; that one is not there is right.
func (s store) remove(args []string) error {
	for _, name := range names(args, "-t", "--time") {
		err := s.locked(func() error {
			var c container
			if there, err := read(s.path("containers", name), &c); err != nil || !there {
				return err
			}
			if c.State == "running" {
				end(c)
			}
			return os.Remove(s.path("containers", name))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// end ends a container's process. Its number may be somebody else's by now.
func end(c container) {
	line, err := os.ReadFile("/proc/" + strconv.Itoa(c.Pid) + "/cmdline")
	if err != nil || !strings.Contains(string(line), c.name()) {
		return
	}
	for syscall.Kill(c.Pid, syscall.SIGKILL) == nil {
		if line, err := os.ReadFile("/proc/" + strconv.Itoa(c.Pid) + "/cmdline"); err != nil || len(line) == 0 {
			return // gone, or a child that nobody has waited for yet
		}
		time.Sleep(time.Millisecond)
	}
}
