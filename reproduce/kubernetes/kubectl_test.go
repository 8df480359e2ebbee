package kubernetes_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// scene is what the scripted cluster does. Its words and shapes are those of
// kubectl 1.32 and of real clusters.
type scene struct {
	Pods    []string          // answers to "get pods", one after the other; the last stays
	Run     bool              // logs runs the pod's scripts with this computer's bash
	Log     string            // what logs prints instead; NONCE is replaced
	Cut     int               // logs ends after so many lines, the first two times
	Skip    int               // logs leaves out this line, for good
	Hang    bool              // logs never ends
	Fail    map[string]string // stderr by verb ("create", "get pods", …); exit status 1
	Garbage bool              // get answers no JSON
	Stuck   string            // this verb never answers
	Env     []string          // of the scripts
	Listed  string            // answer to "get jobs,configmaps"
	Events  string
}

// kubectl is the double. The folder is the cluster.
func kubectl(dir string, args []string) int {
	data, err := os.ReadFile(filepath.Join(dir, "scene.json"))
	var s scene
	if err = errors.Join(err, json.Unmarshal(data, &s)); err != nil {
		panic(err)
	}
	input := []byte{}
	if slices.Contains(args, "--filename=-") {
		if input, err = io.ReadAll(os.Stdin); err != nil {
			panic(err)
		}
	}
	note(dir, args, input)
	words := slices.DeleteFunc(slices.Clone(args), func(a string) bool { return strings.HasPrefix(a, "-") })
	verb := words[0]
	if verb == "get" {
		verb += " " + words[1]
	}
	if stderr, ok := s.Fail[verb]; ok {
		fmt.Fprintln(os.Stderr, stderr)
		return 1
	}
	if s.Stuck == verb {
		time.Sleep(time.Hour)
	}
	if s.Garbage && words[0] == "get" {
		fmt.Println("<html>a proxy's login page</html>")
		return 0
	}
	switch verb {
	case "create":
		return create(dir, input)
	case "apply", "label":
	case "delete":
		for _, name := range words[1:] {
			if err := os.RemoveAll(filepath.Join(dir, "objects", strings.ReplaceAll(name, "/", "."))); err != nil {
				panic(err)
			}
		}
	case "get pods":
		fmt.Println(podNow(dir, s, args))
	case "get events":
		fmt.Println(s.Events)
	case "get jobs,configmaps":
		fmt.Println(s.Listed)
	case "get networkpolicy":
		fmt.Println("networkpolicy.networking.k8s.io/almatriage-network-none")
	case "logs":
		return logs(dir, s)
	case "exec":
		fmt.Println("a shell in " + words[1])
	default:
		fmt.Fprintf(os.Stderr, "error: unknown command %q for \"kubectl\"\n", verb)
		return 1
	}
	return 0
}

// note writes down the command line and the input.
func note(dir string, args []string, input []byte) {
	line, err := json.Marshal(map[string]any{"args": args, "input": string(input)})
	if err != nil {
		panic(err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	if _, err = file.Write(append(line, '\n')); errors.Join(err, file.Close()) != nil {
		panic(err)
	}
}

// create checks the manifest as strictly as a cluster and keeps its objects.
func create(dir string, input []byte) int {
	config, job, err := readManifest(input)
	if err != nil {
		fmt.Fprintf(os.Stderr, "Error from server (BadRequest): error when creating \"STDIN\": %v\n", err)
		return 1
	}
	for name, object := range map[string]any{"configmap." + config.Metadata.Name: config, "job." + job.Metadata.Name: job} {
		data, err := json.Marshal(object)
		if err = errors.Join(err, os.WriteFile(filepath.Join(dir, "objects", name), data, 0o600)); err != nil {
			panic(err)
		}
	}
	return 0
}

// state is where a Job's state is kept.
func state(dir, job string) string {
	dir = filepath.Join(dir, "state", job)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		panic(err)
	}
	return dir
}

// times counts how often something happened.
func times(dir, what string) int {
	name := filepath.Join(dir, what)
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		panic(err)
	}
	if err := os.WriteFile(name, append(data, '.'), 0o600); err != nil {
		panic(err)
	}
	return len(data)
}

