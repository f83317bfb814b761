package events

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
)

const legacy = "actiontrail/authorize-security-group-legacy"

// One happening has one key, however often and however wrapped it comes.
func TestKeyOfDuplicates(t *testing.T) {
	whole := sample(t, legacy)
	record := decodeOnly(t, whole).Data
	want := decodeOnly(t, whole).Key()
	for name, body := range map[string][]byte{
		"again":                     whole,
		"by acs.actiontrail":        edited(t, legacy, map[string]any{"id": "another", "source": "acs.actiontrail", "type": "actiontrail:ActionTrail:ApiCall"}),
		"the record alone":          record,
		"in an array":               []byte("[" + string(whole) + "]"),
		"in a string":               quote(string(whole)),
		"in a string in a string":   quote(string(quote(string(whole)))),
		"an array of strings":       []byte("[" + string(quote(string(record))) + "]"),
		"data as a string":          edited(t, legacy, map[string]any{"data": string(record)}),
		"data as base64":            edited(t, legacy, map[string]any{"data": nil, "data_base64": []byte(record)}),
		"as a log store has it":     marshal(t, map[string]any{"__time__": 1770084845, "event": record}),
		"as a log's text":           marshal(t, map[string]any{"event": string(record)}),
		"with a byte order mark":    append([]byte("\xef\xbb\xbf\n"), whole...),
		"under an unheard-of type":  edited(t, legacy, map[string]any{"type": "custom:Forwarded:Record", "source": "my.bus"}),
		"with the data's text type": edited(t, legacy, map[string]any{"datacontenttype": "text/plain"}),
	} {
		t.Run(name, func(t *testing.T) {
			e := decodeOnly(t, body)
			mustBeSound(t, e)
			if e.Key() != want {
				t.Errorf("key %q, want %q", e.Key(), want)
			}
			if e.Service != "ecs" || e.Params["SourceCidrIp"] != "0.0.0.0/0" {
				t.Errorf("service %q, params %v", e.Service, e.Params)
			}
		})
	}
}

func TestKeyWithoutIDs(t *testing.T) {
	remediation := func(id string) []byte {
		return []byte(`[{"accountId":1,"resourceType":"ACS::ECS::Disk","regionId":"cn-hangzhou","resourceId":"` + id + `"}]`)
	}
	one, two := decodeOnly(t, remediation("d-1")), decodeOnly(t, remediation("d-2"))
	if one.Key() == two.Key() {
		t.Errorf("two resources, one key %s", one.Key())
	}
	spaced := decodeOnly(t, []byte(`[ {"resourceId":"d-1","regionId":"cn-hangzhou","resourceType":"ACS::ECS::Disk", "accountId":1} ]`))
	if spaced.Key() != one.Key() {
		t.Errorf("keys in another order: %s, want %s", spaced.Key(), one.Key())
	}
	a := decodeOnly(t, []byte(`{"source":"acs.x","type":"x:Y:Z","specversion":"1.0","data":{"n":1}}`))
	b := decodeOnly(t, []byte(`{"source":"acs.x","type":"x:Y:Z","specversion":"1.0","data":{"n":2}}`))
	mustBeSound(t, a)
	again := decodeOnly(t, []byte(`{"source":"acs.x","type":"x:Y:Z","specversion":"1.0","data":{"n":1},"aliyunpublishtime":"2026-01-01T00:00:00Z"}`))
	if again.Key() != a.Key() {
		t.Errorf("published again: %s, was %s", again.Key(), a.Key())
	}
	if a.Key() == b.Key() || !strings.HasPrefix(a.Key(), "acs.x/") {
		t.Errorf("CloudEvents without ids: %s and %s", a.Key(), b.Key())
	}
	// Two sources, no eventId: the request tells that it is the same.
	first := decodeOnly(t, edited(t, legacy, map[string]any{"data/eventId": nil}))
	second := decodeOnly(t, edited(t, legacy, map[string]any{"data/eventId": nil, "id": "x", "source": "acs.actiontrail"}))
	if first.Key() != second.Key() {
		t.Errorf("records without eventId: %s and %s", first.Key(), second.Key())
	}
}

