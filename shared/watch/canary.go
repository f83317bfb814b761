package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// CanaryTag is what a security group must be tagged with before a port is opened in it.
const CanaryTag = "ecsguard:canary"

const (
	canaryMark = "ecsguard canary, opened " // begins the rule's description; the time follows
	canaryEnds = " by ecsguard-notify to see that ecsguard closes it"

	// CanaryPatience is how long a canary may stay open.
	CanaryPatience = 10 * time.Minute
	canaryEvery    = time.Hour
)

// A Canary is a security group of ecsguard's own in which a port is opened each hour.
type Canary struct {
	Group string // empty: there is none
	Acts  bool   // something would close the port; otherwise the group is only read
}

// Opened is what is remembered of a canary.
type Opened struct {
	At     time.Time `json:"at,omitzero"`      // when the port was opened; zero: it is closed
	Failed string    `json:"failed,omitempty"` // why the latest was not as it should be, until one is
}

// A canaryRun is one look at the canary.
type canaryRun struct {
	d      Deployment
	c      Canary
	look   *look
	ledger Ledger
	now    time.Time
	log    *slog.Logger
}

// Canary looks whether the port that it opened is closed, and opens it when an hour has
// passed. Where the group is not one that nothing uses, it does neither, and says so.
func (d Deployment) Canary(ctx context.Context, c Canary, r Run, state *Opened, log *slog.Logger) Sight {
	if c.Group == "" {
		return Sight{Judged: []string{canaryKey}}
	}
	run := canaryRun{d, c, newLook(d, r.Cloud), r.Ledger, r.Now(), log}
	open, ok := run.rules(ctx)
	if ok && c.Acts {
		run.judge(ctx, open, state)
	}
	fit := ok && run.fit(ctx)
	due := r.At.Unix()%int64(canaryEvery/time.Second) < int64(Interval/time.Second)
	if fit && c.Acts && due && len(open) == 0 && state.At.IsZero() {
		run.open(ctx, state)
	}
	if state.Failed != "" {
		run.add("failed", state.Failed,
			"A port that is opened to the internet may stay open: somewhere on the path from the change to its fix, ecsguard does not work",
			"Look in the audit log for records about "+c.Group+", then at the logs of triage and of sg-risky-port-ingress. This ends when a later canary is closed",
			"s "+Triage+" logs", "s sg-risky-port-ingress logs")
	}
	seen := run.look.done()
	if ok {
		seen.Judged = append(seen.Judged, canaryKey)
	}
	return seen
}

const canaryKey = "canary "

func (r canaryRun) add(key, what, means, mend string, commands ...string) {
	r.look.add(canaryKey+key, Fault{Key: canaryKey + key, Trouble: message.Trouble{What: what, Means: means, Mend: mend, Commands: commands}})
}

// canaryRule is a rule of ours that is open.
type canaryRule struct {
	ID     string
	Opened time.Time
}

// rules are the rules of ours in the group.
func (r canaryRun) rules(ctx context.Context) (open []canaryRule, ok bool) {
	var answer struct {
		Permissions struct {
			Permission []struct{ SecurityGroupRuleId, Description string }
		}
	}
	ctx, cancel := context.WithTimeout(ctx, perRead)
	defer cancel()
	call := cloud.New("ecs", "DescribeSecurityGroupAttribute", r.d.Region, "SecurityGroupId", r.c.Group, "Direction", "ingress")
	if err := r.look.do.Do(ctx, call, &answer); cloud.NotFound(err) {
		r.add("group", "the canary's security group "+r.c.Group+" does not exist in "+r.d.Region, noCanary, "Make one, tagged "+CanaryTag+", and name it in ecsguard.yaml")
		return nil, false
	} else if err != nil {
		r.look.unread("reading the canary's security group", call.RAM(), err)
		return nil, false
	}
	for _, p := range answer.Permissions.Permission {
		text, is := strings.CutPrefix(p.Description, canaryMark)
		if at := when(strings.TrimSuffix(text, canaryEnds)); is && !at.IsZero() {
			open = append(open, canaryRule{p.SecurityGroupRuleId, at})
		}
	}
	return open, true
}

const noCanary = "The end-to-end test (is an open port closed?) does not run; the other checks of ecsguard go on"

// judge says what became of the port that was opened.
func (r canaryRun) judge(ctx context.Context, open []canaryRule, state *Opened) {
	for _, rule := range open {
		state.At = rule.Opened
		if r.now.Sub(rule.Opened) > CanaryPatience {
			state.Failed = fmt.Sprintf("the canary, a port opened to the internet in %s, was not closed in %d minutes", r.c.Group, int(CanaryPatience.Minutes()))
			r.close(ctx, rule, state)
		}
	}
	if len(open) > 0 || state.At.IsZero() {
		return
	}
	records, err := r.closed(ctx, state.At)
	switch {
	case err != nil:
		r.look.unread("reading what the audit log says of the canary", "log:GetLogStoreLogs", err)
	case len(records) > 0:
		took := records[0].Time.Sub(state.At)
		r.log.Info("canary closed", "group", r.c.Group, "practice", records[0].Practice, "took", took.String(), "record", records[0].ID)
		*state = Opened{}
	case r.now.Sub(state.At) > CanaryPatience:
		state.At = time.Time{}
		state.Failed = fmt.Sprintf("the canary in %s is closed, and the audit log does not say that ecsguard closed it", r.c.Group)
	}
}

