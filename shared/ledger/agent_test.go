package ledger

import (
	"strings"
	"testing"
)

// Wherever an agent is cut, the tool that it names last is kept.
func TestTheToolIsKept(t *testing.T) {
	agent := "AlibabaCloud (linux; amd64) " + strings.Repeat("Module/x ", 400) + "Terraform/1.9.5"
	if got := cut("actor_agent", agent); got != "Terraform" {
		t.Errorf("the log has %q", got)
	}
	if got := caseOf(Record{ActorAgent: agent}).ActorAgent; got != "Terraform" {
		t.Errorf("a case has %q", got)
	}
}