// Every deviation here makes the SDK refuse the event, or the event invalid.
func TestMending(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	tests := map[string]struct {
		edits    map[string]any
		time     time.Time
		account  string
		envelope string // what the mended envelope holds
	}{
		"account a number":        {edits: map[string]any{"aliyunaccountid": json.Number("1098765432101234")}, account: account, envelope: `"aliyunaccountid":"1098765432101234"`},
		"account of 20 digits":    {edits: map[string]any{"aliyunaccountid": json.Number("12345678901234567890")}, account: "12345678901234567890"},
		"account with exponent":   {edits: map[string]any{"aliyunaccountid": json.Number("1.098765432101234E15")}, account: account},
		"time of PRC":             {edits: map[string]any{"time": "2020-11-19T21:04:42.179PRC"}, time: at("2020-11-19T13:04:42.179Z")},
		"time of a city":          {edits: map[string]any{"time": "2020-08-17T16:04:46.149Asia/Shanghai"}, time: at("2020-08-17T08:04:46.149Z")},
		"time, one-digit month":   {edits: map[string]any{"time": "2023-1-25T01:45:16.969Z"}, time: at("2023-01-25T01:45:16.969Z")},
		"time with a space":       {edits: map[string]any{"time": "2023-01-25 01:45:16+00:00"}, time: at("2023-01-25T01:45:16Z")},
		"time without a zone":     {edits: map[string]any{"time": "2020-07-21 20:22:01.961000"}, time: at("2020-07-21T12:22:01.961Z")},
		"time without seconds":    {edits: map[string]any{"time": "2099-12-31T15:59Z"}, time: at("2099-12-31T15:59:00Z")},
		"time without the colon":  {edits: map[string]any{"time": "2023-01-25T09:45:16+0800"}, time: at("2023-01-25T01:45:16Z")},
		"time in milliseconds":    {edits: map[string]any{"time": json.Number("1605791081000")}, time: at("2020-11-19T13:04:41Z")},
		"time in ms, a string":    {edits: map[string]any{"time": "1605791081000"}, time: at("2020-11-19T13:04:41Z")},
		"time in seconds":         {edits: map[string]any{"time": json.Number("1605791081")}, time: at("2020-11-19T13:04:41Z")},
		"time that is none":       {edits: map[string]any{"time": "the 31st of February"}, time: at("2026-02-04T04:20:00.31Z")}, // published
		"no specversion":          {edits: map[string]any{"specversion": nil}, envelope: `"specversion":"1.0"`},
		"specversion a number":    {edits: map[string]any{"specversion": json.Number("1.0")}, envelope: `"specversion":"1.0"`},
		"no id":                   {edits: map[string]any{"id": nil}},
		"id a number":             {edits: map[string]any{"id": 77}, envelope: `"id":"77"`},
		"no source":               {edits: map[string]any{"source": nil}, envelope: `"source":"acs.other"`},
		"source not a URI":        {edits: map[string]any{"source": "acs ecs%zz:\x01"}},
		"no type":                 {edits: map[string]any{"type": nil, "source": "my.app"}, envelope: `"type":"unknown"`},
		"content type not one":    {edits: map[string]any{"datacontenttype": "json; ; charset"}},
		"content type of objects": {edits: map[string]any{"datacontenttype": "application/vnd.aliyun+json"}, envelope: `"datacontenttype":"application/json"`},
		"extension an object":     {edits: map[string]any{"aliyunextra": map[string]any{"a": 1}}, envelope: `"aliyunextra":"{\"a\":1}"`},
		"extension badly named":   {edits: map[string]any{"aliyun_event-name": "x"}},
		"extension without name":  {edits: map[string]any{"": "x"}},
		"attribute in capitals":   {edits: map[string]any{"ID": "x", "Data": "y", "TYPE": "a:ActionTrail:b", "SOURCE": "x", "Time": "x", "SpecVersion": "9"}},
		"blank subject":           {edits: map[string]any{"subject": " "}},
		"schema not a URI":        {edits: map[string]any{"dataschema": "no schema"}},
		"data_base64 not base64":  {edits: map[string]any{"data": nil, "data_base64": "*"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			base := map[string]any{"type": "other:Thing:Happened", "source": "acs.other", "data": map[string]any{"x": 1}}
			for k, v := range test.edits {
				base[k] = v
			}
			body := edited(t, "config/noncompliant-disk", base)
			var ce cloudevents.Event
			err := json.Unmarshal(body, &ce)
			if err == nil {
				err = ce.Validate()
			}
			if err == nil {
				t.Error("the SDK takes this as it is: nothing to mend")
			}
			e := decodeOnly(t, body)
			mustBeSound(t, e)
			if e.Kind != KindOther {
				t.Errorf("kind %q", e.Kind)
			}
			if !test.time.IsZero() && !e.Time.Equal(test.time) {
				t.Errorf("time %v, want %v", e.Time, test.time)
			}
			if test.account != "" && e.Account != test.account {
				t.Errorf("account %q, want %q", e.Account, test.account)
			}
			if !strings.Contains(string(e.Envelope), test.envelope) {
				t.Errorf("no %s in %s", test.envelope, e.Envelope)
			}
		})
	}
}

