// The router as a function.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aliyun/fc-runtime-go-sdk/fc"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/functions/router"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/settings"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	set, err := settings.Load(os.Getenv)
	if err == nil {
		err = set.Check(functions.All) // here, where all practices are known
	}
	fc.Start(func(ctx context.Context, payload []byte) (router.Answer, error) {
		if err != nil {
			log.Error("settings refused", "error", err)
			return router.Answer{}, err
		}
		in, _ := fccontext.FromContext(ctx) // once: it writes to what it returns
		invoke, err := router.FunctionCompute(in.Region, in.AccountId, cloud.Credentials{
			AccessKeyID:     in.Credentials.AccessKeyId,
			AccessKeySecret: in.Credentials.AccessKeySecret,
			SecurityToken:   in.Credentials.SecurityToken,
		})
		if err != nil {
			return router.Answer{}, err
		}
		return router.New(functions.All, set, invoke, log).Handle(ctx, in.RequestID, payload)
	})
}
