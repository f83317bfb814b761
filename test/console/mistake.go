package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// A mistake is something that people do in a cloud account. It is made with API
// calls of an ordinary client, as anybody makes it.
type mistake struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	What  string `json:"what"`
	make  func(ctx context.Context, c *Console, group string) ([]ours.Call, error)
}

// rule opens something of a group.
func rule(params ...string) func(context.Context, *Console, string) ([]ours.Call, error) {
	return func(ctx context.Context, c *Console, group string) ([]ours.Call, error) {
		call := ours.New("ecs", "AuthorizeSecurityGroup", c.cloud.Region, slices.Concat([]string{"SecurityGroupId", group}, params)...)
		return []ours.Call{call}, c.you.Do(ctx, call, nil)
	}
}

// Hostile is the name that a script kiddie gives a security group.
const Hostile = `<img src=x onerror=alert(1)>`

var mistakes = []mistake{
	{"open-ssh", "Open port 22", "SSH to the whole internet", rule(
		"Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", "22/22", "Permissions.1.SourceCidrIp", "0.0.0.0/0", "Permissions.1.Description", "just for today")},
	{"open-range", "Open ports 20 to 450", "443 is among them, and may stay open", rule(
		"Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", "20/450", "Permissions.1.SourceCidrIp", "0.0.0.0/0")},
	{"open-halves", "Open 22 in two halves", "two rules, and neither says 0.0.0.0/0", rule(
		"Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", "22/22", "Permissions.1.SourceCidrIp", "0.0.0.0/1",
		"Permissions.2.IpProtocol", "TCP", "Permissions.2.PortRange", "22/22", "Permissions.2.SourceCidrIp", "128.0.0.0/1")},
	{"open-ipv6", "Open everything over IPv6", "every protocol and port, to ::/0", rule(
		"Permissions.1.IpProtocol", "ALL", "Permissions.1.PortRange", "-1/-1", "Permissions.1.Ipv6SourceCidrIp", "::/0")},
	{"open-shadowed", "Open 3306 behind a Drop", "a Drop rule stops it: no alarm", rule(
		"Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", "3306/3306", "Permissions.1.SourceCidrIp", "0.0.0.0/0")},
	{"bad-server", "Launch a bad server", "disk in the clear, open metadata", badServer},
	{"root-key", "Make a root AccessKey", "it can do everything", func(ctx context.Context, c *Console, _ string) ([]ours.Call, error) {
		call := ours.New("ims", "CreateAccessKey", "")
		return []ours.Call{call}, c.root.Do(ctx, call, nil)
	}},
	{"stop-trail", "Stop the trail", "what an intruder does first", stopTrail},
	{"hostile-name", "Hide an attack in a name", Hostile, hostileName},
}

func badServer(ctx context.Context, c *Console, group string) ([]ours.Call, error) {
	call := ours.New("ecs", "RunInstances", c.cloud.Region, "ImageId", "aliyun_3_x64_20G_alibase_20250117.vhd",
		"InstanceType", "ecs.g7.large", "SecurityGroupId", group, "VSwitchId", "vsw-1", "InstanceName", "batch",
		"SystemDisk.Category", "cloud_essd", "SystemDisk.Encrypted", "false", "HttpEndpoint", "enabled", "HttpTokens", "optional")
	return []ours.Call{call}, c.you.Do(ctx, call, nil)
}

func stopTrail(ctx context.Context, c *Console, _ string) ([]ours.Call, error) {
	list := ours.New("actiontrail", "DescribeTrails", c.cloud.Region)
	var found struct{ TrailList []struct{ Name string } }
	if err := c.you.Do(ctx, list, &found); err != nil {
		return []ours.Call{list}, err
	}
	if len(found.TrailList) == 0 {
		return []ours.Call{list}, &cloud.Error{Status: http.StatusConflict, Code: "NoTrail", Message: "the account has no trail to stop"}
	}
	call := ours.New("actiontrail", "StopLogging", c.cloud.Region, "Name", found.TrailList[0].Name)
	return []ours.Call{list, call}, c.you.Do(ctx, call, nil)
}

func hostileName(ctx context.Context, c *Console, _ string) ([]ours.Call, error) {
	made := ours.New("ecs", "CreateSecurityGroup", c.cloud.Region, "VpcId", "vpc-1", "SecurityGroupName", Hostile)
	var group struct{ SecurityGroupId string }
	if err := c.you.Do(ctx, made, &group); err != nil {
		return []ours.Call{made}, err
	}
	calls, err := rule("Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", "3389/3389",
		"Permissions.1.SourceCidrIp", "0.0.0.0/0", "Permissions.1.Description", "[click](javascript:alert(1)) `x` <b>bold</b>")(ctx, c, group.SecurityGroupId)
	return append([]ours.Call{made}, calls...), err
}

func (c *Console) getMistakes(w http.ResponseWriter, r *http.Request) {
	if onlyQuery(w, r.URL.Query()) {
		answer(w, http.StatusOK, map[string]any{"items": mistakes})
	}
}

func (c *Console) postMistake(w http.ResponseWriter, r *http.Request) {
	in := struct {
		Group string `json:"group"`
	}{"sg-web"}
	if !onlyQuery(w, r.URL.Query()) || !read(w, r, &in) {
		return
	}
	name := r.PathValue("name")
	i := slices.IndexFunc(mistakes, func(m mistake) bool { return m.Name == name })
	if i < 0 {
		fail(w, http.StatusNotFound, "NoMistake", "no mistake is called %q; GET /api/mistakes lists them", name)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 20*time.Second)
	defer cancel()
	calls, err := mistakes[i].make(ctx, c, in.Group)
	made := []string{}
	for _, call := range calls {
		made = append(made, call.String())
	}
	if err != nil {
		c.refusedMistake(w, made, err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"mistake": name, "title": mistakes[i].Title, "calls": made})
}

// refusedMistake says that the cloud did not let it be made.
func (c *Console) refusedMistake(w http.ResponseWriter, calls []string, err error) {
	if e, ok := errors.AsType[*cloud.Error](err); ok {
		failed(w, e)
		return
	}
	code := ours.Code(err)
	if code == "" {
		code = "Unreachable"
	}
	last := ""
	if len(calls) > 0 {
		last = calls[len(calls)-1] + ": "
	}
	fail(w, http.StatusConflict, code, "%s%s", last, strings.TrimSpace(err.Error()))
}
