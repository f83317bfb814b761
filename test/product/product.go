// Package product is with what a product of the local cloud is tried: a cloud that has read a
// document, and clients that make calls as users with a policy and read as practices do.
package product

import (
	"context"
	"testing"

	api "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// Start is a cloud that has read a document. The test stops it.
func Start(t *testing.T, document string) *cloud.Cloud {
	t.Helper()
	c, err := cloud.New(cloud.Options{NoPort: true, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := c.Load([]byte(document)); err != nil {
		t.Fatal(err)
	}
	return c
}

// Dump is the cloud's state as a document.
func Dump(t *testing.T, c *cloud.Cloud) string {
	t.Helper()
	b, err := c.Dump()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A Client makes calls, and reads as practices do.
type Client struct{ *api.Client }

// Read makes a call that changes nothing.
func (c Client) Read(ctx context.Context, call api.Call, out any) error {
	return c.Do(ctx, call, out)
}

// As is a client of a new user with a policy.
func As(t *testing.T, c *cloud.Cloud, name, policy string) Client {
	t.Helper()
	p, err := cloud.ParsePolicy([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	k := c.AddUser(name, p)
	return Client{api.NewClient(api.Config{
		Credentials: api.Credentials{AccessKeyID: k.AccessKeyID, AccessKeySecret: k.AccessKeySecret}, Transport: c.InProcess(),
	})}
}
