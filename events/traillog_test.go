package events

import (
	"encoding/json"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"testing"
)

// asTrailLog is an event's record as a trail delivers it, the parameters twice; ok is false
// where there is none.
func asTrailLog(t *testing.T, body []byte) (fields map[string]string, ok bool) {
	t.Helper()
	record := toObject(body)
	if record.has("data") {
		record = toObject(record["data"])
	}
	if !record.has("eventName") || !record.has("userIdentity") {
		return nil, false
	}
	if params, ok := record["requestParameters"]; ok {
		record["requestParameterJson"] = quote(string(params))
	}
	return map[string]string{"event": string(record.encode()), "__topic__": "actiontrail_audit_event"}, true
}

// Of every sample the record in a trail's logstore is the event that the bus brings.
func TestATrailsLogIsTheEventOfTheBus(t *testing.T) {
	seen := 0
	err := fs.WalkDir(os.DirFS("samples"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		body := sample(t, strings.TrimSuffix(path, ".json"))
		fields, ok := asTrailLog(t, body)
		if !ok {
			return nil
		}
		seen++
		want, err := Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		record, err := TrailLog(fields)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		envelope := record.CloudEvent()
		got, err := Decode(envelope)
		if err != nil || len(got) != 1 {
			t.Errorf("%s: %v, %v", path, got, err)
			return nil
		}
		g, w := got[0], want[0]
		if !g.OfTrail() || w.OfTrail() {
			t.Errorf("%s: by the trail %v, and by the bus %v", path, g.OfTrail(), w.OfTrail())
		}
		if g.Key() != w.Key() || g.Source != "acs."+w.Service || record.Act != (Act{w.Service, w.Name}) {
			t.Errorf("%s: %s of %s, want %s; the act is %v", path, g.Key(), g.Source, w.Key(), record.Act)
		}
		if act, key, ok := Peek(envelope); ok && (act != record.Act || key != w.Key()) {
			t.Errorf("%s: Peek says %v %s", path, act, key)
		}
		for _, e := range []*Event{&g, &w} { // what only an envelope has
			e.Source, e.Type, e.Published, e.Data, e.Envelope = "", "", e.Time, nil, nil
		}
		if g.Account == "" { // what the cloud does by itself may name no account; the bus knows its own
			w.Account, w.Actor.Account = "", ""
		}
		if !reflect.DeepEqual(g, w) {
			t.Errorf("%s:\n%+v, want\n%+v", path, g, w)
		}
		return nil
	})
	if err != nil || seen < 10 {
		t.Errorf("%d samples, %v", seen, err)
	}
}

// A record that is too large for an invocation can be cut like any event.
func TestATrailsLogIsCutLikeAnyEvent(t *testing.T) {
	fields, _ := asTrailLog(t, sample(t, "actiontrail/run-instances-console"))
	record := toObject([]byte(fields["event"]))
	record["responseElements"] = quote(strings.Repeat("x", 200_000))
	r, err := TrailLog(map[string]string{"event": string(record.encode())})
	if err != nil {
		t.Fatal(err)
	}
	cut, err := Trim(r.CloudEvent(), 64<<10)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := Decode(r.CloudEvent())
	if err != nil {
		t.Fatal(err)
	}
	if e, err := Decode(cut); err != nil || e[0].Key() != whole[0].Key() || !e[0].OfTrail() {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestWhatIsNoRecordOfATrail(t *testing.T) {
	for says, fields := range map[string]map[string]string{
		`no field "event"`:     {"content": "{}"},
		"not a JSON object":    {"event": `{"eventName":`},
		"is not a JSON object": {"event": `["eventName"]`},
		`no "eventName"`:       {"event": `{"serviceName":"Ecs","eventName":{}}`},
		`no "serviceName"`:     {"event": `{"eventName":"RunInstances","eventSource":"http://x"}`},
	} {
		if r, err := TrailLog(fields); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v is %+v (%v), want %s", fields, r, err, says)
		}
	}
	// A sign-in of older times names no service; its source does.
	r, err := TrailLog(map[string]string{"event": `{"eventName":"ConsoleSignin","eventType":"ConsoleSignin","eventSource":"signin.aliyun.com","eventId":7,"eventTime":"x"}`})
	if err != nil || r.Act != (Act{"signin", "ConsoleSignin"}) {
		t.Errorf("%+v, %v", r, err)
	}
	if e, err := Decode(r.CloudEvent()); err != nil || e[0].Key() != "actiontrail/7" || !json.Valid(r.CloudEvent()) {
		t.Errorf("%+v, %v", e, err)
	}
}

func BenchmarkTrailLog(b *testing.B) {
	record := toObject(sample(b, legacy))["data"]
	fields := map[string]string{"event": string(record)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := TrailLog(fields); err != nil {
			b.Fatal(err)
		}
	}
}
