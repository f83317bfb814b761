package prepare

import (
	"context"
	"fmt"
	"slices"
	"strings"

	sls "github.com/aliyun/aliyun-log-go-sdk"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// The trail of the log lane. ActionTrail makes its logstore, and names it after the trail.
const (
	trailName  = "ecsguard"
	trailStore = "actiontrail_" + trailName
)

// aTrail is one as ActionTrail lists it.
type aTrail struct {
	Name, HomeRegion, SlsProjectArn, TrailRegion, EventRW, Status string
	IsOrganizationTrail                                           bool
}

// trail makes the trail that brings what the event bus does not: every event of every region, into
// ecsguard's own project. One of that name that is there is used, if it is the whole organization's
// too; what of it is narrower is widened. Its logstore is kept for as long as ActionTrail, or somebody
// since, has set.
func (p *preparation) trail(ctx context.Context, project string) error {
	arn := "acs:log:" + p.Region + ":" + p.account + ":project/" + project
	have := p.ours()
	for _, t := range p.trails {
		switch {
		case t.Name == trailName:
		case t.IsOrganizationTrail && t.SlsProjectArn != "":
			p.line("note", t.Name, "is a trail of the whole organization to "+t.SlsProjectArn+": ecsguard reads its own trail all the same")
		}
	}
	var err error
	switch {
	case have == nil:
		err = p.change(ctx, "trail", trailName, "made", func(ctx context.Context) error {
			err := p.call(ctx, nil, "actiontrail", "CreateTrail", "Name", trailName, "SlsProjectArn", arn, "EventRW", "All", "TrailRegion", "All")
			if cloud.Code(err) == "TrailAlreadyExistsException" { // the answer to an earlier try was lost
				return nil
			}
			return err
		})
	case !strings.EqualFold(have.SlsProjectArn, arn) || have.EventRW != "All" || have.TrailRegion != "All":
		err = p.change(ctx, "trail", trailName, "updated (every event of all regions, to "+project+")", func(ctx context.Context) error {
			return p.call(ctx, nil, "actiontrail", "UpdateTrail", "Name", trailName, "SlsProjectArn", arn, "EventRW", "All", "TrailRegion", "All")
		})
	default:
		err = p.isGood("trail", trailName)
	}
	if err != nil {
		return err
	}
	if have == nil || have.Status != "Enable" {
		err = p.change(ctx, "logging", trailName, "switched on", func(ctx context.Context) error {
			return p.call(ctx, nil, "actiontrail", "StartLogging", "Name", trailName)
		})
	} else {
		err = p.isGood("logging", trailName)
	}
	if err != nil {
		return err
	}
	return p.trailLog(ctx, project, have == nil)
}

// ours is the account's trail of that name; nil: there is none.
func (p *preparation) ours() *aTrail {
	if i := slices.IndexFunc(p.trails, func(t aTrail) bool { return t.Name == trailName }); i >= 0 {
		return &p.trails[i]
	}
	return nil
}

// home reads the account's trails, and refuses to make a second ecsguard in another region than the
// one that there is: its trail brings the events of all regions. Only its home region changes a
// trail, and its logstore has to be where the functions are.
func (p *preparation) home(ctx context.Context, project string) error {
	var found struct{ TrailList []aTrail }
	if err := p.call(ctx, &found, "actiontrail", "DescribeTrails", "IncludeShadowTrails", "true", "IncludeOrganizationTrail", "true"); err != nil {
		return fmt.Errorf("looking for the trail %s: %w", trailName, err)
	}
	p.trails = found.TrailList
	have := p.ours()
	switch {
	case have == nil || strings.EqualFold(have.HomeRegion, p.Region):
		return nil
	case strings.HasSuffix(strings.ToLower(have.SlsProjectArn), ":project/"+project):
		return fmt.Errorf(`ecsguard is in %[1]s in this account, where its trail %[2]s and its log project %[3]s are, and %[4]s
to prepare that one: go run ./deploy/ecsguard prepare --region %[1]s
to watch %[5]s: list it with the others under regions in ecsguard.yaml, or leave regions out, and deploy in %[1]s
to move it: remove it there first (s remove; then delete the trail and the log project, and with it the audit log)`, have.HomeRegion, trailName, project, oneForAll, p.Region)
	}
	return fmt.Errorf("trail %s: it was made in %s and is not ecsguard's, since it delivers to %q: delete it, or give ecsguard that region", trailName, have.HomeRegion, have.SlsProjectArn)
}

// oneForAll says why there is no second deployment in an account.
const oneForAll = "one deployment watches all regions that the settings list (without a list: every region)"

// trailLog waits for the logstore, without which Function Compute takes no trigger on it. One that
// somebody has deleted is made again, since ActionTrail makes it once.
func (p *preparation) trailLog(ctx context.Context, project string, fresh bool) error {
	name := project + "/" + trailStore
	there := func(ctx context.Context) error {
		return p.log(ctx, "GetLogStore", func(c sls.ClientInterface) error {
			_, err := c.GetLogStore(project, trailStore)
			return err
		})
	}
	err := there(ctx)
	switch {
	case fresh && (err == nil || absent(err) && p.Plan):
		p.line("logstore", name, "ActionTrail makes it, and keeps it for ever unless you set another time")
		return nil
	case err == nil:
		return p.isGood("logstore", name)
	case !absent(err):
		return fmt.Errorf("logstore %s: %w", name, err)
	}
	return p.change(ctx, "logstore", name, fmt.Sprintf("made (kept %d days)", p.AuditDays), func(ctx context.Context) error {
		err := p.log(ctx, "CreateLogStore", func(c sls.ClientInterface) error {
			return c.CreateLogStoreV2(project, &sls.LogStore{Name: trailStore, TTL: p.AuditDays, ShardCount: 2, MaxSplitShard: maxSplit})
		})
		if cloud.Code(err) == "LogStoreAlreadyExist" { // ActionTrail has been at it meanwhile
			return nil
		}
		return err
	})
}
