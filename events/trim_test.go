package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

const (
	kilo  = 1024
	async = 128 * kilo // what an asynchronous invocation takes
	limit = 16 * kilo  // the same in small, for speed
)

// filler is text of n bytes that is no identity.
func filler(n int) string { return strings.Repeat("lorem <ipsum> ", n/14+1)[:n] }

// trimmed cuts a body and checks what holds after every cut.
func trimmed(t *testing.T, body []byte, max int) *Event {
	t.Helper()
	out, err := Trim(body, max)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) > max {
		t.Fatalf("%d bytes, want at most %d", len(out), max)
	}
	before, after := decodeOnly(t, body), decodeOnly(t, out)
	mustBeSound(t, after)
	for _, f := range []struct {
		name         string
		have, before any
	}{
		{"Key", after.Key(), before.Key()},
		{"Kind", after.Kind, before.Kind},
		{"Service", after.Service, before.Service},
		{"Name", after.Name, before.Name},
		{"Rule", after.Rule, before.Rule},
		{"Time", after.Time, before.Time},
		{"Account", after.Account, before.Account},
		{"Region", after.Region, before.Region},
		{"Actor", withoutAgent(after.Actor), withoutAgent(before.Actor)},
		{"ErrorCode", after.ErrorCode, before.ErrorCode},
		{"Succeeded", after.Succeeded(), before.Succeeded()},
		{"Resources", after.Resources, before.Resources},
	} {
		if !reflect.DeepEqual(f.have, f.before) {
			t.Errorf("%s %v, before %v", f.name, f.have, f.before)
		}
	}
	for name, value := range after.Params {
		if before.Params[name] != value {
			t.Errorf("param %s was %q, is %q", name, before.Params[name], value)
		}
	}
	again, err := Trim(out, max)
	if err != nil || !bytes.Equal(again, out) {
		t.Errorf("trimmed once more: %d bytes, %v", len(again), err)
	}
	return after
}

func withoutAgent(a Actor) Actor { a.UserAgent = ""; return a }

func cutList(t *testing.T, e *Event) string {
	t.Helper()
	return toObject(e.Envelope).text(trimmedAttribute)
}

func TestTrimLeavesWhatFits(t *testing.T) {
	body := sample(t, legacy)
	out, err := Trim(body, len(body))
	if err != nil || !bytes.Equal(out, body) {
		t.Errorf("changed: %v\n%s", err, out)
	}
	// White space is the first to go, and is not missed.
	if e := trimmed(t, body, len(body)-1); cutList(t, e) != "" {
		t.Errorf("cut %s where spacing would do", cutList(t, e))
	}
}

// Each text is the reason that the event does not fit; it alone is cut.
func TestTrimCuts(t *testing.T) {
	big := filler(limit)
	for name, test := range map[string]struct {
		sample string
		edits  map[string]any
		cut    string
	}{
		"additional data": {legacy, map[string]any{"data/additionalEventData": map[string]any{"CallerBid": big, "Scheme": "https"}}, "data.additionalEventData.CallerBid"},
		"the same twice":  {legacy, map[string]any{"data/requestParameterJson": string(marshal(t, map[string]any{"Note": big}))}, "data.requestParameterJson"},
		"user agent":      {legacy, map[string]any{"data/userAgent": big}, "data.userAgent"},
		"error message":   {"actiontrail/authorize-security-group-failed", map[string]any{"data/errorMessage": big}, "data.errorMessage"},
		"unheard-of key":  {legacy, map[string]any{"data/insight": map[string]any{"text": big}}, "data.insight"},
		"the answer":      {"actiontrail/create-disk", map[string]any{"data/responseElements/Policy": big}, "data.responseElements.*"},
		"user data":       {"actiontrail/run-instances-console", map[string]any{"data/requestParameters/UserData": big}, "data.requestParameters.UserData"},
		"nested params":   {legacy, map[string]any{"data/requestParameters/Command": map[string]any{"Content": big}}, "data.requestParameters.Command.Content"},
		"configuration":   {"config/item-change-security-group", map[string]any{"data/configuration": big}, "data.configuration"},
		"its relations":   {"config/item-change-security-group", map[string]any{"data/relationship": big}, "data.relationship"},
		"nested item": {"config/item-change-security-group", map[string]any{"data": json.RawMessage(`{"configurationItem":{"resourceId":"i-1","resourceType":"ACS::ECS::Instance","accountId":7,
			"regionId":"cn-beijing","captureTime":1637659288000,"configuration":{"a":"` + big + `"}}}`)}, "data.configurationItem.configuration"},
		"annotation":         {"config/noncompliant-disk", map[string]any{"data/annotation": big}, "data.annotation"},
		"of another service": {legacy, map[string]any{"type": "x:Y:Z", "data": map[string]any{"n": 1, "message": big}}, "data.message"},
		"an extension":       {legacy, map[string]any{"traceparent": big}, "traceparent"},
		"in the identity":    {legacy, map[string]any{"data/userIdentity/policy": big}, "data.userIdentity.policy"},
	} {
		t.Run(name, func(t *testing.T) {
			e := trimmed(t, edited(t, test.sample, test.edits), limit)
			if !strings.Contains(","+cutList(t, e)+",", ","+test.cut+",") {
				t.Errorf("cut %s, want %s", cutList(t, e), test.cut)
			}
		})
	}
}

