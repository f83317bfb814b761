package main

import (
	"context"
	"log/slog"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/ecsguard/ecsguard/functions/notify"
	"github.com/ecsguard/ecsguard/shared/alert"
	"github.com/ecsguard/ecsguard/shared/run"
)

// notifier is notify as a function.
func notifier(getenv func(string) string, log *slog.Logger) any {
	channels, err := notify.FromEnv(getenv, alert.Transport{})
	// One for the life of the instance: it remembers what it has sent.
	n := notify.New(notify.Config{Channels: channels, Log: log})
	return func(ctx context.Context, payload []byte) (notify.Answer, error) {
		if err != nil {
			log.Error("settings refused", "error", err)
			return notify.Answer{}, err
		}
		in, _ := fccontext.FromContext(ctx) // once: it writes to what it returns
		return n.Handle(ctx, notify.Invocation{Request: in.RequestID, Credentials: run.Credentials(in)}, payload)
	}
}
