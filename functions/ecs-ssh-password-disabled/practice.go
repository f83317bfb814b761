package ecssshpassworddisabled

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/guest"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-ssh-password-disabled.
var Practice = &practice.Practice{
	ID:         "ecs-ssh-password-disabled",
	Doc:        doc,
	Severity:   practice.Medium,
	Resource:   resource.TypeInstance,
	Guide:      []string{"ECSインスタンスへの安全なログインを確保するためのセキュリティ設定"},
	Cites:      []string{"MLPS 8.1.4.1"},
	Alone:      true, // what commands were given and have printed, triage need not see
	Sweep:      practice.Weekly(guest.List, "ecs:DescribeInstances"),
	Reads:      guest.Reads,
	Writes:     []string{guest.Run},
	Params:     guest.Params,
	Touches:    true,
	Disruptive: "whoever logs in by a password, or as root, is shut out",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	i, err := practice.One(resource.Instances(ctx, pass, r.Region, "InstanceIds", cloud.IDs(r.ID)))
	if err != nil {
		return fmt.Errorf("reading instance %s: %w", r.ID, err)
	}
	look, err := guest.SSHD.Look(ctx, pass, i)
	if err != nil {
		return err
	}
	passwords, root := look.Values["default"] == "yes", look.Values["root"]
	lets := root == "yes" || root == "password"
	switch some := look.Number("passwords"); {
	case look.Values["sshd"] == "unreadable":
		f := pass.Finding(i, "unreadable", "It is not known what sshd lets in: sshd -T ends with an error")
		f.Severity, f.Advice = practice.Low, "Run sshd -t in the instance: with an error in its configuration sshd will not start again."
		pass.Report(f)
	case passwords && lets:
		tell(pass, i, look, "passwords", "sshd lets users in by a password alone, and root as well", guest.PasswordsOff, guest.PasswordsOn)
		if len(look.Changes(guest.PasswordsOff, guest.PasswordsOn)) > 0 {
			return nil // one after the other: the next round finds root
		}
	case passwords:
		tell(pass, i, look, "passwords", "sshd lets users in by a password alone", guest.PasswordsOff, guest.PasswordsOn)
	case some > 0:
		f := pass.Finding(i, "match", fmt.Sprintf("A Match block of sshd lets %d of its users in by a password alone", some))
		f.Advice = "Give them keys, and take PasswordAuthentication out of that block of sshd's configuration; sshd -T -C user=NAME,host=h,addr=203.0.113.1 says what holds for one."
		pass.Report(f)
	}
	if lets {
		tell(pass, i, look, "root", "sshd lets root in", guest.RootOff, guest.RootOn)
	}
	return nil
}

// tell reports what a script can put right, or why it did not.
func tell(pass *practice.Pass, i resource.Instance, look guest.Look, key, title string, do, undo guest.Script) {
	f := pass.Finding(i, key, title)
	f.Facts = map[string]string{"seen": look.At.Format("2006-01-02 15:04 UTC"), "users with a key": look.Values["keys"], "of these, with root's rights": look.Values["admins"]}
	if f.Changes = look.Changes(do, undo); len(f.Changes) == 0 {
		f.Advice = "Give each user a key, and set PasswordAuthentication, KbdInteractiveAuthentication and PermitRootLogin to no. The script sshd-restrict in shared/guest does it, by hand or with the param in-guest."
	}
	if why := look.Because(); why != "" {
		f.Advice = "The script changed nothing, since " + why + ". " + f.Advice
	}
	pass.Report(f)
}