// What the SDK would take and get wrong.
func TestMendingExtensions(t *testing.T) {
	e := decodeOnly(t, []byte(`{"specversion":"1.0","id":"1","source":"acs.x","type":"x:Y:Z","aliyunaccountid":43274,"small":7,"flag":true,"gone":null,
		"Case":"a","CASE":"b","case":"c","Other":"d","half":1.5}`))
	mustBeSound(t, e)
	if e.Account != "43274" {
		t.Errorf("account %q", e.Account)
	}
	want := `{"specversion":"1.0","id":"1","source":"acs.x","type":"x:Y:Z","aliyunaccountid":"43274","case":"c","flag":true,"half":"1.5","other":"d","small":7}`
	if string(e.Envelope) != want {
		t.Errorf("envelope\n%s\nwant\n%s", e.Envelope, want)
	}
}

func TestErrorsNameWhatIsWrong(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"nothing":               {"", "nothing in it"},
		"not JSON":              {`{"a":1,}`, "not JSON"},
		"not JSON in a string":  {`"hello"`, "not JSON"},
		"strings too deep":      {string(quote(string(quote(string(quote("{}")))))), "more than 2 deep"},
		"a number":              {"12", "a number where an event should be"},
		"null":                  {"null", "null where an event"},
		"an empty array":        {"[]", "an empty array"},
		"an empty object":       {"{}", `no "specversion"`},
		"an unknown object":     {`{"secretName":"hush","b":2}`, `"b", "secretName"`},
		"a nameless record":     {`{"eventId":"1","serviceName":"Ecs","userIdentity":{}}`, `no "eventName"`},
		"no service":            {`{"eventName":"RunInstances"}`, `no "serviceName" in an ActionTrail record of RunInstances`},
		"a CloudEvent's record": {`{"specversion":"1.0","id":"7","source":"acs.ecs","type":"ecs:ActionTrail:ApiCall","data":{}}`, `CloudEvent 7 of type ecs:ActionTrail:ApiCall: no "eventName"`},
		"no data":               {`{"specversion":"1.0","id":"7","source":"acs.ecs","type":"ecs:ActionTrail:ApiCall"}`, `no object in "data"`},
		"data is text":          {`{"specversion":"1.0","id":"7","source":"acs.ecs","type":"ecs:ActionTrail:ApiCall","data":"x"}`, `no object in "data"`},
		"no resource":           {`{"configurationItem":{"resourceType":"ACS::ECS::Disk"}}`, `no "resourceId" in a Cloud Config message about ACS::ECS::Disk`},
		"no resource type":      {`{"evaluationResultIdentifier":{}}`, `no "resourceType"`},
		"no token":              {`{"invokingEvent":{},"resultToken":""}`, `no "resultToken"`},
		"an invocation of null": {`{"invokingEvent":null,"resultToken":"t"}`, `no object in "invokingEvent"`},
		"a timer without time":  {`{"triggerName":"sweep"}`, `no time in "triggerTime" of timer sweep`},
		"an array in an array":  {`[[]]`, "element 0: an array where an event"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			list, err := Decode([]byte(test.body))
			if err == nil {
				t.Fatalf("decoded %+v", list)
			}
			if !strings.HasPrefix(err.Error(), "events: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want something with %s", err, test.want)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("the error tells a value: %v", err)
			}
		})
	}
}

