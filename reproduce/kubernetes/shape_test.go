package kubernetes_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The parts of the cluster's API that a manifest may use, written down from its
// reference and not from what the engine makes. Unknown fields are errors.
type (
	meta struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	}
	configShape struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Metadata   meta              `json:"metadata"`
		Immutable  *bool             `json:"immutable"`
		BinaryData map[string][]byte `json:"binaryData"`
	}
	jobShape struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   meta   `json:"metadata"`
		Spec       struct {
			BackoffLimit            *int32 `json:"backoffLimit"`
			Completions             *int32 `json:"completions"`
			Parallelism             *int32 `json:"parallelism"`
			TTLSecondsAfterFinished *int32 `json:"ttlSecondsAfterFinished"`
			ActiveDeadlineSeconds   *int64 `json:"activeDeadlineSeconds"`
			Template                struct {
				Metadata struct {
					Labels map[string]string `json:"labels"`
				} `json:"metadata"`
				Spec podShape `json:"spec"`
			} `json:"template"`
		} `json:"spec"`
	}
	podShape struct {
		RestartPolicy                 string            `json:"restartPolicy"`
		AutomountServiceAccountToken  *bool             `json:"automountServiceAccountToken"`
		EnableServiceLinks            *bool             `json:"enableServiceLinks"`
		Hostname                      string            `json:"hostname"`
		TerminationGracePeriodSeconds *int64            `json:"terminationGracePeriodSeconds"`
		ActiveDeadlineSeconds         *int64            `json:"activeDeadlineSeconds"`
		NodeSelector                  map[string]string `json:"nodeSelector"`
		SecurityContext               struct {
			SeccompProfile struct {
				Type string `json:"type"`
			} `json:"seccompProfile"`
		} `json:"securityContext"`
		InitContainers []boxShape    `json:"initContainers"`
		Containers     []boxShape    `json:"containers"`
		Volumes        []volumeShape `json:"volumes"`
	}
	boxShape struct {
		Name            string   `json:"name"`
		Image           string   `json:"image"`
		ImagePullPolicy string   `json:"imagePullPolicy"`
		Command         []string `json:"command"`
		VolumeMounts    []struct {
			Name      string `json:"name"`
			MountPath string `json:"mountPath"`
			ReadOnly  bool   `json:"readOnly"`
		} `json:"volumeMounts"`
		Resources struct {
			Requests map[string]string `json:"requests"`
			Limits   map[string]string `json:"limits"`
		} `json:"resources"`
		SecurityContext struct {
			AllowPrivilegeEscalation *bool `json:"allowPrivilegeEscalation"`
			Privileged               *bool `json:"privileged"`
			Capabilities             struct {
				Drop []string `json:"drop"`
				Add  []string `json:"add"`
			} `json:"capabilities"`
		} `json:"securityContext"`
	}
	volumeShape struct {
		Name      string `json:"name"`
		ConfigMap *struct {
			Name  string `json:"name"`
			Items []struct {
				Key  string `json:"key"`
				Path string `json:"path"`
				Mode int32  `json:"mode"`
			} `json:"items"`
		} `json:"configMap"`
		EmptyDir *struct {
			SizeLimit string `json:"sizeLimit"`
		} `json:"emptyDir"`
	}
)

// strict decodes JSON that may have no unknown field.
func strict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

var (
	nameOK  = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	labelOK = regexp.MustCompile(`^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$`)
	keyOK   = regexp.MustCompile(`^[-._a-zA-Z0-9]+$`)
)

