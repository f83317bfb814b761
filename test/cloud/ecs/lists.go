package ecs

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// prefixList is a list of blocks that rules of several groups can refer to.
// Max is how many entries it may have; a rule that names the list counts as that many towards the
// quota of the group in the real service, and as one here. The descriptions of entries are kept,
// but no document says them.
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
// They came with the newer form of rules, and only rules in Permissions can name one.
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

// Lists page by token only. CreatePrefixList has permission for everything or nothing, where the
// younger call has the ARN of its kind.
var listActions = []action{
	{
		// MaxEntries is 1 to 200, and cannot be lowered below what is in the list, as no call
		// changes it.
		Name: "CreatePrefixList", Write: true, Do: prefixLists.create,
		Params: `RegionId! PrefixListName! AddressFamily!=IPv4|IPv6 MaxEntries:Integer!=1..200 Description ClientToken ResourceGroupId
			Entry:RepeatList(Cidr! Description) Tag:RepeatList(Key Value)`,
	},
	{
		Name: "ModifyPrefixList", Write: true, On: onPrefixList, Do: prefixLists.modify,
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
		Name: "DescribePrefixListAssociations", On: onPrefixList, Do: prefixLists.associations,
		Params: "RegionId! PrefixListId! MaxResults:Integer=1..100 NextToken",
	},
	{
		Name: "DeletePrefixList", Write: true, On: onPrefixList, Do: prefixLists.remove,
		Params: "RegionId! PrefixListId!",
	},
	{
		// Ten times as many entries as a prefix list.
		Name: "CreatePortRangeList", Write: true, Do: portLists.create,
		Params: `RegionId! PortRangeListName! MaxEntries:Integer!=1..2000 Description ClientToken ResourceGroupId
			Entry:RepeatList(PortRange Description) Tag:RepeatList(Key Value)`,
		On: onEach("portrangelist", kernel.Named()),
	},
	{
		Name: "ModifyPortRangeList", Write: true, On: onPortList, Do: portLists.modify,
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
		Name: "DescribePortRangeListAssociations", On: onPortList, Do: portLists.associations,
		Params: "RegionId! PortRangeListId! MaxResults:Integer=1..100 NextToken",
	},
	{
		Name: "DeletePortRangeList", Write: true, On: onPortList, Do: portLists.remove,
		Params: "RegionId! PortRangeListId!",
	},
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

// The forms are those of tcp and udp: a list is for these protocols only.
func checkPortRanges(entries []listEntry) error {
	for _, e := range entries {
		if !kernel.ValidPorts(e.value, true) {
			return kernel.Refuse(400, "InvalidParameter.PortRange", "The specified PortRange %s is not valid.", e.value)
		}
	}
	return nil
}

// edited applies a change to a list: it adds, removes, and holds the limit.
// Removing comes first, so that one call can put another entry in the place of one in a full list.
// It works on a copy: nothing is changed where an error comes back. The value is compared as text.
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

// entryList is one of the two kinds of lists.
type entryList interface {
	kernel.Based
	held() (entries *[]listEntry, most int)
	check(entries []listEntry) error
}

func (l *prefixList) held() (*[]listEntry, int)       { return &l.Entries, l.Max }
func (l *prefixList) check(entries []listEntry) error { return checkBlocks(entries, l.Family) }

func (l *portList) held() (*[]listEntry, int)       { return &l.Entries, l.Max }
func (l *portList) check(entries []listEntry) error { return checkPortRanges(entries) }

// listForm is what the API calls a kind of lists and what is in one. The two kinds came years
// apart: their actions do the same, under other names, and the younger answers without the
// inner name that lists of ECS have.
type listForm[L entryList] struct {
	name, words, entry string // PrefixList, prefix list, Cidr
	prefix, kind       string
	table              func(c *Service) *kernel.Table[L]
	begin              func(q *request, r kernel.Resource) L
	listed             func(inner string, list []any) any
}

var (
	prefixLists = listForm[*prefixList]{
		"PrefixList", "prefix list", "Cidr", "pl", prefixListKind,
		func(c *Service) *kernel.Table[*prefixList] { return &c.PrefixLists },
		func(q *request, r kernel.Resource) *prefixList {
			return &prefixList{Resource: r, Family: q.Str("AddressFamily"), Max: q.Num("MaxEntries", 0)}
		},
		func(inner string, list []any) any { return map[string]any{inner: list} },
	}
	portLists = listForm[*portList]{
		"PortRangeList", "port range list", "PortRange", "prl", portListKind,
		func(c *Service) *kernel.Table[*portList] { return &c.PortLists },
		func(q *request, r kernel.Resource) *portList {
			return &portList{Resource: r, Max: q.Num("MaxEntries", 0)}
		},
		func(_ string, list []any) any { return list },
	}
)

// find finds the list of a call.
func (f listForm[L]) find(q *request) (L, error) {
	l, ok := kernel.Find(q.Request, *f.table(q.c), q.Str(f.name+"Id"))
	if !ok {
		return l, kernel.Refuse(404, "Invalid"+f.name+"Id.NotFound", "The specified %s was not found.", f.words)
	}
	q.Touch(f.kind, l.Base().ID)
	return l, nil
}

// edit changes the entries of a list as a call says, or nothing.
func (f listForm[L]) edit(q *request, l L, add, remove string) error {
	added := q.entriesOf(add, f.entry)
	if err := l.check(added); err != nil {
		return err
	}
	held, most := l.held()
	entries, err := edited(*held, added, q.entriesOf(remove, f.entry), most)
	if err == nil {
		*held = entries
	}
	return err
}

// The entries are checked before the list is there.
func (f listForm[L]) create(q *request) (any, error) {
	l := f.begin(q, q.NewResource(f.prefix, q.Str(f.name+"Name")))
	if err := f.edit(q, l, "Entry", ""); err != nil {
		return nil, err
	}
	*f.table(q.c) = append(*f.table(q.c), l)
	q.Touch(f.kind, l.Base().ID)
	return map[string]any{f.name + "Id": l.Base().ID}, nil
}

// MaxEntries cannot be changed by this call; ModifyPrefixList has no such parameter.
func (f listForm[L]) modify(q *request) (any, error) {
	l, err := f.find(q)
	if err == nil {
		err = f.edit(q, l, "AddEntry", "RemoveEntry")
	}
	if err != nil {
		return nil, err
	}
	b := l.Base()
	b.Name, b.Description = q.OrElse(f.name+"Name", b.Name), q.OrElse("Description", b.Description)
	return kernel.Done()
}

// describe lists what a call chooses, with what the kinds do not have in common.
func (f listForm[L]) describe(keep func(q *request, l L) bool, more func(l L) map[string]any) func(*request) (any, error) {
	return func(q *request) (any, error) {
		page, next, err := kernel.TokenPage(q.Request, kernel.Within(q.Request, *f.table(q.c), func(l L) bool {
			b := l.Base()
			return q.ChosenBy(f.name+"Id", b.ID) && q.Matches(f.name+"Name", b.Name) && b.HasTags(q.Request) && keep(q, l)
		}), 10)
		if err != nil {
			return nil, err
		}
		views := []any{}
		for _, l := range page {
			view := f.view(l, more(l))
			view["AssociationCount"] = len(q.usersOf(l.Base().ID))
			views = append(views, view)
		}
		return map[string]any{"NextToken": next, f.name + "s": f.listed(f.name, views)}, nil
	}
}

func (f listForm[L]) view(l L, more map[string]any) map[string]any {
	b := l.Base()
	_, most := l.held()
	view := map[string]any{f.name + "Id": b.ID, f.name + "Name": b.Name, "Description": b.Description, "MaxEntries": most, "CreationTime": kernel.Stamp(b.Created)}
	maps.Copy(view, more)
	return view
}

// They are in the order of their adding.
func (f listForm[L]) entryViews(l L) any {
	views := []any{}
	entries, _ := l.held()
	for _, e := range *entries {
		views = append(views, map[string]any{f.entry: e.value, "Description": e.description})
	}
	return f.listed("Entry", views)
}

// Rules of groups are the only users here; the real service lists launch templates, too.
func (f listForm[L]) associations(q *request) (any, error) {
	l, err := f.find(q)
	if err != nil {
		return nil, err
	}
	page, next, err := kernel.TokenPage(q.Request, q.usersOf(l.Base().ID), 10)
	return map[string]any{"NextToken": next, f.name + "Associations": f.listed(f.name+"Association", page)}, err
}

func (f listForm[L]) remove(q *request) (any, error) {
	l, err := f.find(q)
	if err != nil {
		return nil, err
	}
	if users := q.usersOf(l.Base().ID); len(users) > 0 {
		// Rules go by the list: without it they would mean nothing, or everything.
		return nil, kernel.Refuse(403, "InvalidOperation."+f.name+"InUse", "The %s is associated with %d resource(s).", f.words, len(users))
	}
	*f.table(q.c) = kernel.Without(*f.table(q.c), l.Base().ID)
	return kernel.Done()
}

var (
	describePrefixLists = prefixLists.describe(func(q *request, l *prefixList) bool { return q.Matches("AddressFamily", l.Family) }, (*prefixList).more)
	describePortLists   = portLists.describe(func(*request, *portList) bool { return true }, (*portList).more)
)

func (l *prefixList) more() map[string]any { return map[string]any{"AddressFamily": l.Family} }

func (l *portList) more() map[string]any {
	return map[string]any{"ResourceGroupId": "", "Tags": kernel.TagViews(l.Tags, "TagKey", "TagValue")}
}

// describePrefixListAttributes answers the list with its entries; for a port list the API has
// the entries alone.
func describePrefixListAttributes(q *request) (any, error) {
	l, err := prefixLists.find(q)
	if err != nil {
		return nil, err
	}
	view := prefixLists.view(l, l.more())
	view["Entries"] = prefixLists.entryViews(l)
	return view, nil
}

func describePortListEntries(q *request) (any, error) {
	l, err := portLists.find(q)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Entries": portLists.entryViews(l)}, nil
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
