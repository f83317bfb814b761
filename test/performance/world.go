package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// far is how long the cloud takes for every answer.
const far = 30 * time.Millisecond

// hook is where messages go.
const hook = "hooks.local.test"

// world is a cloud with ecsguard deployed in it, and somebody who makes mistakes.
type world struct {
	*cloud.Cloud
	*wire
	user *ours.Client
	dir  string
}

// begin starts a world with some security groups, in which some practices enforce and
// the rest observe.
// binaries is the folder below which s.yaml finds what was built.
func begin(root, binaries string, groups int, enforce ...string) (*world, error) {
	dir, err := os.MkdirTemp("", "ecsguard-performance-")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "ecsguard.yaml")
	if err := os.WriteFile(file, settings(enforce), 0o644); err != nil {
		return nil, err
	}
	c, err := account.Start(account.Options{
		Root: root, Binaries: binaries, State: state(groups), Settings: file,
		Env: map[string]string{
			"ECSGUARD_MODE": "observe",
			// The robot takes twenty messages a minute: too few for what happens here.
			"ECSGUARD_DINGTALK_TOKEN": "", "ECSGUARD_DINGTALK_SECRET": "",
			"ECSGUARD_WEBHOOK_URL": "https://" + hook + "/", "ECSGUARD_WEBHOOK_SECRET": "secret",
		},
	})
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	c.AddWebhook(hook)
	w := &world{Cloud: c, dir: dir}
	w.LogTriggerInterval, w.InstanceIdle = 50*time.Millisecond, time.Hour
	w.wire = watch(c)
	c.Inject(cloud.Fault{Name: "the way to the cloud", Action: "*", Delay: far})
	admin, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		w.end()
		return nil, err
	}
	kenji := c.AddUser("kenji", admin)
	w.user = ours.NewClient(ours.Config{
		Credentials: ours.Credentials{AccessKeyID: kenji.AccessKeyID, AccessKeySecret: kenji.AccessKeySecret},
		Transport:   c.Transport(),
	})
	return w, nil
}

func (w *world) end() {
	w.Close()
	os.RemoveAll(w.dir)
}

func settings(enforce []string) []byte {
	var b strings.Builder
	b.WriteString("touches-per-hour: 1000\npractices:\n") // a launch of 100 touches as many
	for _, id := range enforce {
		fmt.Fprintf(&b, "  %s: {mode: enforce}\n", id)
	}
	return []byte(b.String())
}

// group is the id of a security group. All are written alike, so that none is found in
// the name of another.
func group(n int) string { return fmt.Sprintf("sg-%04d", n) }

// state is an account with nothing wrong in it, as far as security groups and the
// machines of a launch go.
func state(groups int) []byte {
	var b strings.Builder
	b.WriteString("ecs:\n  disk-encryption-by-default: true\n  security-groups:\n")
	for n := range groups {
		fmt.Fprintf(&b, "    - id: %s\n      name: web-%04d\n      vpc: vpc-1\n      rules:\n", group(n), n)
		b.WriteString("        - {protocol: TCP, ports: 22/22, source: 198.51.100.0/24}\n        - {protocol: TCP, ports: 443/443, source: 10.0.0.0/8}\n")
	}
	b.WriteString("  instances:\n")
	for n := range groups {
		fmt.Fprintf(&b, "    - {id: i-%04d, name: web-%04d, http-tokens: required, http-endpoint: enabled, security-groups: [%s], disks: [{id: d-%04d, encrypted: true, type: system}]}\n", n, n, group(n), n)
	}
	b.WriteString("actiontrail:\n  trails:\n    - {name: main, logging: true, events: All, region: All, oss-bucket: archive}\n")
	return []byte(b.String())
}

// open opens a port range of a group to a source.
func (w *world) open(n int, ports, source string) error {
	return w.user.Do(context.Background(), ours.New("ecs", "AuthorizeSecurityGroup", w.Region, "SecurityGroupId", group(n),
		"Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", ports, "Permissions.1.SourceCidrIp", source), nil)
}

// launch launches machines whose metadata anybody on them can read.
func (w *world) launch(n int) error {
	return w.user.Do(context.Background(), ours.New("ecs", "RunInstances", w.Region, "ImageId", "aliyun_3_x64_20G_alibase_20250117.vhd",
		"InstanceType", "ecs.g7.large", "SecurityGroupId", group(0), "VSwitchId", "vsw-1", "InstanceName", "batch", "Amount", fmt.Sprint(n),
		"SystemDisk.Category", "cloud_essd", "SystemDisk.Encrypted", "true", "HttpEndpoint", "enabled", "HttpTokens", "optional"), nil)
}

// forge gives triage events of a call that nobody made, each of another group, as the
// event bus would.
func (w *world) forge(n int, call string) error {
	for i := range n {
		event := fmt.Appendf(nil, `{"id":"forged-%d","source":"acs.ecs","specversion":"1.0","type":"ecs:ActionTrail:ApiCall","time":"%s",
			"aliyunaccountid":"%s","aliyunregionid":"%s","data":{"eventId":"forged-%s-%d","eventName":"%s","serviceName":"Ecs","eventTime":"%s","acsRegion":"%s",
			"recipientAccountId":"%s","userIdentity":{"type":"ram-user","userName":"mallory"},"requestParameters":{"SecurityGroupId":"sg-forged%d",
			"Permissions.1.IpProtocol":"TCP","Permissions.1.PortRange":"22/22","Permissions.1.SourceCidrIp":"0.0.0.0/0"}}}`,
			i, time.Now().UTC().Format(time.RFC3339), w.Account, w.Region, call, i, call, time.Now().UTC().Format(time.RFC3339), w.Region, w.Account, i)
		if err := w.Invoke("ecsguard-triage", event); err != nil {
			return err
		}
	}
	return nil
}

// withoutTriage keeps events from triage from now on.
func (w *world) withoutTriage() { w.EventFaults(cloud.EventFaults{Delay: time.Hour}) }

// quiet waits until nothing is under way.
func (w *world) quiet() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	return w.Idle(ctx)
}
