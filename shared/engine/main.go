package engine

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
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

// Handler is a practice as a function. All are the practices that there are: its peers are
// among them. Whatever does not change between invocations is made once. Transport is how it
// reaches the cloud; nil means the network.
func Handler(p *practice.Practice, all []*practice.Practice, getenv func(string) string, log *slog.Logger, transport http.RoundTripper) func(context.Context, []byte) (*Answer, error) {
	set, err := settings.Load(getenv, all...)
	if err == nil {
		err = p.Validate()
	}
	set = set.Knowing(all)
	peers, shards, limits := p.Peers(set.Deployed(all)), &ledger.ShardCache{}, cloud.NewLimits()
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
		in, _ := fccontext.FromContext(ctx) // once: it writes to what it returns
		d := &Driver{
			Practice: p, Peers: peers, Settings: set, Now: time.Now, Log: log, Limits: limits,
			Cloud:      cloud.NewClient(cloud.Config{Credentials: Credentials(in), Transport: transport}),
			Ledger:     OpenLog(in, set, shards, transport),
			Invocation: Invocation{Request: in.RequestID, Attempt: in.RetryCount, Version: Version, Region: in.Region, Account: in.AccountId},
		}
		outcomes, err := d.Handle(ctx, payload)
		return &Answer{p.ID, outcomes}, err
	}
}

// Credentials are those of one invocation: they change, and are never kept.
func Credentials(in *fccontext.FcContext) cloud.Credentials {
	return cloud.Credentials{
		AccessKeyID:     in.Credentials.AccessKeyId,
		AccessKeySecret: in.Credentials.AccessKeySecret,
		SecurityToken:   in.Credentials.SecurityToken,
	}
}

// OpenLog is the audit log, for one invocation.
func OpenLog(in *fccontext.FcContext, set settings.Settings, shards *ledger.ShardCache, transport http.RoundTripper) *ledger.Log {
	return ledger.Open(ledger.Config{Project: set.Project, Store: set.Store, Region: in.Region, Credentials: Credentials(in), Shards: shards, Transport: transport})
}
