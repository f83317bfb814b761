package events

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// What is no longer than small is never cut from the parameters: ids, ports and
// address blocks fit in it. What is free text is kept up to longText.
const (
	small    = 64
	longText = 512
)

// trimmedAttribute says in the envelope what was cut.
const trimmedAttribute = "ecsguardtrimmed"

// Trim makes a CloudEvent fit an asynchronous invocation of Function Compute,
// which takes 128 KB of the 256 KB EventBridge delivers. It cuts in steps, what
// is least needed first, no more than it must, and lists what it cut in the
// extension "ecsguardtrimmed". What fits comes back as it is.
//
// What an event is known by survives: the Key, who, what, when and where, the
// resources and the small parameters. A user agent or an error message is
// shortened. When that alone is too much, Trim fails.
func Trim(envelope []byte, max int) ([]byte, error) {
	if len(envelope) <= max {
		return envelope, nil
	}
	out, err := trim(envelope, max)
	if err != nil {
		return nil, fmt.Errorf("events: trimming %d bytes to %d: %w", len(envelope), max, err)
	}
	return out, nil
}

func trim(envelope []byte, max int) ([]byte, error) {
	var o object
	if json.Valid(envelope) {
		o = toObject(envelope)
	}
	if o == nil || !isCloudEvent(o) {
		return nil, errors.New("not a CloudEvent")
	}
	e, err := decodeCloudEvent(o)
	if err != nil {
		return nil, err
	}
	t := &trimmer{event: e, envelope: toObject(e.Envelope), data: toObject(e.Data), max: max}
	if earlier := t.envelope.text(trimmedAttribute); earlier != "" {
		t.cut = strings.Split(earlier, ",")
	}
	// From what no one reads to what is merely less needed. Each step is tried
	// only when the ones before were not enough.
	steps := []func(){
		func() {}, // without white space it may fit
		t.additionalData,
		t.duplicateParams,
		t.longTexts,
		t.unneeded,
		t.response,
		t.longParams,
		t.longIdentities,
		t.wholeResponse,
		t.identityAndExtensions,
	}
	for _, step := range steps {
		step()
		if out := t.encode(); len(out) <= max {
			return out, nil
		}
	}
	return nil, fmt.Errorf("%s: %d bytes are left without all that can be cut", e.Key(), len(t.encode()))
}

// A trimmer holds an event while it is being cut. The event is what it was
// before: what must stay is judged by that.
type trimmer struct {
	event    Event
	envelope object
	data     object // nil when the event's data is not an object
	max      int
	cut      []string
}

// encode writes the event as it is now, with the list of what is gone: the list
// counts towards the size.
func (t *trimmer) encode() []byte {
	if t.data != nil {
		t.envelope["data"] = t.data.encode()
	}
	if len(t.cut) > 0 {
		t.envelope[trimmedAttribute] = quote(strings.Join(t.cut, ","))
	}
	return t.envelope.encode(envelopeOrder...)
}

// note lists what was cut, numbers as *, and at most so much that the list
// itself does no harm.
func (t *trimmer) note(name string) {
	parts := strings.Split(strings.ReplaceAll(name, ",", "_"), ".")
	for i, part := range parts {
		if _, err := strconv.Atoi(part); err == nil {
			parts[i] = "*"
		}
	}
	name = strings.Join(parts, ".")
	if len(name) > small*2 {
		name = strings.ToValidUTF8(name[:small*2], "")
	}
	if len(t.cut) >= 16 {
		name = "more"
	}
	if !slices.Contains(t.cut, name) {
		t.cut = append(t.cut, name)
	}
}

// edit changes an object somewhere in another.
func edit(o object, path []string, change func(object)) {
	if len(path) == 0 {
		change(o)
		return
	}
	if sub := o.object(path[0]); sub != nil {
		edit(sub, path[1:], change)
		o[path[0]] = sub.encode()
	}
}

// cutFrom drops values from an object in data that may go, the longest first,
// until the event fits.
func (t *trimmer) cutFrom(may func(key string, raw json.RawMessage) bool, path ...string) {
	prefix := strings.Join(append([]string{"data"}, path...), ".") + "."
	for again := true; again; {
		again = false
		need := len(t.encode()) - t.max
		edit(t.data, path, func(o object) {
			for _, key := range longestFirst(o) {
				if need <= 0 {
					break
				}
				if may(key, o[key]) {
					need -= len(o[key])
					delete(o, key)
					t.note(prefix + key)
					again = true // for the list of what was cut has grown
				}
			}
		})
	}
}

// longestFirst makes for the fewest cuts. Equal lengths go by name, so that one
// event is always cut alike.
func longestFirst(o object) []string {
	return slices.SortedFunc(maps.Keys(o), func(a, b string) int {
		return cmp.Or(len(o[b])-len(o[a]), strings.Compare(a, b))
	})
}

// additionalData keeps what a sign-in says about MFA and who it was.
func (t *trimmer) additionalData() {
	t.cutFrom(func(key string, _ json.RawMessage) bool {
		return !slices.Contains([]string{"isMFAChecked", "mfaChecked", "loginAccount"}, key)
	}, "additionalEventData")
}

// duplicateParams drops the second copy of the parameters. Where it is the only
// one it takes the place of the first, which costs fewer quotes.
func (t *trimmer) duplicateParams() {
	if t.event.Kind != KindActionTrail || !t.data.has("requestParameterJson") {
		return
	}
	if len(t.data.object("requestParameters")) > 0 {
		t.note("data.requestParameterJson")
	} else if params := t.data.object("requestParameterJson"); params != nil {
		t.data["requestParameters"] = compact(params.encode())
	}
	delete(t.data, "requestParameterJson")
}

