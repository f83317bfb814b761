// Package account makes the local cloud an account in which ecsguard is deployed:
// the log project, the roles with their generated policies, the functions and
// triggers of s.yaml, a chat robot. What it uses is what a real account gets.
package account

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	sls "github.com/aliyun/aliyun-log-go-sdk"

	"github.com/ecsguard/ecsguard/shared/audit"
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
	Root     string            // the project's folder
	Binaries string            // what make build made: a folder a function
	State    []byte            // of the account before anything happens
	Observe  bool              // roles and mode that change nothing
	Settings string            // path of an operator's file; empty: none
	Env      map[string]string // further variables of s.yaml
}

// Project is the log project of the account.
func Project() string { return "ecsguard-" + Number }

// Start starts a cloud and deploys ecsguard into it.
func Start(o Options) (*cloud.Cloud, error) {
	c, err := cloud.New(cloud.Options{Account: Number})
	if err != nil {
		return nil, err
	}
	if err := deploy(c, o); err != nil {
		c.Close()
		return nil, fmt.Errorf("deploying into the local cloud: %w", err)
	}
	return c, nil
}

func deploy(c *cloud.Cloud, o Options) error {
	index := audit.Index()
	if err := c.AddLogStore(Project(), "audit", 1, &index); err != nil {
		return err
	}
	if err := c.AddLogStore(Project(), "functions", 1, sls.CreateDefaultIndex()); err != nil {
		return err
	}
	if err := c.Load(o.State); err != nil {
		return err
	}
	if err := roles(c, filepath.Join(o.Root, "deploy", "ram"), o.Observe); err != nil {
		return err
	}
	c.AddRobot(RobotToken, RobotSecret)
	env := map[string]string{
		"ACCOUNT_ID": Number, "REGION": c.Region, "ECSGUARD_MODE": "enforce", "ECSGUARD_SETTINGS": o.Settings,
		"ECSGUARD_DINGTALK_TOKEN": RobotToken, "ECSGUARD_DINGTALK_SECRET": RobotSecret,
	}
	if o.Observe {
		env["ECSGUARD_MODE"] = "observe"
	}
	maps.Copy(env, o.Env)
	file, err := os.ReadFile(filepath.Join(o.Root, "s.yaml"))
	if err != nil {
		return err
	}
	return c.DeployServerless(file, o.Binaries, env)
}

// roles makes a role from each generated policy.
func roles(c *cloud.Cloud, folder string, observe bool) error {
	trust, err := policy(filepath.Join(folder, "trust.json"))
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return err
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if name == "trust" || strings.HasSuffix(name, ".observe") {
			continue
		}
		if careful := filepath.Join(folder, name+".observe.json"); observe && exists(careful) {
			file = careful
		}
		p, err := policy(file)
		if err != nil {
			return err
		}
		c.AddRole("ecsguard-"+strings.TrimPrefix(name, "ecsguard-"), trust, p)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func policy(path string) (cloud.Policy, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return cloud.Policy{}, err
	}
	p, err := cloud.ParsePolicy(text)
	if err != nil {
		return p, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return p, nil
}
