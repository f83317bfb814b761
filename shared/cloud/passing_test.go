package cloud

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
)

func TestWhatPassesByItselfIsTriedAgain(t *testing.T) {
	for _, c := range []struct {
		product, action, code string
		tries                 int32 // 2: it is tried again
		later                 bool  // another invocation may do better
	}{
		{"vpc", "UnassociateEipAddress", "InvalidBindingStatus", 2, false},
		{"vpc", "UnassociateEipAddress", "InvalidStatus.EcsStatusNotSupport", 2, false},
		{"vpc", "DeleteForwardEntry", "UnknownError", 2, false},
		{"vpc", "ActiveFlowLog", "InvalidStatus", 2, false},
		{"slb", "StopLoadBalancerListener", "BackendServer.configuring", 2, false},
		{"slb", "StopLoadBalancerListener", "ServiceIsConfiguring", 2, false},
		{"slb", "SetLoadBalancerHTTPSListenerAttribute", "OperationBusy", 2, false},
		{"slb", "SetLoadBalancerHTTPSListenerAttribute", "ServiceIsStopping", 2, false},
		{"alb", "UpdateListenerAttribute", "IncorrectBusinessStatus.LoadBalancer", 2, false},
		{"ecs", "RevokeSecurityGroup", "SignatureNonceUsed", 2, false},
		{"ecs", "RevokeSecurityGroup", "InvalidTimeStamp.Expired", 2, false},
		{"ecs", "RevokeSecurityGroup", "Throttling.User", 2, false},
		{"vpc", "CreateFlowLog", "OperationFailed.LastTokenProcessing", 2, false},

		// What one product means to pass need not pass in another.
		{"ecs", "RevokeSecurityGroup", "UnknownError", 1, false},
		{"ecs", "RevokeSecurityGroup", "InvalidStatus.ValueNotSupported", 1, false},
		{"vpc", "UnassociateEipAddress", "InvalidStatusless", 1, false},
		{"ecs", "RevokeSecurityGroup", "InvalidTimeStamp.Format", 1, false},
		{"ecs", "RevokeSecurityGroup", "SignatureDoesNotMatch", 1, false},
		{"ecs", "RevokeSecurityGroup", "InvalidSecurityToken.Expired", 1, true},
		{"ecs", "RevokeSecurityGroup", "InvalidSecurityToken.Malformed", 1, false},
	} {
		var tries atomic.Int32
		transport := server(t, func(w http.ResponseWriter, r *http.Request) {
			if tries.Add(1) == 1 {
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(w, `{"Code":%q,"Message":"no"}`, c.code)
				return
			}
			w.Write([]byte(`{}`))
		})
		err := client(transport).Do(t.Context(), New(c.product, c.action, "cn-hangzhou"), nil)
		if tries.Load() != c.tries || (err == nil) != (c.tries == 2) || err != nil && Retryable(err) != c.later {
			t.Errorf("%s:%s %s: %d tries, %v", c.product, c.action, c.code, tries.Load(), err)
		}
	}
}

// Those that do not come through Client: the log service and Function Compute have senders
// of their own, and go by the same table.
func TestWhatPassesIsOneTable(t *testing.T) {
	for _, c := range []struct {
		action, code string
		status       int
		passes       bool
	}{
		{"log:PostLogStoreLogs", "WriteQuotaExceed", 403, true},
		{"log:PostLogStoreLogs", "ShardWriteQuotaExceed", 403, true},
		{"log:GetCursorOrData", "ReadQuotaExceed", 403, true},
		{"log:GetCursorOrData", "ShardReadQuotaExceed", 403, true},
		{"log:GetLogStoreLogs", "RequestTimeout", 400, true},
		{"log:GetLogStoreLogs", "ServerBusy", 503, true},
		{"log:CreateProject", "ProjectQuotaExceed", 400, false}, // of projects: it stays so
		{"ecs:DescribeInstances", "WriteQuotaExceed", 403, false},
		{"fc:InvokeFunction", "ConcurrentUpdateError", 409, true},
		{"fc:InvokeFunction", "ResourceExhausted", 429, true},
		{"fc:InvokeFunction", "AccessDenied", 403, false},
		{"ram:GetRole", "AnyName", 429, true},
		{"ram:CreateRole", "EntityAlreadyExists.Role", 409, false},
		{"vpc:DescribeVpcs", "AnyName", 500, true},
		{"vpc:DescribeVpcs", "AnyName", 404, false},
	} {
		if err := (&Error{Action: c.action, Code: c.code, Status: c.status}); Retryable(err) != c.passes {
			t.Errorf("%v (%d): passes %v, want %v", err, c.status, !c.passes, c.passes)
		}
	}
}
