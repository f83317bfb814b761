package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/practice"
	engine "github.com/ecsguard/ecsguard/shared/run"
	"github.com/ecsguard/ecsguard/test/account"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// A mistake is one step of the story, with what must come of it.
type mistake struct {
	who, does string
	make      func() error
	expect    map[string][]practice.Outcome // by practice
}

// patience bounds each wait of the story.
const patience = 2 * time.Minute

func tell(ctx context.Context, c *cloud.Cloud, user cloud.Credentials) error {
	kenji, err := newClient(c.Region, user)
	if err != nil {
		return err
	}
	root, err := newClient(c.Region, c.RootSession())
	if err != nil {
		return err
	}
	const ecs, trail = "ecs-cn-hangzhou.aliyuncs.com", "actiontrail.cn-hangzhou.aliyuncs.com"
	story := []mistake{
		{"kenji", "opens port 22 of the group web to the whole world", func() error {
			return kenji.call(ecs, "2014-05-26", "AuthorizeSecurityGroup", "RegionId", c.Region, "SecurityGroupId", "sg-web",
				"Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", "22/22", "Permissions.1.SourceCidrIp", "0.0.0.0/0", "Permissions.1.Description", "just for today")
		}, map[string][]practice.Outcome{"sg-public-ingress": {practice.Fixed}}},
		{"kenji", "launches a server with a disk in the clear and open metadata", func() error {
			return kenji.call(ecs, "2014-05-26", "RunInstances", "RegionId", c.Region, "ImageId", "aliyun_3_x64_20G_alibase_20250117.vhd",
				"InstanceType", "ecs.g7.large", "SecurityGroupId", "sg-web", "VSwitchId", "vsw-1", "InstanceName", "batch",
				"SystemDisk.Category", "cloud_essd", "SystemDisk.Encrypted", "false", "HttpEndpoint", "enabled", "HttpTokens", "optional")
		}, map[string][]practice.Outcome{"ecs-disk-encrypted": {practice.Awaiting}, "ecs-disk-default-encryption": {practice.Fixed}, "ecs-imdsv2": {practice.Fixed}}},
		{"root", "makes an AccessKey for the root account", func() error {
			return root.call("ims.aliyuncs.com", "2019-08-15", "CreateAccessKey")
		}, map[string][]practice.Outcome{"root-accesskey": {practice.Awaiting}}},
		{"kenji", "stops the trail", func() error {
			return kenji.call(trail, "2020-07-06", "StopLogging", "Name", "main")
		}, map[string][]practice.Outcome{"actiontrail-tamper": {practice.Fixed}}},
	}
	for i, m := range story {
		fmt.Printf("\n%d. %s %s\n", i+1, m.who, m.does)
		if err := play(ctx, c, m); err != nil {
			return fmt.Errorf("%s %s: %w", m.who, m.does, err)
		}
	}
	if err := messages(c, len(story)); err != nil {
		return err
	}
	if err := records(c); err != nil {
		return err
	}
	roundTrips(c)
	return again(ctx, c)
}

// play makes one mistake, waits until all is quiet and shows what happened.
func play(ctx context.Context, c *cloud.Cloud, m mistake) error {
	mark := now(c)
	if err := m.make(); err != nil {
		return err
	}
	if err := quiet(ctx, c); err != nil {
		return err
	}
	if err := mark.show(c); err != nil {
		return err
	}
	return mark.check(c, m.expect)
}

func quiet(ctx context.Context, c *cloud.Cloud) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := c.Idle(ctx); err != nil {
		return fmt.Errorf("waiting for the functions: %w", err)
	}
	return nil
}

// check compares the results written since the mark with what is expected.
func (m mark) check(c *cloud.Cloud, expect map[string][]practice.Outcome) error {
	got := map[string][]practice.Outcome{}
	for _, r := range logged(c)[m.records:] {
		if r.Kind == audit.Result && !silent(r) {
			got[r.Practice] = append(got[r.Practice], r.Outcome)
		}
	}
	for id, want := range expect {
		if !slices.Equal(got[id], want) {
			return fmt.Errorf("practice %s ended with %v, expected %v\n%s", id, got[id], want, c.FunctionLogs(practice.FunctionName(id)))
		}
	}
	return nil
}