// A call that opens a hundred ports is what must not get lost in its own size.
func TestTrimKeepsHundredPermissions(t *testing.T) {
	params := map[string]any{"SecurityGroupId": group, "RegionId": "cn-hangzhou"}
	for i := 1; i <= 100; i++ {
		p := fmt.Sprintf("Permissions.%d.", i)
		params[p+"IpProtocol"], params[p+"PortRange"] = "TCP", fmt.Sprintf("%d/%d", i, i)
		params[p+"Ipv6SourceCidrIp"] = fmt.Sprintf("2001:0db8:0000:0000:0000:0000:0000:%04x/128", i)
		params[p+"SourceCidrIp"], params[p+"Policy"], params[p+"Priority"] = "0.0.0.0/0", "accept", i
		params[p+"SourceGroupId"] = group
		params[p+"Description"] = filler(512)
	}
	body := edited(t, legacy, map[string]any{
		"data/requestParameters":    params,
		"data/requestParameterJson": string(marshal(t, params)),
		"data/additionalEventData":  map[string]any{"x": filler(20 * kilo)},
	})
	before := decodeOnly(t, body)
	for _, max := range []int{async, 40 * kilo} {
		e := trimmed(t, body, max)
		for name, value := range before.Params {
			if got, ok := e.Params[name]; got != value && (ok || !strings.HasSuffix(name, ".Description")) {
				t.Fatalf("at most %d: %s is %q, want %q", max, name, got, value)
			}
		}
		if got := e.Find("params.SecurityGroupId"); len(got) != 1 || got[0] != group {
			t.Errorf("at most %d: group %v", max, got)
		}
		if list := cutList(t, e); len(list) > kilo {
			t.Errorf("at most %d: a list of %d bytes", max, len(list))
		}
	}
	// Half of the descriptions fit in what was asked for: they are there.
	e := trimmed(t, body, 80*kilo)
	kept := 0
	for name := range e.Params {
		if strings.HasSuffix(name, ".Description") {
			kept++
		}
	}
	if kept < 50 || kept == 100 {
		t.Errorf("%d of 100 descriptions kept", kept)
	}
}

// The ids of what was created go only when the record names them elsewhere.
func TestTrimKeepsAnswersIDs(t *testing.T) {
	ids := make([]string, 100)
	for i := range ids {
		ids[i] = fmt.Sprintf("i-bp1guard0inst%08d", i)
	}
	edits := map[string]any{
		"data/responseElements":    map[string]any{"InstanceIdSets": map[string]any{"InstanceIdSet": ids}, "Note": filler(limit)},
		"data/referencedResources": nil, "data/resourceType": nil, "data/resourceName": nil,
	}
	body := edited(t, "actiontrail/run-instances-console", edits)
	e := trimmed(t, body, 8*kilo)
	if got := e.Find("response.InstanceIdSets.InstanceIdSet"); !reflect.DeepEqual(got, ids) {
		t.Errorf("%d ids, want %d", len(got), len(ids))
	}
	if out, err := Trim(body, 3*kilo); err == nil {
		t.Errorf("the only ids were cut: %s", out)
	}

	edits["data/referencedResources"] = map[string]any{"ACS::ECS::Instance": ids}
	body = edited(t, "actiontrail/run-instances-console", edits)
	e = trimmed(t, body, 6*kilo)
	if got := e.Find("response.InstanceIdSets.InstanceIdSet|resources.ACS::ECS::Instance"); !reflect.DeepEqual(got, ids) {
		t.Errorf("%d ids, want %d", len(got), len(ids))
	}
}

