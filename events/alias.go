package events

import "strings"

// An Act is an operation of a service. The service is in lower case.
type Act struct{ Service, Name string }

// An alias says that a call does what others do that practices ask for.
type alias struct {
	acts   []Act
	later  bool              // what it makes may be made later, and then has events of its own
	places map[string]string // where the others have something, or how that begins: where this call has it
}

// aliases are one act's other names. An operation belongs here if it changes the same
// things in the same way, so that who asks for the one has to hear of the other.
var aliases = func() map[Act]alias {
	all := map[Act]alias{
		// Several disks at once. The console makes them by these; the API's pages have no
		// CreateDisks and no CloneDisks.
		{"ecs", "CreateDisks"}: {acts: []Act{{"ecs", "CreateDisk"}}},
		{"ecs", "CloneDisks"}:  {acts: []Act{{"ecs", "CreateDisk"}}},
		// A launch by a group (ECS API 2014-05-26, CreateAutoProvisioningGroup). One of the
		// type instant answers with the instances; those of the others come later.
		{"ecs", "CreateAutoProvisioningGroup"}: {acts: []Act{{"ecs", "RunInstances"}}, later: true, places: map[string]string{
			"params.":                               "params.LaunchConfiguration.",
			"response.InstanceIdSets.InstanceIdSet": "response.LaunchResults.LaunchResult.InstanceIds.InstanceId",
		}},
		// The operation before TagResources, for one resource (ECS API 2014-05-26, deprecated).
		{"ecs", "AddTags"}: {acts: []Act{{"ecs", "TagResources"}}, places: map[string]string{"params.ResourceId.*": "params.ResourceId"}},
		{"ecs", "RemoveTags"}: {acts: []Act{{"ecs", "UntagResources"}}, places: map[string]string{
			"params.ResourceId.*": "params.ResourceId", "params.TagKey.*": "params.Tag.*.Key",
		}},
		// Tags of any product by its ARN (Tag API 2018-08-28, TagResources, UntagResources).
		{"tag", "TagResources"}:   {acts: []Act{{"ecs", "TagResources"}, {"vpc", "TagResources"}, {"slb", "TagResources"}, {"alb", "TagResources"}, {"nlb", "TagResources"}}, places: map[string]string{"params.ResourceId.*": "params.ResourceARN.*"}},
		{"tag", "UntagResources"}: {acts: []Act{{"ecs", "UntagResources"}, {"vpc", "UnTagResources"}, {"slb", "UntagResources"}, {"alb", "UnTagResources"}, {"nlb", "UntagResources"}}, places: map[string]string{"params.ResourceId.*": "params.ResourceARN.*"}},
		// How these products write it (VPC API 2016-04-28, ALB API 2020-06-16).
		{"vpc", "UnTagResources"}: {acts: []Act{{"vpc", "UntagResources"}}},
		{"alb", "UnTagResources"}: {acts: []Act{{"alb", "UntagResources"}}},
		// Purchase pages are not built on the API, and record what they do as Create (ActionTrail,
		// "ConsoleOperation"). Which thing was made stands in referencedResources only.
		{"alb", "Create"}: {acts: []Act{{"alb", "CreateLoadBalancer"}}},
		{"slb", "Create"}: {acts: []Act{{"slb", "CreateLoadBalancer"}}},
		{"nlb", "Create"}: {acts: []Act{{"nlb", "CreateLoadBalancer"}}},
	}
	// ECS API 2014-05-26: operations of the VPC from before it had an API of its own. They
	// still work, and are recorded under the service that was called.
	for _, name := range []string{
		"AllocateEipAddress", "AssociateEipAddress", "AssociateHaVip", "CreateForwardEntry", "CreateHaVip", "CreateNatGateway", "CreateRouteEntry",
		"CreateVSwitch", "CreateVpc", "DeleteForwardEntry", "DeleteHaVip", "DeleteNatGateway", "DeleteRouteEntry", "DeleteVSwitch", "DeleteVpc",
		"ModifyEipAddressAttribute", "ModifyForwardEntry", "ModifyHaVipAttribute", "ModifyVRouterAttribute", "ModifyVSwitchAttribute",
		"ModifyVpcAttribute", "ReleaseEipAddress", "UnassociateEipAddress", "UnassociateHaVip",
	} {
		all[Act{"ecs", name}] = alias{acts: []Act{{"vpc", name}}}
	}
	return all
}()

// Others are the acts that the event's call is as well. The event keeps the name by which
// it was called: that is what somebody did.
func (e *Event) Others() []Act { return aliases[Act{e.Service, e.Name}].acts }

// Later tells whether the call need not have made anything yet.
func (e *Event) Later() bool { return aliases[Act{e.Service, e.Name}].later }

// Is tells whether the event's call is an act, by whatever name.
func (e *Event) Is(service, name string) bool {
	if e.Name == name && strings.EqualFold(e.Service, service) {
		return true
	}
	for _, other := range e.Others() {
		if other.Name == name && strings.EqualFold(other.Service, service) {
			return true
		}
	}
	return false
}

// elsewhere finds what stands in another place under the name that the call has.
func (e *Event) elsewhere(path string) (found []string) {
	for there, here := range aliases[Act{e.Service, e.Name}].places {
		if rest, ok := strings.CutPrefix(path, there); ok {
			for _, id := range e.find(here + rest) {
				if strings.HasPrefix(id, "arn:") {
					id = id[strings.LastIndexByte(id, '/')+1:]
				}
				found = append(found, id)
			}
		}
	}
	return found
}
