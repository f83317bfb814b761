package kmssecretrotation

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is kms-secret-rotation.
var Practice = &practice.Practice{
	ID:       "kms-secret-rotation",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeKMSSecret,
	Guide:    []string{"KMSで安全にホストされている機密データ"},
	Cites:    []string{"MLPS 8.1.4.8", "Cloud Config: kms-secret-rotation-enabled, kms-secret-last-rotation-date-check"},
	Triggers: practice.Triggers(
		practice.On(resource.TypeKMSSecret, "Kms", "UpdateSecretRotationPolicy", "DeleteSecret", "RestoreSecret"),
		[]practice.Trigger{{Service: "Kms", Name: "CreateSecret", Resource: "params.SecretName|response.SecretName", New: true}},
		practice.Configured(resource.TypeKMSSecret)),
	Sweep:  practice.Daily(list, "kms:ListSecrets"),
	Reads:  []string{"kms:DescribeSecret"},
	Writes: []string{"kms:UpdateSecretRotationPolicy", "kms:RestoreSecret"},
	Params: []practice.Param{
		{Name: "days", Kind: practice.Number, Default: []string{"30"}, Least: 7, Most: 365, Doc: "how often a secret rotates that did not"},
		{Name: "late-days", Kind: practice.Number, Default: []string{"7"}, Least: 1, Most: 365, Doc: "for how many days a rotation may be overdue"},
	},
	Touches:    true,
	Disruptive: "programs that have a password or a key, and do not read it from KMS each time, cannot sign in any more",
	Check:      check,
}

const day = 24 * time.Hour

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	s, err := resource.KMSSecretOf(ctx, pass, r.Region, r.ID)
	if err != nil {
		return fmt.Errorf("reading what is known of secret %s: %w", r.ID, practice.Gone(err))
	}
	call := func(action string, params ...string) cloud.Call {
		return cloud.New("kms", action, r.Region, append([]string{"SecretName", s.SecretName}, params...)...)
	}
	report := func(key, title, advice string, changes []practice.Change) {
		f := pass.Finding(s, key, title)
		f.Facts = map[string]string{"type": s.SecretType, "last rotation": s.LastRotationDate, "interval": s.RotationInterval, "KMS instance": s.DKMSInstanceID}
		f.Advice, f.Changes = advice, changes
		pass.Report(f)
	}
	if s.PlannedDeleteTime != "" {
		at := cloud.Time(s.PlannedDeleteTime)
		if at.IsZero() {
			return fmt.Errorf("reading what is known of secret %s: it is deleted at %q, which is no time", r.ID, s.PlannedDeleteTime)
		}
		left := strconv.Itoa(min(max(int((at.Sub(pass.Now)+day-1)/day), 7), 30))
		report("deletion", "A secret is to be deleted on "+at.UTC().Format(time.DateOnly), "If no program reads it any more, exempt it.",
			practice.Reversible("keep secret "+s.SecretName, call("RestoreSecret"), call("DeleteSecret", "RecoveryWindowInDays", left)))
	}
	switch {
	case s.SecretType == "Generic":
	case s.AutomaticRotation == "Disabled":
		report("rotation", "A secret that KMS could change by itself is not rotated", "", practice.Reversible("rotate secret "+s.SecretName+" every "+pass.Word("days")+" days",
			call("UpdateSecretRotationPolicy", "EnableAutomaticRotation", "true", "RotationInterval", pass.Word("days")+"d"),
			call("UpdateSecretRotationPolicy", "EnableAutomaticRotation", "false")))
	case s.AutomaticRotation == "Enabled":
		due := cloud.Time(s.NextRotationDate) // what is due when rotation is switched on has the present day
		if due.IsZero() {
			return fmt.Errorf("reading when secret %s rotates: next at %q", r.ID, s.NextRotationDate)
		}
		if pass.Now.Sub(due) > pass.Days("late-days") {
			report("overdue", "A secret should have been rotated on "+due.UTC().Format(time.DateOnly)+", and was not",
				"Look whether the database, the RAM user or the instance that it belongs to is there and takes changes; then rotate it in KMS's console (RotateSecret).", nil)
		}
	default:
		return fmt.Errorf("reading whether secret %s rotates: %q, which nobody here knows", r.ID, s.AutomaticRotation)
	}
	return nil
}

// list names the secrets that can rotate, and those that are to be deleted.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	all, err := resource.KMSSecrets(ctx, pass, pass.Resource.Region)
	return practice.Listed(pass, all, err, func(s resource.KMSSecret) bool { return s.SecretType != "Generic" || s.PlannedDeleteTime != "" })
}