// readManifest reads what is given to kubectl create, with a cluster's rules.
func readManifest(data []byte) (config configShape, job jobShape, err error) {
	var list struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Items      []json.RawMessage `json:"items"`
	}
	if err := strict(data, &list); err != nil {
		return config, job, err
	}
	if list.Kind != "List" || len(list.Items) != 2 || len(data) > 1<<20 {
		return config, job, fmt.Errorf("a %s of %d objects with %d bytes", list.Kind, len(list.Items), len(data))
	}
	err = errors.Join(strict(list.Items[0], &config), strict(list.Items[1], &job), checkMeta(config.Metadata), checkMeta(job.Metadata))
	if config.Kind != "ConfigMap" || config.APIVersion != "v1" || job.Kind != "Job" || job.APIVersion != "batch/v1" {
		err = errors.Join(err, errors.New("not a ConfigMap and a Job"))
	}
	return config, job, errors.Join(err, checkPod(job, config))
}

func checkMeta(m meta) error {
	if !nameOK.MatchString(m.Name) {
		return fmt.Errorf("metadata.name: Invalid value: %q", m.Name)
	}
	for key, value := range m.Labels {
		if !labelOK.MatchString(key) || !labelOK.MatchString(value) {
			return fmt.Errorf("metadata.labels: Invalid value: %q: %q", key, value)
		}
	}
	return nil
}

// checkPod is what must be so for a stranger's program to run in a cluster.
func checkPod(job jobShape, config configShape) error {
	spec := job.Spec.Template.Spec
	yes := func(b *bool) bool { return b != nil && *b }
	no := func(b *bool) bool { return b != nil && !*b }
	rules := map[string]bool{
		"restartPolicy":                spec.RestartPolicy == "Never" && *job.Spec.BackoffLimit == 0,
		"automountServiceAccountToken": no(spec.AutomountServiceAccountToken) && no(spec.EnableServiceLinks),
		"activeDeadlineSeconds":        *job.Spec.ActiveDeadlineSeconds > *spec.ActiveDeadlineSeconds && *spec.ActiveDeadlineSeconds > 0,
		"ttlSecondsAfterFinished":      *job.Spec.TTLSecondsAfterFinished > 0,
		"seccompProfile":               spec.SecurityContext.SeccompProfile.Type == "RuntimeDefault",
		"immutable":                    yes(config.Immutable),
		"network label":                slices.Contains([]string{"none", "full"}, job.Spec.Template.Metadata.Labels["almatriage.network"]),
		"one container":                len(spec.Containers) == 1 && len(spec.InitContainers) == 1,
		"one ConfigMap":                spec.Volumes[0].ConfigMap != nil && spec.Volumes[0].ConfigMap.Name == config.Metadata.Name,
	}
	baseline := []string{"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
		"SETPCAP", "SETUID", "SYS_CHROOT"}
	for _, box := range append(spec.Containers, spec.InitContainers...) {
		context := box.SecurityContext
		rules["privileges of "+box.Name] = no(context.Privileged) && no(context.AllowPrivilegeEscalation)
		rules["capabilities of "+box.Name] = slices.Equal(context.Capabilities.Drop, []string{"ALL"}) &&
			!slices.ContainsFunc(context.Capabilities.Add, func(c string) bool { return !slices.Contains(baseline, c) })
		rules["resources of "+box.Name] = fmt.Sprint(box.Resources.Requests) == fmt.Sprint(box.Resources.Limits) && box.Resources.Limits["memory"] != ""
		for _, amount := range box.Resources.Limits {
			if _, err := strconv.Atoi(strings.TrimSuffix(amount, "m")); err != nil {
				rules["quantity "+amount] = false
			}
		}
	}
	used := map[string]bool{}
	for _, item := range spec.Volumes[0].ConfigMap.Items {
		_, known := config.BinaryData[item.Key]
		rules["item "+item.Key+" "+item.Path] = known && keyOK.MatchString(item.Key) && !used[item.Path] && !path.IsAbs(item.Path) &&
			!slices.Contains(strings.Split(item.Path, "/"), "..") && item.Mode >= 0 && item.Mode <= 0o777
		used[item.Path] = true
	}
	for rule, kept := range rules {
		if !kept {
			return fmt.Errorf("Job in version \"v1\" cannot be handled: %s", rule)
		}
	}
	return nil
}
