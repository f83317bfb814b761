package vpcpeer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/test/product"
)

const (
	document = `vpcpeer:
  connections:
    - id: pcc-1
      name: one
      vpc: vpc-1
      accepting-vpc: vpc-other
      accepting-region: cn-beijing
      accepting-account: "1222222222222222"
      accepting-cidrs:
        - 10.0.0.0/8
        - fd00::/56
      status: Accepting
`
	all  = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"vpc:*","Resource":"*"}]}`
	read = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"vpc:List*","Resource":"*"}]}`
)

// What a document says it dumps, and one that cannot be is refused by its line.
func TestState(t *testing.T) {
	c := product.Start(t, document)
	if got := product.Dump(t, c); !strings.Contains(got, document) {
		t.Errorf("it dumps\n%s", got)
	}
	for wrong, right := range map[string]string{"Asleep": "Accepting", "10.0.0.0/99": "10.0.0.0/8"} {
		err := c.Load([]byte(strings.ReplaceAll(document, right, wrong)))
		if err == nil || !strings.Contains(err.Error(), "(vpcpeer.connections[0])") || !strings.Contains(err.Error(), wrong) {
			t.Errorf("it loads %s: %v", wrong, err)
		}
	}
}

// It is read as practices read it, with the blocks of both ends, and a write changes what is read next.
func TestReadAndWrite(t *testing.T) {
	c := product.Start(t, document)
	writer := product.As(t, c, "writer", all)
	peerings := func() []resource.Peering {
		t.Helper()
		found, err := resource.Peerings(t.Context(), writer, c.Region)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	p := peerings()[0]
	other, region, found := p.Other("vpc-1")
	if !found || region != "cn-beijing" || !slices.Equal(other.Blocks(), []string{"10.0.0.0/8", "fd00::/56"}) || p.Status != "Accepting" || p.Over() {
		t.Errorf("%+v", p)
	}
	if back, _, _ := p.Other("vpc-other"); !slices.Equal(back.Blocks(), []string{"172.16.0.0/12"}) {
		t.Errorf("the other end: %+v", back)
	}
	call := func(action string, params ...string) error {
		return writer.Do(t.Context(), cloud.New("vpcpeer", action, c.Region, append([]string{"RegionId", c.Region}, params...)...), nil)
	}
	if err := call("AcceptVpcPeerConnection", "InstanceId", "pcc-1"); err != nil || peerings()[0].Status != "Activated" {
		t.Errorf("accepted: %v, %+v", err, peerings())
	}
	if err := call("CreateVpcPeerConnection", "VpcId", "vpc-1", "AcceptingVpcId", "vpc-2", "AcceptingRegionId", c.Region); err != nil || len(peerings()) != 2 {
		t.Errorf("made: %v", err)
	}
	if err := call("DeleteVpcPeerConnection", "InstanceId", "pcc-1"); err != nil || len(peerings()) != 1 {
		t.Errorf("deleted: %v", err)
	}
	if err := call("DeleteVpcPeerConnection", "InstanceId", "pcc-9"); cloud.Code(err) != "ResourceNotFound.InstanceId" {
		t.Errorf("a write to nothing: %v", err)
	}
}

// What the API does not have, and what a user may not do, is refused.
func TestRefused(t *testing.T) {
	c := product.Start(t, document)
	write := cloud.New("vpcpeer", "AcceptVpcPeerConnection", c.Region, "RegionId", c.Region, "InstanceId", "pcc-1")
	if err := product.As(t, c, "writer", all).Do(t.Context(), write.With("Colour", "red"), nil); cloud.Code(err) != "LocalCloud.UnknownParameter" {
		t.Errorf("a parameter that there is not: %v", err)
	}
	reader := product.As(t, c, "reader", read)
	if _, err := resource.Peerings(t.Context(), reader, c.Region); err != nil {
		t.Error(err)
	}
	if err := reader.Do(t.Context(), write, nil); !cloud.Forbidden(err) {
		t.Errorf("a write by somebody who may only read: %v", err)
	}
}
