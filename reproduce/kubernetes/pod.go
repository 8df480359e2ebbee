package kubernetes

import (
	"context"
	"fmt"
	"strings"

	"github.com/almatriage/almatriage/reproduce"
)

// pod is what the cluster tells of a pod.
type pod struct {
	Metadata struct {
		Name              string
		DeletionTimestamp string
	}
	Status struct {
		Phase, Reason, Message string
		Conditions             []struct{ Type, Status, Reason, Message string }
		InitContainerStatuses  []container
		ContainerStatuses      []container
	}
}

// container is what the cluster tells of one container of a pod.
type container struct {
	Name    string
	Image   string
	ImageID string
	State   struct {
		Waiting    *struct{ Reason, Message string }
		Running    *struct{ StartedAt string }
		Terminated *struct {
			ExitCode        int
			Reason, Message string
		}
	}
}

// list is kubectl's answer to get with a selector.
type list[T any] struct {
	Kind  string
	Items []T
}

// podOf asks for the pod of a Job, nil if there is none.
func (e *Engine) podOf(ctx context.Context, job string) (*pod, error) {
	var found list[pod]
	if err := e.get(ctx, &found, "pods", "--selector=almatriage.job="+job); err != nil {
		return nil, err
	}
	if len(found.Items) == 0 {
		return nil, nil
	}
	return &found.Items[0], nil
}

// test is the container of the test, nil before the pod has one.
func (p *pod) test() *container {
	for i := range p.Status.ContainerStatuses {
		if p.Status.ContainerStatuses[i].Name == "test" {
			return &p.Status.ContainerStatuses[i]
		}
	}
	return nil
}

// started tells that there is, or was, something to read the log of.
func (p *pod) started() bool {
	c := p.test()
	return c != nil && (c.State.Running != nil || c.State.Terminated != nil)
}

// finished tells that nothing of the pod runs any more.
func (p *pod) finished() bool {
	if p.Status.Phase == "Failed" || p.Status.Phase == "Succeeded" {
		return true
	}
	c := p.test()
	return c != nil && c.State.Terminated != nil
}

// away tells that the cluster lost sight of the pod's node.
func (p *pod) away() bool {
	if p.Status.Phase == "Unknown" || p.Status.Reason == "NodeLost" || p.Metadata.DeletionTimestamp != "" {
		return true
	}
	for _, c := range p.Status.Conditions {
		if c.Type == "Ready" && c.Status == "Unknown" || c.Type == "DisruptionTarget" && c.Status == "True" {
			return true
		}
	}
	return false
}

// blocked is why a pod that has not started never will, "" while it may. gone
// is set where its image is not to be had.
func (p *pod) blocked() (why string, gone bool) {
	for _, c := range append(p.Status.InitContainerStatuses, p.Status.ContainerStatuses...) {
		if ended := c.State.Terminated; ended != nil && c.Name == "fill" && ended.ExitCode != 0 {
			return strings.TrimSpace(fmt.Sprintf("the pod could not be filled: %s %s", ended.Reason, oneLine(ended.Message))), false
		}
		waiting := c.State.Waiting
		if waiting == nil {
			continue
		}
		switch waiting.Reason {
		case "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError":
			return waiting.Reason + ": " + c.pullFailure(), !passing(waiting.Message)
		case "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff":
			return waiting.Reason + ": " + oneLine(waiting.Message), false
		}
	}
	return "", false
}

// pullFailure is the cause in the runtime's words, which name the image again
// and again.
func (c *container) pullFailure() string {
	cause := c.State.Waiting.Message
	if _, after, ok := strings.Cut(cause, "ErrImagePull: "); ok {
		cause = after
	}
	if c.Image != "" {
		cause = strings.ReplaceAll(cause, c.Image, "it")
	}
	return oneLine(cause)
}

// passing tells the words for a registry that does not answer from those for
// one that has no such image.
func passing(message string) bool {
	low := strings.ToLower(message)
	for _, sign := range []string{"timeout", "timed out", "no such host", "connection refused", "connection reset", "toomanyrequests", "too many requests",
		"unreachable", "no route to host", "deadline exceeded", "server error", "bad gateway", "service unavailable", "tls", "x509", "eof"} {
		if strings.Contains(low, sign) {
			return true
		}
	}
	return false
}

// waits is what a pod that has not started waits for.
func (p *pod) waits() string {
	if p == nil {
		return "the cluster made no pod for the Job"
	}
	for _, c := range p.Status.Conditions {
		if c.Type == "PodScheduled" && c.Status == "False" {
			return "the cluster has no place for the pod: " + oneLine(c.Message)
		}
	}
	for _, c := range append(p.Status.InitContainerStatuses, p.Status.ContainerStatuses...) {
		if w := c.State.Waiting; w != nil && w.Reason != "" && w.Reason != "PodInitializing" {
			return strings.TrimSuffix("the pod did not start in time: "+w.Reason+": "+oneLine(w.Message), ": ")
		}
	}
	return "the pod did not start in time"
}

// end is how the cluster ended a pod that gave no verdict.
func (p *pod) end(began bool) (reproduce.End, string) {
	if p == nil {
		return reproduce.EndLost, "the cluster removed the pod"
	}
	message := oneLine(p.Status.Message)
	switch p.Status.Reason {
	case "Evicted":
		// Over its own limit, and not for a node that is full.
		for _, sign := range []string{"local ephemeral storage limit", "ephemeral local storage usage exceeds", "EmptyDir volume"} {
			if strings.Contains(message, sign) {
				return reproduce.EndDisk, message
			}
		}
		return reproduce.EndLost, "the node evicted the pod: " + message
	case "DeadlineExceeded":
		if began && !p.away() {
			return reproduce.EndTimeout, ""
		}
		return reproduce.EndEngine, "the pod's deadline passed before its test began"
	}
	if p.away() {
		return reproduce.EndLost, "the pod's node was lost or drained " + message
	}
	c := p.test()
	if c == nil || c.State.Terminated == nil {
		return reproduce.EndLost, strings.TrimSuffix("the pod was lost: "+strings.TrimSpace(p.Status.Reason+" "+message), ": ")
	}
	switch ended := c.State.Terminated; ended.Reason {
	case "OOMKilled":
		return reproduce.EndMemory, "the container was killed at its memory limit"
	case "StartError", "ContainerCannotRun", "RunContainerError":
		return reproduce.EndEngine, "the container could not be started: " + oneLine(ended.Message)
	default:
		return reproduce.EndLost, fmt.Sprintf("it left no verdict; its exit status is %d (%s)", ended.ExitCode, oneLine(ended.Reason))
	}
}

// oneLine is somebody else's text as one line for people.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	return strings.ToValidUTF8(text[:min(len(text), 300)], "")
}
