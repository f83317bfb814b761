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

// A Function is a practice for as long as its process lives: what does not change from
// one invocation to the next.
type Function struct {
	Practice  *practice.Practice
	Peers     []*practice.Practice // the others of its family that are deployed
	Settings  settings.Settings
	Transport http.RoundTripper // nil: cloud.Transport
	Log       *slog.Logger

	shards audit.ShardCache
}

// Peers are the practices of p's family that are deployed, without p.
func Peers(p *practice.Practice, all []*practice.Practice, set settings.Settings) (peers []*practice.Practice) {
	for _, q := range all {
		if p.Family != nil && q.Family == p.Family && q.ID != p.ID && q.Retired == "" && set.ModeOf(q) != practice.Off {
			peers = append(peers, q)
		}
	}
	return peers
}

// Handle is one invocation. Its credentials are its own: they change, and are never kept.
func (f *Function) Handle(ctx context.Context, payload []byte) (*Answer, error) {
	in, _ := fccontext.FromContext(ctx) // once: it writes to what it returns
	outcomes, err := f.driver(in).Handle(ctx, payload)
	return &Answer{f.Practice.ID, outcomes}, err
}

func (f *Function) driver(in *fccontext.FcContext) *Driver {
	c := cloud.Credentials{
		AccessKeyID:     in.Credentials.AccessKeyId,
		AccessKeySecret: in.Credentials.AccessKeySecret,
		SecurityToken:   in.Credentials.SecurityToken,
	}
	return &Driver{
		Practice: f.Practice,
		Peers:    f.Peers,
		Cloud:    cloud.NewClient(cloud.Config{Credentials: c, Transport: f.Transport}),
		Ledger: audit.Open(audit.Config{Project: f.Settings.Project, Store: f.Settings.Store, Region: in.Region,
			Credentials: c, Transport: f.Transport, Shards: &f.shards}),
		Settings:   f.Settings,
		Invocation: Invocation{Request: in.RequestID, Attempt: in.RetryCount, Version: Version, Region: in.Region, Account: in.AccountId},
		Now:        time.Now,
		Log:        f.Log,
	}
}
