package cloud

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/test/cloud/ecs"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// What is small to write and enormous to build is refused before it is built.
func TestHostileStatesAreRefused(t *testing.T) {
	lists := func(levels int) string { // each holds the one before five times
		var b strings.Builder
		b.WriteString("ram:\n  policies:\n    - name: p0\n      document: &l0 {a: x}\n")
		for i := range levels {
			fmt.Fprintf(&b, "    - name: p%d\n      document: &l%d {a: *l%[3]d, b: *l%[3]d, c: *l%[3]d, d: *l%[3]d, e: *l%[3]d}\n", i+1, i+1, i)
		}
		return b.String()
	}
	rules := strings.Repeat("        - {protocol: tcp, ports: 22/22, source: 10.0.0.0/8}\n", kernel.MaxGroupRules+1)
	groups := strings.Repeat("    - {id: sg-x}\n", kernel.MaxEach+1)
	for name, test := range map[string]struct{ document, says string }{
		"aliases of aliases":   {lists(12), "aliases written out"},
		"an alias of itself":   {"ram:\n  policies:\n    - {name: p, document: &a [*a]}\n", "a part of itself"},
		"brackets":             {"ram:\n  policies:\n    - {name: p, document: " + strings.Repeat("[", 100_000) + "}\n", "line 3"},
		"dashes":               {"ecs:\n  disks:\n    " + strings.Repeat("- ", 100_000) + "x\n", "line 3"},
		"too many bytes":       {"# " + strings.Repeat("x", kernel.MaxState), "bytes"},
		"too many rules":       {"ecs:\n  disk-encryption-by-default: false\n  security-groups:\n    - id: sg-1\n      rules:\n" + rules, "line 4 (ecs.security-groups[0]): sg-1 has 2001 rules"},
		"too many groups":      {"ecs:\n  disk-encryption-by-default: false\n  security-groups:\n" + groups, "10001 entries"},
		"a quota of a billion": {"ecs:\n  disk-encryption-by-default: false\n  rule-quota: 1000000000\n", "rule-quota is 1000000000"},
		"many rules by an alias": {"ecs:\n  disk-encryption-by-default: false\n  security-groups:\n    - id: sg-0\n      rules: &r\n" + strings.Repeat("        - {protocol: tcp}\n", 1000) +
			strings.Repeat("    - {id: sg-x, rules: *r}\n", 1000), "aliases written out"},
	} {
		t.Run(name, func(t *testing.T) {
			c := startCloud(t)
			before := dump(t, c)
			if err := c.Load([]byte(test.document)); err == nil || !strings.Contains(err.Error(), test.says) || len(err.Error()) > 500 {
				t.Errorf("%.600v, want %q", err, test.says)
			}
			if dump(t, c) != before {
				t.Error("something was changed")
			}
		})
	}
}

// Aliases that are meant well, and texts that look like them, load.
func TestAliasesAreWrittenOut(t *testing.T) {
	c := startCloud(t)
	load(t, c, `
ecs:
  disk-encryption-by-default: false
  security-groups:
    - {id: sg-1, name: "a *b", description: "[[[ *not one", rules: &web [{protocol: tcp, ports: 443/443, source: 10.0.0.0/8}]}
    - {id: sg-2, rules: *web}
`)
	if got := strings.Count(dump(t, c), "443/443"); got != 2 {
		t.Errorf("%d rules", got)
	}
}

// No number that a call may hold ends the cloud or makes it take a machine's memory.
func TestHostileNumbers(t *testing.T) {
	c := startCloud(t)
	load(t, c, "ecs:\n  disk-encryption-by-default: false\n  security-groups: [{id: sg-1}]\n  instances: [{id: i-1, security-groups: [sg-1]}]\n  disks: [{id: d-1, encrypted: false}]\n")
	k := admin(c)
	client := &http.Client{Transport: c.InProcess()}
	asked := 0
	for _, p := range c.RPC {
		if p.Code == "Eventbridge" {
			continue // its table is asked in JSON
		}
		for _, name := range kernel.SortedKeys(p.Actions) {
			for _, n := range numbersOf(p.Actions[name].Spec, "") {
				for _, value := range []string{"-1", "0", "1000000000", "9223372036854775807", "-9223372036854775808", "1e9"} {
					params := map[string]string{"Action": name, "Version": p.Version}
					for _, r := range p.Actions[name].Spec {
						if r.Required {
							params[r.Name] = "1"
						}
					}
					params["RegionId"], params[n] = "cn-hangzhou", value
					r := must[*http.Request](t)(http.NewRequest("GET", "https://"+hostOf(p)+"/?"+signRPC(k, "GET", params).Encode(), nil))
					response, err := client.Do(r)
					if err != nil {
						t.Fatalf("%s:%s %s=%s: %v", p.Code, name, n, value, err)
					}
					response.Body.Close()
					if asked++; response.StatusCode >= 500 {
						t.Errorf("%s:%s %s=%s: %s", p.Code, name, n, value, response.Status)
					}
				}
			}
		}
	}
	if asked < 500 {
		t.Errorf("asked only %d times", asked)
	}
}

// hostOf is a host at which a product answers.
func hostOf(p *kernel.Product) string { return p.Endpoint("cn-hangzhou") }

// numbersOf are the parameters that are numbers, as they are sent.
func numbersOf(spec []kernel.Param, before string) (names []string) {
	for _, p := range spec {
		name := before + p.Name
		if p.Kind == "Array" || p.Kind == "RepeatList" {
			name += ".1"
		}
		if p.Kind == "Integer" || p.Kind == "Long" || p.Kind == "Float" {
			names = append(names, name)
		}
		names = append(names, numbersOf(p.Fields, name+".")...)
	}
	return names
}

