package whole

import (
	"strings"
	"testing"

	api "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// A sign-in of the root account comes by the trail's log alone, and is told. The two hundred calls of
// its session come by both ways, and are one use, which people know of by then.
func TestTheRootAccountSignsInAndWorks(t *testing.T) {
	c := start(t, account.Options{})
	quiet(t, c)
	before := len(c.Messages())
	session, err := c.SignIn("", cloud.SignIn{})
	if err != nil {
		t.Fatal(err)
	}
	quiet(t, c)
	said := func() (n int) {
		for _, m := range c.Messages()[before:] {
			n += strings.Count(m.Text, "### HIGH: The root account is used")
		}
		return n
	}
	if said() != 1 {
		t.Fatalf("a sign-in was told %d times%s", said(), told(t, c))
	}
	root := api.NewClient(api.Config{
		Credentials: api.Credentials{AccessKeyID: session.AccessKeyID, AccessKeySecret: session.AccessKeySecret, SecurityToken: session.SecurityToken},
		Transport:   c.Transport(),
	})
	for range 100 {
		for _, call := range []api.Call{api.New("ram", "SetAccountAlias", "", "AccountAlias", "example"), api.New("ram", "ClearAccountAlias", "")} {
			if err := root.Do(t.Context(), call, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	quiet(t, c)
	if said() != 1 {
		t.Errorf("a session was told %d times%s", said(), told(t, c))
	}
	looks := 0
	for _, i := range c.Invocations() {
		if i.Function == "ecsguard-root-account-usage" {
			looks++
		}
	}
	if looks < 2 || looks > 3 { // the hour may end meanwhile
		t.Errorf("%d looks at a sign-in and at a session", looks)
	}
}