// silent tells whether a result is about nothing: of a look that gave way to another, or
// one that finds all good afterwards. The story is how it ended.
func silent(r audit.Record) bool {
	return r.Outcome == practice.Deferred || r.Outcome == practice.Good
}

// logged is what the audit log says of what was found. The notes by which ecsguard's own
// functions hand work over to one another are left out.
func logged(c *cloud.Cloud) (records []audit.Record) {
	for _, line := range c.Logs(account.Project(), "audit") {
		if r, err := audit.Parse(line); err == nil && !engine.OfTheWork(r) && r.Kind != audit.Sweep {
			records = append(records, r)
		}
	}
	slices.SortStableFunc(records, func(a, b audit.Record) int { return a.Time.Compare(b.Time) })
	return records
}

// messages shows what the people on call got.
func messages(c *cloud.Cloud, want int) error {
	got := c.Messages()
	fmt.Printf("\nWhat the people on call got (%d messages in the chat)\n", len(got))
	for _, m := range got {
		fmt.Printf("\n  ┌ %s\n", m.Title)
		for _, line := range strings.Split(strings.TrimSpace(m.Text), "\n") {
			fmt.Println("  │ " + line)
		}
	}
	if len(got) < want {
		return fmt.Errorf("%d messages for %d mistakes", len(got), want)
	}
	return nil
}

// records shows the audit log.
func records(c *cloud.Cloud) error {
	fmt.Printf("\nThe audit log (project %s, logstore audit), without the notes of who has handed what over to whom\n\n", account.Project())
	fmt.Printf("  %-13s %-7s %-28s %-9s %-24s %s\n", "time", "kind", "practice", "outcome", "resource", "who")
	all := logged(c)
	intents, results, gaveWay := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, r := range all {
		for _, nonce := range r.Closes {
			gaveWay[nonce] = gaveWay[nonce] || r.Outcome == practice.Deferred
		}
	}
	for _, r := range all {
		fmt.Printf("  %-13s %-7s %-28s %-9s %-24s %s\n", r.Time.Local().Format(clock), r.Kind, r.Practice, r.Outcome, r.Resource, r.Actor)
		switch {
		case r.Kind == audit.Intent && !gaveWay[r.Nonce]:
			intents[r.ID]++
		case r.Kind == audit.Result && len(r.Calls) > 0 && r.CallsMade > 0:
			results[r.ID]++
		}
	}
	for id, n := range intents {
		if n != 1 || results[id] != 1 {
			return fmt.Errorf("finding %s has %d intents that were carried out and %d results of changes in the audit log, expected one of each", id, n, results[id])
		}
	}
	return nil
}

// again delivers every event once more: at least once is what is promised.
func again(ctx context.Context, c *cloud.Cloud) error {
	before, chat, mark := len(logged(c)), len(c.Messages()), len(changes(c.Calls()))
	delivered := c.Events()
	for _, e := range delivered {
		if err := c.Redeliver(e.ID); err != nil {
			return err
		}
	}
	if err := quiet(ctx, c); err != nil {
		return err
	}
	fmt.Printf("\nEvery event delivered a second time (%d): %d changes, %d audit records, %d messages\n",
		len(delivered), len(changes(c.Calls()))-mark, len(logged(c))-before, len(c.Messages())-chat)
	if len(changes(c.Calls())) != mark || len(logged(c)) != before || len(c.Messages()) != chat {
		return fmt.Errorf("a second delivery did something")
	}
	if refused := c.Refused(); len(refused) > 0 {
		return fmt.Errorf("something tried to reach %v", refused)
	}
	fmt.Println("\nAll mistakes were found, and put right or reported.")
	return nil
}