// A page token that somebody has made up is refused.
func TestForgedPageTokens(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	for _, at := range []string{"-1", "-9223372036854775808", "99999999999999999999"} {
		token := base64.RawURLEncoding.EncodeToString([]byte("DescribeSecurityGroups:" + at))
		code := ask(t, c, getRPC(t, signRPC(k, "GET", map[string]string{"Action": "DescribeSecurityGroups", "RegionId": "cn-hangzhou", "NextToken": token})))
		if code != "InvalidParameter.NextToken" {
			t.Errorf("%s: %q", at, code)
		}
	}
}

// Where there is no room for more the call is refused as by a quota.
func TestACloudThatIsFull(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	c.Mu.Lock()
	for i := range kernel.MaxEach {
		c.Groups = append(c.Groups, &ecs.SecurityGroup{Resource: kernel.Resource{ID: fmt.Sprint("sg-", i), Region: c.Region}})
	}
	c.Mu.Unlock()
	call := func(action string, params map[string]string) string {
		params["Action"], params["RegionId"] = action, "cn-hangzhou"
		return ask(t, c, getRPC(t, signRPC(k, "GET", params)))
	}
	if code := call("CreateSecurityGroup", map[string]string{}); code != "QuotaExceed.SecurityGroup" {
		t.Errorf("one more: %q", code)
	}
	if code := call("DeleteSecurityGroup", map[string]string{"SecurityGroupId": "sg-0"}); code != "" {
		t.Errorf("one less: %q", code)
	}
	if code := call("CreateSecurityGroup", map[string]string{}); code != "" {
		t.Errorf("where there is room again: %q", code)
	}
}

// The list of calls does not grow for ever, and does not keep what is enormous.
func TestCallsThatAreRemembered(t *testing.T) {
	c := startCloud(t)
	for range kernel.MaxCalls + 1 {
		c.NoteCall(kernel.Call{})
	}
	if got := len(c.Calls()); got > kernel.MaxCalls || got < kernel.MaxCalls/2 {
		t.Errorf("%d calls", got)
	}
	long := strings.Repeat("é", kernel.MaxNoted)
	code := ask(t, c, postRPC(t, signRPC(admin(c), "POST", map[string]string{"Action": "CreateSecurityGroup", "RegionId": "cn-hangzhou", "Description": long})))
	calls := c.Calls()
	if got := calls[len(calls)-1].Params["Description"]; len(got) > kernel.MaxNoted+100 || !strings.HasSuffix(got, fmt.Sprintf("(%d bytes)", len(long))) {
		t.Errorf("%s: %d bytes of it are kept", code, len(got))
	}
}

func postRPC(t *testing.T, v url.Values) *http.Request {
	t.Helper()
	r := must[*http.Request](t)(http.NewRequest("POST", "https://ecs-cn-hangzhou.aliyuncs.com/", strings.NewReader(v.Encode())))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// What the tables do not know is an error in a test, and a warning for everybody else.
func TestUnknownParametersAreWarnedOf(t *testing.T) {
	c := startCloud(t)
	if !c.Strict {
		t.Error("a test's cloud lets unknown parameters pass")
	}
	c.Strict = false
	client := &http.Client{Transport: c.Transport()}
	send := func(params map[string]string) *http.Response {
		params["Action"] = "DescribeSecurityGroups"
		params["RegionId"] = "cn-hangzhou"
		response := must[*http.Response](t)(client.Do(getRPC(t, signRPC(admin(c), "GET", params))))
		response.Body.Close()
		return response
	}
	response := send(map[string]string{"Colour": "red", "Tag.1.Size\r\nX-Evil": "1", "OwnerId": "1"})
	got := response.Header.Values(kernel.WarningHeader)
	if response.StatusCode != 200 || len(got) != 2 || !strings.Contains(got[0], `Ecs:DescribeSecurityGroups has no parameter "Colour"; it was ignored`) || response.Header.Get("X-Evil") != "" {
		t.Errorf("%s, %q", response.Status, got)
	}
	if got := send(map[string]string{}).Header.Values(kernel.WarningHeader); len(got) > 0 {
		t.Errorf("a call that is right: %q", got)
	}
}

// The query of a REST call is looked at in the same way.
func TestUnknownParametersOfRESTCalls(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	const url = "https://cn-hangzhou.log.aliyuncs.com/?offset=0&colour=red"
	if status, _, body := teaSLS(t, c, k, "GET", url, ""); status != 400 || !strings.Contains(string(body), "log:ListProject has no parameter colour") {
		t.Errorf("%d %s", status, body)
	}
	c.Strict = false
	status, header, _ := teaSLS(t, c, k, "GET", url, "")
	if got := header.Values(kernel.WarningHeader); status != 200 || len(got) != 1 || !strings.Contains(got[0], `log:ListProject has no parameter "colour"`) {
		t.Errorf("%d %q", status, got)
	}
	functions := "https://" + c.Account + ".cn-hangzhou.fc.aliyuncs.com/2023-03-30/functions?limit=5&"
	for query, want := range map[string]int{"": 0, "colour=red": 1} {
		r := must[*http.Request](t)(http.NewRequest("GET", functions+query, nil))
		kernel.SignACS3(r, nil, "ListFunctions", "2023-03-30", k)
		response := must[*http.Response](t)((&http.Client{Transport: c.Transport()}).Do(r))
		response.Body.Close()
		if got := response.Header.Values(kernel.WarningHeader); response.StatusCode != 200 || len(got) != want {
			t.Errorf("%s: %s %q", query, response.Status, got)
		}
	}
}
