package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/functions/router"
	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/run"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// route is the router as a function.
func route(getenv func(string) string, log *slog.Logger) any {
	set, err := settings.Load(getenv)
	if err == nil {
		err = set.Check(functions.All) // here, where all practices are known
	}
	r, shards := router.New(functions.All, set, log), &audit.ShardCache{}
	return func(ctx context.Context, payload []byte) (router.Answer, error) {
		if err != nil {
			log.Error("settings refused", "error", err)
			return router.Answer{}, err
		}
		in, _ := fccontext.FromContext(ctx) // once: it writes to what it returns
		invoke, err := router.FunctionCompute(in.Region, in.AccountId, run.Credentials(in))
		if err != nil {
			return router.Answer{}, err
		}
		return r.Handle(ctx, router.Invocation{
			Request: in.RequestID, Region: in.Region, Account: in.AccountId, Version: run.Version,
			Invoke: invoke, Ledger: run.OpenLog(in, set, shards), Now: time.Now,
		}, payload)
	}
}
