package events

import (
	"strings"
	"testing"
)

const patternEvent = `{
	"id":"7adc", "source":"acs.ecs", "specversion":"1.0", "type":"ecs:ActionTrail:ApiCall", "subject":"acs:ecs:cn-hangzhou:1:a/b.jpg",
	"data":{
		"eventName":"AuthorizeSecurityGroup", "count":5, "ratio":0.5, "code":300, "exact":300.0, "ok":true, "off":false, "none":null, "empty":"",
		"sourceIpAddress":"10.0.0.255", "ip6":"2001:db8::1", "mapped":"::ffff:10.0.0.1", "host":"ecs.aliyuncs.com",
		"types":["ACS::ECS::Disk","ACS::ECS::Instance"], "numbers":[1,7], "nothing":[],
		"userIdentity":{"type":"ram-user","session":{"mfa":"true"}},
		"items":[{"id":"a","tag":"x"},{"id":"b"}]
	}}`

func TestPattern(t *testing.T) {
	for pattern, want := range map[string]bool{
		`{}`: true,
		// Exact values.
		`{"source":["acs.ecs"]}`:                          true,
		`{"source":["acs.ECS"]}`:                          false,
		`{"source":["acs.oss","acs.ecs"]}`:                true,
		`{"source":["acs.oss"]}`:                          false,
		`{"data":{"code":[300]}}`:                         true,
		`{"data":{"code":[300.0]}}`:                       false,
		`{"data":{"exact":[300.0]}}`:                      true,
		`{"data":{"code":["300"]}}`:                       false,
		`{"data":{"ok":[true]}}`:                          true,
		`{"data":{"ok":["true"]}}`:                        false,
		`{"data":{"off":[false]}}`:                        true,
		`{"data":{"none":[null]}}`:                        true,
		`{"data":{"empty":[null]}}`:                       false,
		`{"data":{"absent":[null]}}`:                      false,
		`{"data":{"empty":[""]}}`:                         true,
		`{"data":{"none":[""]}}`:                          false,
		`{"data":{"userIdentity":{"type":["ram-user"]}}}`: true,
		`{"data":{"userIdentity":["ram-user"]}}`:          false,
		`{"data":{"eventName":{"x":["y"]}}}`:              false,
		// All keys, any expression.
		`{"source":["acs.ecs"],"type":["x"]}`:                               false,
		`{"source":["acs.ecs"],"data":{"code":[1,{"numeric":[">",299]}]}}`:  true,
		`{"source":[{"prefix":"acs."},"x"],"type":[{"suffix":":ApiCall"}]}`: true,
		// Strings.
		`{"source":[{"prefix":"acs."}]}`:           true,
		`{"source":[{"prefix":"ACS."}]}`:           false,
		`{"type":[{"prefix":"ecs:ActionTrail:"}]}`: true,
		`{"subject":[{"suffix":".jpg"}]}`:          true,
		`{"subject":[{"suffix":".png"}]}`:          false,
		`{"type":[{"contains":"Trail"}]}`:          true,
		`{"type":[{"contains":"trail"}]}`:          false,
		`{"data":{"code":[{"prefix":"3"}]}}`:       false,
		`{"data":{"absent":[{"prefix":""}]}}`:      false,
		// Anything but.
		`{"source":[{"anything-but":"acs.oss"}]}`:                   true,
		`{"source":[{"anything-but":"acs.ecs"}]}`:                   false,
		`{"data":{"code":[{"anything-but":123}]}}`:                  true,
		`{"data":{"code":[{"anything-but":300}]}}`:                  false,
		`{"source":[{"anything-but":["acs.oss","acs.ecs"]}]}`:       false,
		`{"source":[{"anything-but":["acs.oss","acs.ram"]}]}`:       true,
		`{"source":[{"anything-but":{"prefix":"acs."}}]}`:           false,
		`{"source":[{"anything-but":{"prefix":"my."}}]}`:            true,
		`{"data":{"absent":[{"anything-but":"x"}]}}`:                false,
		`{"data":{"none":[{"anything-but":["x"]}]}}`:                true,
		`{"data":{"types":[{"anything-but":["ACS::ECS::Disk"]}]}}`:  true,
		`{"data":{"userIdentity":[{"anything-but":["ram-user"]}]}}`: false,
		// Numbers.
		`{"data":{"count":[{"numeric":[">",0,"<=",5]}]}}`:  true,
		`{"data":{"count":[{"numeric":[">",0,"<",5]}]}}`:   false,
		`{"data":{"count":[{"numeric":["<=",9,">=",5]}]}}`: true,
		`{"data":{"code":[{"numeric":["=",3e2]}]}}`:        true,
		`{"data":{"ratio":[{"numeric":["<",1]}]}}`:         true,
		`{"data":{"numbers":[{"numeric":[">",6]}]}}`:       true,
		`{"data":{"numbers":[{"numeric":[">",7]}]}}`:       false,
		`{"data":{"empty":[{"numeric":["<",1]}]}}`:         false,
		// Addresses.
		`{"data":{"sourceIpAddress":[{"cidr":"10.0.0.0/24"}]}}`: true,
		`{"data":{"sourceIpAddress":[{"cidr":"10.0.1.0/24"}]}}`: false,
		`{"data":{"sourceIpAddress":[{"cidr":"10.0.0.9/24"}]}}`: true,
		`{"data":{"host":[{"cidr":"0.0.0.0/0"}]}}`:              false,
		`{"data":{"ip6":[{"cidr":"0.0.0.0/0"}]}}`:               false,
		`{"data":{"mapped":[{"cidr":"0.0.0.0/0"}]}}`:            false,
		// Whether it is there.
		`{"data":{"eventName":[{"exists":true}]}}`:             true,
		`{"data":{"eventName":[{"exists":false}]}}`:            false,
		`{"data":{"errorCode":[{"exists":false}]}}`:            true,
		`{"data":{"errorCode":[{"exists":true}]}}`:             false,
		`{"data":{"none":[{"exists":true}]}}`:                  true,
		`{"data":{"nothing":[{"exists":true}]}}`:               true,
		`{"data":{"no":{"such":{"path":[{"exists":false}]}}}}`: true,
		`{"no":{"such":{"path":[{"exists":true}]}}}`:           false,
		`{"no":{"such":[{"exists":false}],"path":["x"]}}`:      false,
		`{"data":{"eventName":{"inside":[{"exists":false}]}}}`: true,
		`{"data":{"errorCode":[{"exists":false},""]}}`:         true,
		`{"data":{"empty":[{"exists":false},""]}}`:             true,
		// Arrays in the event.
		`{"data":{"types":["ACS::ECS::Instance"]}}`:      true,
		`{"data":{"types":[{"suffix":"::Snapshot"}]}}`:   false,
		`{"data":{"nothing":[null]}}`:                    false,
		`{"data":{"items":{"id":["b"]}}}`:                true,
		`{"data":{"items":{"id":["b"],"tag":["x"]}}}`:    false,
		`{"data":{"items":{"id":["c"]}}}`:                false,
		`{"data":{"nothing":{"id":[{"exists":false}]}}}`: true,
	} {
		p, err := ParsePattern([]byte(pattern))
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		got, err := p.Match([]byte(patternEvent))
		if err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", pattern, got, err, want)
		}
	}
}

