package ecsinternetfacingdb_test

import (
	"context"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	ecsinternetfacingdb "github.com/ecsguard/ecsguard/functions/ecs-internet-facing-db"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
	"github.com/ecsguard/ecsguard/test/cloud"
)

const region = "cn-hangzhou"

// reader reads the cloud, which says of sg-1 that it does not exist.
type reader struct{ *ours.Client }

func (r reader) Read(ctx context.Context, call ours.Call, out any) error {
	if call.Params["SecurityGroupId"] == "sg-1" {
		return &ours.Error{Status: 404, Code: "InvalidSecurityGroupId.NotFound"}
	}
	return r.Do(ctx, call, out)
}

// Of two groups that name a list one is deleted before its members are read: those of the
// other are judged all the same.
func TestAGroupThatIsDeletedMeanwhile(t *testing.T) {
	c, err := cloud.New(cloud.Options{Region: region})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	err = c.Load([]byte(`
ecs:
  prefix-lists: [{id: pl-1, entries: [10.0.0.0/8]}]
  security-groups:
    - {id: sg-1, vpc: vpc-1, rules: [{protocol: TCP, ports: 3306/3306, prefix-list: pl-1}]}
    - {id: sg-2, vpc: vpc-1, rules: [{protocol: TCP, ports: 3306/3306, prefix-list: pl-1}]}
  instances:
    - {id: i-2, security-groups: [sg-2], public-ip: 203.0.113.7}
`))
	if err != nil {
		t.Fatal(err)
	}
	root := c.RootSession()
	client := ours.NewClient(ours.Config{Transport: c.Transport(), RetryWait: time.Millisecond,
		Credentials: ours.Credentials{AccessKeyID: root.AccessKeyID, AccessKeySecret: root.AccessKeySecret, SecurityToken: root.SecurityToken}})
	p := ecsinternetfacingdb.Practice
	pass := practice.NewPass(p, practice.Resource{Type: securitygroup.TypePrefixList, ID: "pl-1", Region: region}, &events.Event{}, time.Now(), reader{client}, nil)
	if err := p.Check(t.Context(), pass); err != nil {
		t.Fatal(err)
	}
	if found := pass.Findings(); len(found) != 1 || found[0].Resource.ID != "i-2" {
		t.Errorf("%v", found)
	}
}
