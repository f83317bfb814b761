package ecsguardtamper

import (
	"testing"

	"github.com/ecsguard/ecsguard/deploy/ram"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// What a role's trust is put back to is what prepare makes.
func TestTheTrustIsThatOfPrepare(t *testing.T) {
	made, err := ram.Trust()
	if err != nil || !cloud.SameDocument(made, practice.RoleTrust) {
		t.Errorf("prepare makes %s, and %s is put back: %v", made, practice.RoleTrust, err)
	}
}
