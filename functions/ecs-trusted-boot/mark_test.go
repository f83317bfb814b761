package ecstrustedboot_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ecstrustedboot "github.com/ecsguard/ecsguard/functions/ecs-trusted-boot"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// unmarked answers every read with an instance that needs to boot trusted, and has no mark of the cloud.
type unmarked struct{}

func (unmarked) Read(_ context.Context, _ cloud.Call, out any) error {
	return json.Unmarshal([]byte(`{"Instances":{"Instance":[{"InstanceId":"i-pay","Status":"Running","Tags":{"Tag":[{"TagKey":"security","TagValue":"high"}]}}]}}`), out)
}

// The launch asked for a vTPM, and the cloud has not marked the instance yet: it is neither called good nor told of
// before the event is old.
func TestALaunchThatAskedForIt(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for age, early := range map[time.Duration]bool{10 * time.Second: true, time.Hour: false} {
		e := &events.Event{Kind: events.KindActionTrail, Service: "ecs", Name: "RunInstances", Time: now.Add(-age),
			Params: map[string]string{"SecurityOptions.TrustedSystemMode": "vTPM"}}
		pass := practice.NewPass(ecstrustedboot.Practice, practice.Resource{Type: resource.TypeInstance, ID: "i-pay", Region: "cn-hangzhou"}, e, now, unmarked{}, nil)
		err := ecstrustedboot.Practice.Judge(t.Context(), pass)
		if errors.Is(err, practice.ErrNotYet) != early || !early && (err != nil || len(pass.Findings()) != 1) {
			t.Errorf("after %v: %v, %d findings", age, err, len(pass.Findings()))
		}
	}
}
