package cbn_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/test/product"
)

const (
	document = `cbn:
  cens:
    - id: cen-1
      name: one
      attached:
        - instance: vpc-1
        - instance: vpc-far
          region: cn-beijing
        - instance: vbr-1
          type: VBR
    - id: cen-2
      account: "1222222222222222"
      attached:
        - instance: vpc-1
`
	all  = `{"Version":"1","Statement":[{"Effect":"Allow","Action":["cen:*","vpc:*"],"Resource":"*"}]}`
	read = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"cen:Describe*","Resource":"*"}]}`
)

// What a document says it dumps, and one that cannot be is refused by its line.
func TestState(t *testing.T) {
	c := product.Start(t, document)
	again := product.Start(t, product.Dump(t, c))
	if got := product.Dump(t, again); !strings.Contains(got, "instance: vpc-far") || got != product.Dump(t, c) {
		t.Errorf("it dumps\n%s", got)
	}
	err := c.Load([]byte(strings.ReplaceAll(document, "instance: vbr-1", "region: cn-beijing")))
	if err == nil || !strings.Contains(err.Error(), "(cbn.cens[0])") {
		t.Errorf("it loads an attachment of nothing: %v", err)
	}
}

// It is read as practices read it, a write changes what is read next, and a CEN of another account
// is named by the VPC alone.
func TestReadAndWrite(t *testing.T) {
	c := product.Start(t, document)
	writer := product.As(t, c, "writer", all)
	attached := func() (all []string) {
		t.Helper()
		found, err := resource.AttachedVPCs(t.Context(), writer, "cen-1")
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range found {
			all = append(all, a.ChildInstanceID+" "+a.ChildInstanceRegionID)
		}
		return all
	}
	if got := attached(); !slices.Equal(got, []string{"vpc-1 " + c.Region, "vpc-far cn-beijing"}) {
		t.Errorf("it lists %q", got)
	}
	if ids, err := resource.CENsOf(t.Context(), writer, c.Region, "vpc-1"); err != nil || !slices.Equal(ids, []string{"cen-1", "cen-2"}) {
		t.Error(ids, err)
	}
	if _, err := resource.AttachedVPCs(t.Context(), writer, "cen-2"); cloud.Code(err) != "ParameterCenInstanceId" {
		t.Errorf("another account's: %v", err)
	}
	write := cloud.New("cbn", "DetachCenChildInstance", "", "CenId", "cen-1", "ChildInstanceId", "vpc-1", "ChildInstanceType", "VPC", "ChildInstanceRegionId", c.Region)
	if err := writer.Do(t.Context(), write, nil); err != nil {
		t.Fatal(err)
	}
	if got := attached(); len(got) != 1 {
		t.Errorf("after the write: %q", got)
	}
	write.Action = "AttachCenChildInstance"
	if err := writer.Do(t.Context(), write, nil); err != nil || len(attached()) != 2 {
		t.Errorf("attached again: %v", err)
	}
	if err := writer.Do(t.Context(), write, nil); cloud.Code(err) != "InvalidOperation.CenInstanceStatus" {
		t.Errorf("attached twice: %v", err)
	}
}

// What the API does not have, and what a user may not do, is refused.
func TestRefused(t *testing.T) {
	c := product.Start(t, document)
	write := cloud.New("cbn", "DetachCenChildInstance", "", "CenId", "cen-1", "ChildInstanceId", "vpc-1", "ChildInstanceType", "VPC", "ChildInstanceRegionId", c.Region)
	if err := product.As(t, c, "writer", all).Do(t.Context(), write.With("Colour", "red"), nil); cloud.Code(err) != "LocalCloud.UnknownParameter" {
		t.Errorf("a parameter that there is not: %v", err)
	}
	reader := product.As(t, c, "reader", read)
	if _, err := resource.AttachedVPCs(t.Context(), reader, "cen-1"); err != nil {
		t.Error(err)
	}
	if err := reader.Do(t.Context(), write, nil); !cloud.Forbidden(err) {
		t.Errorf("a write by somebody who may only read: %v", err)
	}
}
