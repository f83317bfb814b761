package resource

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A SecurityAgent is what Security Center knows of a machine: ClientStatus is online, or its agent does not answer.
type SecurityAgent struct{ InstanceID, UUID, ClientStatus string }

// SecurityAgents reads what Security Center knows of an instance. There is none where it does not know it yet.
func SecurityAgents(ctx context.Context, r cloud.Reader, region, instance string) (found []SecurityAgent, err error) {
	criteria, err := json.Marshal([]map[string]string{{"name": "instanceId", "value": instance}})
	if err != nil {
		return nil, err
	}
	var answer struct{ Instances []SecurityAgent }
	call := cloud.New("sas", "DescribeCloudCenterInstances", region, "MachineTypes", "ecs", "Criteria", string(criteria), "CurrentPage", "1", "PageSize", "20")
	if err := r.Read(ctx, call, &answer); err != nil {
		return nil, err
	}
	if answer.Instances == nil {
		return nil, fmt.Errorf("%s: the answer has no list", call.RAM())
	}
	for _, a := range answer.Instances {
		if a.InstanceID != instance { // the criterion may be a part of the id
			continue
		}
		if a.UUID == "" || a.ClientStatus == "" {
			return nil, fmt.Errorf("%s: the answer does not say the status of %s", call.RAM(), instance)
		}
		found = append(found, a)
	}
	return found, nil
}
