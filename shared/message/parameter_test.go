package message

import "testing"

// A command in an advice is one that can be pasted.
func TestParametersAreNoHosts(t *testing.T) {
	for _, command := range []string{
		"aliyun ecs AuthorizeSecurityGroup --force --Permissions.1.Ipv6DestCidrIp ADDRESS --Permissions.1.SourceGroupId sg-1", "aliyun ecs TagResources --Tag.1.Key owner",
	} {
		if got := unlink(command); got != command {
			t.Error(got)
		}
	}
}
