// Command prepare makes in an account what s deploy needs to be there first: the log
// project with its logstores and their indexes, and the roles of the functions.
//
//	ALIBABA_CLOUD_ACCESS_KEY_ID=… ALIBABA_CLOUD_ACCESS_KEY_SECRET=… go run ./deploy/prepare -mode observe
//
// It looks before it acts and deletes nothing, so it may be run again: after a
// failure, after an upgrade, or with another -mode, which changes what the roles may
// do. With -plan it only says what it would do. A practice that is off in the ecsguard.yaml
// of this folder gets no role; where a canary is set there, ecsguard-notify may open it. Where another ecsguard watches the same account and region
// it refuses to make a second.
//
// Who runs it needs these permissions:
//
//	ram: GetRole, CreateRole, UpdateRole, GetPolicy, CreatePolicy, CreatePolicyVersion,
//	     ListPoliciesForRole, AttachPolicyToRole, DetachPolicyFromRole
//	log: ListProject, GetProject, CreateProject, GetLogStore, CreateLogStore, UpdateLogStore,
//	     GetIndex, CreateIndex, UpdateIndex
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/ecsguard/ecsguard/deploy/deployment"
	"github.com/ecsguard/ecsguard/deploy/prepare/prepare"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

func main() {
	// s.yaml reads REGION, and the two have to agree.
	region := flag.String("region", cmp.Or(os.Getenv("REGION"), "cn-hangzhou"), "where the functions and their logs are")
	mode := flag.String("mode", string(practice.Observe), "observe: the roles may change nothing; enforce: they may put things right")
	days := flag.Int("days", prepare.AuditDays, "how long the audit log is kept, 3650 being for ever; never made shorter")
	plan := flag.Bool("plan", false, "say what would be made or changed, and change nothing")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "prepare: %q is not a flag; see -help\n", flag.Arg(0))
		os.Exit(2)
	}
	c, err := credentials(os.Getenv)
	var set settings.Settings
	if err == nil {
		set, err = deployment.Load(".")
	}
	if err == nil {
		err = prepare.Run(context.Background(), prepare.Options{
			Region: *region, Mode: practice.Mode(*mode), Off: set.Off(), Canary: set.Heartbeat.Canary != "", AuditDays: *days, Plan: *plan, Credentials: c, Out: os.Stdout,
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "prepare:", err)
		os.Exit(1)
	}
}

const (
	keyID     = "ALIBABA_CLOUD_ACCESS_KEY_ID"
	keySecret = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
	token     = "ALIBABA_CLOUD_SECURITY_TOKEN"
)

// credentials reads the variables that Alibaba Cloud's own tools read.
func credentials(getenv func(string) string) (cloud.Credentials, error) {
	c := cloud.Credentials{AccessKeyID: getenv(keyID), AccessKeySecret: getenv(keySecret), SecurityToken: getenv(token)}
	var missing []string
	if c.AccessKeyID == "" {
		missing = append(missing, keyID)
	}
	if c.AccessKeySecret == "" {
		missing = append(missing, keySecret)
	}
	// A temporary key without its token is refused in words that do not say so.
	if strings.HasPrefix(c.AccessKeyID, "STS.") && c.SecurityToken == "" {
		missing = append(missing, token)
	}
	if len(missing) > 0 {
		return cloud.Credentials{}, errors.New("no credentials: set " + strings.Join(missing, " and ") + " in the environment")
	}
	return c, nil
}
