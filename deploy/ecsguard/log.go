package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
)

// regionFlag takes REGION from the environment, as s.yaml does: the two have to agree.
func regionFlag(c *cobra.Command, s surroundings, region *string) {
	c.Flags().StringVar(region, "region", regionOf(s), "where the functions and their logs are; from REGION, if that is set")
}

func regionOf(s surroundings) string { return cmp.Or(s.getenv("REGION"), "cn-hangzhou") }

// inRegion is the region that a command works in, and who said so.
func inRegion(c *cobra.Command, s surroundings) string {
	flag := c.Flags().Lookup("region")
	if flag == nil {
		return ""
	}
	from := "the default"
	switch {
	case flag.Changed:
		from = "from --region"
	case s.getenv("REGION") != "":
		from = "from REGION"
	}
	return fmt.Sprintf("%s (%s)", flag.Value, from)
}

// patience is how long a command goes on with calls that fail in ways that pass.
const patience = 2 * time.Minute

// logFlags say which audit log is read.
type logFlags struct {
	region, project, store string
	command                *cobra.Command
}

func (f *logFlags) add(c *cobra.Command, s surroundings) {
	f.command = c
	regionFlag(c, s, &f.region)
	c.Flags().StringVar(&f.project, "project", "", "the log project; by default ecsguard- and the account of the credentials")
	c.Flags().StringVar(&f.store, "store", "audit", "the logstore with the audit log")
}

// open gives the log and a client, both with the operator's own credentials.
func (f *logFlags) open(ctx context.Context, s surroundings) (*ledger.Log, *cloud.Client, error) {
	keys, err := credentials(s.getenv)
	if err != nil {
		return nil, nil, err
	}
	client := cloud.NewClient(cloud.Config{Credentials: keys, Transport: s.transport})
	if f.project == "" {
		var who struct{ AccountId string }
		if err := client.Do(ctx, cloud.New("sts", "GetCallerIdentity", f.region), &who); err != nil {
			return nil, nil, fmt.Errorf("asking which account the %s belong to: %w", keys, err)
		}
		if who.AccountId == "" {
			return nil, nil, errors.New("asking which account the credentials belong to: the answer names none; set --project")
		}
		f.project = "ecsguard-" + who.AccountId
	}
	return ledger.Open(ledger.Config{Project: f.project, Store: f.store, Region: f.region, Credentials: keys, Transport: s.transport}), client, nil
}

// oneID takes the id of a finding.
func oneID(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%s takes one ID: it is at the end of every message, and in the output of %s findings", cmd.Name(), called)
	}
	return nil
}

// hint is what to look at after an error, where that is known.
func hint(err error, region string) string {
	switch code := cloud.Code(err); {
	case code == "ProjectNotExist", code == "LogStoreNotExist":
		return "\nit is looked for in " + region + ": say where the functions are with --region or REGION, and see --project and --store; " + called + " prepare makes it"
	case strings.HasPrefix(code, "InvalidRegionId"):
		return "\nthe region is " + region + ": say another with --region or REGION"
	case strings.HasPrefix(code, "InvalidAccessKeyId"), strings.HasPrefix(code, "SignatureDoesNotMatch"), strings.HasPrefix(code, "InvalidSecurityToken"):
		return "\nlook at " + keyID + ", " + keySecret + " and " + token
	case strings.Contains(err.Error(), "x509"):
		return "\nlook at SSL_CERT_FILE: the certificate that was presented is not trusted here"
	case strings.Contains(err.Error(), "proxyconnect"), strings.Contains(err.Error(), http.StatusText(http.StatusProxyAuthRequired)):
		ended := ""
		if strings.Contains(err.Error(), "127.0.0.1") { // where the local cloud of make demo KEEP=1 listens
			ended = ", or the demo whose variables these are has ended"
		}
		return "\nlook at HTTPS_PROXY: no proxy answers there, or it requires a user name and a password" + ended
	case strings.Contains(err.Error(), "no such host"):
		return "\nlook at --region (or REGION), which gives " + region + ", and at the network: the host name cannot be resolved"
	}
	return ""
}
