package actiontrail

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/logservice"
	"github.com/gogo/protobuf/proto"
)

// noteRecord keeps a record for LookupEvents and delivers it to the trails. mu
// is held.
func (c *Service) noteRecord(record map[string]any) {
	c.events = append(c.events, record)
	for _, t := range c.Trails {
		if t.wants(record) {
			c.deliver(t, record)
		}
	}
}

// wants says whether a trail delivers an event. Events of global services are
// those of cn-hangzhou, whatever region they name.
func (t *Trail) wants(record map[string]any) bool {
	region, _ := record["acsRegion"].(string)
	if global, _ := record["isGlobal"].(bool); global {
		region = "cn-hangzhou"
	}
	return t.Logging && t.SLSProjectARN != "" &&
		(t.Events == "All" || t.Events == record["eventRW"]) &&
		(t.Region == "All" || slices.Contains(strings.Split(t.Region, ","), region))
}

// logstoreOf is the logstore of a trail, nil where there is none. ActionTrail
// makes it once: one that somebody deleted stays away.
func (c *Service) logstoreOf(t *Trail) *logservice.Store {
	m := kernel.SlsProjectARN.FindStringSubmatch(t.SLSProjectARN)
	if m == nil {
		return nil
	}
	p := c.logs.Project(m[3])
	if p == nil || p.Region != m[1] {
		return nil
	}
	name := "actiontrail_" + t.Name
	s, err := c.logs.Logstore(p.Name, name)
	if err != nil && t.storeIn != t.SLSProjectARN {
		// 3650 days is for ever. A new trail is not delivered faster for more shards.
		s, err = c.logs.MakeLogstore(p.Name, logservice.LogstoreConf{Name: name, TTL: 3650, ShardCount: 2, AutoSplit: true, MaxSplitShard: 64})
		if err != nil {
			c.Log.Error("no logstore for a trail", "trail", t.Name, "error", err)
			return nil
		}
		s.Index = logservice.TrailIndex()
	}
	t.storeIn = t.SLSProjectARN
	return s
}

// deliver writes a record as one log: its topic says what it is, and its only
// field, event, is the record as JSON. mu is held.
// The log's time is the event's, and its arrival is now. requestParameterJson is added as the real
// delivery does, since the index does not go into parameters.
func (c *Service) deliver(t *Trail, record map[string]any) {
	s := c.logstoreOf(t)
	if s == nil {
		t.deliveryError = "The project or the logstore " + t.SLSProjectARN + " does not exist."
		return
	}
	record = maps.Clone(record)
	if params, ok := record["requestParameters"]; ok {
		text, _ := json.Marshal(params) // it came out of JSON
		record["requestParameterJson"] = string(text)
	}
	text, err := json.Marshal(record)
	if err != nil {
		c.Log.Error("a record could not be delivered", "trail", t.Name, "error", err)
		return
	}
	now := c.Clock()
	at, err := time.Parse(time.RFC3339, record["eventTime"].(string))
	if err != nil {
		at = now
	}
	sh, _ := s.ShardFor("")
	sh.Groups = append(sh.Groups, logservice.Group{Received: now, Index: s.Index, LogGroup: &sls.LogGroup{
		Topic: proto.String("actiontrail_audit_event"), Source: proto.String(""),
		Logs: []*sls.Log{{Time: proto.Uint32(uint32(at.Unix())), Contents: []*sls.LogContent{{Key: proto.String("event"), Value: proto.String(string(text))}}}},
	}})
	t.delivered, t.deliveryError = now, ""
	c.PendingChanged() // a log trigger may be waiting for this
}

// trailInventory is what Cloud Config sees of ActionTrail. mu is held.
func (c *Service) trailInventory(add kernel.NoteItem) {
	for _, t := range c.Trails {
		view := t.view()
		view["Status"], view["IsOrganizationTrail"] = t.status(), t.Organization
		add(TrailKind, t.Name, t.Name, t.HomeRegion, t.created, nil, view)
	}
}
