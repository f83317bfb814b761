package main

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/functions/notify"
	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/shared/watch"
)

// notifier is notify as a function.
func notifier(getenv func(string) string, log *slog.Logger, out outside) any {
	channels, err := notify.FromEnv(getenv, channel.Transport{HTTP: out.transport})
	// One for the life of the instance: it remembers what it has sent.
	n := notify.New(notify.Config{Channels: channels, Transport: out.transport, Log: log, Practices: functions.All, Watch: watching(getenv, log, out.transport)})
	return func(ctx context.Context, payload []byte) (notify.Answer, error) {
		if err != nil {
			log.Error("settings refused", "error", err)
			return notify.Answer{}, err
		}
		in, _ := fccontext.FromContext(ctx) // once: it writes to what it returns
		return n.Handle(ctx, invocationOf(in), payload)
	}
}

func invocationOf(in *fccontext.FcContext) notify.Invocation {
	return notify.Invocation{Request: in.RequestID, Region: in.Region, Account: in.AccountId, Version: engine.Version, Attempt: in.RetryCount, Credentials: engine.Credentials(in)}
}

// watching is what notify looks after. Settings that are refused keep it from nothing
// else: that they are is told.
func watching(getenv func(string) string, log *slog.Logger, transport http.RoundTripper) notify.Watch {
	set, err := settings.Load(getenv, functions.All...)
	if err == nil {
		err = set.Check(functions.All)
	}
	w, failed := watcher(watch.Notify, set, log)
	project, store := cmp.Or(set.Project, getenv(settings.EnvProject)), cmp.Or(set.Store, getenv(settings.EnvStore), "audit")
	shards := &ledger.ShardCache{}
	return notify.Watch{
		Watcher: w, Settings: cmp.Or(err, failed), Canary: canary(set), URL: set.Heartbeat.URL, HTTP: transport,
		Open: func(in notify.Invocation) (watch.Doer, watch.Ledger) {
			return cloud.NewClient(cloud.Config{Credentials: in.Credentials, Transport: transport}),
				ledger.Open(ledger.Config{Project: project, Store: store, Region: in.Region, Credentials: in.Credentials, Shards: shards, Transport: transport})
		},
	}
}
