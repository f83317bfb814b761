package securitygroup_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

func TestScope(t *testing.T) {
	w := begin(t, group1(
		"id: sgr-all, protocol: all, ports: -1/-1, source: 0.0.0.0/0",
		"id: sgr-ssh, protocol: TCP, ports: 22/23, source: 0.0.0.0/0",
		"id: sgr-tunnel, protocol: GRE, ports: -1/-1, source: 0.0.0.0/0",
		"id: sgr-udp, protocol: UDP, ports: 1/65535, source: '::/0'"))
	got := securitygroup.Scope(exposure.Breaches(w.exposure(), web))
	want := practice.Scope{
		"sgr-all TCP": {{From: 1, To: 79}, {From: 81, To: 442}, {From: 444, To: 65535}}, "sgr-all UDP": {{From: 1, To: 65535}},
		"sgr-all GRE": {{}}, "sgr-all other protocols": {{}},
		"sgr-ssh TCP": {{From: 22, To: 23}}, "sgr-tunnel GRE": {{}}, "sgr-udp UDP": {{From: 1, To: 65535}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
}

// searcher answers every read from answers, and every search with the same rows.
type searcher struct {
	answers
	rows  []map[string]string
	query string
}

func (s *searcher) Search(_ context.Context, q practice.Search) ([]map[string]string, error) {
	if q.Lines == 1 { // how far back the logs reach
		return []map[string]string{{"__time__": strconv.FormatInt(q.From.Unix(), 10)}}, nil
	}
	s.query = q.Query
	return s.rows, nil
}

func (s *searcher) used(peer string, sent string) {
	s.rows = append(s.rows, map[string]string{"peer": peer, "proto": "6", "port": "22", "received": "9000", "sent": sent, "days": "3", "seen": "1772334120"})
}

func grouped() *searcher {
	return &searcher{answers: answers{
		"DescribeInstances": `{"Instances":{"Instance":[{"VpcAttributes":{"VpcId":"vpc-1"},"NetworkInterfaces":{"NetworkInterface":[
			{"NetworkInterfaceId":"eni-1","Type":"Primary"},{"NetworkInterfaceId":"eni-2","Type":"Secondary"}]}}]}}`,
		"DescribeNetworkInterfaces": `{"NetworkInterfaceSets":{"NetworkInterfaceSet":[]}}`,
		"DescribeSecurityGroupAttribute": `{"Permissions":{"Permission":[
			{"SecurityGroupRuleId":"sgr-1","IpProtocol":"TCP","PortRange":"22/22","SourceCidrIp":"0.0.0.0/0","Policy":"Accept","Priority":1},
			{"SecurityGroupRuleId":"sgr-office","IpProtocol":"TCP","PortRange":"22/22","SourceCidrIp":"192.0.2.0/24","Policy":"Accept","Priority":1},
			{"SecurityGroupRuleId":"sgr-half","IpProtocol":"TCP","PortRange":"22/22","SourceCidrIp":"198.51.100.7","DestCidrIp":"172.16.0.9/32","Policy":"Accept","Priority":1}]}}`,
		"DescribeFlowLogs": `{"FlowLogs":{"FlowLog":[{"ResourceId":"vpc-1","TrafficType":"All","Status":"Active","ProjectName":"p","LogStoreName":"l"}]}}`,
	}}
}

func evidence(t *testing.T, s *searcher, f *practice.Finding, trusted ...string) error {
	t.Helper()
	p := &practice.Practice{ID: "test", Reads: securitygroup.IngressReads}
	if trusted != nil {
		p.Params = []practice.Param{{Name: "trusted", Kind: practice.AddressBlocks, Default: trusted}}
	}
	pass := practice.NewPass(p, practice.Resource{ID: "pl-1", Region: region}, &events.Event{}, time.Now(), s, nil)
	f.Resource = practice.Resource{Type: securitygroup.Type, ID: "sg-1", Region: region}
	return securitygroup.Evidence(t.Context(), pass, f)
}

func TestEvidence(t *testing.T) {
	s := grouped()
	s.used("198.51.100.7", "90000")
	s.used("203.0.113.9", "90000")
	s.used("192.0.2.1", "40")
	s.used("192.0.2.8", "91000")
	scope := practice.Scope{"sgr-1 TCP": {{From: 22, To: 22}}, "sgr-2 TCP": {{From: 20, To: 21}}, "sgr-2 UDP": {{From: 53, To: 53}}}
	f := &practice.Finding{Key: "ingress", Advice: "Ask.", Scope: scope}
	if err := evidence(t, s, f, "203.0.113.0/24"); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(f.UsedBy, "198.51.100.7 on TCP 22 (99 kB, 3 days, last 2026-03-01 03:02 UTC); ") ||
		!strings.Contains(f.UsedBy, "203.0.113.9 on TCP 22 (99 kB, 3 days, last 2026-03-01 03:02 UTC, keeps its access)") ||
		!strings.Contains(f.UsedBy, "192.0.2.8 on TCP 22 (100 kB, 3 days, last 2026-03-01 03:02 UTC, keeps its access)") {
		t.Error(f.UsedBy)
	}
	if f.Facts["allow-list"] != "198.51.100.7/32" || !strings.HasPrefix(f.Advice, "Ask. Let in instead, if you know them (setting trusted, or a rule") || !strings.HasSuffix(f.Advice, ": 198.51.100.7/32") {
		t.Errorf("%q, %q", f.Facts["allow-list"], f.Advice)
	}
	for _, part := range []string{"BETWEEN 20 AND 22)", "BETWEEN 53 AND 53)", `"eni-id" IN ('eni-1') `} {
		if !strings.Contains(s.query, part) {
			t.Errorf("the query lacks %q: %s", part, s.query)
		}
	}
}

// Who is in a private network loses the same rule, and may be let in as the member of a
// group. Who came by a rule that stays is not named.
func TestEvidenceOfPrivateNetworks(t *testing.T) {
	s := grouped()
	s.answers["DescribeSecurityGroupAttribute"] = `{"Permissions":{"Permission":[
		{"SecurityGroupRuleId":"sgr-1","IpProtocol":"TCP","PortRange":"22/22","SourceCidrIp":"10.0.0.0/8","Policy":"Accept","Priority":1},
		{"SecurityGroupRuleId":"sgr-web","IpProtocol":"TCP","PortRange":"22/22","SourceCidrIp":"198.51.100.0/24","Policy":"Accept","Priority":1}%s]}}`
	group := `,{"SecurityGroupRuleId":"sgr-app","IpProtocol":"TCP","PortRange":"1/1000","SourceGroupId":"sg-app","Policy":"Accept","Priority":1}`
	s.used("10.0.3.7", "90000")
	s.used("172.16.0.5", "90000")
	s.used("198.51.100.7", "90000")
	text := s.answers["DescribeSecurityGroupAttribute"]
	for more, want := range map[string]string{
		"":    "10.0.3.7 on TCP 22 (99 kB, 3 days, last 2026-03-01 03:02 UTC)",
		group: "10.0.3.7 on TCP 22 (99 kB, 3 days, last 2026-03-01 03:02 UTC, keeps its access if its security group has it)",
	} {
		s.answers["DescribeSecurityGroupAttribute"] = fmt.Sprintf(text, more)
		f := &practice.Finding{Key: "ingress", Scope: practice.Scope{"sgr-1 TCP": {{From: 22, To: 22}}}}
		if err := evidence(t, s, f); err != nil {
			t.Fatal(err)
		}
		if f.UsedBy != want || (f.Facts["allow-list"] == "10.0.3.7/32") != (more == "") || strings.Contains(s.query, "192[.]168") {
			t.Errorf("%q, %q: %s", f.UsedBy, f.Facts["allow-list"], s.query)
		}
	}
	f := &practice.Finding{Key: "ingress", Scope: practice.Scope{"sgr-web TCP": {{From: 22, To: 22}}}}
	if err := evidence(t, s, f); err != nil || !strings.Contains(s.query, "192[.]168") || !strings.HasPrefix(f.UsedBy, "198.51.100.7 ") {
		t.Errorf("%v %q: %s", err, f.UsedBy, s.query)
	}
}

// A message holds as many as there is room for; a practice without the setting has
// rules proposed.
func TestEvidenceHasRoom(t *testing.T) {
	s := grouped()
	for _, a := range []string{"1.1.1", "1.1.2", "1.1.3", "1.1.4", "1.1.5", "1.1.6", "1.1.7"} {
		s.used("198."+a, "90000")
	}
	f := &practice.Finding{Scope: practice.Scope{"sgr-1 TCP": {{From: 22, To: 22}}}}
	if err := evidence(t, s, f); err != nil {
		t.Fatal(err)
	}
	if strings.Count(f.Facts["allow-list"], "/32") != 7 || strings.Count(f.Advice, "/32") != 6 || len(f.Advice) > 400 ||
		!strings.HasPrefix(f.Advice, "Let in instead, if you know them (a rule of their own;") || !strings.HasSuffix(f.Advice, "and 1 more (allow-list in the audit record)") {
		t.Errorf("%q, %q", f.Facts["allow-list"], f.Advice)
	}
	if err := evidence(t, s, &practice.Finding{Key: "ingress"}); err == nil {
		t.Error("a finding that does not say which ports are open")
	}
	delete(s.answers, "DescribeFlowLogs")
	if err := evidence(t, s, f); err == nil || errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
