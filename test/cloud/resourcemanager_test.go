package cloud

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/resourcemanager"
)

const denyRAM = `{"Version":"1","Statement":[{"Effect":"Deny","Action":"ram:CreateUser","Resource":"*"}]}`

func TestControlPoliciesOfADirectory(t *testing.T) {
	c := startCloud(t)
	k := admin(c)
	client := must[*resourcemanager.Client](t)(resourcemanager.NewClientWithOptions(c.Region, sdkConfig(c), sdkCredential(k)))
	client.Domain = "resourcemanager.aliyuncs.com"
	_, err := client.GetResourceDirectory(resourcemanager.CreateGetResourceDirectoryRequest())
	wantCode(t, err, "ResourceDirectoryNotInUse")
	_, err = client.ListAccounts(resourcemanager.CreateListAccountsRequest())
	wantCode(t, err, "EntityNotExists.ResourceDirectory")
	load(t, c, identities)

	root := must[*resourcemanager.GetResourceDirectoryResponse](t)(client.GetResourceDirectory(resourcemanager.CreateGetResourceDirectoryRequest())).ResourceDirectory
	if root.MasterAccountId != c.Account || root.ControlPolicyStatus != "Disabled" {
		t.Errorf("%+v", root)
	}
	if a := must[*resourcemanager.ListAccountsResponse](t)(client.ListAccounts(resourcemanager.CreateListAccountsRequest())); a.TotalCount != 1 || !strings.HasSuffix(a.Accounts.Account[0].ResourceDirectoryPath, "/fd-1/fd-2/1999999999999998") {
		t.Errorf("%+v", a.Accounts)
	}
	create := resourcemanager.CreateCreateControlPolicyRequest()
	create.PolicyName, create.PolicyDocument, create.EffectScope = "no-users", denyRAM, "RAM"
	id := must[*resourcemanager.CreateControlPolicyResponse](t)(client.CreateControlPolicy(create)).ControlPolicy.PolicyId
	_, err = client.CreateControlPolicy(create)
	wantCode(t, err, "EntityAlreadyExists.ControlPolicy")
	create.PolicyName, create.PolicyDocument = "broken", "{}"
	_, err = client.CreateControlPolicy(create)
	wantCode(t, err, "MalformedPolicyDocument")

	r := rawFor(t, c, k)
	r.is(r.call("resourcemanager:EnableControlPolicy"), "EnablementStatus", "Enabled")
	r.call("resourcemanager:AttachControlPolicy", "PolicyId", id, "TargetId", "fd-2")
	r.is(r.call("resourcemanager:GetControlPolicy", "PolicyId", id), "ControlPolicy.PolicyDocument", denyRAM)
	r.is(r.call("resourcemanager:ListTargetAttachmentsForControlPolicy", "PolicyId", id), "TargetAttachments.TargetAttachment.0.TargetType", "Folder")
	list := dig(t, r.call("resourcemanager:ListControlPolicyAttachmentsForTarget", "TargetId", "fd-2"), "ControlPolicyAttachments.ControlPolicyAttachment").([]any)
	if len(list) != 2 {
		t.Errorf("%v", list)
	}
	refused := r.refused("DeleteConflict.ControlPolicy.Target", "resourcemanager:DeleteControlPolicy", "PolicyId", id)
	if !strings.Contains(fmt.Sprint(refused["Message"]), "fd-2") {
		t.Error(refused)
	}
	r.call("resourcemanager:DetachControlPolicy", "PolicyId", "cp-FullAliyunAccess", "TargetId", "fd-2")
	r.refused("InvalidOperation.LastControlPolicy", "resourcemanager:DetachControlPolicy", "PolicyId", id, "TargetId", "fd-2")
	isReadBack(t, c)
	r.call("resourcemanager:AttachControlPolicy", "PolicyId", "cp-FullAliyunAccess", "TargetId", "fd-2")
	r.call("resourcemanager:DetachControlPolicy", "PolicyId", id, "TargetId", "fd-2")
	r.call("resourcemanager:DeleteControlPolicy", "PolicyId", id)
	r.refused("EntityNotExists.ControlPolicy", "resourcemanager:GetControlPolicy", "PolicyId", id)
	r.refused("DeleteConflict.Folder.SubFolder", "resourcemanager:DeleteFolder", "FolderId", "fd-1")
	r.refused("DeleteConflict.Folder.Account", "resourcemanager:DeleteFolder", "FolderId", "fd-2")
	// A control policy is for members: the management account is not restricted by it.
	r.call("ram:CreateUser", "UserName", "somebody")
}

// The console attaches by this product: the policy is RAM's, and the event is not.
func TestPoliciesAreAttachedByScope(t *testing.T) {
	c := startCloud(t)
	load(t, c, identities)
	r := rawFor(t, c, admin(c))
	events := eventsOf(c)
	alice := []string{"PolicyName", "AliyunECSReadOnlyAccess", "PolicyType", "System", "PrincipalType", "IMSUser", "PrincipalName", principal(c, "alice")}
	whole := append(alice[:8:8], "ResourceGroupId", c.Account)
	r.call("resourcemanager:AttachPolicy", whole...)
	if e := fmt.Sprint((*events)[0]); !strings.Contains(e, "serviceName:ResourceManager") || !strings.Contains(e, "eventName:AttachPolicy") {
		t.Error(e)
	}
	r.is(r.call("ram:ListPoliciesForUser", "UserName", "alice"), "Policies.Policy.0.PolicyName", "AliyunECSReadOnlyAccess")
	r.refused("EntityAlreadyExists.User.Policy", "resourcemanager:AttachPolicy", whole...)
	r.call("resourcemanager:DetachPolicy", whole...)
	r.refused("EntityNotExist.User.Policy", "resourcemanager:DetachPolicy", whole...)

	within := append(alice[:8:8], "ResourceGroupId", "rg-1")
	r.call("resourcemanager:AttachPolicy", within...)
	list := r.call("resourcemanager:ListPolicyAttachments", "ResourceGroupId", "rg-1", "PrincipalName", principal(c, "alice"))
	r.is(list, "TotalCount", 2)
	r.is(list, "PolicyAttachments.PolicyAttachment.0.PrincipalType", "IMSUser")
	if of := dig(t, r.call("ram:ListPoliciesForUser", "UserName", "alice"), "Policies.Policy").([]any); len(of) != 0 {
		t.Errorf("%v", of)
	}
	r.call("resourcemanager:DetachPolicy", within...)
	r.refused("EntityNotExists.ResourceGroup", "resourcemanager:AttachPolicy", append(alice[:8:8], "ResourceGroupId", "rg-9")...)
	r.is(r.call("resourcemanager:CreatePolicy", "PolicyName", "mine", "PolicyDocument", denyRAM), "Policy.PolicyName", "mine")
	r.is(r.call("resourcemanager:GetPolicy", "PolicyName", "mine", "PolicyType", "Custom"), "Policy.PolicyDocument", denyRAM)
	group := dig(t, r.call("resourcemanager:CreateResourceGroup", "Name", "db", "DisplayName", "databases"), "ResourceGroup.Id").(string)
	r.is(r.call("resourcemanager:ListResourceGroups"), "TotalCount", 3)
	r.call("resourcemanager:DeleteResourceGroup", "ResourceGroupId", group)
}