// A bad element takes nothing down with it.
func TestArrayWithBadElements(t *testing.T) {
	good := string(sample(t, legacy))
	list, err := Decode([]byte(`[` + good + `, 7, {"triggerName":"t","triggerTime":"2026-01-01T00:00:00Z"}, {"eventId":"x"}]`))
	if len(list) != 2 || list[0].Name != "AuthorizeSecurityGroup" || list[1].Trigger != "t" {
		t.Errorf("events %+v", list)
	}
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"element 1: a number", `element 3: no "eventName"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "element 0") || strings.Contains(err.Error(), "element 2") {
		t.Errorf("good elements in %v", err)
	}
}

func TestSucceeded(t *testing.T) {
	for name, test := range map[string]struct {
		edits map[string]any
		want  bool
	}{
		"absent":             {map[string]any{}, true},
		"empty":              {map[string]any{"data/errorCode": "", "data/errorMessage": ""}, true},
		"null":               {map[string]any{"data/errorCode": json.RawMessage("null")}, true},
		"message success":    {map[string]any{"data/errorMessage": "success"}, true},
		"message Success":    {map[string]any{"data/errorMessage": "Success"}, true},
		"a code":             {map[string]any{"data/errorCode": "NoPermission"}, false},
		"a numeric code":     {map[string]any{"data/errorCode": 403}, false},
		"a message, no code": {map[string]any{"data/errorMessage": "user.password.error"}, false},
	} {
		e := decodeOnly(t, edited(t, legacy, test.edits))
		if e.Succeeded() != test.want {
			t.Errorf("%s: %v, code %q, message %q", name, e.Succeeded(), e.ErrorCode, e.ErrorMessage)
		}
	}
}

func TestParams(t *testing.T) {
	nested := json.RawMessage(`{"A":"x","N":20,"F":1.5,"E":2E1,"B":false,"Null":null,"L":[],"O":{},"Empty":"",
		"Tag":[{"Key":"k","Value":7},{"Key":"l"}],"Ids":["a",["b"]],"Deep":{"Er":{"Still":true}},
		"Tag.1.Key":"flat","Big":12345678901234567890}`)
	want := map[string]string{
		"A": "x", "N": "20", "F": "1.5", "E": "20", "B": "false", "Empty": "", "Tag.1.Key": "flat", "Tag.1.Value": "7",
		"Tag.2.Key": "l", "Ids.1": "a", "Ids.2.1": "b", "Deep.Er.Still": "true", "Big": "12345678901234567890",
	}
	for name, edits := range map[string]map[string]any{
		"requestParameters":              {"data/requestParameters": nested},
		"requestParameters, a string":    {"data/requestParameters": string(nested)},
		"requestParameterJson":           {"data/requestParameters": nil, "data/requestParameterJson": string(nested)},
		"requestParameterJson, object":   {"data/requestParameters": nil, "data/requestParameterJson": nested},
		"empty, requestParameterJson":    {"data/requestParameters": map[string]any{}, "data/requestParameterJson": string(nested)},
		"both, requestParameters counts": {"data/requestParameters": nested, "data/requestParameterJson": `{"A":"other","New":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			e := decodeOnly(t, edited(t, legacy, edits))
			if !reflect.DeepEqual(e.Params, want) {
				t.Errorf("params %v\nwant   %v", e.Params, want)
			}
		})
	}
}

// What nests without end is cut off as text, not followed.
func TestParamsTooDeep(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	e := decodeOnly(t, edited(t, legacy, map[string]any{"data/requestParameters": json.RawMessage(`{"d":` + deep + `,"Ok":"1"}`)}))
	mustBeSound(t, e)
	if e.Params["Ok"] != "1" || len(e.Params) != 2 {
		t.Errorf("%d params", len(e.Params))
	}
}

