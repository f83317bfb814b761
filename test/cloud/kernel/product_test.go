package kernel

import (
	"strings"
	"testing"
)

type (
	shop   struct{ baker *baker }
	baker  struct{ made int }
	first  struct{}
	second struct{}
)

func newBaker(*Cloud) *baker { return &baker{made: 1} }

func newShop(c *Cloud) *shop { return &shop{Of(c, newBaker)} }

func newFirst(c *Cloud) *first { Of(c, newSecond); return &first{} }

func newSecond(c *Cloud) *second { Of(c, newFirst); return &second{} }

func prepared(t *testing.T) *Cloud {
	t.Helper()
	c, err := Prepare(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// A product is made once, whoever asks first, and what needs itself says so at once.
func TestOf(t *testing.T) {
	c := prepared(t)
	s := Of(c, newShop)
	if s.baker == nil || s.baker != Of(c, newBaker) || s != Of(c, newShop) {
		t.Error("a product was made twice, or not for the one that needs it")
	}
	defer func() {
		if said, _ := recover().(string); !strings.Contains(said, "kernel.first needs a product that needs it") {
			t.Errorf("two that need each other: %v", said)
		}
	}()
	Of(c, newFirst)
}

// A product is found by each of its names, under its own host, and one that nobody serves is not.
func TestEndpoint(t *testing.T) {
	c := prepared(t)
	c.ServeRPC(&Product{Code: "Shop", Ram: "shop", Version: "2020-01-01", Endpoint: Regional("shop"), Names: []string{"store"}}, nil)
	for name, want := range map[string]string{"Shop": "shop.cn-beijing.aliyuncs.com", "STORE": "shop.cn-beijing.aliyuncs.com", "baker": ""} {
		if got := c.endpointOf(name, "cn-beijing"); got != want {
			t.Errorf("%s is at %q, not %q", name, got, want)
		}
	}
	if c.Route("shop.cn-beijing.aliyuncs.com") == nil || c.Route("shop.aliyuncs.com") != nil {
		t.Error("it is not served under its host, or under more")
	}
}

type deposit struct {
	*Cloud
	room bins
	used int
}

// What a product keeps is read and written as its struct says, and a document with a fault
// changes nothing.
func TestKeep(t *testing.T) {
	c := prepared(t)
	s := &deposit{Cloud: c, used: 3, room: bins{keys: 4}}
	Keep(c, s, "deposit", func(s *deposit) *bins { return &s.room }, func(s *deposit) []Rows[*deposit] {
		return []Rows[*deposit]{RowsOf(&s.room.Bins, Kind{Key: "bins", Prefix: "bin", Tagged: "bin"})}
	})
	const document = "deposit:\n  bins:\n    - id: bin-1\n      tags:\n        a: b\n"
	if err := c.Load([]byte(document)); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Dump(); err != nil || string(got) != document || s.used != 3 || s.room.keys != 4 {
		t.Errorf("%v\n%s", err, got)
	}
	err := c.Load([]byte("deposit:\n  bins:\n    - id: bin-2\n    - id: box-1\n"))
	if err == nil || !strings.Contains(err.Error(), `line 4 (deposit.bins[1])`) || s.room.Bins[0].ID != "bin-1" {
		t.Errorf("a document with a fault: %v, and %s is there", err, s.room.Bins[0].ID)
	}
	var shown []string
	for _, list := range c.Taggables {
		list(func(product, kind string, all []*Resource) { shown = append(shown, product+"/"+kind+"/"+all[0].ID) })
	}
	if len(shown) != 1 || shown[0] != "deposit/bin/bin-1" {
		t.Errorf("the product Tag finds %v", shown)
	}
}

// bin is the least that a resource can be.
type bin struct {
	Resource `yaml:",inline"`
}

func (*bin) Defaults(*deposit)    {}
func (*bin) Check(*deposit) error { return nil }

type bins struct {
	Bins Table[*bin] `yaml:"bins,omitempty"`
	keys int
}
