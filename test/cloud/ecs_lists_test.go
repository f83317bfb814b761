package cloud

import (
	"encoding/json"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ecs"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ims"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/ram"
)

// The typed SDK has no calls for port lists: they go as common requests.
func portListCall(t *testing.T, client *ecs.Client, action string, params map[string]string) (map[string]any, error) {
	t.Helper()
	q := requests.NewCommonRequest()
	q.Product, q.Version, q.ApiName, q.Domain = "Ecs", "2014-05-26", action, "ecs-cn-hangzhou.aliyuncs.com"
	for k, v := range params {
		q.QueryParams[k] = v
	}
	response, err := client.ProcessCommonRequest(q)
	if err != nil {
		return nil, err
	}
	var answer map[string]any
	return answer, json.Unmarshal(response.GetHttpContentBytes(), &answer)
}

func TestListsInUseCannotBeDeleted(t *testing.T) {
	c := startCloud(t)
	load(t, c, `
ecs:
  disk-encryption-by-default: false
  prefix-lists: [{id: pl-1, entries: [10.0.0.0/8]}, {id: pl-2, entries: []}]
  security-groups: [{id: sg-1, rules: [{id: sgr-1, protocol: tcp, ports: 22/22, prefix-list: pl-1}]}]
`)
	client := ecsClient(t, c, admin(c))
	made, err := portListCall(t, client, "CreatePortRangeList", map[string]string{
		"PortRangeListName": "admin", "MaxEntries": "3", "Entry.1.PortRange": "22/22", "Entry.2.PortRange": "3389/3389"})
	if err != nil {
		t.Fatal(err)
	}
	id := made["PortRangeListId"].(string)
	rule := map[string]string{"SecurityGroupId": "sg-1", "Permissions.1.IpProtocol": "TCP", "Permissions.1.PortRangeListId": id, "Permissions.1.SourceCidrIp": "0.0.0.0/0"}
	if _, err := portListCall(t, client, "AuthorizeSecurityGroup", rule); err != nil {
		t.Fatal(err)
	}
	_, err = portListCall(t, client, "DeletePortRangeList", map[string]string{"PortRangeListId": id})
	wantCode(t, err, "InvalidOperation.PortRangeListInUse")
	change := map[string]string{"PortRangeListId": id, "RemoveEntry.1.PortRange": "22/22", "AddEntry.1.PortRange": "5985/5986"}
	if _, err := portListCall(t, client, "ModifyPortRangeList", change); err != nil {
		t.Fatal(err)
	}
	lists, err := portListCall(t, client, "DescribePortRangeLists", map[string]string{"PortRangeListId.1": id})
	if err != nil || lists["PortRangeLists"].([]any)[0].(map[string]any)["AssociationCount"] != 1.0 {
		t.Errorf("%v %v", lists, err)
	}
	if _, err := portListCall(t, client, "RevokeSecurityGroup", rule); err != nil {
		t.Fatal(err)
	}
	if _, err := portListCall(t, client, "DeletePortRangeList", map[string]string{"PortRangeListId": id}); err != nil {
		t.Fatal(err)
	}

	users := ecs.CreateDescribePrefixListAssociationsRequest()
	users.PrefixListId = "pl-1"
	if got := must[*ecs.DescribePrefixListAssociationsResponse](t)(client.DescribePrefixListAssociations(users)).PrefixListAssociations.PrefixListAssociation; len(got) != 1 || got[0].ResourceId != "sg-1" {
		t.Errorf("%+v", got)
	}
	remove := ecs.CreateDeletePrefixListRequest()
	remove.PrefixListId = "pl-1"
	_, err = client.DeletePrefixList(remove)
	wantCode(t, err, "InvalidOperation.PrefixListInUse")
	remove.PrefixListId = "pl-2"
	must[*ecs.DeletePrefixListResponse](t)(client.DeletePrefixList(remove))
	if got := must[*ecs.DescribePrefixListsResponse](t)(client.DescribePrefixLists(ecs.CreateDescribePrefixListsRequest())).PrefixLists.PrefixList; len(got) != 1 || got[0].AssociationCount != 1 {
		t.Errorf("%+v", got)
	}
}

