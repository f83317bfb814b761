package ecsguardtamper

import (
	"testing"

	"github.com/ecsguard/ecsguard/deploy/ram"
	"github.com/ecsguard/ecsguard/shared/cloud"
)

// What a role's trust is put back to is what prepare makes.
func TestTheTrustIsThatOfPrepare(t *testing.T) {
	made, err := ram.Trust()
	if err != nil || !cloud.SameDocument(made, deployed) {
		t.Errorf("prepare makes %s, and %s is put back: %v", made, deployed, err)
	}
}
