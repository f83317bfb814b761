package cloud

import (
	"slices"
)

// prefixList is a list of blocks that rules of several groups can refer to.
type prefixList struct {
	ecsResource
	family  string // IPv4 or IPv6
	most    int
	entries []listEntry
}

// portList is a list of port ranges.
type portList struct {
	ecsResource
	most    int
	entries []listEntry
}

// listEntry is a block or a port range.
type listEntry struct{ value, description string }

const (
	prefixListKind = "ACS::ECS::PrefixList"
	portListKind   = "ACS::ECS::PortRangeList"
)

var (
	onPrefixList = onEach("prefixlist", named("PrefixListId"))
	onPortList   = onEach("portrangelist", named("PortRangeListId"))
)

var listActions = []rpcAction{
	{
		name: "CreatePrefixList", write: true, do: createPrefixList,
		params: `RegionId! PrefixListName! AddressFamily!=IPv4|IPv6 MaxEntries:Integer!=1..200 Description ClientToken ResourceGroupId
			Entry:RepeatList(Cidr! Description) Tag:RepeatList(Key Value)`,
	},
	{
		name: "ModifyPrefixList", write: true, on: onPrefixList, do: modifyPrefixList,
		params: "RegionId! PrefixListId! PrefixListName Description AddEntry:RepeatList(Cidr! Description) RemoveEntry:RepeatList(Cidr!)",
	},
	{
		name: "DescribePrefixLists", on: onEach("prefixlist", repeated("PrefixListId")), do: describePrefixLists,
		params: `RegionId! PrefixListId:RepeatList PrefixListName AddressFamily ResourceGroupId Tag:RepeatList(Key Value)
			MaxResults:Integer=1..100 NextToken`,
	},
	{
		name: "DescribePrefixListAttributes", on: onPrefixList, do: describePrefixListAttributes,
		params: "RegionId! PrefixListId!",
	},
	{
		name: "DescribePrefixListAssociations", on: onPrefixList, do: describePrefixListAssociations,
		params: "RegionId! PrefixListId! MaxResults:Integer=1..100 NextToken",
	},
	{
		name: "DeletePrefixList", write: true, on: onPrefixList, do: deletePrefixList,
		params: "RegionId! PrefixListId!",
	},
	{
		name: "CreatePortRangeList", write: true, do: createPortList,
		params: `RegionId! PortRangeListName! MaxEntries:Integer!=1..2000 Description ClientToken ResourceGroupId
			Entry:RepeatList(PortRange Description) Tag:RepeatList(Key Value)`,
		on: onEach("portrangelist", named()),
	},
	{
		name: "ModifyPortRangeList", write: true, on: onPortList, do: modifyPortList,
		params: `RegionId! PortRangeListId! PortRangeListName Description ClientToken
			AddEntry:RepeatList(PortRange Description) RemoveEntry:RepeatList(PortRange)`,
	},
	{
		name: "DescribePortRangeLists", on: onEach("portrangelist", repeated("PortRangeListId")), do: describePortLists,
		params: `RegionId! PortRangeListId:RepeatList PortRangeListName ResourceGroupId Tag:RepeatList(Key Value)
			MaxResults:Integer=1..100 NextToken`,
	},
	{
		name: "DescribePortRangeListEntries", on: onPortList, do: describePortListEntries,
		params: "RegionId! PortRangeListId!",
	},
	{
		name: "DescribePortRangeListAssociations", on: onPortList, do: describePortListAssociations,
		params: "RegionId! PortRangeListId! MaxResults:Integer=1..100 NextToken",
	},
	{
		name: "DeletePortRangeList", write: true, on: onPortList, do: deletePortList,
		params: "RegionId! PortRangeListId!",
	},
}

func (q *rpcRequest) prefixList() (*prefixList, error) {
	l, ok := find(q, q.c.ecs.prefixLists, q.str("PrefixListId"))
	if !ok {
		return nil, refuse(404, "InvalidPrefixListId.NotFound", "The specified prefix list was not found.")
	}
	q.touch(prefixListKind, l.id)
	return l, nil
}

