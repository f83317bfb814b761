package ecskeypairlogin

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-keypair-login.
var Practice = &practice.Practice{
	ID:       "ecs-keypair-login",
	Doc:      doc,
	Severity: practice.Medium,
	Resource: resource.TypeInstance,
	Guide:    []string{"ECSインスタンスへの安全なログインを確保するためのセキュリティ設定"},
	Cites:    []string{"MLPS 8.1.4.1", "Cloud Config: ecs-instance-login-use-keypair"},
	Triggers: practice.Triggers(practice.Launched, practice.Configured(resource.TypeInstance),
		practice.On(resource.TypeInstance, "Ecs", "ModifyInstanceAttribute", "ReplaceSystemDisk"),
		[]practice.Trigger{{Service: "Ecs", Name: "DetachKeyPair", Resource: "params.InstanceIds|resources." + resource.TypeInstance}},
		practice.Untagged(resource.TypeInstance, "Ecs")),
	Sweep:  practice.Daily(list, "ecs:DescribeInstances"),
	Reads:  []string{"ecs:DescribeInstances", "ecs:DescribeKeyPairs"},
	Writes: []string{"ecs:AttachKeyPair"},
	Params: []practice.Param{
		{Name: "keyless", Default: []string{"access=session-manager"}, Doc: "tags, as key or key=value, of instances that nobody logs in to by SSH"},
		{Name: "key-pair", Kind: practice.OneWord, Doc: "the key pair to bind, whose private half the owners have; none: only tell"},
	},
	Touches:    true,
	Disruptive: "from the next start on the password does not work, and whoever has no private key is locked out",
	Check:      check,
}

// lacks tells whether a Linux instance has no key that it ought to have.
func lacks(pass *practice.Pass, i resource.Instance) bool {
	return i.OSType != "windows" && i.KeyPairName == "" && !i.Tags.Has(pass.Param("keyless"))
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	if !pass.Kin() {
		return nil // a tag was taken off something else
	}
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	switch {
	case err != nil:
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	case i.OSType != "linux" && i.OSType != "windows":
		return fmt.Errorf("reading instance %s: its system is %q, which is neither linux nor windows", r.ID, i.OSType)
	case i.OSType == "linux" && set(pass.Event):
		f := pass.Finding(i, "password", "A Linux instance was given a password")
		f.Momentary = true // no state shows it
		f.Advice = "It can be logged in to by the password, also where it has a key pair. See that sshd takes none (PasswordAuthentication no), or have it log in by key alone: " +
			"bind a key pair anew (aliyun ecs AttachKeyPair), which ends that at the next start."
		pass.Report(f)
	}
	if !lacks(pass, i) {
		return nil
	}
	f := pass.Finding(i, "key pair", "A Linux instance has no key pair")
	f.Facts = map[string]string{"status": i.Status}
	f.Advice = "It is logged in to by a password. Make a key pair (aliyun ecs CreateKeyPair), bind it and restart the instance. " +
		"Instances that nobody logs in to by SSH carry the tag access=session-manager."
	f.Paste = practice.ByHand("It binds the key pair whose name is put in the place of YOUR-KEY-PAIR", bind(r, "AttachKeyPair", "YOUR-KEY-PAIR"))
	if key := pass.Word("key-pair"); key != "" {
		switch found, err := resource.KeyPairs(ctx, pass, r.Region, "KeyPairName", key); {
		case practice.Refused(err):
			f.Facts["unread"] = practice.Why(err)
		case err != nil:
			return fmt.Errorf("reading the key pair %s: %w", key, err)
		case len(found) == 0:
			f.Advice = "There is no key pair " + key + " in " + r.Region + ", which the settings want to be bound. " + f.Advice
		default:
			f.Paste = nil
			f.Advice = "Restart it when that suits, with the key at hand. Instances that nobody logs in to by SSH carry the tag access=session-manager."
			f.Changes = practice.Reversible("bind the key pair "+key+" to "+r.ID+": after its next start the key opens it, and its password does not any more",
				bind(r, "AttachKeyPair", key), bind(r, "DetachKeyPair", key))
		}
	}
	pass.Report(f)
	return nil
}

// set tells whether an event has given an instance a password. The event masks it, and says that it is there.
func set(e *events.Event) bool {
	if e == nil || e.Kind != events.KindActionTrail {
		return false
	}
	return e.Params["Password"] != "" || e.Params["LaunchConfiguration.Password"] != "" || e.Params["PasswordInherit"] == "true"
}

func bind(r practice.Resource, action, key string) cloud.Call {
	return cloud.New("ecs", action, r.Region, "InstanceIds", cloud.IDs(r.ID), "KeyPairName", key)
}

// list names the Linux instances without a key pair.
func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	return practice.ListedPages(ctx, pass, resource.InstancePages, func(i resource.Instance) bool { return lacks(pass, i) })
}
