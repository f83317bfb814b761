package cloud

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/gogo/protobuf/proto"
)

// noteRecord keeps a record for LookupEvents and delivers it to the trails. mu
// is held.
func (c *Cloud) noteRecord(record map[string]any) {
	c.trails.events = append(c.trails.events, record)
	for _, t := range c.trails.trails {
		if t.wants(record) {
			c.deliver(t, record)
		}
	}
}

// wants says whether a trail delivers an event. Events of global services are
// those of cn-hangzhou, whatever region they name.
func (t *trail) wants(record map[string]any) bool {
	region, _ := record["acsRegion"].(string)
	if global, _ := record["isGlobal"].(bool); global {
		region = "cn-hangzhou"
	}
	return t.status == "Enable" && t.project != "" &&
		(t.eventRW == "All" || t.eventRW == record["eventRW"]) &&
		(t.region == "All" || slices.Contains(strings.Split(t.region, ","), region))
}

// logstoreOf is the logstore of a trail, nil where there is none. ActionTrail
// makes it once: one that somebody deleted stays away.
func (c *Cloud) logstoreOf(t *trail) *slsStore {
	m := slsProjectARN.FindStringSubmatch(t.project)
	if m == nil {
		return nil
	}
	p := c.slsProjects[m[3]]
	if p == nil || p.region != m[1] {
		return nil
	}
	name := "actiontrail_" + t.name
	if p.stores[name] == nil && t.storeIn != t.project {
		now := c.clock()
		// 3650 days is for ever. A new trail is not delivered faster for more shards.
		s, err := newLogstore(logstoreConf{Name: name, TTL: 3650, ShardCount: 2, AutoSplit: true, MaxSplitShard: 64}, now)
		if err != nil {
			c.log.Error("no logstore for a trail", "trail", t.name, "error", err)
			return nil
		}
		s.index = trailIndex()
		p.stores[name] = s
	}
	t.storeIn = t.project
	return p.stores[name]
}

// deliver writes a record as one log: its topic says what it is, and its only
// field, event, is the record as JSON. mu is held.
func (c *Cloud) deliver(t *trail, record map[string]any) {
	s := c.logstoreOf(t)
	if s == nil {
		t.deliveryError = "The project or the logstore " + t.project + " does not exist."
		return
	}
	record = maps.Clone(record)
	if params, ok := record["requestParameters"]; ok {
		text, _ := json.Marshal(params) // it came out of JSON
		record["requestParameterJson"] = string(text)
	}
	text, err := json.Marshal(record)
	if err != nil {
		c.log.Error("a record could not be delivered", "trail", t.name, "error", err)
		return
	}
	now := c.clock()
	at, err := time.Parse(time.RFC3339, record["eventTime"].(string))
	if err != nil {
		at = now
	}
	sh, _ := s.shardFor("")
	sh.groups = append(sh.groups, slsGroup{received: now, index: s.index, LogGroup: &sls.LogGroup{
		Topic: proto.String("actiontrail_audit_event"), Source: proto.String(""),
		Logs: []*sls.Log{{Time: proto.Uint32(uint32(at.Unix())), Contents: []*sls.LogContent{{Key: proto.String("event"), Value: proto.String(string(text))}}}},
	}})
	t.delivered, t.deliveryError = now, ""
	c.pendingChanged() // a log trigger may be waiting for this
}

// trailIndex is the index that such a logstore comes with: full text, and the
// fields that the documentation of its logs lists.
func trailIndex() *sls.Index {
	x := sls.CreateDefaultIndex()
	fields := map[string]*sls.JsonKey{}
	for _, name := range []string{
		"acsRegion", "apiVersion", "errorCode", "errorMessage", "eventCategory", "eventId", "eventName", "eventRW", "eventSource", "eventTime",
		"eventType", "eventVersion", "isGlobal", "recipientAccountId", "requestId", "requestParameterJson", "resourceName", "resourceType",
		"serviceName", "sourceIpAddress", "userAgent", "vpcId",
		"additionalEventData.isMFAChecked", "additionalEventData.mfaChecked", "additionalEventData.loginAccount",
		"userIdentity.accessKeyId", "userIdentity.accountId", "userIdentity.principalId", "userIdentity.type", "userIdentity.userName",
		"userIdentity.sessionContext.attributes.mfaAuthenticated",
	} {
		fields[name] = &sls.JsonKey{Type: "text", DocValue: true}
	}
	x.Keys = map[string]sls.IndexKey{"event": {Type: "json", Token: x.Line.Token, DocValue: true, JsonKeys: fields}}
	return x
}

// trailInventory is what Cloud Config sees of ActionTrail. mu is held.
func (c *Cloud) trailInventory(add noteItem) {
	for _, t := range c.trails.trails {
		view := t.view()
		view["Status"], view["IsOrganizationTrail"] = t.status, t.organization
		add(trailKind, t.name, t.name, t.home, t.created, nil, view)
	}
}
