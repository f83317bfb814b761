package prepare

import (
	"context"
	"errors"
	"fmt"
	"strings"

	sls "github.com/aliyun/aliyun-log-go-sdk"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
)

type store struct {
	name  string
	days  int
	index sls.Index
}

// logs makes the project, and in it the audit log and the log of the functions' own
// output.
func (p *preparation) logs(ctx context.Context, project string) error {
	if err := p.project(ctx, project); err != nil {
		return err
	}
	for _, s := range []store{
		{"audit", p.AuditDays, audit.Index()},
		{"functions", 30, *sls.CreateDefaultIndex()},
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

func (p *preparation) project(ctx context.Context, name string) error {
	err := p.log(ctx, "GetProject", func(c sls.ClientInterface) error {
		_, err := c.GetProject(name)
		return err
	})
	switch {
	case absent(err):
		return p.change(ctx, "project", name, "made", func(ctx context.Context) error {
			err := p.log(ctx, "CreateProject", func(c sls.ClientInterface) error {
				_, err := c.CreateProject(name, "ecsguard: its audit log and the output of its functions")
				return err
			})
			if cloud.Code(err) == "ProjectAlreadyExist" {
				// Names are unique across regions and accounts.
				return fmt.Errorf("it is not in %s, and the name is taken: by this account in another region, or by another account: %w", p.Region, err)
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

// store makes a logstore of one shard, so that notify reads records in the order in
// which they were written and joins those of one moment.
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
				return c.CreateLogStore(project, want.name, want.days, 1, false, maxSplit)
			})
		})
	case err != nil:
		return fmt.Errorf("logstore %s: %w", name, err)
	}
	if have.ShardCount != 1 {
		p.line("note", name, fmt.Sprintf("has %d shards instead of one: left, merge them if alerts come out of order", have.ShardCount))
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
		mended = append(mended, "its shard is not split")
		s.AutoSplit = false
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
	client := sls.CreateNormalInterfaceV2(audit.Endpoint(p.Region), sls.NewStaticCredentialsProvider(c.AccessKeyID, c.AccessKeySecret, c.SecurityToken))
	client.SetHTTPClient(cloud.Bounded(ctx, p.Transport))
	client.SetRetryTimeout(perCall)
	err := do(client)
	if err == nil {
		return nil
	}
	// The SDK prints its errors as a page of JSON.
	if e, ok := errors.AsType[*sls.Error](err); ok {
		return &cloud.Error{Action: "log:" + action, Code: e.Code, Message: e.Message, Status: int(e.HTTPCode), RequestID: e.RequestID}
	}
	return cloud.Network("log:"+action, err)
}
