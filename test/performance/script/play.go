package script

import (
	"fmt"
	"net/http"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	sls "github.com/aliyun/aliyun-log-go-sdk"
	"golang.org/x/sync/errgroup"
)

// Player makes the calls of scripts with the SDKs that the functions use, and as
// sparingly as they allow: one client an invocation, every connection kept, no answer
// decoded beyond what an SDK does by itself.
type Player struct {
	Region                     string
	AccessKeyID, Secret, Token string
	Transport                  *http.Transport
}

// A Prepared script has its log groups decoded: its calls only have to be made.
type Prepared struct {
	stages [][]func(*clients) error
}

type clients struct {
	api *sdk.Client
	log sls.ClientInterface
}

// Prepare does beforehand what is not to be measured.
func Prepare(s Script) (*Prepared, error) {
	p := &Prepared{}
	for _, stage := range s.Stages {
		var calls []func(*clients) error
		for _, step := range stage {
			call, err := step.call()
			if err != nil {
				return nil, err
			}
			calls = append(calls, call)
		}
		p.stages = append(p.stages, calls)
	}
	return p, nil
}

// Play makes the calls.
func (p Player) Play(s *Prepared) error {
	config := sdk.NewConfig().WithScheme("HTTPS")
	config.Transport = p.Transport
	api, err := sdk.NewClientWithOptions(p.Region, config, credentials.NewStsTokenCredential(p.AccessKeyID, p.Secret, p.Token))
	if err != nil {
		return err
	}
	log := sls.CreateNormalInterfaceV2("https://"+p.Region+".log.aliyuncs.com", sls.NewStaticCredentialsProvider(p.AccessKeyID, p.Secret, p.Token))
	log.SetHTTPClient(&http.Client{Transport: p.Transport})
	c := &clients{api, log}
	for _, stage := range s.stages {
		if len(stage) == 1 {
			if err := stage[0](c); err != nil {
				return err
			}
			continue
		}
		var group errgroup.Group
		for _, call := range stage {
			group.Go(func() error { return call(c) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}

func (s Step) call() (func(*clients) error, error) {
	switch s.Log {
	case "":
		return s.rpc, nil
	case Put:
		g, err := s.group()
		if err != nil {
			return nil, err
		}
		if s.HashKey != "" {
			return func(c *clients) error { return c.log.PostLogStoreLogs(s.Project, s.Store, g, &s.HashKey) }, nil
		}
		return func(c *clients) error { return c.log.PutLogs(s.Project, s.Store, g) }, nil
	case Search:
		return func(c *clients) error { _, err := c.log.GetLogsV2(s.Project, s.Store, s.Search); return err }, nil
	case Shards:
		return func(c *clients) error { _, err := c.log.ListShards(s.Project, s.Store); return err }, nil
	case Cursor:
		return func(c *clients) error { _, err := c.log.GetCursor(s.Project, s.Store, s.Shard, s.From); return err }, nil
	case Pull:
		return func(c *clients) error {
			_, _, err := c.log.PullLogs(s.Project, s.Store, s.Shard, s.Cursor, "", s.Count)
			return err
		}, nil
	}
	return nil, fmt.Errorf("a step that does %q with the log", s.Log)
}

func (s Step) rpc(c *clients) error {
	r := requests.NewCommonRequest()
	r.Product, r.Version, r.ApiName, r.Domain = s.Product, s.Version, s.Action, s.Host
	r.Method, r.Scheme = http.MethodPost, "https"
	for name, value := range s.Params {
		r.QueryParams[name] = value
	}
	_, err := c.api.ProcessCommonRequest(r)
	return err
}
