// Package account makes the local cloud an account in which ecsguard is deployed:
// the log project, the roles with their generated policies, the functions and
// triggers of s.yaml, a chat robot. What it uses is what a real account gets.
package account

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/ecsguard/ecsguard/deploy/prepare"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// Number is the account's.
const Number = "1098765432101234"

// The chat robot's.
const (
	RobotToken  = "robot-of-the-local-cloud"
	RobotSecret = "SEC-of-the-local-cloud"
)

// Options say what is deployed.
type Options struct {
	Root       string            // the project's folder
	Binaries   string            // where make build left target/ecsguard; empty: the project's folder
	Serverless []byte            // s.yaml; nil: the project's
	State      []byte            // of the account before anything happens
	Observe    bool              // roles and mode that change nothing
	Settings   string            // path of an operator's file; empty: none
	Env        map[string]string // further variables of s.yaml
	Clock      func() time.Time  // the cloud's; nil: the machine's
	Seed       uint64            // the cloud's

	// Instance makes instances of functions in this process; nil: they are processes of
	// Binaries. With it the cloud has no port.
	Instance func(f cloud.Function, transport http.RoundTripper, log io.Writer) cloud.Program
}

// Project is the log project of the account.
func Project() string { return "ecsguard-" + Number }

// Start starts a cloud and deploys ecsguard into it.
func Start(o Options) (*cloud.Cloud, error) {
	c, err := cloud.New(cloud.Options{Account: Number, Clock: o.Clock, Seed: o.Seed, NoPort: o.Instance != nil})
	if err != nil {
		return nil, err
	}
	c.Instance = o.Instance
	if err := deploy(c, o); err != nil {
		c.Close()
		return nil, fmt.Errorf("deploying into the local cloud: %w", err)
	}
	return c, nil
}

func deploy(c *cloud.Cloud, o Options) error {
	if err := c.Load(o.State); err != nil {
		return err
	}
	mode := practice.Enforce
	if o.Observe {
		mode = practice.Observe
	}
	canary, err := canaryOf(o.Settings)
	if err != nil {
		return err
	}
	if err := prepared(c, mode, canary); err != nil {
		return err
	}
	c.AddRobot(RobotToken, RobotSecret)
	env := map[string]string{
		"ACCOUNT_ID": Number, "REGION": c.Region, "ECSGUARD_MODE": string(mode), "ECSGUARD_SETTINGS": o.Settings,
		"ECSGUARD_DINGTALK_TOKEN": RobotToken, "ECSGUARD_DINGTALK_SECRET": RobotSecret,
	}
	maps.Copy(env, o.Env)
	file := o.Serverless
	if file == nil {
		var err error
		if file, err = os.ReadFile(filepath.Join(o.Root, "s.yaml")); err != nil {
			return err
		}
	}
	return c.DeployServerless(file, cmp.Or(o.Binaries, o.Root), env)
}

// canaryOf tells whether an operator's file names a canary.
func canaryOf(file string) (bool, error) {
	if file == "" {
		return false, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	set, err := settings.Parse(filepath.Base(file), text)
	return set.Heartbeat.Canary != "", err
}

// prepared does what an operator does before the first s deploy, with the same code
// and through the same APIs.
func prepared(c *cloud.Cloud, mode practice.Mode, canary bool) error {
	all, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		return err
	}
	operator := c.AddUser("operator", all)
	transport := c.InProcess()
	if c.Instance == nil {
		wire := c.Transport()
		defer wire.CloseIdleConnections()
		transport = wire
	}
	return prepare.Run(context.Background(), prepare.Options{
		Region: c.Region, Mode: mode, Canary: canary, Transport: transport,
		Credentials: ours.Credentials{AccessKeyID: operator.AccessKeyID, AccessKeySecret: operator.AccessKeySecret},
	})
}
