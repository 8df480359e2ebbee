package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
)

// policyName is the NetworkPolicy's.
const policyName = "almatriage-network-none"

// policy denies everything to pods that are to have no network. That it is
// obeyed is the business of the cluster's network plugin, and each pod asks.
func policy() object {
	return object{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
		"metadata": object{"name": policyName, "labels": object{"almatriage.policy": "1"}},
		"spec": object{"podSelector": object{"matchLabels": object{"almatriage.network": "none"}},
			"policyTypes": []string{"Ingress", "Egress"}}}
}

// applyPolicy sees to it, once a process, that the policy is in the namespace.
// Who may not make one can have it made by who may.
func (e *Engine) applyPolicy(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sealed {
		return nil
	}
	manifest, err := json.Marshal(policy())
	if err != nil {
		return fmt.Errorf("write the network policy: %w", err)
	}
	answer, err := e.call(ctx, manifest, "apply", "--filename=-")
	if err != nil {
		return err
	}
	if answer.status != 0 {
		there, err := e.call(ctx, nil, "get", "networkpolicy", policyName, "--output=name")
		if err != nil {
			return err
		}
		if there.status != 0 {
			return e.refused(answer, "make the network policy "+policyName)
		}
	}
	e.sealed = true
	return nil
}
