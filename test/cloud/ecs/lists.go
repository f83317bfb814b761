package ecs

import (
	"cmp"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// prefixList is a list of blocks that rules of several groups can refer to.
type prefixList struct {
	kernel.Resource `yaml:",inline" dump:"no description, no tags"`
	Family          string      `yaml:"family,omitempty"` // IPv4 (default) or IPv6
	Max             int         `yaml:"max-entries"`      // default 20
	Entries         []listEntry `yaml:"entries"`
}

var prefixListRows = kernel.Kind{Key: "prefix-lists", Prefix: "pl", Type: prefixListKind}

func (l *prefixList) Defaults(*Service) {
	l.Family, l.Max = cmp.Or(l.Family, "IPv4"), cmp.Or(l.Max, max(20, len(l.Entries)))
}

func (l *prefixList) Complete(*kernel.Loader, *Service) (err error) {
	l.Entries, err = edited(nil, l.Entries, nil, l.Max)
	return err
}

func (l *prefixList) Check(*Service) error { return checkBlocks(l.Entries, l.Family) }

// portList is a list of port ranges.
type portList struct {
	kernel.Resource `yaml:",inline" dump:"no description, no tags"`
	Max             int         `yaml:"max-entries"` // default 20
	Entries         []listEntry `yaml:"entries"`
}

var portListRows = kernel.Kind{Key: "port-lists", Prefix: "prl", Type: portListKind}

func (l *portList) Defaults(*Service) { l.Max = cmp.Or(l.Max, max(20, len(l.Entries))) }

func (l *portList) Complete(*kernel.Loader, *Service) (err error) {
	l.Entries, err = edited(nil, l.Entries, nil, l.Max)
	return err
}

func (l *portList) Check(*Service) error { return checkPortRanges(l.Entries) }

// listEntry is a block or a port range.
type listEntry struct{ value, description string }

// MarshalYAML writes the value alone, as UnmarshalYAML reads it.
func (e listEntry) MarshalYAML() (any, error) { return e.value, nil }

func (e *listEntry) UnmarshalYAML(read func(any) error) error { return read(&e.value) }

const (
	prefixListKind = "ACS::ECS::PrefixList"
	portListKind   = "ACS::ECS::PortRangeList"
)

var (
	onPrefixList = onEach("prefixlist", kernel.Named("PrefixListId"))
	onPortList   = onEach("portrangelist", kernel.Named("PortRangeListId"))
)

var listActions = []action{
	{
		Name: "CreatePrefixList", Write: true, Do: createPrefixList,
		Params: `RegionId! PrefixListName! AddressFamily!=IPv4|IPv6 MaxEntries:Integer!=1..200 Description ClientToken ResourceGroupId
			Entry:RepeatList(Cidr! Description) Tag:RepeatList(Key Value)`,
	},
	{
		Name: "ModifyPrefixList", Write: true, On: onPrefixList, Do: modifyPrefixList,
		Params: "RegionId! PrefixListId! PrefixListName Description AddEntry:RepeatList(Cidr! Description) RemoveEntry:RepeatList(Cidr!)",
	},
	{
		Name: "DescribePrefixLists", On: onEach("prefixlist", kernel.Repeated("PrefixListId")), Do: describePrefixLists,
		Params: `RegionId! PrefixListId:RepeatList PrefixListName AddressFamily ResourceGroupId Tag:RepeatList(Key Value)
			MaxResults:Integer=1..100 NextToken`,
	},
	{
		Name: "DescribePrefixListAttributes", On: onPrefixList, Do: describePrefixListAttributes,
		Params: "RegionId! PrefixListId!",
	},
	{
		Name: "DescribePrefixListAssociations", On: onPrefixList, Do: describePrefixListAssociations,
		Params: "RegionId! PrefixListId! MaxResults:Integer=1..100 NextToken",
	},
	{
		Name: "DeletePrefixList", Write: true, On: onPrefixList, Do: deletePrefixList,
		Params: "RegionId! PrefixListId!",
	},
	{
		Name: "CreatePortRangeList", Write: true, Do: createPortList,
		Params: `RegionId! PortRangeListName! MaxEntries:Integer!=1..2000 Description ClientToken ResourceGroupId
			Entry:RepeatList(PortRange Description) Tag:RepeatList(Key Value)`,
		On: onEach("portrangelist", kernel.Named()),
	},
	{
		Name: "ModifyPortRangeList", Write: true, On: onPortList, Do: modifyPortList,
		Params: `RegionId! PortRangeListId! PortRangeListName Description ClientToken
			AddEntry:RepeatList(PortRange Description) RemoveEntry:RepeatList(PortRange)`,
	},
	{
		Name: "DescribePortRangeLists", On: onEach("portrangelist", kernel.Repeated("PortRangeListId")), Do: describePortLists,
		Params: `RegionId! PortRangeListId:RepeatList PortRangeListName ResourceGroupId Tag:RepeatList(Key Value)
			MaxResults:Integer=1..100 NextToken`,
	},
	{
		Name: "DescribePortRangeListEntries", On: onPortList, Do: describePortListEntries,
		Params: "RegionId! PortRangeListId!",
	},
	{
		Name: "DescribePortRangeListAssociations", On: onPortList, Do: describePortListAssociations,
		Params: "RegionId! PortRangeListId! MaxResults:Integer=1..100 NextToken",
	},
	{
		Name: "DeletePortRangeList", Write: true, On: onPortList, Do: deletePortList,
		Params: "RegionId! PortRangeListId!",
	},
}

func (q *request) prefixList() (*prefixList, error) {
	l, ok := kernel.Find(q.Request, q.c.PrefixLists, q.Str("PrefixListId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidPrefixListId.NotFound", "The specified prefix list was not found.")
	}
	q.Touch(prefixListKind, l.ID)
	return l, nil
}

func (q *request) portList() (*portList, error) {
	l, ok := kernel.Find(q.Request, q.c.PortLists, q.Str("PortRangeListId"))
	if !ok {
		return nil, kernel.Refuse(404, "InvalidPortRangeListId.NotFound", "The specified port range list was not found.")
	}
	q.Touch(portListKind, l.ID)
	return l, nil
}

// entriesOf reads the entries of a call.
func (q *request) entriesOf(name, field string) []listEntry {
	var entries []listEntry
	for _, item := range q.Items(name) {
		entries = append(entries, listEntry{item[field], item["Description"]})
	}
	return entries
}

// checkBlocks checks the entries of a prefix list.
func checkBlocks(entries []listEntry, family string) error {
	for _, e := range entries {
		p, err := kernel.ParseCIDR(e.value)
		if err != nil || p.Addr().Is6() != (family == "IPv6") {
			return kernel.Refuse(400, "InvalidParameter.Cidr", "The specified Cidr %s is not valid.", e.value)
		}
	}
	return nil
}

func checkPortRanges(entries []listEntry) error {
	for _, e := range entries {
		if !kernel.ValidPorts(e.value, true) {
			return kernel.Refuse(400, "InvalidParameter.PortRange", "The specified PortRange %s is not valid.", e.value)
		}
	}
	return nil
}

// edited applies a change to a list: it adds, removes, and holds the limit.
func edited(entries, add, remove []listEntry, most int) ([]listEntry, error) {
	entries = slices.Clone(entries)
	for _, e := range remove {
		i := slices.IndexFunc(entries, func(have listEntry) bool { return have.value == e.value })
		if i < 0 {
			return nil, kernel.Refuse(400, "InvalidParameter.RemoveEntry", "The entry %s does not exist.", e.value)
		}
		entries = slices.Delete(entries, i, i+1)
	}
	for _, e := range add {
		i := slices.IndexFunc(entries, func(have listEntry) bool { return have.value == e.value })
		if i >= 0 {
			entries[i] = e // adding an entry again changes its description
			continue
		}
		entries = append(entries, e)
	}
	if len(entries) > most {
		return nil, kernel.Refuse(400, "LimitExceed.MaxEntries", "The number of entries exceeds MaxEntries.")
	}
	return entries, nil
}

func createPrefixList(q *request) (any, error) {
	l := &prefixList{Resource: q.NewResource("pl", q.Str("PrefixListName")), Family: q.Str("AddressFamily"), Max: q.Num("MaxEntries", 0)}
	add := q.entriesOf("Entry", "Cidr")
	if err := checkBlocks(add, l.Family); err != nil {
		return nil, err
	}
	var err error
	if l.Entries, err = edited(nil, add, nil, l.Max); err != nil {
		return nil, err
	}
	q.c.PrefixLists = append(q.c.PrefixLists, l)
	q.Touch(prefixListKind, l.ID)
	return map[string]any{"PrefixListId": l.ID}, nil
}

func modifyPrefixList(q *request) (any, error) {
	l, err := q.prefixList()
	if err != nil {
		return nil, err
	}
	add := q.entriesOf("AddEntry", "Cidr")
	if err := checkBlocks(add, l.Family); err != nil {
		return nil, err
	}
	entries, err := edited(l.Entries, add, q.entriesOf("RemoveEntry", "Cidr"), l.Max)
	if err != nil {
		return nil, err
	}
	l.Entries = entries
	l.Name, l.Description = q.OrElse("PrefixListName", l.Name), q.OrElse("Description", l.Description)
	return kernel.Done()
}

func (q *request) prefixListView(l *prefixList) map[string]any {
	return map[string]any{
		"PrefixListId": l.ID, "PrefixListName": l.Name, "Description": l.Description, "AddressFamily": l.Family,
		"MaxEntries": l.Max, "CreationTime": kernel.Stamp(l.Created), "AssociationCount": len(q.usersOf(l.ID)),
	}
}

func describePrefixLists(q *request) (any, error) {
	ids := q.List("PrefixListId")
	kept := kernel.Within(q.Request, q.c.PrefixLists, func(l *prefixList) bool {
		return (ids == nil || slices.Contains(ids, l.ID)) && q.Matches("PrefixListName", l.Name) &&
			q.Matches("AddressFamily", l.Family) && l.HasTags(q.Request)
	})
	page, next, err := kernel.TokenPage(q.Request, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, l := range page {
		views = append(views, q.prefixListView(l))
	}
	return map[string]any{"NextToken": next, "PrefixLists": map[string]any{"PrefixList": views}}, nil
}

func describePrefixListAttributes(q *request) (any, error) {
	l, err := q.prefixList()
	if err != nil {
		return nil, err
	}
	entries := []any{}
	for _, e := range l.Entries {
		entries = append(entries, map[string]any{"Cidr": e.value, "Description": e.description})
	}
	view := q.prefixListView(l)
	delete(view, "AssociationCount")
	view["Entries"] = map[string]any{"Entry": entries}
	return view, nil
}

// usersOf are the groups of the call's region whose rules refer to a list.
func (q *request) usersOf(list string) []any {
	users := []any{}
	for _, g := range kernel.Within(q.Request, q.c.Groups, func(*SecurityGroup) bool { return true }) {
		if slices.ContainsFunc(g.Rules, func(r *securityRule) bool { return r.PrefixList == list || r.PortList == list }) {
			users = append(users, map[string]any{"ResourceId": g.ID, "ResourceType": "securitygroup"})
		}
	}
	return users
}

func describePrefixListAssociations(q *request) (any, error) {
	l, err := q.prefixList()
	if err != nil {
		return nil, err
	}
	page, next, err := kernel.TokenPage(q.Request, q.usersOf(l.ID), 10)
	return map[string]any{"NextToken": next, "PrefixListAssociations": map[string]any{"PrefixListAssociation": page}}, err
}

func deletePrefixList(q *request) (any, error) {
	l, err := q.prefixList()
	if err != nil {
		return nil, err
	}
	if users := q.usersOf(l.ID); len(users) > 0 {
		return nil, kernel.Refuse(403, "InvalidOperation.PrefixListInUse", "The prefix list is associated with %d resource(s).", len(users))
	}
	q.c.PrefixLists = kernel.Without(q.c.PrefixLists, l.ID)
	return kernel.Done()
}

func createPortList(q *request) (any, error) {
	l := &portList{Resource: q.NewResource("prl", q.Str("PortRangeListName")), Max: q.Num("MaxEntries", 0)}
	add := q.entriesOf("Entry", "PortRange")
	if err := checkPortRanges(add); err != nil {
		return nil, err
	}
	var err error
	if l.Entries, err = edited(nil, add, nil, l.Max); err != nil {
		return nil, err
	}
	q.c.PortLists = append(q.c.PortLists, l)
	q.Touch(portListKind, l.ID)
	return map[string]any{"PortRangeListId": l.ID}, nil
}

func modifyPortList(q *request) (any, error) {
	l, err := q.portList()
	if err != nil {
		return nil, err
	}
	add := q.entriesOf("AddEntry", "PortRange")
	if err := checkPortRanges(add); err != nil {
		return nil, err
	}
	entries, err := edited(l.Entries, add, q.entriesOf("RemoveEntry", "PortRange"), l.Max)
	if err != nil {
		return nil, err
	}
	l.Entries = entries
	l.Name, l.Description = q.OrElse("PortRangeListName", l.Name), q.OrElse("Description", l.Description)
	return kernel.Done()
}

func describePortLists(q *request) (any, error) {
	ids := q.List("PortRangeListId")
	kept := kernel.Within(q.Request, q.c.PortLists, func(l *portList) bool {
		return (ids == nil || slices.Contains(ids, l.ID)) && q.Matches("PortRangeListName", l.Name) && l.HasTags(q.Request)
	})
	page, next, err := kernel.TokenPage(q.Request, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, l := range page {
		views = append(views, map[string]any{
			"PortRangeListId": l.ID, "PortRangeListName": l.Name, "Description": l.Description, "MaxEntries": l.Max,
			"AssociationCount": len(q.usersOf(l.ID)), "CreationTime": kernel.Stamp(l.Created), "ResourceGroupId": "",
			"Tags": kernel.TagViews(l.Tags, "TagKey", "TagValue"),
		})
	}
	return map[string]any{"NextToken": next, "PortRangeLists": views}, nil
}

func describePortListEntries(q *request) (any, error) {
	l, err := q.portList()
	if err != nil {
		return nil, err
	}
	entries := []any{}
	for _, e := range l.Entries {
		entries = append(entries, map[string]any{"PortRange": e.value, "Description": e.description})
	}
	return map[string]any{"Entries": entries}, nil
}

func describePortListAssociations(q *request) (any, error) {
	l, err := q.portList()
	if err != nil {
		return nil, err
	}
	page, next, err := kernel.TokenPage(q.Request, q.usersOf(l.ID), 10)
	return map[string]any{"NextToken": next, "PortRangeListAssociations": page}, err
}

func deletePortList(q *request) (any, error) {
	l, err := q.portList()
	if err != nil {
		return nil, err
	}
	if users := q.usersOf(l.ID); len(users) > 0 {
		return nil, kernel.Refuse(403, "InvalidOperation.PortRangeListInUse", "The port range list is associated with %d resource(s).", len(users))
	}
	q.c.PortLists = kernel.Without(q.c.PortLists, l.ID)
	return kernel.Done()
}
