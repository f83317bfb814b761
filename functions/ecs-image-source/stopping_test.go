package ecsimagesource_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	ecsimagesource "github.com/ecsguard/ecsguard/functions/ecs-image-source"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// answers are what the APIs say, by action.
type answers map[string]string

func (a answers) Read(_ context.Context, call cloud.Call, out any) error {
	return json.Unmarshal([]byte(a[call.Action]), out)
}

func look(t *testing.T, instance, images string) []practice.Finding {
	t.Helper()
	p, now := ecsimagesource.Practice, time.Now()
	pass := practice.NewPass(p, practice.Resource{Type: p.Resource, ID: "i-1", Region: "cn-hangzhou"}, nil, now, answers{
		"DescribeInstances": `{"Instances": {"Instance": [` + strings.ReplaceAll(instance, "NOW", now.UTC().Format(time.RFC3339)) + `]}}`,
		"DescribeImages":    `{"Images": {"Image": [` + images + `]}}`,
	}, map[string][]string{"quarantine": {"stop"}})
	if err := p.Check(t.Context(), pass); err != nil {
		t.Fatal(err)
	}
	return pass.Findings()
}

// A stop takes a while: an instance that is being stopped is put right already.
func TestAnInstanceThatIsBeingStopped(t *testing.T) {
	image := `{"ImageId": "m-1", "ImageOwnerAlias": "others", "ImageOwnerId": 2, "Status": "Available", "IsPublic": false}`
	for status, want := range map[string]int{"Running": 1, "Stopping": 0, "Stopped": 0} {
		if found := look(t, `{"InstanceId": "i-1", "ImageId": "m-1", "CreationTime": "NOW", "Status": "`+status+`"}`, image); len(found) != want {
			t.Errorf("%s: %+v", status, found)
		}
	}
}

// Whoever shares an image may take it back after the launch: that makes a new instance of it no less bad.
func TestAnImageThatIsTakenBack(t *testing.T) {
	for made, want := range map[string]practice.Severity{"NOW": "", "2024-01-01T00:00Z": practice.Low} {
		if found := look(t, `{"InstanceId": "i-1", "ImageId": "m-1", "Status": "Running", "CreationTime": "`+made+`"}`, ""); len(found) != 1 || found[0].Severity != want {
			t.Errorf("%s: %+v", made, found)
		}
	}
}
