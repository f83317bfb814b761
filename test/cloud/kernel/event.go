package kernel

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// writeEvent is one write, as ActionTrail is told of it.
// RPC and REST calls come to it alike. It is made while the answer is known, and before the client
// has it.
type writeEvent struct {
	service, action, version string // "Ecs", "RevokeSecurityGroup", "2014-05-26"
	region, host             string
	global                   bool
	who                      Principal
	sourceIP, userAgent      string
	requestID                string
	params                   map[string]any // flat, as the API names them
	result                   map[string]any
	resources                []touched
	err                      *Error
}

// Passwords and secrets are masked as ActionTrail does, in the parameters as well as in the answer
// (CreateAccessKey).
func (q *Request) writeEvent(result map[string]any, failure *Error) writeEvent {
	e := writeEvent{
		service: q.Product.Code, action: q.Action.Name, version: q.Product.Version,
		region: q.Region, host: BareHost(q.HTTP.Host), global: q.Product.Global, who: q.Who,
		sourceIP: q.C.CallerIP(q.HTTP), userAgent: q.HTTP.UserAgent(), requestID: q.id,
		params: map[string]any{}, resources: q.resources, err: failure,
	}
	for k, v := range q.Params {
		p := FindParam(q.Action.Spec, k)
		e.params[k] = JSONValue(p, masked(k, v))
	}
	if failure == nil {
		e.result = maskedResult(result).(map[string]any)
	}
	return e
}

// JSONValue gives a parameter the JSON type of its declaration, as the
// recorded events do for most.
func JSONValue(p *Param, v string) any {
	if p == nil {
		return v
	}
	switch p.Kind {
	case "Boolean":
		if b, err := strconv.ParseBool(strings.ToLower(v)); err == nil {
			return b
		}
	case "Integer", "Long":
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n
		}
	}
	return v
}

// maskedResult hides secrets in an answer.
func maskedResult(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	hidden := map[string]any{}
	for k, v := range object {
		if text, ok := v.(string); ok {
			v = masked(k, text)
		}
		hidden[k] = maskedResult(v)
	}
	return hidden
}

// recordWrite keeps the event, delivers it to the trails and publishes it. The caller
// must not hold mu.
func (c *Cloud) recordWrite(w writeEvent) {
	c.Mu.Lock()
	form := eventForm{n: c.records + c.Random.First}
	c.records++
	record := c.trailRecord(w, form)
	c.KeepRecord(record)
	c.Mu.Unlock()
	ce, err := json.Marshal(c.cloudEvent(w, form, record))
	if err != nil {
		c.Log.Error("an event could not be written", "action", w.action, "error", err)
		return
	}
	c.Publish(ce)
}

// eventForm varies what the real events vary, in a fixed order that the seed
// shifts: a consumer has to bear all of it.
type eventForm struct{ n uint64 }

// Every kth event has the variation.
func (f eventForm) every(k uint64) bool { return f.n%k == k-1 }

// trailRecord is the data of the event: ActionTrail's own record.
// The fields are those of ActionTrail's reference; what varies is what recorded samples were found
// to vary in, against the reference.
func (c *Cloud) trailRecord(w writeEvent, form eventForm) map[string]any {
	now := c.Clock()
	record := map[string]any{
		"eventId": c.Random.Uuid(), "eventName": w.action, "eventRW": "Write", "eventType": "ApiCall", "eventCategory": "Management",
		"eventSource": w.host, "eventTime": Stamp(now), "apiVersion": w.version, "serviceName": w.service,
		"acsRegion": w.acsRegion(), "isGlobal": w.global, "recipientAccountId": c.Account, "requestId": w.requestID,
		"requestParameters": w.requestParameters(form), "sourceIpAddress": w.sourceIP, "userAgent": w.userAgent,
		"userIdentity": userIdentity(w.who, now, form), "additionalEventData": map[string]any{"Scheme": "https", "CallerBid": "26842"},
	}
	// Text in some events and a number in others.
	record["eventVersion"] = any("1")
	if form.every(2) {
		record["eventVersion"] = 1
	}
	if strings.Contains(w.userAgent, "console.aliyun.com") {
		// Some consoles do not go through the API: their events say so, and
		// have no version.
		record["eventType"], record["apiVersion"] = "ConsoleOperation", "*"
	}
	// Events of refused calls have no responseElements. Successful ones have empty error fields
	// now and then.
	if w.err != nil {
		record["errorCode"], record["errorMessage"] = w.err.Code, w.err.Message
	} else {
		record["responseElements"] = w.result
		if form.every(3) {
			record["errorCode"], record["errorMessage"] = "", ""
		}
	}
	addReferences(record, w.resources)
	return record
}

