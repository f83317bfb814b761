// Replay is the calibrated program: a function that makes the calls of a script and
// nothing else. What another function takes beyond it is that function's own.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"

	"github.com/aliyun/fc-runtime-go-sdk/fc"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/ecsguard/ecsguard/test/performance/script"
)

func main() {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 100}
	var scripts []*script.Prepared
	next := 0
	fc.Start(func(ctx context.Context, payload []byte) (string, error) {
		if string(payload) == script.Load {
			next = 0
			var err error
			scripts, err = load()
			return "", err
		}
		if next == len(scripts) {
			return "", errors.New("no script is left")
		}
		in, _ := fccontext.FromContext(ctx)
		c := in.Credentials
		player := script.Player{Region: in.Region, AccessKeyID: c.AccessKeyId, Secret: c.AccessKeySecret, Token: c.SecurityToken, Transport: transport}
		next++
		return "", player.Play(scripts[next-1])
	})
}

func load() (prepared []*script.Prepared, err error) {
	text, err := os.ReadFile(os.Getenv(script.EnvScripts))
	if err != nil {
		return nil, err
	}
	var all []script.Script
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	for _, s := range all {
		p, err := script.Prepare(s)
		if err != nil {
			return nil, err
		}
		prepared = append(prepared, p)
	}
	return prepared, nil
}
