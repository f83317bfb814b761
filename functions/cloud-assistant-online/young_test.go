package cloudassistantonline_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	cloudassistantonline "github.com/ecsguard/ecsguard/functions/cloud-assistant-online"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// started answers for an instance that started some time ago, and on which no agent has reported yet.
type started time.Duration

func (s started) Read(_ context.Context, call cloud.Call, out any) error {
	answer := `{"InstanceCloudAssistantStatusSet":{"InstanceCloudAssistantStatus":[{"InstanceId":"i-web","CloudAssistantStatus":"false"}]}}`
	if call.Action == "DescribeInstances" {
		answer = fmt.Sprintf(`{"Instances":{"Instance":[{"InstanceId":"i-web","Status":"Running","StartTime":%q}]}}`, time.Now().Add(-time.Duration(s)).UTC().Format("2006-01-02T15:04Z"))
	}
	return cloud.Decode(call, []byte(answer), out)
}

// One that has just started is neither good nor bad: it is looked for again until it has had the time.
func TestAYoungInstanceIsLookedAtAgain(t *testing.T) {
	for age, young := range map[started]bool{started(3 * time.Minute): true, started(20 * time.Minute): false} {
		r := practice.Resource{Type: resource.TypeInstance, ID: "i-web", Region: "cn-hangzhou", Account: "1"}
		pass := practice.NewPass(cloudassistantonline.Practice, r, nil, time.Now(), age, nil)
		if err := cloudassistantonline.Practice.Judge(t.Context(), pass); err != nil || (pass.Lacks() != "") != young || (len(pass.Findings()) == 0) != young {
			t.Errorf("%s after its start: %v, found %v, waits for %q", time.Duration(age), err, pass.Findings(), pass.Lacks())
		}
	}
}
