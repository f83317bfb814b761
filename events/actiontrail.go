package events

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// readActionTrail reads the record of a call: the "data" of EventBridge, or the
// record alone as a trail delivers it.
func readActionTrail(e *Event, d object) error {
	e.Kind = KindActionTrail
	e.Name = d.text("eventName")
	if e.Name == "" {
		return errors.New(`no "eventName" in an ActionTrail record`)
	}
	e.Service = strings.ToLower(d.text("serviceName"))
	if e.Service == "" {
		e.Service = serviceOf(e.Type)
	}
	if e.Service == "" {
		// "signin.aliyun.com"; of a URL there is nothing to be had.
		e.Service, _, _ = strings.Cut(strings.ToLower(d.text("eventSource")), ".")
	}
	if e.Service == "" || strings.ContainsAny(e.Service, ":/") {
		return errors.New(`no "serviceName" in an ActionTrail record of ` + e.Name)
	}
	if id := d.text("eventId"); id != "" {
		e.ID = id
	} else if id := d.text("requestId"); id != "" {
		// Better than the envelope's id, which differs between two sources.
		e.ID = id + "/" + e.Name
	}
	// The envelope's time is when the event was made, which is later.
	if t, ok := parseTime(d.text("eventTime")); ok {
		e.Time = t
	}
	// Whose resources it is about is the account that received the event; the
	// caller may be of another one.
	identity := d.object("userIdentity")
	if account := d.text("recipientAccountId"); account != "" {
		e.Account = account
	} else if account := identity.text("accountId"); account != "" {
		e.Account = account
	}
	e.Actor = readActor(d, identity, e.Account)
	e.ErrorCode = failure(d.text("errorCode"))
	e.ErrorMessage = failure(d.text("errorMessage"))
	e.Params = readParams(d)
	if region := d.text("acsRegion"); region != "" {
		e.Region = region
	} else if e.Region == "" { // the envelope's, where there is one
		e.Region = e.Params["RegionId"]
	}
	e.Global = strings.EqualFold(d.text("isGlobal"), "true")
	e.Resources = readResources(d)
	return nil
}

// failure empties what only says that all went well.
func failure(s string) string {
	switch strings.ToLower(s) {
	case "success", "null":
		return ""
	}
	return s
}

// readActor falls back on the account the event was recorded for: services that
// act by themselves are named without one.
func readActor(d, identity object, account string) Actor {
	a := Actor{
		Type:        identity.text("type"),
		Account:     identity.text("accountId"),
		PrincipalID: identity.text("principalId"),
		Name:        identity.text("userName"),
		AccessKeyID: identity.text("accessKeyId", "AccessKeyId"),
		SourceIP:    d.text("sourceIpAddress"),
		UserAgent:   d.text("userAgent"),
	}
	if a.Account == "" {
		a.Account = account
	}
	session := identity.object("sessionContext").object("attributes", "sessionAttributes")
	extra := d.object("additionalEventData")
	// A call has the first, a sign-in by root the second, by a RAM user the third.
	for _, flag := range []string{
		session.text("mfaAuthenticated"), extra.text("isMFAChecked"), extra.text("mfaChecked"),
	} {
		a.MFA = a.MFA || strings.EqualFold(flag, "true")
	}
	return a
}

// readParams takes requestParameterJson only when the other is not there: they
// say the same.
func readParams(d object) map[string]string {
	o := d.object("requestParameters")
	if len(o) == 0 {
		o = d.object("requestParameterJson")
	}
	if len(o) == 0 {
		return nil
	}
	out := make(map[string]string, len(o))
	flattenObject(out, "", o, 0)
	return out
}

// readResources collects from both places where a record names resources.
func readResources(d object) []Resource {
	var out []Resource
	add := func(typ, id string) {
		typ, id = strings.TrimSpace(typ), strings.TrimSpace(id)
		r := Resource{longType(typ), id}
		if typ != "" && id != "" && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	referenced := d.object("referencedResources")
	for _, typ := range slices.Sorted(maps.Keys(referenced)) {
		for _, id := range texts(referenced[typ]) {
			add(typ, id)
		}
	}
	// Types are separated by ";" and so are the groups of names; one type may
	// come with several groups, never the other way round.
	types := strings.Split(groups(d["resourceType"]), ";")
	for i, group := range strings.Split(groups(d["resourceName"]), ";") {
		if len(types) > 1 && i >= len(types) {
			break
		}
		for _, id := range strings.Split(group, ",") {
			add(types[min(i, len(types)-1)], id)
		}
	}
	return out
}

// groups are what ";" separates: some records have an array of them instead.
func groups(raw json.RawMessage) string {
	return strings.Join(texts(raw), ";")
}

// texts returns every scalar in a value, arrays at any level and arrays written
// in a string opened. What is empty is left out.
func texts(raw json.RawMessage) []string {
	if s, ok := scalar(raw); ok {
		return expand(s)
	}
	list, _ := splitArray(raw)
	var out []string
	for _, elem := range list {
		out = append(out, texts(elem)...)
	}
	return out
}

// expand opens a parameter that is a JSON array in a string.
func expand(s string) []string {
	if s == "" {
		return nil
	}
	if !strings.HasPrefix(s, "[") || !json.Valid([]byte(s)) {
		return []string{s}
	}
	list, _ := splitArray([]byte(s))
	var out []string
	for _, elem := range list {
		if id, ok := scalar(elem); ok && id != "" {
			out = append(out, id)
		}
	}
	return out
}

// longTypes are the bare names of resource types that records had until 2020.
var longTypes = map[string]string{
	"AccessKey":          "ACS::RAM::AccessKey",
	"AutoSnapshotPolicy": "ACS::ECS::AutoSnapshotPolicy",
	"Bucket":             "ACS::OSS::Bucket",
	"Disk":               "ACS::ECS::Disk",
	"Eip":                "ACS::EIP::EipAddress",
	"EipAddress":         "ACS::EIP::EipAddress",
	"Group":              "ACS::RAM::Group",
	"Image":              "ACS::ECS::Image",
	"Instance":           "ACS::ECS::Instance",
	"KeyPair":            "ACS::ECS::KeyPair",
	"LaunchTemplate":     "ACS::ECS::LaunchTemplate",
	"LoadBalancer":       "ACS::SLB::LoadBalancer",
	"NatGateway":         "ACS::NAT::NatGateway",
	"NetworkInterface":   "ACS::ECS::NetworkInterface",
	"Policy":             "ACS::RAM::Policy",
	"Role":               "ACS::RAM::Role",
	"RouteTable":         "ACS::VPC::RouteTable",
	"SecurityGroup":      "ACS::ECS::SecurityGroup",
	"Snapshot":           "ACS::ECS::Snapshot",
	"Trail":              "ACS::ActionTrail::Trail",
	"User":               "ACS::RAM::User",
	"VPC":                "ACS::VPC::VPC",
	"VSwitch":            "ACS::VPC::VSwitch",
	"Vpc":                "ACS::VPC::VPC",
}

// longType leaves a type it does not know as it is: a wrong guess would name a
// resource that is not there.
func longType(typ string) string {
	if long, ok := longTypes[typ]; ok {
		return long
	}
	return typ
}
