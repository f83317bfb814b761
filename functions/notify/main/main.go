// The notifier as a function.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aliyun/fc-runtime-go-sdk/fc"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/ecsguard/ecsguard/functions/notify"
	"github.com/ecsguard/ecsguard/shared/alert"
	"github.com/ecsguard/ecsguard/shared/cloud"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	channels, err := notify.FromEnv(os.Getenv, alert.Transport{})
	// One for the life of the instance: it remembers what it has sent.
	notifier := notify.New(notify.Config{Channels: channels, Log: log})
	fc.Start(func(ctx context.Context, payload []byte) (notify.Answer, error) {
		if err != nil {
			// Each invocation fails and says why; a process that exits says nothing.
			log.Error("settings refused", "error", err)
			return notify.Answer{}, err
		}
		in, _ := fccontext.FromContext(ctx) // once: it writes to what it returns
		return notifier.Handle(ctx, notify.Invocation{
			Request: in.RequestID,
			Credentials: cloud.Credentials{
				AccessKeyID:     in.Credentials.AccessKeyId,
				AccessKeySecret: in.Credentials.AccessKeySecret,
				SecurityToken:   in.Credentials.SecurityToken,
			},
		}, payload)
	})
}
