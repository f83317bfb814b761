package run

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fc"
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

// Main is a practice function. Peers are the others of the practice's family.
func Main(p *practice.Practice, peers ...*practice.Practice) {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	set, err := settings.Load(os.Getenv)
	if err == nil {
		err = p.Validate()
	}
	fc.Start(func(ctx context.Context, payload []byte) (*Answer, error) {
		if err != nil {
			// Each invocation fails and says why; a process that exits says nothing.
			log.Error("settings refused", "practice", p.ID, "error", err)
			return nil, err
		}
		invocation, _ := fccontext.FromContext(ctx) // once: it writes to what it returns
		d := New(p, peers, set, invocation, nil, log)
		outcomes, err := d.Handle(ctx, payload)
		return &Answer{p.ID, outcomes}, err
	})
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
