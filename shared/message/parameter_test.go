package message

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// A command in an advice is one that can be pasted.
func TestParametersAreNoHosts(t *testing.T) {
	for _, command := range []string{
		"aliyun ecs AuthorizeSecurityGroup --force --Permissions.1.Ipv6DestCidrIp ADDRESS --Permissions.1.SourceGroupId sg-1", "aliyun ecs TagResources --Tag.1.Key owner",
		"of the family ecs.g7, which is not ecs.g7t or ecs.hfc7, of the type ecs.g7.2xlarge",
	} {
		if got := unlink(command); got != command {
			t.Error(got)
		}
	}
}

// A command in an advice is shown as the official command line takes it, whatever characters it has, and all of
// it; the words around it are as tame as ever.
func TestCommandsInAnAdviceCanBePasted(t *testing.T) {
	for advice, want := range map[string]string{
		`Bind it: aliyun ecs AttachKeyPair --region cn-hangzhou --InstanceIds '["i-1"]' --KeyPairName YOUR-KEY-PAIR. Then [x](y).`: `Bind it: aliyun ecs AttachKeyPair --region cn-hangzhou --InstanceIds '["i-1"]' --KeyPairName YOUR-KEY-PAIR. Then ［x］(y).`,
		"Say so: aliyun ecs ModifyImageAttribute --Features.ImdsSupport v2. Windows does not.":                                     "Say so: aliyun ecs ModifyImageAttribute --Features.ImdsSupport v2. Windows does not.",
		"disable it (aliyun ims UpdateAccessKey --UserPrincipalName john.smith@1.onaliyun.com), and wait":                          `disable it (aliyun ims UpdateAccessKey --UserPrincipalName john$'\x2e'smith@1$'\x2e'onaliyun$'\x2e'com), and wait`,
		"disable it (aliyun ims UpdateAccessKey --UserPrincipalName ci@1.onaliyun.com)":                                            "disable it (aliyun ims UpdateAccessKey --UserPrincipalName ci@1.onaliyun.com)",
		"aliyun ram AddUserToGroup --UserName john.smith --GroupName GROUP":                                                        `aliyun ram AddUserToGroup --UserName john$'\x2e'smith --GroupName GROUP`,
		"aliyun ecs Do --Name '[a](https://evil.example)'":                                                                         `aliyun ecs Do --Name ''$'\x5b''a'$'\x5d''(https'$'\x3a''//evil'$'\x2e''example)'`,
		"evil.aliyun ecs Do --Name a.b":  "evil(.)aliyun ecs Do --Name a.b",
		"aliyun ecs Do --Name evil。com":  "aliyun ecs Do --Name evil(.)com",
		"aliyun ecs Do --Name evil.。com": "aliyun ecs Do --Name evil.。com",
		"aliyun ecs Do --Name `id` <b>":  "aliyun ecs Do --Name ｀id｀ ＜b＞",
	} {
		if got := Advise(advice, MostAdvice); got != want {
			t.Errorf("%s\nis shown as %s\nwant        %s", advice, got, want)
		}
	}
	long := strings.Repeat("word ", 95) + "aliyun ecs StopInstance --InstanceId i-" + strings.Repeat("1", 60)
	if got := Advise(long, MostAdvice); got != long {
		t.Error("a command was cut:", got)
	}
	if got := Advise(strings.Repeat("aliyun ecs StopInstance --InstanceId i-1; ", 1000), MostAdvice); utf8.RuneCountInString(got) > 2*MostAdvice+1 || !strings.HasSuffix(got, "; …") {
		t.Error(got)
	}
}

// What a person may do by hand to put something right is not said once it has been put right.
func TestWhatWasPutRightIsNotToBePutRightByHand(t *testing.T) {
	r := ledger.Record{ID: "1", Practice: "p", Finding: "x", Outcome: practice.Fixed, Prevent: []practice.Prevention{
		{Kind: practice.CommandLine, Does: "It does it", Text: "aliyun ecs StopInstance", Now: true}, {Kind: "policy", Does: "It prevents it", Text: "{}"}}}
	said := func() string { return fmt.Sprint(finding(r)) }
	if s := said(); strings.Contains(s, "It does it") || !strings.Contains(s, "It prevents it") {
		t.Error(s)
	}
	if r.Outcome = practice.Awaiting; !strings.Contains(said(), "It does it") {
		t.Error(said())
	}
}
