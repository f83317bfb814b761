package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/functions/notify"
	"github.com/ecsguard/ecsguard/functions/triage"
	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/logtrigger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/shared/watch"
)

// route is triage as a function.
func route(getenv func(string) string, log *slog.Logger, out outside) any {
	set, err := settings.Load(getenv, functions.All...)
	if err == nil {
		err = set.Check(functions.All) // here, where all practices are known
	}
	r, shards := triage.New(functions.All, set, log), &ledger.ShardCache{}
	w, failed := watcher(watch.Triage, set, log)
	if err == nil {
		err = failed
	}
	// What is told past the audit log goes the way of notify, which may be what is missing.
	channels, none := notify.FromEnv(getenv, channel.Transport{HTTP: out.transport})
	n := notify.New(notify.Config{Channels: channels, Log: log})
	invoker, exit := out.invoke, out.exit
	if invoker == nil {
		invoker = triage.FunctionCompute
	}
	if exit == nil {
		exit = func() { os.Exit(1) }
	}
	return func(ctx context.Context, payload []byte) (triage.Answer, error) {
		if err != nil {
			log.Error("settings refused", "error", err)
			return triage.Answer{}, err
		}
		in, _ := fccontext.FromContext(ctx) // once: it writes to what it returns
		invoke, err := invoker(in.Region, in.AccountId, engine.Credentials(in))
		if err != nil {
			return triage.Answer{}, err
		}
		ledger, client := engine.OpenLog(in, set, shards, out.transport), cloud.NewClient(cloud.Config{Credentials: engine.Credentials(in), Transport: out.transport})
		tell := func(ctx context.Context, m message.Message) error {
			if none != nil {
				return none
			}
			return n.Tell(ctx, invocationOf(in), m)
		}
		answer, err := r.Handle(ctx, triage.Invocation{
			Request: in.RequestID, Attempt: in.RetryCount, Region: in.Region, Account: in.AccountId, Version: engine.Version,
			Invoke: invoke, Ledger: ledger, Now: time.Now, Reader: &engine.Driver{Cloud: client}, Trail: logtrigger.Reader{Credentials: engine.Credentials(in), Transport: out.transport},
			Watch: triage.Watch{Watcher: w, Cloud: client, Ledger: ledger, Tell: tell},
		}, payload)
		if r.Stuck() {
			// What a judgement that does not return holds is never given back. The answer
			// goes out first; a process that has ended is replaced by the next event.
			time.AfterFunc(answering, exit)
		}
		return answer, err
	}
}

// answering is how long the answer to an invocation may take on its way.
const answering = 100 * time.Millisecond