// The console makes users through IMS; the RAM API sees the same ones.
func TestUserMadeInTheConsoleIsTheSameInRAM(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	console := imsClient(t, c, k)
	create := ims.CreateCreateUserRequest()
	create.UserPrincipalName = "bob@" + c.Account + ".onaliyun.com"
	_, err := console.CreateUser(create)
	wantCode(t, err, "MissingDisplayName")
	create.DisplayName = "Bob"
	if u := must[*ims.CreateUserResponse](t)(console.CreateUser(create)).User; u.UserPrincipalName != create.UserPrincipalName {
		t.Errorf("%+v", u)
	}
	newKey := ims.CreateCreateAccessKeyRequest()
	newKey.UserPrincipalName = create.UserPrincipalName
	key := must[*ims.CreateAccessKeyResponse](t)(console.CreateAccessKey(newKey)).AccessKey
	update := ims.CreateUpdateAccessKeyRequest()
	update.UserPrincipalName, update.UserAccessKeyId, update.Status = create.UserPrincipalName, key.AccessKeyId, "Inactive"
	must[*ims.UpdateAccessKeyResponse](t)(console.UpdateAccessKey(update))
	list := ram.CreateListAccessKeysRequest()
	list.UserName = "BOB"
	if keys := must[*ram.ListAccessKeysResponse](t)(ramClient(t, c, k).ListAccessKeys(list)).AccessKeys.AccessKey; len(keys) != 1 || keys[0].Status != "Inactive" || keys[0].AccessKeySecret != "" {
		t.Errorf("%+v", keys)
	}
	if _, root := c.RootAccessKey(); root {
		t.Error("the root account got a key")
	}
}

func TestInstanceIsMadeInANewNetwork(t *testing.T) {
	c := startCloud(t)
	client := ecsClient(t, c, admin(c))
	vpc := func(action string, params map[string]string) map[string]any {
		q := requests.NewCommonRequest()
		q.Product, q.Version, q.ApiName, q.Domain = "Vpc", "2016-04-28", action, "vpc.aliyuncs.com"
		for k, v := range params {
			q.QueryParams[k] = v
		}
		response := must[interface{ GetHttpContentBytes() []byte }](t)(client.ProcessCommonRequest(q))
		var answer map[string]any
		if err := json.Unmarshal(response.GetHttpContentBytes(), &answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	id := vpc("CreateVpc", map[string]string{"CidrBlock": "10.0.0.0/8"})["VpcId"].(string)
	sw := vpc("CreateVSwitch", map[string]string{"VpcId": id, "ZoneId": "cn-hangzhou-i", "CidrBlock": "10.1.0.0/16"})["VSwitchId"].(string)
	if n := vpc("DescribeVpcs", nil)["TotalCount"]; n != 2.0 {
		t.Errorf("%v networks, with the default one", n)
	}
	group := ecs.CreateCreateSecurityGroupRequest()
	group.VpcId = id
	create := ecs.CreateCreateInstanceRequest()
	create.ImageId, create.InstanceType, create.VSwitchId = "aliyun_3_x64", "ecs.g7.large", sw
	create.SecurityGroupId = must[*ecs.CreateSecurityGroupResponse](t)(client.CreateSecurityGroup(group)).SecurityGroupId
	instance := must[*ecs.CreateInstanceResponse](t)(client.CreateInstance(create)).InstanceId
	start := ecs.CreateStartInstanceRequest()
	start.InstanceId = instance
	must[*ecs.StartInstanceResponse](t)(client.StartInstance(start))
	i := instancesOf(t, client, nil).Instances.Instance[0]
	if i.ZoneId != "cn-hangzhou-i" || i.VpcAttributes.VpcId != id || i.Status != "Running" {
		t.Errorf("%+v", i)
	}
	create.SecurityGroupId = "sg-9"
	_, err := client.CreateInstance(create)
	wantCode(t, err, "InvalidSecurityGroupId.NotFound")
}
