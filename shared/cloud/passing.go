package cloud

import (
	"net/http"
	"slices"
	"strings"
)

// passing are the refusals that pass by themselves, by the product that gives them:
// everybody who makes a call goes by it (Retryable), and nobody has a list beside it. What
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
		"IncorrectRouteEntryStatus",  // the page of DeleteRouteEntry
	},
	"slb": { // SlbIsBusy in errors.go
		"SystemBusy", "OperationBusy", "ServiceIsStopping", "ServiceIsConfiguring", "BackendServer.configuring", "IncorrectStatus",
	},
	"alb": { // resource_alicloud_alb_listener.go
		"IncorrectBusinessStatus", "IncorrectStatus", "IdempotenceProcessing", "ResourceInConfiguring", "-21020",
	},
	"log": { // https://help.aliyun.com/en/sls/developer-reference/error-codes: quotas, which are answered with 403
		"WriteQuotaExceed", "ReadQuotaExceed", "ShardWriteQuotaExceed", "ShardReadQuotaExceed",
		"RequestTimeout", // of a request that came too slowly
	},
}

// passingStatus are the HTTP statuses whose refusals pass by themselves, whatever their
// codes, by the product that gives them; "": every product.
var passingStatus = map[string][]int{
	"": {http.StatusTooManyRequests}, // RFC 6585, section 4
	// https://help.aliyun.com/zh/fc/developer-reference/error-codes: something else is being
	// changed at the same time. That a task was given before is not one of them: see ErrGiven
	// of functions/triage.
	"fc": {http.StatusConflict},
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

// passes tells whether a refusal passes by itself. Action, code and status are those of an
// Error. What has a status from 500 on is the far side's own failure.
func passes(action, code string, status int) bool {
	if status >= 500 || code == expired || slices.ContainsFunc(passingParts, func(part string) bool { return strings.Contains(code, part) }) {
		return true
	}
	product, _, _ := strings.Cut(action, ":")
	return slices.Contains(passingStatus[""], status) || slices.Contains(passingStatus[product], status) || slices.ContainsFunc(passing[product], func(c string) bool { return code == c || strings.HasPrefix(code, c+".") })
}

// wrongStatus: after a try that went unanswered, the status is the one that it led to.
func wrongStatus(code string) bool {
	return slices.ContainsFunc([]string{"Incorrect", "Incorret", "InvalidStatus", "InvalidBindingStatus"},
		func(beginning string) bool { return strings.HasPrefix(code, beginning) })
}
