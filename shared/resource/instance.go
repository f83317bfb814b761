package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeInstance is the type of an ECS instance.
const TypeInstance = "ACS::ECS::Instance"

var _ = add(Kind{Type: TypeInstance, Words: "instance", Param: "InstanceId", Prefix: "i-", ARN: "acs:ecs:%s:%s:instance/%s", Untags: "ecs",
	Page: "https://ecs.console.aliyun.com/server/{id}/detail?regionId={region}"})

// An Instance is an ECS instance. What is a pointer was not said where it is nil.
type Instance struct {
	InstanceID, InstanceName, Status, InstanceNetworkType, CreationTime string
	ImageID, KeyPairName, StartTime                                     string
	InstanceType, InstanceTypeFamily, OSType                            string

	ImageOptions ImageOptions

	SecurityGroupIDs  *GroupIDs
	PublicIPAddress   *struct{ IPAddress []string }
	EIPAddress        *InstanceEIP
	VpcAttributes     struct{ VpcID, VSwitchID string }
	NetworkInterfaces struct{ NetworkInterface []Interface }
	MetadataOptions   struct{ HTTPTokens, HTTPEndpoint string }

	HibernationOptions struct{ Configured bool }
	Tags               cloud.Tags
}

// About says which instance it is. What people change on the node of a cluster, the cluster
// may change back.
func (i Instance) About() About {
	tags := i.Tags.Map()
	return About{Type: TypeInstance, ID: i.InstanceID, Name: i.InstanceName, Tags: tags, Managed: Owner(tags), Created: cloud.Time(i.CreationTime)}
}

// ImageOptions say whether an instance is entered as an ordinary user (ecs-user); nil: not said.
type ImageOptions struct{ LoginAsNonRoot *bool }

// Groups are its security groups.
func (i *Instance) Groups() []string {
	if i.SecurityGroupIDs == nil {
		return nil
	}
	return i.SecurityGroupIDs.SecurityGroupID
}

// Static are its public addresses that are no EIP.
func (i *Instance) Static() []string {
	if i.PublicIPAddress == nil {
		return nil
	}
	return i.PublicIPAddress.IPAddress
}

// EIP is the allocation of the EIP on it, and whether the answer says that it can be taken
// off; empty: none.
func (i *Instance) EIP() (allocation string, removable, said bool) {
	if i.EIPAddress == nil {
		return "", false, false
	}
	can := i.EIPAddress.IsSupportUnassociate
	return i.EIPAddress.AllocationID, can != nil && *can, can != nil
}

// InstanceEIP is the EIP on an instance; empty: it has none.
type InstanceEIP struct {
	AllocationID, IPAddress string

	IsSupportUnassociate *bool
}

// GroupIDs are the security groups of an instance or an interface.
type GroupIDs struct{ SecurityGroupID []string }

type instancePage struct {
	cloud.Page
	Instances struct{ Instance []Instance }
}

func (p instancePage) Items() []Instance { return p.Instances.Instance }

func describeInstances(region string, params []string) cloud.Call {
	return cloud.New("ecs", "DescribeInstances", region, append([]string{"MaxResults", "100"}, params...)...)
}

// Instances reads those of a region that the parameters choose.
func Instances(ctx context.Context, r cloud.Reader, region string, params ...string) ([]Instance, error) {
	return cloud.ReadList[instancePage](ctx, r, describeInstances(region, params))
}

// InstancePages is the same, page by page, until enough says so.
func InstancePages(ctx context.Context, r cloud.Reader, region string, enough func(page []Instance, more bool) bool, params ...string) error {
	return cloud.ReadItems[instancePage](ctx, r, describeInstances(region, params), enough)
}

// InstancesOf reads what a resource is or holds: an instance, or those of a VPC, a vSwitch or a
// security group.
func InstancesOf(ctx context.Context, r cloud.Reader, region, resourceType, id string) ([]Instance, error) {
	if resourceType == TypeInstance {
		return Instances(ctx, r, region, "InstanceIds", cloud.IDs(id))
	}
	return Instances(ctx, r, region, KindOf(resourceType).Param, id)
}

// CountInstances is how many there are: a page of one says so.
func CountInstances(ctx context.Context, r cloud.Reader, region string, params ...string) (int, error) {
	var answer struct{ TotalCount *int }
	call := cloud.New("ecs", "DescribeInstances", region, append([]string{"PageNumber", "1", "PageSize", "1"}, params...)...)
	if err := r.Read(ctx, call, &answer); err != nil {
		return 0, err
	}
	if answer.TotalCount == nil {
		return 0, fmt.Errorf("%s: the answer does not say how many there are", call.RAM())
	}
	return *answer.TotalCount, nil
}

// UserData reads what an instance runs when it starts, in Base64; empty: nothing.
func UserData(ctx context.Context, r cloud.Reader, region, id string) (string, error) {
	var answer struct{ InstanceID, UserData string }
	if err := r.Read(ctx, cloud.New("ecs", "DescribeUserData", region, "InstanceId", id), &answer); err != nil {
		return "", err
	}
	if answer.InstanceID != id { // of an instance without, the answer need not have the field
		return "", fmt.Errorf("ecs:DescribeUserData: the answer does not say what the user data of %s is", id)
	}
	return answer.UserData, nil
}
