package kubernetes

import (
	"context"
	"strings"
	"time"

	"github.com/almatriage/almatriage/reproduce"
	"github.com/almatriage/almatriage/reproduce/inside"
	"github.com/almatriage/almatriage/tracker"
)

// conclude reads what there is to know after the end.
func (r *running) conclude(ctx context.Context) (ended, error) {
	result := ended{left: r.log.left, whole: r.log.whole(), begun: r.begun, gone: r.gone, words: strings.Join(r.log.words, "\n")}
	result.End, result.Detail = r.reason, r.detail
	result.Step = r.log.step
	if !r.begun.IsZero() {
		result.duration = time.Since(r.begun)
	}
	if r.reason == reproduce.EndInterrupted {
		return result, ctx.Err()
	}
	if r.failed != nil && r.reason == "" {
		return result, r.failed
	}
	if err := r.look(ctx, &result); err != nil {
		return result, err
	}
	if r.log.over() {
		return r.read(result), nil
	}
	r.explain(&result)
	return result, nil
}

// look asks once more for the pod: what is known of it is from its beginning.
func (r *running) look(ctx context.Context, result *ended) error {
	if r.pod == nil {
		return nil
	}
	pod, err := r.engine.podOf(context.WithoutCancel(ctx), r.spec.name)
	if err != nil {
		return err
	}
	// A pod that ended is told of a moment after its log.
	for tries := 0; pod != nil && r.reason == "" && !pod.finished() && !pod.away() && !r.log.over() && tries < 10; tries++ {
		if err := tracker.Sleep(ctx, r.engine.cfg.Poll); err != nil {
			return err
		}
		if pod, err = r.engine.podOf(ctx, r.spec.name); err != nil {
			return err
		}
	}
	r.pod = pod
	if pod != nil && pod.test() != nil {
		result.imageID = pod.test().ImageID
	}
	return nil
}

// read takes what the pod said at its end, which is the truth if all is there.
func (r *running) read(result ended) ended {
	if result.left.duration > 0 {
		result.duration = result.left.duration
	}
	v, err := inside.ParseVerdict(result.left.verdict, r.log.nonce)
	switch {
	case !result.whole:
		result.End, result.Detail = reproduce.EndLost, "the cluster lost a part of the log"
	case result.left.open:
		result.End, result.Detail = reproduce.EndEngine, "the cluster does not keep the pod from the network, though the recipe's test is to have none; "+
			"its network plugin must enforce network policies (docs/kubernetes.md)"
	case result.left.changed:
		result.End, result.Detail = reproduce.EndEngine, "the repositories changed: the pod got other packages than those of the fingerprint"
	case err != nil:
		result.End, result.Detail = reproduce.EndLost, err.Error()
	default:
		result.End, result.Verdict, result.Detail = reproduce.EndExited, v, ""
		result.Step = inside.KnownStep(string(v.Step), result.Step)
		if result.duration > r.spec.timeout+slack || r.reason == reproduce.EndTimeout {
			// It outlasted its limit and only then came to its end.
			result.End = reproduce.EndTimeout
		}
	}
	return result
}

// explain finds out why there is no end of the log. It is never "not reproduced".
func (r *running) explain(result *ended) {
	switch {
	case r.reason == reproduce.EndTimeout && r.pod != nil && !r.pod.away() && !r.pod.finished():
		// A test that hangs, on a node that lives.
	case r.reason != "" && r.reason != reproduce.EndTimeout:
	default:
		result.End, result.Detail = r.pod.end(!r.begun.IsZero())
		if result.End == reproduce.EndLost && len(r.log.words) > 0 {
			result.Detail += ": " + oneLine(r.log.words[len(r.log.words)-1])
		}
	}
}