// longTexts shortens what a caller can make as long as he likes.
func (t *trimmer) longTexts() {
	for _, key := range []string{"userAgent", "errorMessage"} {
		if s := t.data.text(key); len(s) > longText {
			cut := strings.ToValidUTF8(s[:longText], "")
			if tool := Tool(s); key == "userAgent" && tool != Tool(cut) {
				cut = tool
			}
			t.data[key] = quote(cut)
			t.note("data." + key)
		}
	}
}

// needed are the keys of all records that a reader or a trigger looks at.
var needed = map[string]bool{
	"acsRegion": true, "additionalEventData": true, "errorCode": true, "errorMessage": true,
	"eventId": true, "eventName": true, "eventRW": true, "eventSource": true, "eventTime": true,
	"eventType": true, "recipientAccountId": true, "referencedResources": true, "requestId": true,
	"requestParameters": true, "resourceName": true, "resourceType": true, "responseElements": true,
	"serviceName": true, "sourceIpAddress": true, "userAgent": true, "userIdentity": true,

	"accountId": true, "captureTime": true, "complianceType": true, "configRuleId": true,
	"configRuleName": true, "configurationItem": true, "evaluationResultIdentifier": true,
	"invokingEvent": true, "regionId": true, "resourceId": true, "resourceOwnerId": true,
	"resultToken": true, "ruleParameters": true, "sourceIdentifier": true,
}

// unneeded drops the rest: configurations, relations, whatever is new. Of an
// event no reader knows every key may be what someone wants, so all are alike.
func (t *trimmer) unneeded() {
	may := func(key string, raw json.RawMessage) bool {
		return len(raw) > small && (t.event.Kind == KindOther || !needed[key])
	}
	t.cutFrom(may)
	if t.event.Kind != KindOther {
		t.cutFrom(may, "configurationItem")
		t.cutFrom(may, "invokingEvent", "configurationItem")
	}
}

// response leaves of an answer what names things: triggers look for the ids of
// what was created there.
func (t *trimmer) response() {
	response := toObject(t.data["responseElements"])
	if response == nil {
		return
	}
	before := len(response.encode())
	identities := onlyIdentities(response)
	if len(identities.encode()) < before {
		t.data["responseElements"] = identities.encode()
		t.note("data.responseElements.*")
	}
}

// onlyIdentities keeps the shape of an answer, so that a path into it still leads
// to the same ids.
func onlyIdentities(o object) object {
	out := object{}
	for key, raw := range o {
		if kept := identitiesIn(key, raw); kept != nil {
			out[key] = kept
		}
	}
	return out
}

func identitiesIn(key string, raw json.RawMessage) json.RawMessage {
	switch {
	case len(raw) == 0:
		return nil
	case raw[0] == '{':
		if sub := onlyIdentities(toObject(raw)); len(sub) > 0 {
			return sub.encode()
		}
		return nil
	case raw[0] == '[':
		var kept []json.RawMessage
		list, _ := splitArray(raw)
		for _, elem := range list {
			if k := identitiesIn(key, elem); k != nil {
				kept = append(kept, k)
			}
		}
		if len(kept) == 0 {
			return nil
		}
		b, err := json.Marshal(kept)
		if err != nil {
			return nil
		}
		return b
	case isIdentity(key):
		return raw
	}
	return nil
}

// isIdentity goes by the last word of a name: "InstanceIds.1", "DiskIdSet".
func isIdentity(name string) bool {
	parts := strings.Split(name, ".")
	for len(parts) > 1 {
		if _, err := strconv.Atoi(parts[len(parts)-1]); err != nil {
			break
		}
		parts = parts[:len(parts)-1]
	}
	last := strings.ToLower(parts[len(parts)-1])
	for _, end := range []string{"id", "ids", "idset", "idsets", "arn", "arns", "name", "names"} {
		if strings.HasSuffix(last, end) {
			return true
		}
	}
	return false
}

// longParams cuts user data, policies and descriptions, the longest first. The
// hundred short values of a call that opens a hundred ports stay.
func (t *trimmer) longParams() {
	if t.event.Kind != KindActionTrail || len(t.event.Params) == 0 {
		return
	}
	flat := make(object, len(t.event.Params))
	for name, value := range t.event.Params {
		flat[name] = quote(value)
	}
	t.data["requestParameters"] = flat.encode()
	t.cutFrom(func(name string, raw json.RawMessage) bool {
		return len(raw) > small && !isIdentity(name)
	}, "requestParameters")
}

// longIdentities cuts what may name resources, a list of ids in a string: only
// when all other parameters are as short as they can be.
func (t *trimmer) longIdentities() {
	t.cutFrom(func(_ string, raw json.RawMessage) bool { return len(raw) > small }, "requestParameters")
}

// wholeResponse drops an answer's ids only where the record names the resources
// elsewhere too.
func (t *trimmer) wholeResponse() {
	if t.data.has("responseElements") && len(t.event.Resources) > 0 {
		delete(t.data, "responseElements")
		t.note("data.responseElements")
	}
}

// identityAndExtensions is for what nobody sends in earnest.
func (t *trimmer) identityAndExtensions() {
	t.cutFrom(func(key string, raw json.RawMessage) bool {
		known := []string{"type", "accountId", "principalId", "userName", "accessKeyId", "AccessKeyId", "sessionContext"}
		return len(raw) > small && !slices.Contains(known, key)
	}, "userIdentity")
	for _, key := range longestFirst(t.envelope) {
		switch {
		case len(t.envelope[key]) <= longText || key == "data" || key == trimmedAttribute:
		case slices.Contains(envelopeOrder, key) || strings.HasPrefix(key, "aliyun"):
		default:
			delete(t.envelope, key)
			t.note(key)
		}
	}
}
