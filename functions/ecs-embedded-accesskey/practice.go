package ecsembeddedaccesskey

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/identity"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/shared/secret"
)

//go:embed doc.go
var doc string

// Practice is ecs-embedded-accesskey.
var Practice = &practice.Practice{
	ID:       "ecs-embedded-accesskey",
	Doc:      doc,
	Severity: practice.Critical,
	Resource: resource.TypeInstance,
	Guide:    []string{"AccessKeyペアの使用方法に関するセキュリティの提案"},
	Cites:    []string{"MLPS 8.1.4.2", "Cloud Config: ecs-command-exclude-sensitive-content"},
	Alone:    true, // what it reads holds secrets, and triage need not see them
	Triggers: practice.Triggers(
		practice.Launched,
		practice.On(resource.TypeInstance, "Ecs", "ModifyInstanceAttribute"),
		practice.Making(resource.TypeLaunchTemplate, "Ecs", "CreateLaunchTemplate"),
		[]practice.Trigger{{Service: "Ecs", Name: "CreateLaunchTemplateVersion", Type: resource.TypeLaunchTemplate,
			Resource: "params.LaunchTemplateId|response.LaunchTemplateId|resources." + resource.TypeLaunchTemplate, New: true}}, // it may be named by its name
		practice.Making(resource.TypeCommand, "Ecs", "CreateCommand"),
		practice.On(resource.TypeCommand, "Ecs", "ModifyCommand"),
		practice.Making(resource.TypeInvocation, "Ecs", "RunCommand", "InvokeCommand")),
	Sweep: practice.Weekly(list, "ecs:DescribeInstances", "ecs:DescribeLaunchTemplates", "ecs:DescribeCommands", "ecs:DescribeInvocations"),
	Reads: append([]string{"ecs:DescribeInstances", "ecs:DescribeUserData", "ecs:DescribeLaunchTemplates", "ecs:DescribeLaunchTemplateVersions",
		"ecs:DescribeCommands", "ecs:DescribeInvocations", "ram:GetUser"}, identity.Reads...),
	Writes:     []string{"ram:UpdateAccessKey"},
	Params:     []practice.Param{{Name: "known", Doc: "AccessKey IDs that may stand there: those of tests, which open nothing"}},
	Touches:    true,
	Disruptive: "programs that use the key stop working",
	Check:      check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	of, texts, err := read(ctx, pass)
	if err != nil {
		return fmt.Errorf("reading %s: %w", pass.Resource, practice.Gone(err))
	}
	var all []credential
	for _, t := range texts {
		found, complete := secret.Find([]byte(t.text))
		for _, f := range found {
			if !slices.Contains(pass.Param("known"), f.ID) {
				all = noted(all, f, t.where)
			}
		}
		if !complete {
			f := pass.Finding(of, "unread "+t.where, "The "+t.where+" unpacks to more than is read")
			f.Severity, f.Advice = practice.Low, "Look into it yourself for keys and passwords: it is packed so that a part was not read."
			pass.Report(f)
		}
	}
	for _, c := range all {
		if err := judge(ctx, pass, of, c); err != nil {
			return err
		}
	}
	return nil
}

// A credential is one that was found, and all places where it stands.
type credential struct {
	secret.Found
	where []string
}

// key tells the findings of one resource apart. It says nothing of a secret but its end.
func (c credential) key() string {
	if c.ID != "" {
		return c.ID
	}
	return string(c.Kind) + " " + c.Secret.String()
}

// noted adds a credential, or the place where one that is known stands too.
func noted(all []credential, f secret.Found, where string) []credential {
	i := slices.IndexFunc(all, func(c credential) bool {
		return c.Kind == f.Kind && c.ID == f.ID && (f.ID != "" || c.Secret == f.Secret)
	})
	if i < 0 {
		return append(all, credential{f, []string{where}})
	}
	if all[i].where = append(all[i].where, where); f.Held() {
		all[i].Found = f
	}
	return all
}

// judge reports a credential, once it is known whose it is and whether it works.
func judge(ctx context.Context, pass *practice.Pass, of resource.Described, c credential) error {
	f := pass.Finding(of, c.key(), article(c.Kind)+" stands in the "+c.where[0])
	f.Severity, f.Advice = practice.High, takeOut
	f.Facts = map[string]string{"stands in": strings.Join(c.where, ", "), "opened": c.Within, "AccessKey": c.ID, "secret": c.Secret.String()}
	switch c.Kind {
	case secret.AccessKey:
		return known(ctx, pass, f, c)
	case secret.Temporary:
		f.Severity, f.Advice = practice.Low, "It ends by itself within hours. "+takeOut
	case secret.AWS, secret.Tencent:
		f.Severity, f.Advice = practice.Medium, "Disable it there. "+takeOut
	}
	pass.Report(f)
	return nil
}

// article is a kind at the beginning of a sentence.
func article(k secret.Kind) string {
	if strings.Contains("Aa", string(k[:1])) {
		return "An " + string(k)
	}
	return "A " + string(k)
}

const takeOut = "Take it out of there, give the instance a RAM role in its place, and take whatever it opens for known: old versions and past runs keep it."

// known reports an AccessKey by whose it is. One that is disabled opens nothing.
func known(ctx context.Context, pass *practice.Pass, f practice.Finding, c credential) error {
	keys, owner, err := identity.KeyByID(ctx, pass, c.ID)
	if err != nil {
		return err
	}
	if len(owner) == 0 {
		f.Title = "The AccessKey " + c.ID + ", of no RAM user of this account, stands in the " + c.where[0]
		f.Advice = "It is the root account's, another account's, or deleted: find out which, and have it disabled by whose it is. " + takeOut
		if !c.Held() {
			f.Severity = practice.Low
		}
		pass.Report(f)
		return nil
	}
	for _, k := range keys {
		f.Facts["user"] = k.Principal
		f.Title = "The active AccessKey " + c.ID + " of " + k.User.Name() + " stands in the " + c.where[0]
		if c.Held() {
			f.Severity, f.Title = practice.Critical, f.Title+", with its secret"
			f.Lock, f.Changes = practice.Lock{User: k.User.Name(), Key: c.ID}, k.Disable()
		} else {
			f.Advice = "No secret was recognised beside it. If it stands there in another form, disable the key: " + k.Disable()[0].Call.String() + ". " + takeOut
		}
		pass.Report(f)
	}
	return nil
}
