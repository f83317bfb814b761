package vpcisolation_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	vpcisolation "github.com/ecsguard/ecsguard/functions/vpc-isolation"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// answers are what the API says, by action.
type answers map[string]string

func (a answers) Read(_ context.Context, call cloud.Call, out any) error {
	return json.Unmarshal([]byte(a[call.Action]), out)
}

// What the settings or the answers do not say clearly is an error, never a finding.
func TestUnknownIsNotBad(t *testing.T) {
	instance := func(fields string) string {
		return `{"Instances":{"Instance":[{"InstanceId":"i-1",` + fields + `"Tags":{"Tag":[{"TagKey":"level","TagValue":"low"}]}}]}}`
	}
	for name, c := range map[string]struct {
		instances, networks string
		want                string
	}{
		"no list":         {instances: `{"NextToken":""}`, want: "no list"},
		"no kind":         {instances: instance(`"VpcAttributes":{"VpcId":"vpc-1"},`), networks: `{"Vpcs":{"Vpc":[]}}`, want: "which network"},
		"no VPC":          {instances: instance(`"InstanceNetworkType":"vpc",`), want: "which network"},
		"no list of VPCs": {instances: instance(`"InstanceNetworkType":"vpc","VpcAttributes":{"VpcId":"vpc-1"},`), networks: `{}`, want: "no list"},
	} {
		t.Run(name, func(t *testing.T) {
			p := vpcisolation.Practice
			r := practice.Resource{Type: p.Resource, ID: "i-1", Region: "cn-hangzhou"}
			pass := practice.NewPass(p, r, nil, time.Now(), answers{"DescribeInstances": c.instances, "DescribeVpcs": c.networks}, nil)
			err := p.Check(t.Context(), pass)
			if err == nil || !strings.Contains(err.Error(), c.want) || len(pass.Findings()) > 0 {
				t.Errorf("%v, findings %v", err, pass.Findings())
			}
		})
	}
}
