package resourcerequiredtags_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	resourcerequiredtags "github.com/ecsguard/ecsguard/functions/resource-required-tags"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// answers are those of a cloud, by the operation and the token of the page.
type answers map[string]string

func (a answers) Read(_ context.Context, call cloud.Call, out any) error {
	text, ok := a[call.Action+call.Params["NextToken"]]
	if !ok {
		return fmt.Errorf("nobody expects %s", call)
	}
	return json.Unmarshal([]byte(text), out)
}

var now = time.Date(2026, 2, 4, 1, 39, 30, 0, time.UTC)

// launch is a launch of i-1 so long ago.
func launch(ago time.Duration) *events.Event {
	return &events.Event{Kind: events.KindActionTrail, Service: "ecs", Name: "RunInstances", Time: now.Add(-ago), Region: "cn-hangzhou", Account: "1",
		Actor: events.Actor{Type: "ram-user", Name: "sato"}, Data: []byte(`{"responseElements": {"InstanceIdSets": {"InstanceIdSet": ["i-1"]}}}`)}
}

// Tags often come in a second call: of a launch that has just been, only who made it is missed.
func TestANewResourceIsGivenTimeForItsTags(t *testing.T) {
	cloud := answers{
		"DescribeInstances": `{"Instances": {"Instance": [{"InstanceId": "i-1", "CreationTime": "2026-02-04T01:39Z"}]}}`,
		"DescribeDisks":     `{"Disks": {"Disk": []}}`,
	}
	for ago, want := range map[time.Duration][]string{10 * time.Second: {"tag by"}, 2 * time.Minute: {"tag owner", "tag by"}} {
		pass := practice.NewPass(resourcerequiredtags.Practice, practice.Resource{Type: resource.TypeInstance, ID: "i-1", Region: "cn-hangzhou", Account: "1"}, launch(ago), now, cloud,
			map[string][]string{"required-tags": {"owner", "by"}, "creator-tag": {"by"}})
		if err := resourcerequiredtags.Practice.Judge(t.Context(), pass); err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, f := range pass.Findings() {
			keys = append(keys, f.Key)
		}
		if !slices.Equal(keys, want) || (pass.Lacks() == "") != (len(want) == 2) {
			t.Errorf("%s after the launch: %q, and %q is not to be seen yet", ago, keys, pass.Lacks())
		}
	}
}

// A tag that is put on a new resource, by its maker or by ecsguard, does not end the time that the others have.
func TestTheFirstTagOfANewResourceIsNotTheLast(t *testing.T) {
	cloud := answers{"DescribeInstances": `{"Instances": {"Instance": [{"InstanceId": "i-1", "CreationTime": "2026-02-04T01:38Z", "Tags": {"Tag": [{"TagKey": "by", "TagValue": "sato"}]}}]}}`}
	tagged := func(ago time.Duration) *events.Event {
		return &events.Event{Kind: events.KindActionTrail, Service: "ecs", Name: "TagResources", Time: now.Add(-ago), Region: "cn-hangzhou", Account: "1", Actor: events.Actor{Type: "assumed-role", Name: "ecsguard"}}
	}
	for ago, want := range map[time.Duration]int{10 * time.Second: 0, 91 * time.Second: 1} {
		pass := practice.NewPass(resourcerequiredtags.Practice, practice.Resource{Type: resource.TypeInstance, ID: "i-1", Region: "cn-hangzhou", Account: "1"}, tagged(ago), now, cloud,
			map[string][]string{"required-tags": {"owner", "by"}, "creator-tag": {"by"}})
		if err := resourcerequiredtags.Practice.Judge(t.Context(), pass); err != nil {
			t.Fatal(err)
		}
		if len(pass.Findings()) != want || (pass.Lacks() == "") != (want == 1) {
			t.Errorf("%s after the tag: %v, and %q is not to be seen yet", ago, pass.Findings(), pass.Lacks())
		}
	}
}

// A sweep reads every page, and one type that cannot be read does not hide the others.
func TestAllPagesAreListed(t *testing.T) {
	cloud := answers{
		"DescribeInstances":     `{"NextToken": "more", "Instances": {"Instance": [{"InstanceId": "i-1"}, {"InstanceId": "i-2", "Tags": {"Tag": [{"TagKey": "owner", "TagValue": "a"}]}}]}}`,
		"DescribeInstancesmore": `{"NextToken": "", "Instances": {"Instance": [{"InstanceId": "i-3"}]}}`,
	}
	pass := practice.NewPass(resourcerequiredtags.Practice, practice.Resource{Type: resource.TypeInstance, Region: "cn-hangzhou", Account: "1"}, &events.Event{}, now, cloud,
		map[string][]string{"required-tags": {"owner"}, "types": {resource.TypeInstance, resource.TypeVPC}})
	found, err := resourcerequiredtags.Practice.List(t.Context(), pass)
	if err == nil || len(found) != 2 || found[0].ID != "i-1" || found[1].ID != "i-3" {
		t.Errorf("%v, %v", found, err)
	}
}
