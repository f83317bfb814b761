package resourcemanager

import (
	"fmt"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// resourceGroup is a group of resources beside the default one, which every account has.
// Which resources are in one is not kept: answers of all products have an empty ResourceGroupId.
type resourceGroup struct {
	kernel.Resource `yaml:",inline" dump:"no description, no region"`
	DisplayName     string `yaml:"display-name,omitempty"` // default the name
}

const groupKind = "ACS::ResourceManager::ResourceGroup"

var groupRows = kernel.Kind{Key: "resource-groups", Prefix: "rg", Type: groupKind}

func (g *resourceGroup) Defaults(*Service) {
	if g.DisplayName == "" {
		g.DisplayName = g.Name
	}
}

func (g *resourceGroup) Check(s *Service) error {
	if g.ID == s.ResourceGroup() {
		return fmt.Errorf("%q is the default resource group, which is there already", g.ID)
	}
	return nil
}

var groupActions = []action{
	{
		Name: "ListResourceGroups", Do: listResourceGroups,
		Params: `Status=Creating|OK|PendingDelete Name DisplayName ResourceGroupId ResourceGroupIds:Array IncludeTags:Boolean Tag:Array(Key Value)` + numberedPage,
	},
	{Name: "GetResourceGroup", Do: getResourceGroup, Params: "ResourceGroupId! IncludeTags:Boolean"},
	{Name: "CreateResourceGroup", Write: true, Do: createResourceGroup, Params: "Name! DisplayName! Tag:Array(Key Value)"},
	{Name: "UpdateResourceGroup", Write: true, Do: updateResourceGroup, Params: "ResourceGroupId! NewDisplayName!"},
	{Name: "DeleteResourceGroup", Write: true, Do: deleteResourceGroup, Params: "ResourceGroupId!"},
}

// groups are the default resource group and the others.
// The default one is made for each call: it never changes.
func (c *Service) groups() []*resourceGroup {
	first := &resourceGroup{Resource: kernel.Resource{ID: c.ResourceGroup(), Name: "default"}, DisplayName: "default resource group"}
	return append([]*resourceGroup{first}, c.ResourceGroups...)
}

// The default group's time is as old as the feature.
func (q *request) groupView(g *resourceGroup) map[string]any {
	created := "2020-01-01T00:00:00+08:00"
	if !g.Created.IsZero() {
		created = kernel.Stamp(g.Created)
	}
	view := map[string]any{
		"Id": g.ID, "Name": g.Name, "DisplayName": g.DisplayName, "AccountId": q.c.Account, "Status": "OK", "CreateDate": created,
		"RegionStatuses": map[string]any{"RegionStatus": []any{map[string]any{"RegionId": q.c.Region, "Status": "OK"}}},
	}
	if q.Is("IncludeTags") {
		view["Tags"] = map[string]any{"Tag": kernel.TagViews(g.Tags, "TagKey", "TagValue")}
	}
	return view
}

// All groups are OK: none is on its way.
func listResourceGroups(q *request) (any, error) {
	var kept []*resourceGroup
	for _, g := range q.c.groups() {
		if q.Matches("ResourceGroupId", g.ID) && q.Matches("Name", g.Name) && q.Matches("DisplayName", g.DisplayName) && q.Matches("Status", "OK") &&
			q.ChosenBy("ResourceGroupIds", g.ID) && g.HasTags(q.Request) {
			kept = append(kept, g)
		}
	}
	return kernel.Numbered(q.Request, kept, 10, "ResourceGroups", "ResourceGroup", q.groupView)
}

// group finds the resource group of a call.
func (q *request) group() (*resourceGroup, error) {
	for _, g := range q.c.groups() {
		if g.ID == q.Str("ResourceGroupId") {
			q.Touch(groupKind, g.ID)
			return g, nil
		}
	}
	return nil, kernel.Refuse(404, "EntityNotExists.ResourceGroup", "The resource group does not exist: %s.", q.Str("ResourceGroupId"))
}

func getResourceGroup(q *request) (any, error) {
	g, err := q.group()
	if err != nil {
		return nil, err
	}
	return map[string]any{"ResourceGroup": q.groupView(g)}, nil
}

// Its name cannot be changed later.
func createResourceGroup(q *request) (any, error) {
	for _, g := range q.c.groups() {
		if g.Name == q.Str("Name") {
			return nil, kernel.Refuse(409, "EntityAlreadyExists.ResourceGroup", "The resource group already exists: %s.", g.Name)
		}
	}
	g := &resourceGroup{Resource: q.NewResource("rg", q.Str("Name")), DisplayName: q.Str("DisplayName")}
	q.c.ResourceGroups = append(q.c.ResourceGroups, g)
	q.Touch(groupKind, g.ID)
	return map[string]any{"ResourceGroup": q.groupView(g)}, nil
}

// Only what people see can be changed.
func updateResourceGroup(q *request) (any, error) {
	g, err := q.group()
	switch {
	case err != nil:
		return nil, err
	case g.ID == q.c.ResourceGroup():
		return nil, kernel.Refuse(403, "NoPermission", "The default resource group cannot be changed.")
	}
	g.DisplayName = q.Str("NewDisplayName")
	return map[string]any{"ResourceGroup": q.groupView(g)}, nil
}

// deleteResourceGroup takes along what was attached within the group. Groups have no resources here.
func deleteResourceGroup(q *request) (any, error) {
	g, err := q.group()
	switch {
	case err != nil:
		return nil, err
	case g.ID == q.c.ResourceGroup():
		return nil, kernel.Refuse(403, "NoPermission", "The default resource group cannot be deleted.")
	}
	q.c.ResourceGroups = kernel.Without(q.c.ResourceGroups, g.ID)
	var left []attachment
	for _, a := range q.c.Attachments {
		if a.Group != g.ID {
			left = append(left, a)
		}
	}
	q.c.Attachments = left
	return map[string]any{"ResourceGroup": q.groupView(g)}, nil
}
