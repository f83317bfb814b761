package run

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// Version is set by the linker.
var Version = "devel"

// Answer is what a practice function returns.
type Answer struct {
	Practice string             `json:"practice"`
	Outcomes []practice.Outcome `json:"outcomes"`
}

// Handler is a practice as a function. All are the practices that there are: its peers
// are among them.
func Handler(p *practice.Practice, all []*practice.Practice, getenv func(string) string, log *slog.Logger) func(context.Context, []byte) (*Answer, error) {
	set, err := settings.Load(getenv)
	if err == nil {
		err = p.Validate()
	}
	peers := p.Peers(set.Deployed(all))
	return func(ctx context.Context, payload []byte) (*Answer, error) {
		if err != nil {
			// Each invocation fails and says why; a process that exits says nothing.
			log.Error("settings refused", "practice", p.ID, "error", err)
			return nil, err
		}
		if set.ModeOf(p) == practice.Off { // Serverless Devs removes no function by itself
			log.Warn("it is off in the settings and its function is still there: remove it", "practice", p.ID)
			return &Answer{p.ID, nil}, nil
		}
		invocation, _ := fccontext.FromContext(ctx) // once: it writes to what it returns
		d := New(p, peers, set, invocation, nil, log)
		outcomes, err := d.Handle(ctx, payload)
		return &Answer{p.ID, outcomes}, err
	}
}

// New makes the driver of one invocation. Its credentials are those of the
// invocation: they change, and are never kept.
func New(p *practice.Practice, peers []*practice.Practice, set settings.Settings, in *fccontext.FcContext, transport http.RoundTripper, log *slog.Logger) *Driver {
	c := cloud.Credentials{
		AccessKeyID:     in.Credentials.AccessKeyId,
		AccessKeySecret: in.Credentials.AccessKeySecret,
		SecurityToken:   in.Credentials.SecurityToken,
	}
	return &Driver{
		Practice:   p,
		Peers:      peers,
		Cloud:      cloud.NewClient(cloud.Config{Credentials: c, Transport: transport}),
		Audit:      audit.Open(audit.Config{Project: set.Project, Store: set.Store, Region: in.Region, Credentials: c, Transport: transport}),
		Settings:   set,
		Invocation: Invocation{Request: in.RequestID, Attempt: in.RetryCount, Version: Version, Region: in.Region, Account: in.AccountId},
		Now:        time.Now,
		Log:        log,
	}
}
