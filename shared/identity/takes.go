package identity

import (
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// taking are the calls that take something from somebody whatever their parameters are.
var taking = []string{
	"ram:DetachPolicyFromUser", "ram:DetachPolicyFromGroup", "ram:DetachPolicyFromRole", "ram:RemoveUserFromGroup", "ram:SetDefaultPolicyVersion",
	"ram:SetAccessKeyPolicy", "ram:UpdateUser", "ram:UpdateGroup", "ram:UpdateRole", "ram:UnbindMFADevice", "ram:DisableVirtualMFA", "resourcemanager:DetachPolicy",
}

// Takes tells whether a call takes something from a person or a program; if so, its finding has
// to declare from whom.
func Takes(call cloud.Call) bool {
	action := call.RAM()
	switch action {
	case "ram:UpdateAccessKey", "ram:UpdateLoginProfile":
		return call.Params["Status"] == "Inactive" || call.Params["Password"] != ""
	case "ram:CreatePolicyVersion":
		return strings.EqualFold(call.Params["SetAsDefault"], "true")
	}
	return slices.Contains(taking, action) || Deletes(action)
}

// Deletes tells whether an action deletes what no undo brings back: a practice disables.
func Deletes(action string) bool {
	product, name, _ := strings.Cut(action, ":")
	return product == "ram" && strings.HasPrefix(name, "Delete") && name != "DeletePolicyVersion"
}