func TestParsePatternRefuses(t *testing.T) {
	for pattern, want := range map[string]string{
		``:                                        "not JSON",
		`[`:                                       "not JSON",
		`{} {}`:                                   "not JSON",
		`[]`:                                      "an array where an object",
		`"x"`:                                     "a string where an object",
		`null`:                                    "null where an object",
		`{"source":"acs.ecs"}`:                    "source: a string where an array",
		`{"data":{"a":null}}`:                     "data.a: null where an array",
		`{"data":{}}`:                             "data: an empty object",
		`{"source":[]}`:                           "source: an empty array",
		`{"data":{"eventName":[1,2,3,4,5,6]}}`:    "data.eventName: 6 expressions",
		`{"data":{"a":["x",["y"]]}}`:              "data.a[1]: an array within",
		`{"source":["a"],"source":["b"]}`:         "source: the key is there twice",
		`{"data":{"a":["x"],"a":["x"]}}`:          "data.a: the key is there twice",
		`{"data":{"a":["x",{"wildcard":"*"}]}}`:   "data.a[1]: wildcard: EventBridge has no such operator",
		`{"a":[{"equals-ignore-case":"x"}]}`:      "a[0]: equals-ignore-case",
		`{"$or":[{"a":["x"]},{"b":["y"]}]}`:       "$or[0]: a: EventBridge has no such operator",
		`{"a":[{"prefix":"x","suffix":"y"}]}`:     "a[0]: 2 operators",
		`{"a":[{}]}`:                              "a[0]: 0 operators",
		`{"a":[{"prefix":1}]}`:                    "prefix: a number where a string",
		`{"a":[{"suffix":["x"]}]}`:                "suffix: an array where a string",
		`{"a":[{"contains":null}]}`:               "contains: null where a string",
		`{"a":[{"exists":"true"}]}`:               "exists: a string where true or false",
		`{"a":[{"cidr":"10.0.0.0"}]}`:             "cidr:",
		`{"a":[{"cidr":"2001:db8::/32"}]}`:        "IPv4 only",
		`{"a":[{"numeric":5}]}`:                   "numeric: an array of one or two",
		`{"a":[{"numeric":[">"]}]}`:               "numeric: an array of one or two",
		`{"a":[{"numeric":["!=",5]}]}`:            "!= is not one of",
		`{"a":[{"numeric":[">","5"]}]}`:           "is not a number",
		`{"a":[{"numeric":[">",1,">",5]}]}`:       "a lower and an upper bound",
		`{"a":[{"numeric":["=",1,"<",5]}]}`:       "a lower and an upper bound",
		`{"a":[{"anything-but":[]}]}`:             "an empty array",
		`{"a":[{"anything-but":[["x"]]}]}`:        "strings and numbers only",
		`{"a":[{"anything-but":null}]}`:           "null cannot",
		`{"a":[{"anything-but":{"suffix":"x"}}]}`: `should hold "prefix"`,
		`{"a":[{"anything-but":{"prefix":"x","suffix":"y"}}]}`: `should hold "prefix"`,
	} {
		_, err := ParsePattern([]byte(pattern))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "events: pattern: ") {
			t.Errorf("%s: %v, want %s", pattern, err, want)
		}
	}
}

func TestMatchRefusesWhatIsNoEvent(t *testing.T) {
	p, err := ParsePattern([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range []string{``, `[]`, `"x"`, `{`, `{} {}`} {
		if ok, err := p.Match([]byte(event)); ok || err == nil {
			t.Errorf("%s: %v, %v", event, ok, err)
		}
	}
}

// The rules triage stands on take the samples they are meant for.
func TestPatternOnSamples(t *testing.T) {
	p, err := ParsePattern([]byte(`{"source":["acs.ecs"],"type":[{"prefix":"ecs:ActionTrail:"}],"data":{"eventName":[{"anything-but":{"prefix":"Describe"}}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		legacy:                              true,
		"actiontrail/run-instances-console": true, // a ConsoleOperation
		"actiontrail/stop-logging":          false,
		"config/item-change-security-group": false,
	} {
		if got, err := p.Match(sample(t, name)); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
}
