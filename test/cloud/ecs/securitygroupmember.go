package ecs

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// onMember needs permission for the instance or the interface that a call names.
func onMember(q *kernel.Request) []string {
	if q.Has("NetworkInterfaceId") {
		return onNIC(q)
	}
	return onInstance(q)
}

// groupMember is an instance or an interface that can be in security groups.
type groupMember struct {
	groups *[]string
	vpc    string
}

// joinSecurityGroup takes an instance, or a secondary interface. One may be in several groups,
// but never in a basic and an enterprise group at once: the two judge traffic differently.
func joinSecurityGroup(q *request) (any, error) {
	g, m, err := q.groupAndMember()
	switch {
	case err != nil:
		return nil, err
	case slices.Contains(*m.groups, g.ID):
		return nil, kernel.Refuse(403, "InvalidInstanceId.AlreadyExists", "The specified instance already exists in the specified security group.")
	case g.VPC != m.vpc && q.Has("InstanceId"):
		return nil, kernel.Refuse(400, "InvalidInstanceId.Mismatch", "Specified instance and security group are not in the same VPC.")
	case g.VPC != m.vpc:
		return nil, kernel.Refuse(403, "InvalidOperation.VpcMismatch", "The interface and the security group are not in the same VPC.")
	case len(*m.groups) >= mostGroups:
		return nil, kernel.Refuse(400, "InstanceSecurityGroupLimitExceeded", "Exceeding the allowed amount of security groups that an instance can be in.")
	}
	for _, id := range *m.groups {
		if other, ok := kernel.Find(q.Request, q.c.Groups, id); ok && other.Kind != g.Kind {
			return nil, kernel.Refuse(400, "InvalidOperation.MultiGroupType", "The specified instance can't join different types of security group.")
		}
	}
	*m.groups = append(*m.groups, g.ID)
	return kernel.Done()
}

// leaveSecurityGroup refuses the last group: whatever has an address is in one.
func leaveSecurityGroup(q *request) (any, error) {
	g, m, err := q.groupAndMember()
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(*m.groups, g.ID):
		return nil, kernel.Refuse(403, "InstanceNotInSecurityGroup", "The instance not in the group.")
	case len(*m.groups) == 1:
		return nil, kernel.Refuse(403, "InstanceLastSecurityGroup", "The specified security group is the last security group for the instance.")
	}
	*m.groups = slices.DeleteFunc(*m.groups, func(id string) bool { return id == g.ID })
	return kernel.Done()
}

// groupAndMember finds what a call is about. A group of a cloud service takes nobody, and a
// primary interface is named by its instance.
func (q *request) groupAndMember() (*SecurityGroup, groupMember, error) {
	g, err := q.ownGroup()
	switch {
	case err != nil:
		return nil, groupMember{}, err
	case q.Has("InstanceId") && q.Has("NetworkInterfaceId"):
		return nil, groupMember{}, kernel.Refuse(403, "InvalidParam.EniIdAndInstanceId.Conflict", "The InstanceId and NetworkInterfaceId parameters are mutually exclusive.")
	case q.Has("NetworkInterfaceId"):
		n, err := q.secondary()
		if err != nil {
			return nil, groupMember{}, err
		}
		return g, groupMember{&n.SecurityGroups, n.VPC}, nil
	case !q.Has("InstanceId"):
		return nil, groupMember{}, kernel.MissingInECS("InstanceId")
	}
	i, err := q.instance()
	if err != nil {
		return nil, groupMember{}, err
	}
	return g, groupMember{&i.SecurityGroups, i.VPC}, nil
}

// modifySecurityGroupPolicy says whether members of a basic group reach one
// another. Those of an enterprise group never do.
func modifySecurityGroupPolicy(q *request) (any, error) {
	g, err := q.ownGroup()
	if err != nil {
		return nil, err
	}
	policy := strings.ToLower(q.Str("InnerAccessPolicy"))
	switch {
	case policy != "accept" && policy != "drop":
		return nil, kernel.Refuse(400, "InvalidPolicy.Malformed", "The specified parameter InnerAccessPolicy is not valid.")
	case g.Kind == "enterprise":
		return nil, kernel.Refuse(403, "InvalidOperation.NotSupportEnterpriseGroup", "The operation is not supported by enterprise security groups.")
	}
	g.InnerAccess = policy
	return kernel.Done()
}

// describeSecurityGroupReferences lists the groups whose rules name a group.
func describeSecurityGroupReferences(q *request) (any, error) {
	ids := q.List("SecurityGroupId")
	if len(ids) > 10 {
		return nil, kernel.Refuse(400, "InvalidParamter.SecurityGroupId", "The specified parameter SecurityGroupId is not valid: at most 10.") // sic
	}
	views := []any{}
	for _, id := range ids {
		if _, ok := kernel.Find(q.Request, q.c.Groups, id); !ok {
			return nil, kernel.Refuse(404, "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist.")
		}
		users := []any{}
		for _, g := range kernel.Within(q.Request, q.c.Groups, func(g *SecurityGroup) bool { return g.refersTo(id) }) {
			users = append(users, map[string]any{"SecurityGroupId": g.ID, "AliUid": q.c.Account})
		}
		if len(users) > 0 {
			views = append(views, map[string]any{"SecurityGroupId": id, "ReferencingSecurityGroups": map[string]any{"ReferencingSecurityGroup": users}})
		}
	}
	return map[string]any{"SecurityGroupReferences": map[string]any{"SecurityGroupReference": views}}, nil
}
