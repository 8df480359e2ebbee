package kubernetes

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
)

//go:embed scripts/pod.sh
var scripts embed.FS

// maxJob is how much a ConfigMap may hold, in bytes; the cluster's own limit is
// 1 MiB with all that is around it.
const maxJob = 900 << 10

// podSpec is one pod to run to its end.
type podSpec struct {
	name   string
	target string
	run    string
	place  place
	pull   string // imagePullPolicy; "" is IfNotPresent

	steps []step // before the script that the pod is for
	final step
	files []reproduce.File
	texts map[string]string // more files of the job, by name

	network reproduce.Network
	limits  reproduce.Limits
	timeout time.Duration // of the final script
}

// step is one of our scripts and its arguments after the nonce.
type step struct {
	script string // without .sh
	args   []string
}

// preparing is how long a pod may need before its final script.
func (s podSpec) preparing() time.Duration {
	if len(s.steps) > 0 {
		return making
	}
	return 0
}

// labels are those of all that we make in a cluster.
func (e *Engine) labels(s podSpec) map[string]string {
	deadline := e.cfg.Now().Add(e.cfg.Starting + s.preparing() + s.timeout).Unix()
	return map[string]string{"almatriage.app": "1", "almatriage.job": s.name, "almatriage.run": labelValue(s.run),
		"almatriage.target": labelValue(s.target), "almatriage.owner": ownerLabel(e.cfg.Owner),
		"almatriage.deadline": strconv.FormatInt(deadline, 10)}
}

// labelValue keeps of a text what a label's value may be.
func labelValue(text string) string {
	kept := strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '.' || r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return r
		}
		return '_'
	}, text)
	return strings.Trim(kept[:min(len(kept), 63)], ".-_")
}

// ownerLabel is an owner as a label; ownerOf reads it.
func ownerLabel(owner string) string { return labelValue(strings.ReplaceAll(owner, ":", "_")) }

func ownerOf(label string) string { return strings.ReplaceAll(label, "_", ":") }

// manifest is the ConfigMap and the Job, as JSON for kubectl create.
func (e *Engine) manifest(s podSpec, nonce string) ([]byte, error) {
	given, items, err := given(e, s)
	if err != nil {
		return nil, err
	}
	labels := e.labels(s)
	policy := maps.Clone(labels)
	policy["almatriage.network"] = "full"
	if s.network == reproduce.NetworkNone && len(s.steps) == 0 {
		policy["almatriage.network"] = "none" // else when its steps are done
	}
	meta := object{"name": s.name, "labels": labels}
	job := object{"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": object{
		"backoffLimit": 0, "completions": 1, "parallelism": 1, "ttlSecondsAfterFinished": 600,
		"activeDeadlineSeconds": seconds(e.cfg.Starting + s.preparing() + s.timeout + 2*time.Minute),
		"template":              object{"metadata": object{"labels": policy}, "spec": e.pod(s, nonce, items)},
	}}
	config := object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "immutable": true, "binaryData": given}
	return json.MarshalIndent(object{"apiVersion": "v1", "kind": "List", "items": []object{config, job}}, "", "  ")
}

// object is a part of a manifest.
type object map[string]any