func TestActor(t *testing.T) {
	for name, test := range map[string]struct {
		sample string
		edits  map[string]any
		check  func(*Event) bool
	}{
		"no account in the identity": {legacy, map[string]any{"data/userIdentity/accountId": nil, "data/recipientAccountId": "77"},
			func(e *Event) bool { return e.Actor.Account == "77" && e.Account == "77" }},
		"no account in the record": {legacy, map[string]any{"data/userIdentity/accountId": nil, "data/recipientAccountId": nil},
			func(e *Event) bool { return e.Actor.Account == account && e.Account == account }},
		"an account that is a number": {legacy, map[string]any{"data/userIdentity/accountId": json.Number("12345678901234567890"), "data/recipientAccountId": nil},
			func(e *Event) bool {
				return e.Actor.Account == "12345678901234567890" && e.Account == "12345678901234567890"
			}},
		"a caller from another account": {legacy, map[string]any{"data/userIdentity/accountId": "55"},
			func(e *Event) bool { return e.Actor.Account == "55" && e.Account == account }},
		"AccessKeyId in capitals": {"actiontrail/stop-logging", map[string]any{"data/userIdentity/AccessKeyId": "TMP.3Kex"},
			func(e *Event) bool { return e.Actor.AccessKeyID == "TMP.3Kex" }},
		"sessionAttributes": {"actiontrail/stop-logging", map[string]any{"data/userIdentity/sessionContext": map[string]any{"sessionAttributes": map[string]any{"mfaAuthenticated": "true"}}},
			func(e *Event) bool { return e.Actor.MFA }},
		"MFA a boolean": {"actiontrail/stop-logging", map[string]any{"data/userIdentity/sessionContext": map[string]any{"attributes": map[string]any{"mfaAuthenticated": true}}},
			func(e *Event) bool { return e.Actor.MFA }},
		"root signs in with MFA": {"signin/root-console", map[string]any{"additionalEventData/isMFAChecked": "true"},
			func(e *Event) bool { return e.Actor.MFA }},
		"a user signs in with MFA": {"signin/root-console", map[string]any{"additionalEventData": map[string]any{"mfaChecked": "true"}},
			func(e *Event) bool { return e.Actor.MFA }},
		"an identity in a string": {legacy, map[string]any{"data/userIdentity": `{"type":"ram-user","userName":"mori"}`},
			func(e *Event) bool { return e.Actor.Name == "mori" && e.Actor.Account == account }},
		"no identity at all": {legacy, map[string]any{"data/userIdentity": nil},
			func(e *Event) bool { return e.Actor.Type == "" && e.Actor.Account == account }},
	} {
		t.Run(name, func(t *testing.T) {
			if e := decodeOnly(t, edited(t, test.sample, test.edits)); !test.check(e) {
				t.Errorf("account %q, actor %+v", e.Account, e.Actor)
			}
		})
	}
}

func TestRole(t *testing.T) {
	for _, test := range []struct{ typ, name, role, session string }{
		{"assumed-role", "ecsguard-sg-public-ingress:session", "ecsguard-sg-public-ingress", "session"},
		{"assumed-role", "role:a:b", "role", "a:b"},
		{"assumed-role", "role", "role", ""},
		{"ram-user", "role:session", "", ""},
		{"system", "ecs.aliyuncs.com", "", ""},
	} {
		role, session := Actor{Type: test.typ, Name: test.name}.Role()
		if role != test.role || session != test.session {
			t.Errorf("%s %s: %q, %q", test.typ, test.name, role, session)
		}
	}
}

