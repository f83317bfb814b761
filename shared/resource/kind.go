// Package resource has a row for each type of resource: what people call it, where the console
// shows it, how its tags are reached, and the one function that reads it from the API. A new
// type is one file.
package resource

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
)

// A Kind is what is known of a type of resource.
type Kind struct {
	Type   string // as Cloud Config writes it: ACS::ECS::SecurityGroup
	Words  string // as people say it: security group
	Prefix string // how its ids begin, with the hyphen; empty: in no way of their own
	Param  string // how calls and their answers name one: SecurityGroupId; empty: in no way of its own

	// ARN is the form by which the tag service names it: region, account and id go in.
	// Empty: it has no tags, or no check reads them.
	ARN string
	// Untags is the service, as events name it, whose UntagResources takes its tags away.
	Untags string
	// TagsAs is what that service calls the type, where the ARN says something else.
	TagsAs string

	// Global says that it belongs to the account and to no region, from wherever its events come.
	Global bool
	// Written is the one way in which its ids are written, however somebody has named it: a
	// RAM user is alice, alice@1234.onaliyun.com and acs:ram::1234:user/alice. nil: as they are.
	Written func(id string) string

	// Page is where the console shows it; {id} and {region} are put in escaped. Alibaba
	// Cloud documents none of these addresses: they are what its console on the mainland
	// shows.
	Page string
	// Unnumbered is the page in its place for an id that is no number.
	Unnumbered string
}

// kinds are filled by the files of the types, each of which adds its rows.
var kinds = map[string]Kind{}

// add notes rows; it is called where they stand.
func add(rows ...Kind) struct{} {
	for _, k := range rows {
		if _, twice := kinds[k.Type]; twice {
			panic("shared/resource has two rows for " + k.Type)
		}
		kinds[k.Type] = k
	}
	return struct{}{}
}

// KindOf is the row of a type. Of one without, only the type is known.
func KindOf(resourceType string) Kind {
	if k, ok := kinds[resourceType]; ok {
		return k
	}
	return Kind{Type: resourceType}
}

// ARNOf names a resource for the tag service; empty: it has no name there.
func (k Kind) ARNOf(region, account, id string) string {
	if k.ARN == "" {
		return ""
	}
	return fmt.Sprintf(k.ARN, region, account, id)
}

// TagType is what TagResources of the service Untags calls the type. VPC writes it in capitals.
func (k Kind) TagType() string {
	name, _, _ := strings.Cut(k.ARN[strings.LastIndex(k.ARN, ":")+1:], "/")
	name = cmp.Or(k.TagsAs, name)
	if k.Untags == "vpc" {
		return strings.ToUpper(name)
	}
	return name
}

// Untag is how the service Untags spells the call that takes tags away (VPC API 2016-04-28, ALB
// API 2020-06-16: with a capital T).
func (k Kind) Untag() string {
	if k.Untags == "vpc" || k.Untags == "alb" {
		return "UnTagResources"
	}
	return "UntagResources"
}

// ID is the id of a resource of the kind, however it is named.
func (k Kind) ID(named string) string {
	if k.Written == nil {
		return named
	}
	return k.Written(named)
}

// Region is where a resource of the kind is, of which an event or a sweep says one.
func (k Kind) Region(said string) string {
	if k.Global {
		return ""
	}
	return said
}

// Holds tells whether an id is of the kind.
func (k Kind) Holds(id string) bool { return k.Prefix != "" && strings.HasPrefix(id, k.Prefix) }

// Console is the page of a resource in the console, or "" where none is known. No character
// of it can end a link in Markdown.
func (k Kind) Console(id, region string) string {
	page := k.Page
	if k.Unnumbered != "" && strings.Trim(id, "0123456789") != "" {
		page = k.Unnumbered
	}
	for name, value := range map[string]string{"{id}": id, "{region}": region} {
		if !strings.Contains(page, name) {
			continue
		}
		// Missing, or no id at all, or dots, which would climb out of the path.
		if strings.Trim(value, ".") == "" || len(value) > 128 {
			return ""
		}
		page = strings.ReplaceAll(page, name, url.QueryEscape(value))
	}
	return page
}
