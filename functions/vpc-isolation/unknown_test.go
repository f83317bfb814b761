package vpcisolation_test

import (
	"strings"
	"testing"

	vpcisolation "github.com/ecsguard/ecsguard/functions/vpc-isolation"
	"github.com/ecsguard/ecsguard/test/scenario"
)

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
			findings, err := scenario.Answers{"DescribeInstances": c.instances, "DescribeVpcs": c.networks}.Look(t, vpcisolation.Practice, "i-1", nil, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || len(findings) > 0 {
				t.Errorf("%v, findings %v", err, findings)
			}
		})
	}
}
