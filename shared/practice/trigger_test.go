package practice_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

func TestSetsOfTriggers(t *testing.T) {
	disk := practice.Trigger{Service: "Ecs", Type: resource.TypeDisk}
	attach, reset, create := disk, disk, disk
	attach.Name, attach.Resource = "AttachDisk", "params.DiskId|resources.ACS::ECS::Disk"
	reset.Name, reset.Resource = "ResetDisk", "params.DiskId|resources.ACS::ECS::Disk"
	create.Name, create.Resource, create.New = "CreateDisk", "response.DiskId|resources.ACS::ECS::Disk", true
	on := practice.On(resource.TypeDisk, "Ecs", "AttachDisk", "ResetDisk")
	if !slices.Equal(on, []practice.Trigger{attach, reset}) {
		t.Errorf("%+v", on)
	}
	if got := practice.Making(resource.TypeDisk, "Ecs", "CreateDisk"); !slices.Equal(got, []practice.Trigger{create}) {
		t.Errorf("%+v", got)
	}
	seen := practice.Witnessed("params.Size", on)
	if seen[0].Witness != "params.Size" || seen[1].Witness != "params.Size" || on[0].Witness != "" {
		t.Errorf("%+v of %+v", seen, on)
	}
	if got := practice.Triggers(on, seen); len(got) != 4 || got[3] != seen[1] {
		t.Errorf("%+v", got)
	}
}

// Of a type whose row does not say how calls name it, a set cannot be used unnoticed.
func TestASetOfATypeWithoutAParameterIsRefused(t *testing.T) {
	p := &practice.Practice{ID: "test", Triggers: practice.On("ACS::ZZ::None", "Zz", "PutNone")}
	if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "trigger Zz:PutNone") {
		t.Error(err)
	}
}

func TestSweepsOfOne(t *testing.T) {
	from := practice.Resource{Region: "cn-hangzhou", Account: "1"}
	for want, list := range map[practice.Resource]practice.Lister{
		{Type: resource.TypeAccount, ID: "1", Account: "1"}:                                 practice.TheAccount, // which is in no region
		{Type: resource.TypeRegion, ID: "cn-hangzhou", Region: "cn-hangzhou", Account: "1"}: practice.TheRegion,
	} {
		pass := practice.NewPass(&practice.Practice{ID: "test", Resource: want.Type}, from, &events.Event{}, time.Now(), nil, nil)
		if got, err := list(context.Background(), pass); err != nil || !slices.Equal(got, []practice.Resource{want}) {
			t.Errorf("%v, %v", got, err)
		}
	}
}
