package cloud

import (
	"slices"
	"strings"
)

// passing are the refusals that pass by themselves, by the product that gives them. What
// no page of a product says stands here because Terraform's provider tries it again for
// the same call (github.com/aliyun/terraform-provider-alicloud, in alicloud/: the file is
// named). A code stands for those that go on behind it as well: InvalidStatus for
// InvalidStatus.EcsStatusNotSupport.
var passing = map[string][]string{
	"ecs": { // DiskInvalidOperation in errors.go
		"IncorrectInstanceStatus", "IncorrectDiskStatus", "InvalidOperation.Conflict", "DiskInCoolingPeriod", "IncorrectStatus",
	},
	"vpc": {
		"IncorrectEipStatus", "IncorrectInstanceStatus", "IncorrectHaVipStatus", "IncorrectStatus", // resource_alicloud_eip_association.go
		"InvalidBindingStatus", "InvalidStatus", "OperationFailed.EcsMigrating", // the same; resource_alicloud_vpc_flow_log.go
		"UnknownError",               // resource_alicloud_forward_entry.go, resource_alicloud_vpc_flow_log.go
		"IncorretForwardEntryStatus", // sic: the page of DeleteForwardEntry
	},
	"slb": { // SlbIsBusy in errors.go
		"SystemBusy", "OperationBusy", "ServiceIsStopping", "ServiceIsConfiguring", "BackendServer.configuring", "IncorrectStatus",
	},
	"alb": { // resource_alicloud_alb_listener.go
		"IncorrectBusinessStatus", "IncorrectStatus", "IdempotenceProcessing", "ResourceInConfiguring", "-21020",
	},
}

// passingParts are in the codes of every product. They stand behind one another's, as in
// Throttling.User and OperationFailed.LastTokenProcessing.
var passingParts = []string{
	"Throttling", "ServiceUnavailable", "SystemBusy", "InternalError", "TaskConflict", "OperationConflict", "LastTokenProcessing",
	// Each try is signed anew, with a time and a nonce of its own.
	"SignatureNonceUsed", "InvalidTimeStamp.Expired",
}

// expired is what the cloud says of credentials that have run out. The invocation has no
// others; the next one has.
const expired = "InvalidSecurityToken.Expired"

// passes tells whether a refusal passes by itself. The action is that of an Error.
func passes(action, code string) bool {
	if code == expired || slices.ContainsFunc(passingParts, func(part string) bool { return strings.Contains(code, part) }) {
		return true
	}
	product, _, _ := strings.Cut(action, ":")
	return slices.ContainsFunc(passing[product], func(c string) bool { return code == c || strings.HasPrefix(code, c+".") })
}

// wrongStatus: after a try that went unanswered, the status is the one that it led to.
func wrongStatus(code string) bool {
	return slices.ContainsFunc([]string{"Incorrect", "Incorret", "InvalidStatus", "InvalidBindingStatus"},
		func(beginning string) bool { return strings.HasPrefix(code, beginning) })
}
