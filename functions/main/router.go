package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/functions/router"
	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/run"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// route is the router as a function.
func route(getenv func(string) string, log *slog.Logger) any {
	set, err := settings.Load(getenv)
	if err == nil {
		err = set.Check(functions.All) // here, where all practices are known
	}
	said := &router.Said{} // lives as long as the instance
	return func(ctx context.Context, payload []byte) (router.Answer, error) {
		if err != nil {
			log.Error("settings refused", "error", err)
			return router.Answer{}, err
		}
		in, _ := fccontext.FromContext(ctx) // once: it writes to what it returns
		c := credentials(in)
		invoke, err := router.FunctionCompute(in.Region, in.AccountId, c)
		if err != nil {
			return router.Answer{}, err
		}
		missing := said.In(router.Place{
			Log:    audit.Open(audit.Config{Project: set.Project, Store: set.Store, Region: in.Region, Credentials: c}),
			Region: in.Region, Account: in.AccountId, Request: in.RequestID, Version: run.Version, Settings: set, Now: time.Now,
		})
		return router.New(functions.All, set, invoke, missing, log).Handle(ctx, in.RequestID, payload)
	}
}

func credentials(in *fccontext.FcContext) cloud.Credentials {
	return cloud.Credentials{
		AccessKeyID:     in.Credentials.AccessKeyId,
		AccessKeySecret: in.Credentials.AccessKeySecret,
		SecurityToken:   in.Credentials.SecurityToken,
	}
}
