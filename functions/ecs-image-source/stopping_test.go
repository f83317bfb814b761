package ecsimagesource_test

import (
	"strings"
	"testing"
	"time"

	ecsimagesource "github.com/ecsguard/ecsguard/functions/ecs-image-source"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

// look is what is found about an instance with quarantine: stop.
func look(t *testing.T, instance, images string) []practice.Finding {
	t.Helper()
	findings, err := scenario.Answers{
		"DescribeInstances": `{"Instances": {"Instance": [` + strings.ReplaceAll(instance, "NOW", time.Now().UTC().Format(time.RFC3339)) + `]}}`,
		"DescribeImages":    `{"Images": {"Image": [` + images + `]}}`,
	}.Look(t, ecsimagesource.Practice, "i-1", nil, map[string][]string{"quarantine": {"stop"}})
	if err != nil {
		t.Fatal(err)
	}
	return findings
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