// closed are the records that say that ecsguard closed what was opened at a time.
func (r canaryRun) closed(ctx context.Context, since time.Time) (fixes []ledger.Record, err error) {
	ctx, cancel := context.WithTimeout(ctx, perRead)
	defer cancel()
	group := practice.Resource{Type: "ACS::ECS::SecurityGroup", ID: r.c.Group, Region: r.d.Region, Account: r.d.Account}
	records, err := r.ledger.History(ctx, group, since)
	for _, x := range records {
		if x.Kind == ledger.Result && x.Outcome == practice.Fixed && x.CallsMade > 0 && !x.Time.Before(since) {
			fixes = append(fixes, x)
		}
	}
	return fixes, err
}

// close takes away what ecsguard has left open.
func (r canaryRun) close(ctx context.Context, rule canaryRule, state *Opened) {
	ctx, cancel := context.WithTimeout(ctx, perRead)
	defer cancel()
	call := cloud.New("ecs", "RevokeSecurityGroup", r.d.Region, "SecurityGroupId", r.c.Group, "SecurityGroupRuleId.1", rule.ID)
	if err := r.look.do.Do(ctx, call, nil); err != nil {
		r.add("left", fmt.Sprintf("the canary in %s is still open: closing it failed: %v", r.c.Group, err),
			"Port 22 is open to the internet in a group that nothing uses", "Take the rule away", call.String())
		return
	}
	state.At = time.Time{}
}

// fit tells whether the group is one in which an open port harms nobody.
func (r canaryRun) fit(ctx context.Context) bool {
	ids, _ := json.Marshal([]string{r.c.Group}) // strings always encode
	var groups struct {
		SecurityGroups struct {
			SecurityGroup []struct {
				Tags struct {
					Tag []struct{ TagKey, Key string }
				}
			}
		}
	}
	ok, _ := r.look.read(ctx, "reading the canary's security group", cloud.New("ecs", "DescribeSecurityGroups", r.d.Region, "SecurityGroupIds", string(ids)), &groups)
	if !ok || len(groups.SecurityGroups.SecurityGroup) == 0 {
		return false
	}
	tagged := false
	for _, t := range groups.SecurityGroups.SecurityGroup[0].Tags.Tag {
		tagged = tagged || t.TagKey == CanaryTag || t.Key == CanaryTag
	}
	// Asked for by group, the interfaces are the secondary ones only: the primary ones are
	// their instances'.
	used := 0
	for _, action := range []string{"DescribeInstances", "DescribeNetworkInterfaces"} {
		var page struct{ TotalCount *int }
		ok, _ = r.look.read(ctx, "reading what is in the canary's security group", cloud.New("ecs", action, r.d.Region, "SecurityGroupId", r.c.Group), &page)
		if !ok || page.TotalCount == nil {
			return false
		}
		used += *page.TotalCount
	}
	switch {
	case !tagged:
		r.add("tag", "the canary's security group "+r.c.Group+" is not tagged "+CanaryTag, noCanary, "Tag it, if it is a group of its own that nothing uses",
			r.d.command("ecs", "TagResources", "ResourceType", "securitygroup", "ResourceId.1", r.c.Group, "Tag.1.Key", CanaryTag, "Tag.1.Value", "true"))
	case used > 0:
		r.add("used", fmt.Sprintf("the canary's security group %s is in use: instances or network interfaces are in it", r.c.Group), noCanary,
			"Take them out of it, or name another group in ecsguard.yaml: a port is opened to the internet there each hour")
	default:
		return true
	}
	return false
}

// open opens the port. The description says what it is to whoever finds it.
func (r canaryRun) open(ctx context.Context, state *Opened) {
	ctx, cancel := context.WithTimeout(ctx, perRead)
	defer cancel()
	call := cloud.New("ecs", "AuthorizeSecurityGroup", r.d.Region, "SecurityGroupId", r.c.Group,
		"Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", "22/22", "Permissions.1.SourceCidrIp", "0.0.0.0/0",
		"Permissions.1.Description", canaryMark+r.now.UTC().Format(time.RFC3339)+canaryEnds)
	if err := r.look.do.Do(ctx, call, nil); err != nil {
		r.look.unread("opening the canary", call.RAM(), err)
		return
	}
	state.At = r.now
	r.log.Info("canary opened", "group", r.c.Group)
}

// OfCanary tells whether a record is about the port that a watcher has opened itself, and
// all went well: nobody is told of that.
func (c Canary) OfCanary(r ledger.Record) bool {
	role, _, _ := strings.Cut(r.Actor, ":")
	if c.Group == "" || !strings.EqualFold(role, Notify) || r.Resource != c.Group && r.Subject != c.Group {
		return false
	}
	switch r.Outcome {
	case practice.Failed, practice.Partly, practice.Awaiting:
		return false
	}
	return true
}