// Sign-ins keep what is judged, whether MFA was used, whatever makes them long.
func TestTrimKeepsMFA(t *testing.T) {
	for _, flag := range []string{"isMFAChecked", "mfaChecked"} {
		record := edited(t, "signin/root-console", map[string]any{
			"insight": filler(limit), "additionalEventData": map[string]any{flag: "true", "callbackUrl": filler(kilo)}})
		body := edited(t, legacy, map[string]any{"type": "aascustomer:ActionTrail:ConsoleSignin", "data": json.RawMessage(record)})
		if e := trimmed(t, body, 2*kilo); !e.Actor.MFA {
			t.Errorf("%s is gone", flag)
		}
	}
}

// Free text goes before lists of ids, and those before nothing at all: what is
// short is never cut.
func TestTrimOrderOfParams(t *testing.T) {
	ids := string(marshal(t, strings.Fields(strings.Repeat("i-bp1guard0inst00000001 ", 100))))
	params := map[string]any{"InstanceIds": ids, "CommandContent": strings.Repeat("echo ", kilo/2), "Username": "app"}
	body := edited(t, legacy, map[string]any{"data/requestParameters": params})
	e := trimmed(t, body, len(body)-kilo)
	if e.Params["InstanceIds"] != ids || e.Params["CommandContent"] != "" {
		t.Errorf("cut %s", cutList(t, e))
	}
	e = trimmed(t, body, 3*kilo)
	if _, there := e.Params["InstanceIds"]; there || e.Params["Username"] != "app" {
		t.Errorf("cut %s", cutList(t, e))
	}
	short := map[string]any{}
	for i := range 200 {
		short[fmt.Sprintf("Permissions.%d.PortRange", i)] = "22/22"
	}
	if out, err := Trim(edited(t, legacy, map[string]any{"data/requestParameters": short}), 4*kilo); err == nil {
		t.Errorf("short parameters were cut: %s", out)
	}
}

// The parameters that stand only in the JSON text are not a duplicate.
func TestTrimKeepsParameterJson(t *testing.T) {
	text := string(marshal(t, map[string]any{"SecurityGroupId": group, "UserData": filler(limit)}))
	e := trimmed(t, edited(t, legacy, map[string]any{"data/requestParameters": nil, "data/requestParameterJson": text}), 8*kilo)
	if e.Params["SecurityGroupId"] != group {
		t.Errorf("params %v", e.Params)
	}
}

func TestTrimFails(t *testing.T) {
	for name, test := range map[string]struct {
		body []byte
		max  int
		want string
	}{
		"too small a limit":   {sample(t, legacy), 500, "bytes are left without all that can be cut"},
		"too many small ones": {edited(t, legacy, map[string]any{"data/referencedResources": map[string]any{"ACS::ECS::Disk": strings.Split(strings.Repeat("d,", limit), ",")}}), 10 * kilo, "actiontrail/5D0C0001-8A41-5F3B-B0E6-2C91E7A40001: 6"},
		"no CloudEvent":       {sample(t, "signin/root-console"), 100, "not a CloudEvent"},
		"not JSON":            {[]byte("hello"), 1, "not a CloudEvent"},
		"unreadable":          {[]byte(`{"specversion":"1.0","type":"ecs:ActionTrail:ApiCall"}`), 1, `no object in "data"`},
	} {
		out, err := Trim(test.body, test.max)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), fmt.Sprintf("to %d", test.max)) {
			t.Errorf("%s: %v, %d bytes; want %s", name, err, len(out), test.want)
		}
	}
}

// Whatever the limit, a sample is either cut soundly or refused.
func TestTrimAnyLimit(t *testing.T) {
	for _, name := range sampleFiles(t) {
		body := sample(t, name)
		if !isCloudEvent(toObject(body)) {
			continue
		}
		var least int
		for max := len(body); max > 0; max -= 211 {
			if _, err := Trim(body, max); err != nil {
				least = max
				break
			}
			trimmed(t, body, max)
		}
		if least > 2*kilo+kilo/2 {
			t.Errorf("%s: nothing to cut below %d bytes", name, least)
		}
	}
}