// addReferences lists what a write was about: ids of one type with commas,
// types with semicolons.
func addReferences(record map[string]any, resources []touched) {
	var kinds []string
	ids := map[string][]string{}
	for _, r := range resources {
		if ids[r.kind] == nil {
			kinds = append(kinds, r.kind)
		}
		ids[r.kind] = append(ids[r.kind], r.id)
	}
	if len(kinds) == 0 {
		return
	}
	var names []string
	for _, k := range kinds {
		names = append(names, joined(ids[k]))
	}
	record["referencedResources"] = ids
	record["resourceType"], record["resourceName"] = strings.Join(kinds, ";"), strings.Join(names, ";")
}

// acsRegion is where ActionTrail says that a call was made, which for services without regions is the
// one that keeps their events.
func (w writeEvent) acsRegion() string {
	switch {
	case w.service == "Ims":
		return "cn-shanghai"
	case w.global:
		return "cn-hangzhou"
	}
	return w.region
}

// requestParameters are the call's own and those that gateways add to them.
// Now and then every value is text.
func (w writeEvent) requestParameters(form eventForm) map[string]any {
	params := map[string]any{
		"AcsProduct": w.service, "AcsHost": w.host, "HostId": w.host, "RequestId": w.requestID, "RegionId": w.region,
		"AcceptLanguage": "zh-CN", "X-Acs-Client-Tls-Version": "TLSv1.3",
	}
	for k, v := range w.params {
		params[k] = v
	}
	if form.every(4) {
		for k, v := range params {
			params[k] = fmt.Sprint(v)
		}
	}
	return params
}

// userIdentity is the caller in the form of its type.
func userIdentity(p Principal, now time.Time, form eventForm) map[string]any {
	id := map[string]any{"type": p.Type, "principalId": p.ID, "accountId": p.Account, "userName": p.Name}
	console := strings.HasPrefix(p.AccessKeyID, "TMP.")
	switch {
	case p.Type == "system":
		return map[string]any{"type": "system", "userName": p.Name}
	case console && !form.every(3):
		// A console session is recorded without a key, mostly.
	default:
		id["accessKeyId"] = p.AccessKeyID
	}
	if console || p.Type == "assumed-role" {
		id["sessionContext"] = map[string]any{"attributes": map[string]any{
			"mfaAuthenticated": strconv.FormatBool(p.MFA), "creationDate": Stamp(now),
		}}
	}
	return id
}

// cloudEvent is the envelope in which EventBridge delivers the record.
func (c *Cloud) cloudEvent(w writeEvent, form eventForm, record map[string]any) map[string]any {
	product := strings.ToLower(w.service)
	region := w.region
	if w.global {
		region = "cn-hangzhou" // where events of global services are kept
	}
	now := c.Clock()
	local := now.In(time.FixedZone("", 8*60*60))
	subject := w.action
	if len(w.resources) > 0 {
		subject = w.resources[0].id
	}
	ce := map[string]any{
		"id": record["eventId"], "source": "acs." + product, "specversion": "1.0",
		"type":    product + ":ActionTrail:" + record["eventType"].(string),
		"subject": "acs." + product + ":" + region + ":" + c.Account + ":" + subject,
		"time":    Stamp(now), "datacontenttype": "application/json;charset=utf-8", "data": record,
		"aliyunaccountid": c.Account, "aliyunpublishtime": Stamp(now.Add(time.Second)),
		"aliyuneventbusname": "default", "aliyunregionid": region,
	}
	if form.every(2) {
		// Some events have local time.
		ce["time"] = local.Format("2006-01-02T15:04:05+08:00")
		ce["datacontenttype"] = "application/json; charset=utf-8"
	}
	if form.every(3) {
		ce["aliyunpublishtime"] = local.Format("2006-01-02T15:04:05.000") + "PRC" // no time zone that RFC 3339 knows
	}
	if form.every(5) {
		delete(ce, "datacontenttype")
	}
	return ce
}

// KeepRecord tells whoever keeps records of one. mu is held.
func (c *Cloud) KeepRecord(record map[string]any) {
	for _, f := range c.OnRecord {
		f(record)
	}
}