// podNow is what the cluster says of the pod: as recorded, one after the other.
func podNow(dir string, s scene, args []string) string {
	at := slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, "--selector=almatriage.job=") })
	dir, of := state(dir, strings.TrimPrefix(args[at], "--selector=almatriage.job=")), dir
	pods := s.Pods
	if pods == nil {
		pods = []string{"running"}
		if _, err := os.Stat(filepath.Join(dir, "over")); err == nil {
			pods = []string{"succeeded"}
		}
	}
	name := pods[min(times(dir, "pods"), len(pods)-1)]
	data, err := os.ReadFile(filepath.Join(of, "shapes", name+".json"))
	if err != nil {
		panic(err)
	}
	return string(data)
}

// theJob is the Job that was made last.
func theJob(dir string) (job jobShape, config configShape) {
	names, err := filepath.Glob(filepath.Join(dir, "objects", "job.*"))
	if err != nil || len(names) != 1 {
		panic(fmt.Sprint("not one job: ", names, err))
	}
	data, err := os.ReadFile(names[0])
	if err = errors.Join(err, json.Unmarshal(data, &job)); err != nil {
		panic(err)
	}
	data, err = os.ReadFile(filepath.Join(dir, "objects", "configmap."+job.Metadata.Name))
	if err = errors.Join(err, json.Unmarshal(data, &config)); err != nil {
		panic(err)
	}
	return job, config
}

func logs(dir string, s scene) int {
	job, config := theJob(dir)
	nonce := job.Spec.Template.Spec.Containers[0].Command[2]
	var text []byte
	switch {
	case s.Run:
		text = runPod(dir, s, job, config, nonce)
	default:
		text = []byte(strings.ReplaceAll(s.Log, "NONCE", nonce))
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if s.Skip > 0 {
		lines = slices.Delete(lines, s.Skip, s.Skip+1)
	}
	if s.Cut > 0 && times(state(dir, job.Metadata.Name), "cuts") < 2 {
		lines = lines[:s.Cut]
		lines[s.Cut-1] = lines[s.Cut-1][:len(lines[s.Cut-1])/2]
	}
	if !s.Run || s.Cut > 0 || s.Skip > 0 {
		os.Stdout.Write(bytes.Join(lines, nil))
	}
	if s.Hang {
		time.Sleep(time.Hour)
	}
	return 0
}

// runPod does what a node does: lays out the volumes and runs the container.
// Its paths become those of a folder.
func runPod(dir string, s scene, job jobShape, config configShape, nonce string) []byte {
	dir, of := state(dir, job.Metadata.Name), dir
	kept := filepath.Join(dir, "log")
	if text, err := os.ReadFile(kept); err == nil {
		return text // a log that is read again
	}
	root := filepath.Join(dir, "root", "almatriage")
	for _, name := range []string{"job/files", "out"} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o700); err != nil {
			panic(err)
		}
	}
	for _, item := range job.Spec.Template.Spec.Volumes[0].ConfigMap.Items {
		text := strings.NewReplacer("/almatriage/", root+"/", "/etc/resolv.conf", filepath.Join(dir, "resolv.conf"),
			"/sys/fs/cgroup", filepath.Join(of, "cgroup")).Replace(string(config.BinaryData[item.Key]))
		name := filepath.Join(root, item.Path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), os.FileMode(item.Mode))); err != nil {
			panic(err)
		}
	}
	cmd := exec.Command("/bin/bash", filepath.Join(root, "job/pod.sh"), nonce)
	cmd.Env = append([]string{"PATH=" + filepath.Join(of, "bin") + ":/usr/bin:/bin", "KUBERNETES_SERVICE_HOST=127.0.0.1", "KUBERNETES_SERVICE_PORT=1"}, s.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var all bytes.Buffer
	cmd.Stdout, cmd.Stderr = &all, &all
	if s.Cut == 0 && s.Skip == 0 {
		cmd.Stdout = io.MultiWriter(&all, os.Stdout)
	}
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	// The node ends all that a container left.
	end := func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals
		end()
		os.Exit(143)
	}()
	cmd.WaitDelay = 100 * time.Millisecond
	err := cmd.Wait()
	end()
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		fmt.Fprintln(&all, err)
	}
	if err := errors.Join(os.WriteFile(kept, all.Bytes(), 0o600), os.WriteFile(filepath.Join(dir, "over"), nil, 0o600)); err != nil {
		panic(err)
	}
	return all.Bytes()
}
