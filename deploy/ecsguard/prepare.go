package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ecsguard/ecsguard/deploy/deployment"
	"github.com/ecsguard/ecsguard/deploy/prepare"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/practice"
)

func prepareCommand(s surroundings) *cobra.Command {
	var o prepare.Options
	var mode string
	c := &cobra.Command{
		Use:   "prepare",
		Short: "Create in an account what s deploy needs",
		Long: `prepare makes the log project with its logstores and their indexes, and the roles of
the functions.

It looks before it acts and deletes nothing, so it may be run again: after a failure, after
an upgrade, or with another --mode, which changes what the roles may do. Without --mode it
makes roles that only look, and refuses where that would take from a role what it may change
now. It says what it makes and changes; -v lists what stays as it is, too.

A practice that is off in the ecsguard.yaml of this folder gets no role; where a canary is
set there, ecsguard-notify may open it.

One deployment watches all regions that the settings list, and without a list every region.
So where the account has an ecsguard, in this region or another, a second is refused before
anything is made.

Who runs it needs these permissions:

  ram: GetRole, CreateRole, UpdateRole, GetPolicy, CreatePolicy, CreatePolicyVersion,
       ListPoliciesForRole, AttachPolicyToRole, DetachPolicyFromRole
  log: ListProject, GetProject, CreateProject, GetLogStore, CreateLogStore, UpdateLogStore,
       GetIndex, CreateIndex, UpdateIndex
  actiontrail: DescribeTrails, CreateTrail, UpdateTrail, StartLogging; and, for the first trail
       of an account, ram: CreateServiceLinkedRole, as ActionTrail writes in a role of its own`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.AuditDays < 1 {
				return fmt.Errorf("--days is %d: it has to be at least 1", o.AuditDays)
			}
			if o.Credentials, err = credentials(s.getenv); err != nil {
				return err
			}
			set, err := deployment.Load(".", functions.All...)
			if err != nil {
				return err
			}
			o.NoSettings = !deployment.Has(".")
			fmt.Fprintln(cmd.OutOrStdout(), deployment.Which("."))
			if unwatched := deployment.Unwatched(set, o.Region); unwatched != "" {
				fmt.Fprintln(cmd.OutOrStdout(), unwatched)
			}
			o.Mode, o.Off, o.Canary, o.Out = practice.Mode(mode), set.Off(), set.Heartbeat.Canary != "", cmd.OutOrStdout()
			ctx, s, end := s.begin(cmd)
			defer func() { err = end(err) }()
			o.Transport = s.transport
			return prepare.Run(ctx, o)
		},
	}
	regionFlag(c, s, &o.Region)
	c.Flags().StringVar(&mode, "mode", "", "observe: the roles may change nothing; enforce: they may put things right (without it: observe, if no role loses anything)")
	c.Flags().IntVar(&o.AuditDays, "days", prepare.AuditDays, "how many days the audit log is kept (3650: for ever); an existing log is never shortened")
	c.Flags().BoolVarP(&o.All, "verbose", "v", false, "print a line for each thing, including those that stay as they are")
	c.Flags().BoolVar(&o.Plan, "plan", false, "say what would be made or changed, and change nothing")
	return c
}