func TestResources(t *testing.T) {
	ecs := func(typ, id string) Resource { return Resource{"ACS::ECS::" + typ, id} }
	for name, test := range map[string]struct {
		referenced any
		types      string
		names      string
		want       []Resource
	}{
		"both places, once": {map[string]any{"ACS::ECS::Disk": []string{"d-1"}}, "ACS::ECS::Disk;ACS::ECS::Instance", "d-1,d-2;i-1",
			[]Resource{ecs("Disk", "d-1"), ecs("Disk", "d-2"), ecs("Instance", "i-1")}},
		"bare types":            {map[string]any{"SecurityGroup": []string{"sg-1"}}, "Instance", "i-1", []Resource{ecs("SecurityGroup", "sg-1"), ecs("Instance", "i-1")}},
		"one id, no array":      {map[string]any{"ACS::ECS::Disk": "d-1"}, "", "", []Resource{ecs("Disk", "d-1")}},
		"ids in a string":       {map[string]any{"ACS::ECS::Disk": `["d-1","d-2"]`}, "", "", []Resource{ecs("Disk", "d-1"), ecs("Disk", "d-2")}},
		"all in a string":       {`{"ACS::ECS::Disk":["d-1"]}`, "", "", []Resource{ecs("Disk", "d-1")}},
		"one type, many groups": {nil, "ACS::ECS::Disk", "d-1;d-2", []Resource{ecs("Disk", "d-1"), ecs("Disk", "d-2")}},
		"more groups than types": {nil, "ACS::ECS::Disk;ACS::ECS::Instance", "d-1;i-1;x-1",
			[]Resource{ecs("Disk", "d-1"), ecs("Instance", "i-1")}},
		"names without types": {nil, "", "d-1", nil},
		"spaces and empties":  {nil, "ACS::ECS::Disk; ACS::ECS::Instance", " d-1,, ;i-1 ", []Resource{ecs("Disk", "d-1"), ecs("Instance", "i-1")}},
	} {
		t.Run(name, func(t *testing.T) {
			edits := map[string]any{"data/referencedResources": test.referenced, "data/resourceType": test.types, "data/resourceName": test.names}
			e := decodeOnly(t, edited(t, legacy, edits))
			if !reflect.DeepEqual(e.Resources, test.want) {
				t.Errorf("%v, want %v", e.Resources, test.want)
			}
		})
	}
}

// The four shapes of Cloud Config say the same.
func TestConfigShapesAgree(t *testing.T) {
	const id, typ = "i-1", "ACS::ECS::Instance"
	flat := `{"resourceId":"i-1","resourceType":"ACS::ECS::Instance","accountId":"1098765432101234","regionId":"cn-beijing","captureTime":"1637659288000","configuration":"{\"a\":1}"}`
	nested := `{"configurationItem":{"resourceId":"i-1","resourceType":"ACS::ECS::Instance","accountId":1098765432101234,"regionId":"cn-beijing","captureTime":1637659288000,"configuration":{"a":1}},"dataType":"ConfigurationItemChangeNotification","eventName":"ResourceUpdate"}`
	verdict := `{"evaluationResultIdentifier":{"evaluationResultQualifier":{"resourceId":"i-1","resourceType":"ACS::ECS::Instance","regionId":"cn-beijing","captureTime":1637659288000,"resourceOwnerId":1098765432101234,"configRuleName":"r"}},"eventName":"NonCompliant"}`
	flatVerdict := `{"resourceId":"i-1","resourceType":"ACS::ECS::Instance","accountId":1098765432101234,"regionId":"cn-beijing","captureTime":"1637659288000","configRuleName":"r"}`
	invocation := `{"invokingEvent":` + nested + `,"resultToken":"t"}`
	ce := func(source, typ, data string) string {
		return `{"specversion":"1.0","id":"1","source":"` + source + `","type":"` + typ + `","data":` + data + `}`
	}
	for name, test := range map[string]struct {
		body string
		kind Kind
		rule string
	}{
		"flat":                       {flat, KindConfigItem, ""},
		"nested":                     {nested, KindConfigItem, ""},
		"flat, its service's source": {ce("acs.ecs", "ecs:Config:ConfigurationItemChangeNotification", flat), KindConfigItem, ""},
		"flat, by CloudMonitor":      {ce("acs.config", "config:CloudMonitor:ConfigurationItemChangeNotification", flat), KindConfigItem, ""},
		"nested in a CloudEvent":     {ce("acs.config", "config:Config:ConfigurationItemChangeNotification", nested), KindConfigItem, ""},
		"verdict":                    {verdict, KindConfigNonCompliant, "r"},
		"verdict in a CloudEvent":    {ce("acs.ecs", "ecs:Config:NonCompliantNotification", verdict), KindConfigNonCompliant, "r"},
		"flat verdict":               {ce("acs.config", "config:Config:NonCompliantNotification", flatVerdict), KindConfigNonCompliant, "r"},
		"invocation":                 {invocation, KindConfigRule, ""},
		"invocation of strings":      {`{"invokingEvent":` + string(quote(nested)) + `,"ruleParameters":"{}","resultToken":"t"}`, KindConfigRule, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := decodeOnly(t, []byte(test.body))
			mustBeSound(t, e)
			if e.Kind != test.kind || e.Rule != test.rule || e.Service != "config" {
				t.Errorf("kind %q, rule %q, service %q", e.Kind, e.Rule, e.Service)
			}
			if e.Name != typ || e.Account != account || e.Region != "cn-beijing" || e.Time.UnixMilli() != 1637659288000 {
				t.Errorf("name %q, account %q, region %q, time %v", e.Name, e.Account, e.Region, e.Time)
			}
			if got := e.Find("resource"); len(got) != 1 || got[0] != id {
				t.Errorf("resource %v", got)
			}
		})
	}
}