func (q *rpcRequest) portList() (*portList, error) {
	l, ok := find(q, q.c.ecs.portLists, q.str("PortRangeListId"))
	if !ok {
		return nil, refuse(404, "InvalidPortRangeListId.NotFound", "The specified port range list was not found.")
	}
	q.touch(portListKind, l.id)
	return l, nil
}

// entriesOf reads the entries of a call.
func (q *rpcRequest) entriesOf(name, field string) []listEntry {
	var entries []listEntry
	for _, item := range q.items(name) {
		entries = append(entries, listEntry{item[field], item["Description"]})
	}
	return entries
}

// checkBlocks checks the entries of a prefix list.
func checkBlocks(entries []listEntry, family string) error {
	for _, e := range entries {
		p, err := parseCIDR(e.value)
		if err != nil || p.Addr().Is6() != (family == "IPv6") {
			return refuse(400, "InvalidParameter.Cidr", "The specified Cidr %s is not valid.", e.value)
		}
	}
	return nil
}

func checkPortRanges(entries []listEntry) error {
	for _, e := range entries {
		if !validPorts(e.value, true) {
			return refuse(400, "InvalidParameter.PortRange", "The specified PortRange %s is not valid.", e.value)
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
			return nil, refuse(400, "InvalidParameter.RemoveEntry", "The entry %s does not exist.", e.value)
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
		return nil, refuse(400, "LimitExceed.MaxEntries", "The number of entries exceeds MaxEntries.")
	}
	return entries, nil
}

func createPrefixList(q *rpcRequest) (any, error) {
	l := &prefixList{ecsResource: q.newResource("pl", q.str("PrefixListName")), family: q.str("AddressFamily"), most: q.num("MaxEntries", 0)}
	add := q.entriesOf("Entry", "Cidr")
	if err := checkBlocks(add, l.family); err != nil {
		return nil, err
	}
	var err error
	if l.entries, err = edited(nil, add, nil, l.most); err != nil {
		return nil, err
	}
	q.c.ecs.prefixLists = append(q.c.ecs.prefixLists, l)
	q.touch(prefixListKind, l.id)
	return map[string]any{"PrefixListId": l.id}, nil
}

func modifyPrefixList(q *rpcRequest) (any, error) {
	l, err := q.prefixList()
	if err != nil {
		return nil, err
	}
	add := q.entriesOf("AddEntry", "Cidr")
	if err := checkBlocks(add, l.family); err != nil {
		return nil, err
	}
	entries, err := edited(l.entries, add, q.entriesOf("RemoveEntry", "Cidr"), l.most)
	if err != nil {
		return nil, err
	}
	l.entries = entries
	l.name, l.description = q.orElse("PrefixListName", l.name), q.orElse("Description", l.description)
	return done()
}

func (q *rpcRequest) prefixListView(l *prefixList) map[string]any {
	return map[string]any{
		"PrefixListId": l.id, "PrefixListName": l.name, "Description": l.description, "AddressFamily": l.family,
		"MaxEntries": l.most, "CreationTime": stamp(l.created), "AssociationCount": len(q.usersOf(l.id)),
	}
}

func describePrefixLists(q *rpcRequest) (any, error) {
	ids := q.list("PrefixListId")
	kept := within(q, q.c.ecs.prefixLists, func(l *prefixList) bool {
		return (ids == nil || slices.Contains(ids, l.id)) && q.matches("PrefixListName", l.name) &&
			q.matches("AddressFamily", l.family) && l.hasTags(q)
	})
	page, next, err := tokenPage(q, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, l := range page {
		views = append(views, q.prefixListView(l))
	}
	return map[string]any{"NextToken": next, "PrefixLists": map[string]any{"PrefixList": views}}, nil
}

func describePrefixListAttributes(q *rpcRequest) (any, error) {
	l, err := q.prefixList()
	if err != nil {
		return nil, err
	}
	entries := []any{}
	for _, e := range l.entries {
		entries = append(entries, map[string]any{"Cidr": e.value, "Description": e.description})
	}
	view := q.prefixListView(l)
	delete(view, "AssociationCount")
	view["Entries"] = map[string]any{"Entry": entries}
	return view, nil
}

// usersOf are the groups of the call's region whose rules refer to a list.
func (q *rpcRequest) usersOf(list string) []any {
	users := []any{}
	for _, g := range within(q, q.c.ecs.groups, func(*securityGroup) bool { return true }) {
		if slices.ContainsFunc(g.rules, func(r *securityRule) bool { return r.list == list || r.portList == list }) {
			users = append(users, map[string]any{"ResourceId": g.id, "ResourceType": "securitygroup"})
		}
	}
	return users
}

func describePrefixListAssociations(q *rpcRequest) (any, error) {
	l, err := q.prefixList()
	if err != nil {
		return nil, err
	}
	page, next, err := tokenPage(q, q.usersOf(l.id), 10)
	return map[string]any{"NextToken": next, "PrefixListAssociations": map[string]any{"PrefixListAssociation": page}}, err
}

func deletePrefixList(q *rpcRequest) (any, error) {
	l, err := q.prefixList()
	if err != nil {
		return nil, err
	}
	if users := q.usersOf(l.id); len(users) > 0 {
		return nil, refuse(403, "InvalidOperation.PrefixListInUse", "The prefix list is associated with %d resource(s).", len(users))
	}
	q.c.ecs.prefixLists = without(q.c.ecs.prefixLists, l.id)
	return done()
}

func createPortList(q *rpcRequest) (any, error) {
	l := &portList{ecsResource: q.newResource("prl", q.str("PortRangeListName")), most: q.num("MaxEntries", 0)}
	add := q.entriesOf("Entry", "PortRange")
	if err := checkPortRanges(add); err != nil {
		return nil, err
	}
	var err error
	if l.entries, err = edited(nil, add, nil, l.most); err != nil {
		return nil, err
	}
	q.c.ecs.portLists = append(q.c.ecs.portLists, l)
	q.touch(portListKind, l.id)
	return map[string]any{"PortRangeListId": l.id}, nil
}

func modifyPortList(q *rpcRequest) (any, error) {
	l, err := q.portList()
	if err != nil {
		return nil, err
	}
	add := q.entriesOf("AddEntry", "PortRange")
	if err := checkPortRanges(add); err != nil {
		return nil, err
	}
	entries, err := edited(l.entries, add, q.entriesOf("RemoveEntry", "PortRange"), l.most)
	if err != nil {
		return nil, err
	}
	l.entries = entries
	l.name, l.description = q.orElse("PortRangeListName", l.name), q.orElse("Description", l.description)
	return done()
}

func describePortLists(q *rpcRequest) (any, error) {
	ids := q.list("PortRangeListId")
	kept := within(q, q.c.ecs.portLists, func(l *portList) bool {
		return (ids == nil || slices.Contains(ids, l.id)) && q.matches("PortRangeListName", l.name) && l.hasTags(q)
	})
	page, next, err := tokenPage(q, kept, 10)
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, l := range page {
		views = append(views, map[string]any{
			"PortRangeListId": l.id, "PortRangeListName": l.name, "Description": l.description, "MaxEntries": l.most,
			"AssociationCount": len(q.usersOf(l.id)), "CreationTime": stamp(l.created), "ResourceGroupId": "",
			"Tags": tagViews(l.tags, "TagKey", "TagValue"),
		})
	}
	return map[string]any{"NextToken": next, "PortRangeLists": views}, nil
}

func describePortListEntries(q *rpcRequest) (any, error) {
	l, err := q.portList()
	if err != nil {
		return nil, err
	}
	entries := []any{}
	for _, e := range l.entries {
		entries = append(entries, map[string]any{"PortRange": e.value, "Description": e.description})
	}
	return map[string]any{"Entries": entries}, nil
}

func describePortListAssociations(q *rpcRequest) (any, error) {
	l, err := q.portList()
	if err != nil {
		return nil, err
	}
	page, next, err := tokenPage(q, q.usersOf(l.id), 10)
	return map[string]any{"NextToken": next, "PortRangeListAssociations": page}, err
}

func deletePortList(q *rpcRequest) (any, error) {
	l, err := q.portList()
	if err != nil {
		return nil, err
	}
	if users := q.usersOf(l.id); len(users) > 0 {
		return nil, refuse(403, "InvalidOperation.PortRangeListInUse", "The port range list is associated with %d resource(s).", len(users))
	}
	q.c.ecs.portLists = without(q.c.ecs.portLists, l.id)
	return done()
}
