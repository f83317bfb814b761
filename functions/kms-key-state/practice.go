package kmskeystate

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

// Practice is kms-key-state.
var Practice = &practice.Practice{
	ID:       "kms-key-state",
	Doc:      doc,
	Severity: practice.High,
	Resource: resource.TypeKMSKey,
	Guide:    []string{"KMSで安全にホストされている機密データ"},
	Cites: []string{"CIS Alibaba Cloud 2.20", "MLPS 8.1.4.8",
		"Cloud Config: kms-key-state-not-pending-deletion, kms-key-rotation-enabled, kms-key-delete-protection-enabled"},
	Triggers: practice.Triggers(
		practice.On(resource.TypeKMSKey, "Kms", "DisableKey", "EnableKey", "ScheduleKeyDeletion", "CancelKeyDeletion", "UpdateRotationPolicy", "DeleteKeyMaterial"),
		[]practice.Trigger{
			{Service: "Kms", Name: "SetDeletionProtection", Resource: "params.KeyId|params.ProtectedResourceArn|resources." + resource.TypeKMSKey},
			{Service: "Kms", Name: "CreateKey", Resource: "response.KeyMetadata.KeyId|resources." + resource.TypeKMSKey, New: true},
		},
		practice.Configured(resource.TypeKMSKey)),
	Sweep:  practice.Daily(list, "kms:ListKeys"),
	Reads:  []string{"kms:DescribeKey", "kms:ListResourceTags", "kms:DescribeAccountKmsStatus", "kms:ListSecrets", "kms:DescribeSecret", "ecs:DescribeDisks"},
	Writes: []string{"kms:CancelKeyDeletion", "kms:EnableKey", "kms:SetDeletionProtection", "kms:UpdateRotationPolicy"},
	Params: []practice.Param{
		{Name: "disabled", Kind: practice.Choice, Choices: []string{"tell", "enable"}, Default: []string{"tell"}, Doc: "what comes of a disabled key where the practice acts"},
		{Name: "rotation-days", Kind: practice.Number, Default: []string{"365"}, Least: 7, Most: 365, Doc: "how often a key rotates that did not"},
	},
	Touches:    true,
	Disruptive: "who wanted a key gone, or its users shut out, does not get that",
	Check:      check,
	Evidence:   evidence,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	if r.Type == resource.TypeRegion {
		return region(ctx, pass)
	}
	k, err := resource.KMSKeyOf(ctx, pass, r.Region, r.ID)
	if err != nil {
		return fmt.Errorf("reading key %s: %w", r.ID, practice.Gone(err))
	}
	if k.About().Managed != "" {
		return nil // its service looks after it, and nobody else can
	}
	k, err = resource.KMSKeyTagged(ctx, pass, r.Region, k)
	if err != nil {
		return fmt.Errorf("reading the tags of key %s: %w", r.ID, practice.Gone(err))
	}
	report := func(key, title, advice string, severity practice.Severity, changes []practice.Change) {
		f := pass.Finding(k, key, title)
		f.Severity, f.Advice, f.Changes = severity, advice, changes
		f.Facts = map[string]string{"state": k.KeyState, "origin": k.Origin, "spec": k.KeySpec, "deleted on": k.DeleteDate}
		pass.Report(f)
	}
	call := func(action string, params ...string) cloud.Call {
		return cloud.New("kms", action, r.Region, append([]string{"KeyId", k.KeyID}, params...)...)
	}
	switch k.KeyState {
	case "PendingDeletion":
		at := k.Deleted()
		if at.IsZero() {
			return fmt.Errorf("reading key %s: the answer does not say when it is deleted", r.ID)
		}
		report("deletion", "A KMS key is to be deleted on "+at.UTC().Format(time.DateOnly)+": what it encrypts is lost then",
			"If nothing needs it any more, exempt it; if anything may, cancel the deletion before that day.", "", practice.Reversible("cancel the deletion of key "+k.KeyID,
				call("CancelKeyDeletion"), call("ScheduleKeyDeletion", "PendingWindowInDays", strconv.Itoa(days(at.Sub(pass.Now))))))
	case "Disabled":
		change, tell := practice.Reversible("enable key "+k.KeyID, call("EnableKey"), call("DisableKey")), pass.Word("disabled") == "tell"
		if tell {
			change = nil
		}
		report("disabled", "A KMS key is disabled: what it encrypts cannot be read",
			"If nobody has disabled it on purpose, enable it: "+call("EnableKey").String(), "", change)
		if tell {
			return nil
		}
	case "PendingImport":
		report("material", "A KMS key has no material: what it encrypts cannot be read",
			"Import the same material again (GetParametersForImport, ImportKeyMaterial). Nobody but its owner has it.", "", nil)
		return nil
	case "Enabled":
	default:
		return fmt.Errorf("reading key %s: it is %q, which nobody here knows", r.ID, k.KeyState)
	}
	// It is enabled, or is by the time that these changes are made.
	if k.DeletionProtection == "Disabled" {
		set := cloud.New("kms", "SetDeletionProtection", r.Region, "ProtectedResourceArn", k.ARN)
		report("protection", "A KMS key is not protected from deletion", "", practice.Medium, practice.Reversible("protect key "+k.KeyID+" from deletion",
			set.With("EnableDeletionProtection", "true"), set.With("EnableDeletionProtection", "false")))
	}
	if k.AutomaticRotation == "Disabled" && k.Rotatable() {
		report("rotation", "A KMS key does not rotate", "", practice.Medium, practice.Reversible("rotate key "+k.KeyID+" by itself",
			call("UpdateRotationPolicy", "EnableAutomaticRotation", "true", "RotationInterval", pass.Word("rotation-days")+"d"),
			call("UpdateRotationPolicy", "EnableAutomaticRotation", "false")))
	}
	return nil
}

// days is how many days KMS is to wait with a deletion, which it does for 7 to 366.
func days(left time.Duration) int {
	const day = 24 * time.Hour
	return min(max(int((left+day-1)/day), 7), 366)
}

// region tells that KMS is shut as a whole.
func region(ctx context.Context, pass *practice.Pass) error {
	status, err := resource.KMSStatus(ctx, pass, pass.Resource.Region)
	if err != nil || status == "Enabled" {
		return err
	}
	f := practice.Finding{Key: "account", Title: "KMS cannot be used in " + pass.Resource.Region, Facts: map[string]string{"status": status},
		Severity: practice.Low, Advice: "Open KMS: what is kept in files and in code of keys and passwords belongs there."}
	if status == "InDebt" {
		f.Severity, f.Advice = "", "Pay the bill: until then nothing that its keys encrypt can be read."
	}
	pass.Report(f)
	return nil
}

// list names every key, and the region, in which KMS may be shut.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	keys, err := resource.KMSKeys(ctx, pass, pass.Resource.Region)
	found, err := practice.Listed(pass, keys, err, nil)
	return append(found, pass.Named(resource.TypeRegion, pass.Resource.Region, "")), err
}
