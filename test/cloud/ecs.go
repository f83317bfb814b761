package cloud

import (
	"slices"
	"strings"
	"time"
)

// ecsState is what ECS keeps. Lists are in the order of creation, which is the
// order in which they are answered.
type ecsState struct {
	groups      []*securityGroup
	instances   []*instance
	nics        []*networkInterface
	disks       []*disk
	images      []*image
	snapshots   []*snapshot
	policies    []*snapshotPolicy
	keyPairs    []*keyPair
	prefixLists []*prefixList
	portLists   []*portList
	templates   []*launchTemplate
	encryption  map[string]*diskEncryption // by region
	ruleQuota   int                        // 0: the cloud's
}

// ecsResource is what every resource of ECS has.
type ecsResource struct {
	id, region, name, description string
	tags                          map[string]string
	created                       time.Time
}

func (c *Cloud) startECS() {
	c.ecs = ecsState{encryption: map[string]*diskEncryption{}}
	c.serveRPC(&rpcProduct{code: "Ecs", ram: "ecs", version: "2014-05-26", missing: missingInECS},
		slices.Concat(securityGroupActions, securityRuleActions, listActions, instanceActions, instanceAttributeActions, keyPairImportActions, nicAttributeActions, instanceFactActions, instanceAttachmentActions, availableActions, priceActions, diskChangeActions, instanceVPCActions, templateActions, publicIPActions, nicActions, nicAddressActions,
			diskActions, diskEncryptionActions, imageActions, snapshotActions, snapshotPolicyActions, keyPairActions, zoneActions, tagActions, oldTagActions),
		"ecs.aliyuncs.com", "ecs-cn-hangzhou.aliyuncs.com", "ecs.*.aliyuncs.com", "ecs-openapi-share.*.aliyuncs.com")
}

// find returns the resource of the call's region with an id, or nil.
func find[T interface{ base() *ecsResource }](q *rpcRequest, all []T, id string) (T, bool) {
	for _, r := range all {
		if b := r.base(); b.id == id && b.region == q.region {
			return r, true
		}
	}
	var none T
	return none, false
}

// within returns the resources of a call's region that a filter keeps.
func within[T interface{ base() *ecsResource }](q *rpcRequest, all []T, keep func(T) bool) []T {
	var kept []T
	for _, r := range all {
		if r.base().region == q.region && keep(r) {
			kept = append(kept, r)
		}
	}
	return kept
}

// without removes the resource with an id.
func without[T interface{ base() *ecsResource }](all []T, id string) []T {
	return slices.DeleteFunc(all, func(r T) bool { return r.base().id == id })
}

func (r *ecsResource) base() *ecsResource { return r }

// newResource makes an id and takes the tags of a call.
func (q *rpcRequest) newResource(kind, name string) ecsResource {
	return ecsResource{
		id: q.c.resourceID(kind, q.region), region: q.region, name: name,
		description: q.str("Description"), tags: q.tags(), created: q.c.clock(),
	}
}

// tags are the Tag.N of a call; some clients spell the fields in lower case,
// and some actions say Tags.
func (q *rpcRequest) tags() map[string]string {
	tags := map[string]string{}
	for _, t := range slices.Concat(q.items("Tag"), q.items("Tags")) {
		key, value := t["Key"], t["Value"]
		if key == "" {
			key, value = t["key"], t["value"]
		}
		if key != "" {
			tags[key] = value
		}
	}
	return tags
}

// hasTags says whether a resource carries every tag that a call filters by. A
// tag without a value asks for the key only.
func (r *ecsResource) hasTags(q *rpcRequest) bool {
	for key, value := range q.tags() {
		have, ok := r.tags[key]
		if !ok || value != "" && have != value {
			return false
		}
	}
	return true
}

// tagViews are tags as most answers of ECS write them.
func tagViews(tags map[string]string, keyName, valueName string) []map[string]any {
	views := []map[string]any{}
	for _, k := range sortedKeys(tags) {
		views = append(views, map[string]any{keyName: k, valueName: tags[k]})
	}
	return views
}

// matches compares a filter of a call, which may hold *, with a value. An
// absent filter matches everything.
func (q *rpcRequest) matches(name, value string) bool {
	return !q.has(name) || wildcard(q.str(name), value)
}

// matchesBool compares a boolean filter.
func (q *rpcRequest) matchesBool(name string, value bool) bool {
	return !q.has(name) || q.is(name) == value
}

// onEach gives the ARNs of the resources that a call names, or of all of the
// kind.
func onEach(kind string, ids func(*rpcRequest) []string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string {
		var arns []string
		for _, id := range ids(q) {
			arns = append(arns, q.arn("ecs", kind+"/"+id))
		}
		if len(arns) == 0 {
			arns = []string{q.arn("ecs", kind+"/*")}
		}
		return arns
	}
}

// named takes ids from parameters that hold one each.
func named(names ...string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string {
		var ids []string
		for _, name := range names {
			if q.has(name) {
				ids = append(ids, q.str(name))
			}
		}
		return ids
	}
}

// namedIn takes ids from a parameter that holds a JSON array of them.
func namedIn(name string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string {
		ids, _ := q.jsonList(name, 1000) // the handler refuses a bad one
		return ids
	}
}

// both joins two lists of ARNs: a call that needs permission for each.
func both(a, b func(*rpcRequest) []string) func(*rpcRequest) []string {
	return func(q *rpcRequest) []string { return slices.Concat(a(q), b(q)) }
}

// done is the answer of a call that returns nothing.
func done() (any, error) { return map[string]any{}, nil }

// validName checks the name of a list or a group.
func validName(name string) bool {
	return name == "" || len(name) >= 2 && len(name) <= 128 &&
		!strings.HasPrefix(name, "http://") && !strings.HasPrefix(name, "https://")
}

// joined is a list on one line.
func joined(ids []string) string { return strings.Join(ids, ",") }
