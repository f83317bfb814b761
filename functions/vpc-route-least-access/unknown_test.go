package vpcrouteleastaccess_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	vpcrouteleastaccess "github.com/ecsguard/ecsguard/functions/vpc-route-least-access"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/scenario"
)

func look(t *testing.T, routes, peerings string) ([]practice.Finding, error) {
	t.Helper()
	now := time.Now()
	event := &events.Event{Service: "Vpc", Name: "CreateRouteEntry", Time: now, Params: map[string]string{"RouteTableId": "vtb-1", "DestinationCidrBlock": "0.0.0.0/0", "NextHopId": "i-1"}}
	return scenario.Answers{
		"DescribeRouteTableList": `{"RouterTableList":{"RouterTableListType":[{"RouteTableId":"vtb-1","VpcId":"vpc-1"}]}}`,
		"DescribeRouteEntryList": `{"RouteEntrys":{"RouteEntry":[` + strings.ReplaceAll(routes, "NOW", now.UTC().Format(time.RFC3339)) + `]}}`,
		"DescribeVpcs":           `{"Vpcs":{"Vpc":[{"VpcId":"vpc-1"}]}}`,
		"ListVpcPeerConnections": peerings,
	}.Look(t, vpcrouteleastaccess.Practice, "vtb-1", event, map[string][]string{"delete-new": {"yes"}})
}

func to(block, more string, hops ...string) string {
	var next []string
	for _, h := range hops {
		kind := "Instance"
		if strings.HasPrefix(h, "pcc-") {
			kind = "VpcPeer"
		}
		next = append(next, `{"NextHopId":"`+h+`","NextHopType":"`+kind+`"}`)
	}
	return `{"DestinationCidrBlock":"` + block + `","GmtModified":"NOW"` + more + `,"NextHops":{"NextHop":[` + strings.Join(next, ",") + `]}}`
}

// A route that shares its packets among several hops is told of each, and no part of it is deleted.
func TestSeveralHops(t *testing.T) {
	findings, err := look(t, to("0.0.0.0/0", "", "i-1", "i-2"), "")
	if err != nil || len(findings) != 2 || len(findings[0].Changes)+len(findings[1].Changes) != 0 {
		t.Errorf("%v, %+v", err, findings)
	}
	if findings, err = look(t, to("0.0.0.0/0", "", "i-1"), ""); err != nil || len(findings) != 1 || len(findings[0].Changes) != 1 {
		t.Errorf("one hop: %v, %+v", err, findings)
	}
}

// A route that a cloud service has made is its own.
func TestAServicesRoute(t *testing.T) {
	findings, err := look(t, to("0.0.0.0/0", `,"ServiceType":"kvstore"`, "i-1"), "")
	if err != nil || len(findings) != 1 || !strings.Contains(findings[0].Managed, "kvstore") {
		t.Errorf("%v, %+v", err, findings)
	}
}

// That peering connections may not be listed hides no route to a machine.
func TestUnreadHidesNothing(t *testing.T) {
	findings, err := look(t, to("0.0.0.0/0", "", "i-1")+","+to("10.0.0.0/8", "", "pcc-1"), "")
	if err != nil || len(findings) != 2 || !strings.Contains(findings[0].Title, "instance i-1") || findings[1].Facts["why"] != "vpc:ListVpcPeerConnections: Forbidden.RAM" {
		t.Errorf("%v, %+v", err, findings)
	}
}

// What the answers do not say clearly is told as that, never quiet, and hides no route that is clear.
func TestUnknownIsNotBad(t *testing.T) {
	findings, err := look(t, to("pl-1", "", "i-1")+","+to("0.0.0.0/0", "", "i-2"), "")
	if err != nil || len(findings) != 2 || !strings.Contains(findings[0].Title, `"pl-1"`) || !strings.Contains(findings[1].Title, "instance i-2") {
		t.Errorf("%v, %+v", err, findings)
	}
	if findings, err := look(t, `{"DestinationCidrBlock":"pl-1","NextHops":{"NextHop":[{"NextHopId":"ngw-1","NextHopType":"NatGateway"}]}}`, ""); err != nil || len(findings) > 0 {
		t.Errorf("to a gateway: %v, %+v", err, findings)
	}
	findings, err = look(t, to("10.0.0.0/8", "", "pcc-1"), `{"VpcPeerConnects":[{"InstanceId":"pcc-1","Vpc":{"VpcId":"vpc-1"},"AcceptingVpc":{"VpcId":"vpc-2"}}]}`)
	if err != nil || len(findings) != 1 || !strings.Contains(findings[0].Title, "cannot be told") {
		t.Errorf("%v, %+v", err, findings)
	}
}
