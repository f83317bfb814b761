package functions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// bare is a cloud that answers everything with nothing.
type bare string

func (b bare) Read(_ context.Context, _ cloud.Call, out any) error {
	return json.Unmarshal([]byte(b), out)
}

// trailed is an event of ActionTrail as the bus brings it.
func trailed(t *testing.T, service, name string, request, answer, referenced any) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"id": "E-1", "source": "acs." + strings.ToLower(service), "specversion": "1.0", "type": strings.ToLower(service) + ":ActionTrail:ApiCall", "time": "2026-11-29T03:00:00Z",
		"aliyunaccountid": "1098765432101234", "aliyunregionid": "cn-hangzhou", "datacontenttype": "application/json",
		"data": map[string]any{
			"eventId": "E-1", "serviceName": service, "eventName": name, "eventType": "ApiCall", "eventTime": "2026-11-29T03:00:00Z", "acsRegion": "cn-hangzhou", "recipientAccountId": "1098765432101234",
			"requestParameters": request, "responseElements": answer, "referencedResources": referenced, "userIdentity": map[string]any{"type": "ram-user", "userName": "sato", "accountId": "1098765432101234"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// filled are the parts of an event in which each place that a trigger looks at holds a value.
func filled(place string, value any) (request, answer, referenced map[string]any) {
	request, answer, referenced = map[string]any{"RegionId": "cn-hangzhou"}, map[string]any{"RequestId": "1"}, map[string]any{}
	for path := range strings.SplitSeq(place, "|") {
		where, rest, _ := strings.Cut(path, ".")
		if where == "resources" {
			referenced[rest] = []any{value}
			continue
		}
		into := map[string]map[string]any{"params": request, "response": answer}[where]
		if into == nil || rest == "" {
			continue
		}
		name, within, deep := strings.Cut(rest, ".")
		into[name] = value
		if deep {
			into[name] = nested(within, value)
		}
	}
	return request, answer, referenced
}

// nested is a value at a path, in which * is each element of a list.
func nested(path string, value any) any {
	name, rest, deep := strings.Cut(path, ".")
	if deep {
		value = nested(rest, value)
	}
	if name == "*" {
		return []any{value}
	}
	return map[string]any{name: value}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// An event may come with its parameters as JSON in a text, and its service in another case: that wakes the same.
// One that lacks what it should have, or has a list or nothing in the place of a word, is no reason to panic,
// and neither is an answer of the cloud in which nothing stands.
func TestOddEventsAreNoReasonToPanic(t *testing.T) {
	wakes := 0
	for _, p := range functions.All {
		for _, trigger := range p.Triggers {
			if trigger.Service == practice.Every || trigger.Name == practice.Every || strings.EqualFold(trigger.Service, "Config") {
				continue
			}
			said := fmt.Sprintf("%s %s %s (%s)", p.ID, trigger.Service, trigger.Name, trigger.Resource)
			woken := func(service string, request, answer, referenced any) string {
				defer func() {
					if why := recover(); why != nil {
						t.Fatalf("%s: %v, %v, %v: %v", said, text(t, request), text(t, answer), text(t, referenced), why)
					}
				}()
				decoded, err := events.Decode(trailed(t, service, trigger.Name, request, answer, referenced))
				if err != nil {
					return "error: " + err.Error()
				}
				var ids []string
				for _, m := range practice.NewMatcher([]*practice.Practice{p}).Match(&decoded[0]) {
					for _, target := range m.Targets {
						ids = append(ids, target.Resource.Type+"/"+target.Resource.ID)
						for _, said := range []bare{"{}", `{"TotalCount": 0}`} {
							pass := practice.NewPass(p, target.Resource, &decoded[0], time.Date(2026, 11, 29, 3, 0, 1, 0, time.UTC), said, nil)
							_ = p.Judge(t.Context(), pass) // what it says is another test's
						}
					}
				}
				return strings.Join(ids, " ")
			}
			request, answer, referenced := filled(trigger.Resource, "i-1")
			plain := woken(trigger.Service, request, answer, referenced)
			if plain != "" {
				wakes++
			}
			for what, got := range map[string]string{
				"lower case":         woken(strings.ToLower(trigger.Service), request, answer, referenced),
				"upper case":         woken(strings.ToUpper(trigger.Service), request, answer, referenced),
				"parameters as text": woken(trigger.Service, text(t, request), answer, referenced),
				"answer as text":     woken(trigger.Service, request, text(t, answer), referenced),
			} {
				if got != plain {
					t.Errorf("%s: %s wakes %q, want %q", said, what, got, plain)
				}
			}
			for _, odd := range []any{nil, "", 7, true, []any{}, []any{"i-1", nil, 3, ""}, map[string]any{}, map[string]any{"1": "i-1"}, []any{[]any{"i-1"}}, "[", `["i-1"`, `{"a": "b"}`, strings.Repeat("i", 5_000)} {
				request, answer, referenced := filled(trigger.Resource, odd)
				woken(trigger.Service, request, answer, referenced)
				woken(trigger.Service, odd, odd, odd)
			}
		}
	}
	if wakes < 400 {
		t.Errorf("%d triggers were met, so that this shows little", wakes)
	}
}
