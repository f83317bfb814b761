package prepare

import (
	"context"
	"errors"
	"fmt"
	"strings"

	sls "github.com/aliyun/aliyun-log-go-sdk"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
)

type store struct {
	name   string
	days   int
	shards int
	meta   bool // the log service adds to each record when it came
	index  sls.Index
}

// auditShards is fixed: which shard a resource's records are in follows from the number.
const auditShards = 4

// logs makes the project, and in it the audit log and the log of the functions' own
// output.
func (p *preparation) logs(ctx context.Context, project string) error {
	if err := p.alone(ctx, project); err != nil {
		return err
	}
	if err := p.project(ctx, project); err != nil {
		return err
	}
	for _, s := range []store{
		{"audit", p.AuditDays, auditShards, true, ledger.Index()},
		{"functions", 30, 1, false, *sls.CreateDefaultIndex()},
	} {
		if err := p.store(ctx, project, s); err != nil {
			return err
		}
		if err := p.index(ctx, project, s); err != nil {
			return err
		}
	}
	return nil
}

// mark begins the description of a log project that ecsguard made.
const mark = "ecsguard:"

// alone refuses to make a second ecsguard where there is one: each would answer what the
// other changes, and keep a log of its own of what is open. One with the same names is
// this one.
func (p *preparation) alone(ctx context.Context, project string) error {
	const most = 500 // in one answer
	for seen := 0; ; seen += most {
		var found []sls.LogProject
		var total int
		err := p.log(ctx, "ListProject", func(c sls.ClientInterface) (err error) {
			found, _, total, err = c.ListProjectV2(seen, most)
			return err
		})
		if err != nil {
			return fmt.Errorf("looking for another ecsguard in %s: %w", p.Region, err)
		}
		for _, other := range found {
			if other.Name != project && strings.HasPrefix(other.Description, mark) {
				return fmt.Errorf("project %s in %s is of another ecsguard, and two would answer each other's changes: remove that one (s remove, where it was deployed from), and delete its project or give it another description", other.Name, p.Region)
			}
		}
		if seen+most >= total {
			return nil
		}
	}
}

func (p *preparation) project(ctx context.Context, name string) error {
	err := p.log(ctx, "GetProject", func(c sls.ClientInterface) error {
		_, err := c.GetProject(name)
		return err
	})
	switch {
	case absent(err):
		return p.change(ctx, "project", name, "made", func(ctx context.Context) error {
			err := p.log(ctx, "CreateProject", func(c sls.ClientInterface) error {
				_, err := c.CreateProject(name, mark+" its audit log and the output of its functions")
				return err
			})
			if cloud.Code(err) == "ProjectAlreadyExist" {
				// Names are unique across regions and accounts.
				return fmt.Errorf("it is not in %s, and the name is taken: by this account in another region (%s), or by another account: %w", p.Region, oneForAll, err)
			}
			return err
		})
	case err != nil:
		return fmt.Errorf("project %s: %w", name, err)
	}
	return p.isGood("project", name)
}

// maxSplit is the API's default, which it wants even when nothing is split.
const maxSplit = 64

// store makes a logstore whose number of shards stays as it is.
func (p *preparation) store(ctx context.Context, project string, want store) error {
	var have *sls.LogStore
	err := p.log(ctx, "GetLogStore", func(c sls.ClientInterface) (err error) {
		have, err = c.GetLogStore(project, want.name)
		return err
	})
	name := project + "/" + want.name
	switch {
	case absent(err):
		return p.change(ctx, "logstore", name, fmt.Sprintf("made (kept %d days)", want.days), func(ctx context.Context) error {
			return p.log(ctx, "CreateLogStore", func(c sls.ClientInterface) error {
				return c.CreateLogStoreV2(project, &sls.LogStore{
					Name: want.name, TTL: want.days, ShardCount: want.shards, MaxSplitShard: maxSplit, AppendMeta: want.meta,
				})
			})
		})
	case err != nil:
		return fmt.Errorf("logstore %s: %w", name, err)
	}
	if have.ShardCount != want.shards {
		p.line("note", name, fmt.Sprintf("has %d shards instead of %d: left; split or merge them while nothing is being changed", have.ShardCount, want.shards))
	}
	mended := mend(have, want)
	if len(mended) == 0 {
		return p.isGood("logstore", name)
	}
	return p.change(ctx, "logstore", name, "updated ("+strings.Join(mended, ", ")+")", func(ctx context.Context) error {
		return p.log(ctx, "UpdateLogStore", func(c sls.ClientInterface) error { return c.UpdateLogStoreV2(project, have) })
	})
}

// mend changes what is not as it should be in a logstore, and says what that was. The
// rest goes back to the API as it came from it.
func mend(s *sls.LogStore, want store) (mended []string) {
	// Never shorter: the records of the days between would be gone.
	if s.TTL < want.days {
		mended = append(mended, fmt.Sprintf("kept %d days instead of %d", want.days, s.TTL))
		s.TTL = want.days
	}
	if s.AutoSplit {
		mended = append(mended, "its shards are not split")
		s.AutoSplit = false
	}
	if want.meta && !s.AppendMeta {
		mended = append(mended, "the time of receipt is kept")
		s.AppendMeta = true
	}
	// Web tracking lets anyone write without credentials: records could be forged.
	if s.WebTracking {
		mended = append(mended, "no writing without credentials")
		s.WebTracking = false
	}
	return mended
}

func (p *preparation) index(ctx context.Context, project string, want store) error {
	var have *sls.Index
	err := p.log(ctx, "GetIndex", func(c sls.ClientInterface) (err error) {
		have, err = c.GetIndex(project, want.name)
		return err
	})
	name := project + "/" + want.name
	switch {
	case absent(err):
		return p.change(ctx, "index", name, "made", func(ctx context.Context) error {
			return p.log(ctx, "CreateIndex", func(c sls.ClientInterface) error { return c.CreateIndex(project, want.name, want.index) })
		})
	case err != nil:
		return fmt.Errorf("index %s: %w", name, err)
	}
	changed := widen(have, want.index)
	if len(changed) == 0 {
		return p.isGood("index", name)
	}
	return p.change(ctx, "index", name, "updated for what is written from now on ("+strings.Join(changed, ", ")+")", func(ctx context.Context) error {
		return p.log(ctx, "UpdateIndex", func(c sls.ClientInterface) error { return c.UpdateIndex(project, want.name, *have) })
	})
}

// log makes one call to the log service. The client is made for it, because its HTTP
// client ends with the context, which the SDK does not know.
func (p *preparation) log(ctx context.Context, action string, do func(sls.ClientInterface) error) error {
	ctx, cancel := context.WithTimeout(ctx, perCall)
	defer cancel()
	c := p.Credentials
	client := sls.CreateNormalInterfaceV2(ledger.Endpoint(p.Region), sls.NewStaticCredentialsProvider(c.AccessKeyID, c.AccessKeySecret, c.SecurityToken))
	client.SetHTTPClient(cloud.Bounded(ctx, p.Transport))
	client.SetRetryTimeout(perCall)
	err := do(client)
	if err == nil {
		return nil
	}
	// The SDK prints its errors as a page of JSON.
	if e, ok := errors.AsType[*sls.Error](err); ok {
		return ledger.Refused("log:"+action, e)
	}
	return cloud.Network("log:"+action, err)
}
