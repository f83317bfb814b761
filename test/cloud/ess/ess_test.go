package ess_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/test/product"
)

const (
	document = `ess:
  scaling-configurations:
    - id: asc-1
      name: one
      http-tokens: optional
      tags:
        a: b
    - id: asc-2
      name: two
      state: Inactive
`
	all  = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ess:*","Resource":"*"}]}`
	read = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ess:Describe*","Resource":"*"}]}`
)

// What a document says is what it dumps, and one that cannot be is refused by its line.
func TestState(t *testing.T) {
	c := product.Start(t, document)
	if got := product.Dump(t, c); !strings.Contains(got, "id: asc-2") || !strings.Contains(got, "state: Inactive") || !strings.Contains(got, "http-tokens: optional") {
		t.Errorf("it dumps\n%s", got)
	}
	err := c.Load([]byte(strings.ReplaceAll(document, "Inactive", "Asleep")))
	if err == nil || !strings.Contains(err.Error(), `(ess.scaling-configurations[1]): state is "Asleep"`) {
		t.Errorf("it loads a state that there is not: %v", err)
	}
}

// It is read as practices read it, over more than a page, and a write changes what it names and nothing else.
func TestReadAndWrite(t *testing.T) {
	more := document
	for n := range 60 {
		more += fmt.Sprintf("    - {id: asc-m%02d, name: m%02d}\n", n, n)
	}
	c := product.Start(t, more)
	writer := product.As(t, c, "writer", all)
	said := func(params ...string) (words []string) {
		t.Helper()
		found, err := resource.ScalingConfigurations(t.Context(), writer, c.Region, params...)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range found {
			words = append(words, r.ScalingConfigurationID+" "+r.LifecycleState+" "+r.HTTPTokens+" "+r.HTTPEndpoint+" "+r.Tags.Map()["a"])
		}
		return words
	}
	if got := said(); len(got) != 62 || got[0] != "asc-1 Active optional  b" {
		t.Errorf("it lists %q", got)
	}
	write := cloud.New("ess", "ModifyScalingConfiguration", c.Region, "ScalingConfigurationId", "asc-1", "HttpTokens", "required")
	if err := writer.Do(t.Context(), write, nil); err != nil {
		t.Fatal(err)
	}
	if got := said("ScalingConfigurationId.1", "asc-1"); !slices.Equal(got, []string{"asc-1 Active required  b"}) {
		t.Errorf("after the write: %q", got)
	}
	if err := writer.Do(t.Context(), write.With("ScalingConfigurationId", "asc-9"), nil); cloud.Code(err) != "InvalidScalingConfigurationId.NotFound" {
		t.Errorf("a write to nothing: %v", err)
	}
}

// What the API does not have, and what a user may not do, is refused.
func TestRefused(t *testing.T) {
	c := product.Start(t, document)
	write := cloud.New("ess", "ModifyScalingConfiguration", c.Region, "ScalingConfigurationId", "asc-2", "HttpTokens", "required")
	if err := product.As(t, c, "writer", all).Do(t.Context(), write.With("Colour", "red"), nil); cloud.Code(err) != "LocalCloud.UnknownParameter" {
		t.Errorf("a parameter that there is not: %v", err)
	}
	reader := product.As(t, c, "reader", read)
	if _, err := resource.ScalingConfigurations(t.Context(), reader, c.Region); err != nil {
		t.Error(err)
	}
	if err := reader.Do(t.Context(), write, nil); !cloud.Forbidden(err) {
		t.Errorf("a write by somebody who may only read: %v", err)
	}
}