func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// pod is the template's spec.
func (e *Engine) pod(s podSpec, nonce string, items []object) object {
	size := object{}
	if s.limits.Memory > 0 {
		size["memory"] = strconv.FormatInt(s.limits.Memory, 10)
	}
	if s.limits.CPUs > 0 {
		size["cpu"] = strconv.FormatInt(int64(s.limits.CPUs*1000), 10) + "m"
	}
	out := object{}
	if s.limits.Disk > 0 {
		size["ephemeral-storage"] = strconv.FormatInt(s.limits.Disk, 10)
		out["sizeLimit"] = strconv.FormatInt(s.limits.Disk, 10)
	}
	nodes := object{"kubernetes.io/os": "linux"}
	if s.place.arch != "" {
		nodes["kubernetes.io/arch"] = s.place.arch
	}
	pull := s.pull
	if pull == "" {
		pull = "IfNotPresent"
	}
	box := func(name string, command []string, mounts ...object) object {
		return object{"name": name, "image": s.place.image, "imagePullPolicy": pull, "command": command, "volumeMounts": mounts,
			"resources": object{"requests": size, "limits": size}, "securityContext": confined()}
	}
	return object{
		"restartPolicy": "Never", "automountServiceAccountToken": false, "enableServiceLinks": false, "hostname": "reproducer",
		"terminationGracePeriodSeconds": 1, "nodeSelector": nodes,
		"activeDeadlineSeconds": seconds(e.cfg.Starting + s.preparing() + s.timeout + time.Minute),
		"securityContext":       object{"seccompProfile": object{"type": "RuntimeDefault"}},
		"initContainers": []object{box("fill", []string{"/bin/bash", "-c", fill},
			object{"name": "given", "mountPath": "/almatriage/given", "readOnly": true}, object{"name": "job", "mountPath": "/almatriage/job"})},
		"containers": []object{box("test", []string{"/bin/bash", "/almatriage/job/pod.sh", nonce},
			object{"name": "job", "mountPath": "/almatriage/job", "readOnly": true}, object{"name": "out", "mountPath": "/almatriage/out"})},
		"volumes": []object{
			{"name": "given", "configMap": object{"name": s.name, "items": items}},
			{"name": "job", "emptyDir": object{"sizeLimit": strconv.Itoa(4 * maxJob)}},
			{"name": "out", "emptyDir": out},
		},
	}
}

// fill copies what the pod is given to where our scripts look for it: a volume
// of a ConfigMap is full of links, and has no empty folder.
const fill = "umask 077 && cp -r /almatriage/given/job/. /almatriage/job/ && mkdir -p /almatriage/job/files"

// confined is what a container may do: podman's own set of capabilities.
func confined() object {
	return object{"allowPrivilegeEscalation": false, "privileged": false, "capabilities": object{"drop": []string{"ALL"},
		"add": []string{"CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}}}
}

// given is the ConfigMap's data and where each piece of it goes in the pod.
func given(e *Engine, s podSpec) (data map[string][]byte, items []object, err error) {
	texts := map[string][]byte{"plan.sh": []byte(e.plan(s))}
	if texts["pod.sh"], err = scripts.ReadFile("scripts/pod.sh"); err != nil {
		return nil, nil, err
	}
	for _, one := range append([]step{s.final, {script: "lib"}}, s.steps...) {
		if one.script == "none" {
			continue
		}
		if texts[one.script+".sh"], err = inside.Script(one.script + ".sh"); err != nil {
			return nil, nil, err
		}
	}
	for name, text := range s.texts {
		texts[name] = []byte(text)
	}
	data = map[string][]byte{}
	size := 0
	add := func(path string, mode int, content []byte) {
		key := "f" + strconv.Itoa(len(items))
		data[key] = content
		items = append(items, object{"key": key, "path": path, "mode": mode})
		size += len(content)*4/3 + len(path) + 100
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		add("job/"+name, 0o600, texts[name])
	}
	for _, file := range s.files {
		mode := 0o600
		if file.Executable {
			mode = 0o700
		}
		add("job/files/"+file.Path, mode, file.Data)
	}
	if size > maxJob {
		return nil, nil, fmt.Errorf("the recipe and its files need %d KiB, and a cluster takes %d KiB with a Job; "+
			"make the files smaller, or run it with podman", size>>10, maxJob>>10)
	}
	return data, items, nil
}

// plan is what pod.sh does, as variables of bash.
func (e *Engine) plan(s podSpec) string {
	var text strings.Builder
	list := func(name string, words []string) {
		fmt.Fprintf(&text, "%s=(", name)
		for i, word := range words {
			if i > 0 {
				text.WriteByte(' ')
			}
			text.WriteString(reproduce.Quote(word))
		}
		text.WriteString(")\n")
	}
	var names []string
	for _, one := range s.steps {
		names = append(names, one.script)
		list(one.script+"_args", one.args)
	}
	list("steps", names)
	list("final_args", s.final.args)
	probe := e.cfg.Probe
	switch probe {
	case "":
		probe = "api"
	case "none":
		probe = ""
	}
	for _, one := range [][2]string{{"final", s.final.script}, {"packages", s.place.packages}, {"network", string(s.network)}, {"probe", probe}} {
		fmt.Fprintf(&text, "%s=%s\n", one[0], reproduce.Quote(one[1]))
	}
	return text.String()
}
