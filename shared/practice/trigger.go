package practice

import (
	"slices"

	"github.com/ecsguard/ecsguard/shared/resource"
)

// Triggers puts sets of triggers together, and changes none of them.
func Triggers(sets ...[]Trigger) []Trigger { return slices.Concat(sets...) }

// On are calls of a service that act on a resource, which they name in the parameter that
// its row says. Older events have the id beside the parameters.
func On(resourceType, service string, names ...string) (set []Trigger) {
	return naming("params.", Trigger{Service: service, Type: resourceType}, names)
}

// Making are calls of a service whose answer names the resource that they make.
func Making(resourceType, service string, names ...string) (set []Trigger) {
	return naming("response.", Trigger{Service: service, Type: resourceType, New: true}, names)
}

func naming(where string, like Trigger, names []string) (set []Trigger) {
	like.Resource = where + resource.KindOf(like.Type).Param + "|resources." + like.Type
	for _, name := range names {
		like.Name = name
		set = append(set, like)
	}
	return set
}

// Launched are the calls that make instances: as many as wanted, and one.
var Launched = append([]Trigger{
	{Service: "Ecs", Name: "RunInstances", Type: resource.TypeInstance, Resource: "response.InstanceIdSets.InstanceIdSet|resources." + resource.TypeInstance, New: true},
}, Making(resource.TypeInstance, "Ecs", "CreateInstance")...)

// Templates are the calls that make launch templates, add a version to one, or choose the version that a launch
// takes by itself. They may name the template by its name, and then the answer has its id.
var Templates = slices.Concat(Making(resource.TypeLaunchTemplate, "Ecs", "CreateLaunchTemplate"), []Trigger{
	{Service: "Ecs", Name: "CreateLaunchTemplateVersion", Type: resource.TypeLaunchTemplate, New: true,
		Resource: "params.LaunchTemplateId|response.LaunchTemplateId|resources." + resource.TypeLaunchTemplate},
	{Service: "Ecs", Name: "ModifyLaunchTemplateDefaultVersion", Type: resource.TypeLaunchTemplate, New: true,
		Resource: "params.LaunchTemplateId|response.LaunchTemplateId|resources." + resource.TypeLaunchTemplate},
})

// Tagged is that tags are put on something of a service, of whatever type it is: the check
// has to see whether it is one of the practice's.
func Tagged(resourceType, service string) []Trigger {
	return []Trigger{{Service: service, Name: "TagResources", Type: resourceType, Resource: "params.ResourceId.*"}}
}

// Untagged is likewise that they are taken off.
func Untagged(resourceType, service string) []Trigger {
	return []Trigger{{Service: service, Name: untag, Type: resourceType, Resource: "params.ResourceId.*"}}
}

// Configured is that Cloud Config reports a change of a resource, whoever made it.
func Configured(resourceType string) []Trigger {
	return []Trigger{{Service: "Config", Name: resourceType, Type: resourceType, Resource: "resource"}}
}

// Witnessed is a set with a Witness: where its events have the value that the state shows
// once it shows what they did.
func Witnessed(where string, set []Trigger) []Trigger {
	set = slices.Clone(set)
	for i := range set {
		set[i].Witness = where
	}
	return set
}
