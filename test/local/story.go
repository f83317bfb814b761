package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	engine "github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
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

func tell(ctx context.Context, s *screen, c *cloud.Cloud, user cloud.Credentials) error {
	begun := time.Now()
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
		}, map[string][]practice.Outcome{"root-accesskey": {practice.Awaiting}, "root-account-usage": {practice.Awaiting}}},
		{"kenji", "stops the trail", func() error {
			return kenji.call(trail, "2020-07-06", "StopLogging", "Name", "main")
		}, map[string][]practice.Outcome{"actiontrail-tamper": {practice.Fixed}}},
	}
	for i, m := range story {
		if err := play(ctx, s, c, i+1, m); err != nil {
			return fmt.Errorf("%s %s: %w", m.who, m.does, err)
		}
	}
	if s.all {
		messages(s, c)
		records(s, c)
		roundTrips(s, c)
	}
	if got := c.Messages(); len(got) < len(story) {
		return fmt.Errorf("%d messages for %d mistakes", len(got), len(story))
	}
	if err := announced(c); err != nil {
		return err
	}
	if err := again(ctx, s, c, len(story)+1); err != nil {
		return err
	}
	s.printf("\n%s %d mistakes were found, and put right or reported, in %d s.\n", s.paint(good, "✓ All"), len(story), int(time.Since(begun).Seconds()))
	return nil
}

// play makes one mistake, waits until all is quiet and shows what happened.
func play(ctx context.Context, s *screen, c *cloud.Cloud, n int, m mistake) error {
	mark, chat, begun := now(c), len(c.Messages()), time.Now()
	s.heading(n, m.who+" "+m.does)
	if err := m.make(); err != nil {
		return err
	}
	if err := quiet(ctx, s, c); err != nil {
		return err
	}
	if s.all {
		if err := mark.show(s, c); err != nil {
			return err
		}
	}
	s.did(logged(c)[mark.records:], begun)
	s.told(c.Messages()[chat:])
	return mark.check(c, m.expect)
}

func quiet(ctx context.Context, s *screen, c *cloud.Cloud) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.while(func() string { return "waiting for the functions" }, func() error { return c.Idle(ctx) }); err != nil {
		return fmt.Errorf("waiting for the functions: %w", err)
	}
	return nil
}

// check compares the results written since the mark with what is expected.
func (m mark) check(c *cloud.Cloud, expect map[string][]practice.Outcome) error {
	got := map[string][]practice.Outcome{}
	for _, r := range logged(c)[m.records:] {
		if r.Kind == ledger.Result && !silent(r) {
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
func silent(r ledger.Record) bool {
	return r.Outcome == practice.Deferred || r.Outcome == practice.Good
}

// logged is what the audit log says of what was found. The notes by which ecsguard's own
// functions hand work over to one another are left out.
func logged(c *cloud.Cloud) (records []ledger.Record) {
	for _, line := range c.Logs(account.Project(), "audit") {
		if r, err := ledger.Parse(line); err == nil && !engine.OfTheWork(r) && r.Kind != ledger.Sweep {
			records = append(records, r)
		}
	}
	slices.SortStableFunc(records, func(a, b ledger.Record) int { return a.Time.Compare(b.Time) })
	return records
}

// messages shows what the people on call got.
func messages(s *screen, c *cloud.Cloud) {
	got := c.Messages()
	s.printf("\nWhat the people on call got (%d messages in the chat)\n", len(got))
	for _, m := range got {
		s.printf("\n  ┌ %s\n", s.paint(strong, inert(m.Title)))
		for _, line := range strings.Split(strings.TrimSpace(m.Text), "\n") {
			s.printf("  │ %s\n", inert(line))
		}
	}
}

// records shows the audit log.
func records(s *screen, c *cloud.Cloud) {
	s.printf("\nThe audit log (project %s, logstore audit), without the notes of who has handed what over to whom\n\n", account.Project())
	s.printf("  %-13s %-7s %-28s %-9s %-24s %s\n", "time", "kind", "practice", "outcome", "resource", "who")
	for _, r := range logged(c) {
		s.printf("  %-13s %-7s %-28s %-9s %-24s %s\n", r.Time.Local().Format(clock), r.Kind, r.Practice, r.Outcome, inert(r.Resource), inert(r.Actor))
	}
}

// announced checks that each change was announced once and has one result.
func announced(c *cloud.Cloud) error {
	all := logged(c)
	intents, results, gaveWay := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, r := range all {
		for _, nonce := range r.Closes {
			gaveWay[nonce] = gaveWay[nonce] || r.Outcome == practice.Deferred
		}
	}
	for _, r := range all {
		switch {
		case r.Kind == ledger.Intent && !gaveWay[r.Nonce]:
			intents[r.ID]++
		case r.Kind == ledger.Result && len(r.Calls) > 0 && r.CallsMade > 0:
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
func again(ctx context.Context, s *screen, c *cloud.Cloud, n int) error {
	before, chat, mark := len(logged(c)), len(c.Messages()), len(changes(c.Calls()))
	delivered := c.Events()
	s.heading(n, fmt.Sprintf("the event bus delivers all %d events a second time", len(delivered)))
	for _, e := range delivered {
		if err := c.Redeliver(e.ID); err != nil {
			return err
		}
	}
	if err := quiet(ctx, s, c); err != nil {
		return err
	}
	changed, written, told := len(changes(c.Calls()))-mark, len(logged(c))-before, len(c.Messages())-chat
	s.line(part{ours, byUs}, part{plain, fmt.Sprintf("%d changes, %d audit records", changed, written)})
	s.line(part{ours, toPeople}, part{plain, fmt.Sprintf("%d messages", told)})
	if changed != 0 || written != 0 || told != 0 {
		return fmt.Errorf("a second delivery did something: %d changes, %d audit records, %d messages", changed, written, told)
	}
	if refused := c.Refused(); len(refused) > 0 {
		return fmt.Errorf("something tried to reach %v", refused)
	}
	return nil
}
