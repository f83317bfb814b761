package cloud

import (
	"fmt"
	"sync"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
)

// Many clients at once: for the race detector, and no rule may be lost.
func TestManyClientsAtOnce(t *testing.T) {
	c := startCloud(t)
	load(t, c, oneGroup)
	k := admin(c)
	var mu sync.Mutex
	events := 0
	c.OnEvent(func([]byte) { mu.Lock(); events++; mu.Unlock() })
	var all sync.WaitGroup
	for n := range 8 {
		client := ecsClient(t, c, k)
		all.Go(func() {
			for i := range 10 {
				if _, err := client.AuthorizeSecurityGroup(authorizeCall(tcp(fmt.Sprintf("%d/%d", n*100+i+1, n*100+i+1), "10.0.0.0/8"))); err != nil {
					t.Error(err)
				}
				if _, err := c.Dump(); err != nil {
					t.Error(err)
				}
				c.Calls()
			}
		})
	}
	all.Wait()
	if rules := rulesOf(t, ecsClient(t, c, k), "sg-1"); len(rules) != 80 || events != 80 {
		t.Errorf("%d rules, %d events", len(rules), events)
	}
}

func TestGroupsAreJoinedAndLeft(t *testing.T) {
	c := startCloud(t)
	load(t, c, "ecs: {disk-encryption-by-default: false, security-groups: [{id: sg-1}, {id: sg-2}], instances: [{id: i-1, security-groups: [sg-1]}]}")
	client := ecsClient(t, c, admin(c))
	join := ecs.CreateJoinSecurityGroupRequest()
	join.SecurityGroupId, join.InstanceId = "sg-2", "i-1"
	must[*ecs.JoinSecurityGroupResponse](t)(client.JoinSecurityGroup(join))
	remove := ecs.CreateDeleteSecurityGroupRequest()
	remove.SecurityGroupId = "sg-2"
	_, err := client.DeleteSecurityGroup(remove)
	wantCode(t, err, "DependencyViolation")
	leave := ecs.CreateLeaveSecurityGroupRequest()
	leave.SecurityGroupId, leave.InstanceId = "sg-2", "i-1"
	must[*ecs.LeaveSecurityGroupResponse](t)(client.LeaveSecurityGroup(leave))
	leave.SecurityGroupId = "sg-1"
	_, err = client.LeaveSecurityGroup(leave)
	wantCode(t, err, "InstanceLastSecurityGroup")
}