// One request of Cloud Config judges many resources by many rules.
func TestConfigKeysDiffer(t *testing.T) {
	verdict := func(resource, rule string) string {
		return `{"requestId":"R","evaluationResultIdentifier":{"evaluationResultQualifier":{"resourceType":"ACS::ECS::Disk","resourceId":"` + resource + `","configRuleId":"` + rule + `"}}}`
	}
	seen := map[string]bool{}
	for i, body := range []string{verdict("d-1", "cr-1"), verdict("d-2", "cr-1"), verdict("d-1", "cr-2")} {
		key := decodeOnly(t, []byte(body)).Key()
		if seen[key] {
			t.Errorf("%d: %s was there before", i, key)
		}
		seen[key] = true
	}
}

// A rule that runs by the clock may come without a resource.
func TestConfigRuleWithoutResource(t *testing.T) {
	e := decodeOnly(t, []byte(`{"invokingEvent":{"messageType":"ScheduledNotification","accountId":7,"notificationCreationTimestamp":1600610821106},"resultToken":"t"}`))
	if e.Kind != KindConfigRule || e.Account != "7" || e.Time.UnixMilli() != 1600610821106 || len(e.Resources) != 0 || e.ID == "" {
		t.Errorf("%+v", e)
	}
}

func TestTimerPayload(t *testing.T) {
	for payload, want := range map[string]string{`"x"`: "x", `""`: "", `null`: "", `{"a":1}`: `{"a":1}`, `7`: "7"} {
		e := decodeOnly(t, []byte(`{"triggerTime":"2026-01-01T00:00:00Z","triggerName":"t","payload":`+payload+`}`))
		if e.Payload != want {
			t.Errorf("%s: %q, want %q", payload, e.Payload, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for lit, want := range map[string]string{
		"1": "1", "-0.5": "-0.5", "1.0": "1", "1E3": "1000", "12345678901234567890": "12345678901234567890",
		"1.2345678901234567890e19": "12345678901234567890", "1e999999999": "1e999999999", "5e-1": "5e-1",
	} {
		if got := number(lit); got != want {
			t.Errorf("%s: %s, want %s", lit, got, want)
		}
	}
}

func TestNoTime(t *testing.T) {
	for _, s := range []string{"", "0", "-5", "2021-02-31T00:00:00 ", "2021-13-01 00:00:00", "2021-01-01T24:00:00PRC", "2021-01-01T00:00:00 Mars",
		"99999999999999999", "0000-01-01T00:00:00Z", "2021-01-01T00:60:00PRC", "2021-01-01T00:00:60PRC", strconv.Itoa(1 << 62)} {
		if v, ok := parseTime(s); ok {
			t.Errorf("%q is %v", s, v)
		}
	}
}
