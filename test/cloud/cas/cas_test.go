package cas_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/test/product"
)

const (
	document = `cas:
  certificates:
    - id: cas-1
      name: old
      ends-in: -3
    - id: cas-2
      name: shop
      domain: shop.example.com
      uploaded: true
      ends-in: 9
`
	all  = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"yundun-cert:*","Resource":"*"}]}`
	none = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"cas:*","Resource":"*"}]}`
)

// What a document says is what it dumps, and one that cannot be is refused.
func TestState(t *testing.T) {
	c := product.Start(t, document)
	if got, err := c.Dump(); err != nil || !strings.Contains(string(got), document) {
		t.Errorf("it dumps\n%s%v", got, err)
	}
	if err := c.Load([]byte("cas:\n  certificates:\n    - {id: cas-x, ends-in: 1}")); err == nil {
		t.Error("it loads a certificate without a number")
	}
}

// All are read, expired ones as well, over more than a page, and what ends when is told by a moment or by a day.
func TestRead(t *testing.T) {
	many := document
	for i := range 120 {
		many += fmt.Sprintf("    - {id: cas-%d, ends-in: -1}\n", 100+i)
	}
	c := product.Start(t, many)
	found, err := resource.Certificates(t.Context(), product.As(t, c, "reader", all), c.Region)
	if err != nil || len(found) != 122 {
		t.Fatalf("it reads %d, %v", len(found), err)
	}
	ends := map[string]time.Duration{}
	for _, f := range found {
		ends[f.About().Name] = f.Ends().Sub(c.Clock())
	}
	if day := 24 * time.Hour; ends["old"] > -2*day || ends["old"] < -4*day || ends["shop"] < 9*day || ends["shop"] > 10*day {
		t.Errorf("they end %v", ends)
	}
	if _, err := resource.Certificates(t.Context(), product.As(t, c, "nobody", none), c.Region); !cloud.Forbidden(err) {
		t.Errorf("somebody who may not reads %v", err)
	}
}

// Both clocks: answers count milliseconds, or seconds.
func TestMoment(t *testing.T) {
	at := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	if a, b := resource.Moment(at.Unix()), resource.Moment(at.UnixMilli()); !a.Equal(at) || !b.Equal(at) || !resource.Moment(0).IsZero() {
		t.Errorf("%v, %v", a, b)
	}
}
