package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

func undoCommand(s surroundings) *cobra.Command {
	var of history
	var yes bool
	var exempt int
	var because string
	c := &cobra.Command{
		Use:   "undo ID",
		Short: "Take back what was changed for a finding",
		Long: `undo prints the commands that take back what was changed for a finding; with --yes it
makes these calls, with your own credentials, and writes into the audit log that it did
(log:PostLogStoreLogs). It stops at the first that fails, and says which were made and
which are left. What has been taken back is not taken back again.

What you take back is wrong again, and a practice that may act puts it right again, within
seconds. With --exempt it tags the resource first, so that the practices that object leave it
as it is for so many days; on a terminal you are asked. The tag is printed in any case.`,
		Args: oneID,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx, s, end := s.begin(cmd)
			defer func() { err = end(err) }()
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			records, log, client, err := of.read(ctx, s, args[0])
			if err != nil {
				return err
			}
			made, err := change(records, args[0])
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			days := exempt
			if days == 0 {
				days = usualExemption
			}
			leave := message.Exempt(s.now().AddDate(0, 0, days), because, undone(records)...)
			back, already := takenBack(records, made)
			switch asked := cmd.Flags().Changed("exempt"); {
			case asked && exempt < 1:
				return fmt.Errorf("--exempt is %d: it has to be at least one day", exempt)
			case asked && !yes:
				return errors.New("--exempt goes with --yes: without it nothing is changed")
			case utf8.RuneCountInString(because) > longestReason || strings.ContainsFunc(because, unicode.IsControl):
				return fmt.Errorf("--because goes into a tag: say at most %d characters in one line", longestReason)
			case asked && leave.Tag == nil:
				return fmt.Errorf("what this finding is about takes no tag, so nothing was done: %s", inSettings(leave))
			case already:
				fmt.Fprintf(out, "%s is already as it was before the change: %s took it back at %s UTC, so nothing was done; if it was put right again since, that is a finding of its own\n",
					printable(named(made)), printable(back.Actor), back.Time.UTC().Format(time.DateTime))
				if leave.Tag != nil {
					fmt.Fprintln(out, "to exempt it from now on:")
					printCalls(out, "  ", []cloud.Call{*leave.Tag})
				}
				return nil
			case !yes:
				fmt.Fprintf(out, "to take back what was changed on %s at %s UTC, in this order (%s undo --yes %s does it):\n", printable(named(made)), made.Time.UTC().Format(time.DateTime), called, args[0])
				if leave.Tag != nil {
					fmt.Fprintln(out, "first, or it is put right again ("+called+" undo --yes --exempt", days, args[0], "does this, too):")
					printCalls(out, "  ", []cloud.Call{*leave.Tag})
					fmt.Fprintln(out, "then:")
				} else {
					fmt.Fprintln(out, "first, or it is put right again:", inSettings(leave))
					fmt.Fprintln(out, "then:")
				}
				printCalls(out, "  ", made.Undo)
				return nil
			}
			who, err := caller(ctx, client, of.region)
			if err != nil {
				return err
			}
			switch asked := cmd.Flags().Changed("exempt"); {
			case asked || leave.Tag != nil && s.terminal() && confirmed(cmd, days):
				if err := take(ctx, client, *leave.Tag); err != nil {
					return fmt.Errorf("exempting it, before anything was taken back: %w", err)
				}
				fmt.Fprintf(out, "done: %s\n", printable(leave.Tag.String()))
			case leave.Tag != nil:
				fmt.Fprintln(out, "it is not exempt, so a practice that may act puts it right again; to exempt it:")
				printCalls(out, "  ", []cloud.Call{*leave.Tag})
			default:
				fmt.Fprintln(out, "it is not exempt, so a practice that may act puts it right again;", inSettings(leave))
			}
			if err := takeBack(ctx, out, client, made.Undo); err != nil {
				return err
			}
			if err := of.note(ctx, s, log, records, made, who); err != nil {
				return fmt.Errorf("it was taken back, but the audit log does not say so: %w", err)
			}
			return nil
		},
	}
	of.add(c, s)
	c.Flags().BoolVar(&yes, "yes", false, "make the calls")
	c.Flags().IntVar(&exempt, "exempt", 0, "with --yes: first tag the resource, so that it is left as it is for so many `days`")
	c.Flags().StringVar(&because, "because", "taken back with ecsguard undo", "why it is exempt: goes into the tag")
	return c
}

const (
	usualExemption = 30  // days, unless others are asked for
	longestReason  = 100 // a tag takes 128 characters, its day included
)

// undone are the results that an undo concerns: those of all practices whose change it was.
func undone(records []ledger.Record) []ledger.Record {
	return slices.DeleteFunc(slices.Clone(records), func(r ledger.Record) bool { return r.Kind != ledger.Result || !r.Outcome.Changed() })
}

// inSettings is how a resource is exempted that takes no tags.
func inSettings(e message.Exemption) string {
	if len(e.Lines) == 0 {
		return "exempt it in ecsguard.yaml, and deploy"
	}
	said := "exempt it in ecsguard.yaml, as one more of its exemptions, and deploy:"
	for _, line := range e.Lines {
		said += "\n  - " + printable(line)
	}
	return said
}

// confirmed asks on a terminal. Whoever says nothing wants it: without, the undo does not last.
func confirmed(cmd *cobra.Command, days int) bool {
	fmt.Fprintf(cmd.OutOrStdout(), "Exempt it for %d days first, or it is put right again within seconds? [Y/n] ", days)
	answer, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return err == nil && (answer == "" || answer == "y" || answer == "yes")
}

// change is the last record that says what was changed and how it is taken back.
func change(records []ledger.Record, id string) (ledger.Record, error) {
	for _, r := range slices.Backward(records) {
		if r.Kind != ledger.Result || !r.Outcome.Changed() || len(r.Calls) == 0 {
			continue
		}
		if len(r.Undo) == 0 {
			return r, fmt.Errorf("%s was changed, and that cannot be undone: %s", named(r), r.Finding)
		}
		if i := slices.IndexFunc(r.Undo, cloud.Call.Open); i >= 0 {
			return r, fmt.Errorf("how to take it back is not known: %s needs an id that the change did not give", r.Undo[i].Action)
		}
		return r, nil
	}
	return ledger.Record{}, fmt.Errorf("nothing was changed for %s: its last known outcome is %q", id, records[len(records)-1].Outcome)
}

func takeBack(ctx context.Context, out io.Writer, client *cloud.Client, calls []cloud.Call) error {
	for i, c := range calls {
		if err := take(ctx, client, c); err != nil {
			fmt.Fprintf(out, "%d of %d made; left:\n", i, len(calls))
			printCalls(out, "", calls[i:])
			if cloud.Repeated(err) {
				err = fmt.Errorf("%w\nthe answer to an earlier try was lost, so it may have been made: check before you run it again", err)
			}
			return fmt.Errorf("taking it back: %w", err)
		}
		fmt.Fprintf(out, "done: %s\n", printable(c.String()))
	}
	return nil
}

// caller is whose credentials these are: a RAM user by name, as events have it, and others with what they are.
func caller(ctx context.Context, client *cloud.Client, region string) (string, error) {
	var who struct{ Arn, AccountId string }
	if err := client.Do(ctx, cloud.New("sts", "GetCallerIdentity", region), &who); err != nil {
		return "", fmt.Errorf("asking who takes it back, before anything was done: %w", err)
	}
	return cmp.Or(strings.TrimPrefix(who.Arn[strings.LastIndex(who.Arn, ":")+1:], "user/"), who.AccountId), nil
}

// takenBack is the record that a change was taken back, if it was.
func takenBack(records []ledger.Record, made ledger.Record) (ledger.Record, bool) {
	for _, r := range slices.Backward(records) {
		if r.Kind == ledger.Result && r.Outcome == practice.Undone && r.ID == made.ID && !r.Time.Before(made.Time) {
			return r, true
		}
	}
	return ledger.Record{}, false
}

// note writes into the log that a change was taken back, for each finding whose change it was.
func (h *history) note(ctx context.Context, s surroundings, log *ledger.Log, records []ledger.Record, made ledger.Record, who string) error {
	for _, m := range made.Members {
		if slices.ContainsFunc(records, func(r ledger.Record) bool { return r.ID == m.ID }) {
			continue
		}
		more, err := log.About(ctx, m.ID, s.now().AddDate(0, 0, -h.days))
		if err != nil {
			return fmt.Errorf("reading what else was put right by it (%s): %w", m.ID, err)
		}
		records = append(records, more...)
	}
	now := s.now().UTC()
	var notes []ledger.Record
	for _, r := range undone(records) {
		if slices.ContainsFunc(notes, func(x ledger.Record) bool { return x.ID == r.ID }) || r.ID != made.ID && r.Edit != made.ID {
			continue
		}
		note := ledger.Record{
			ID: r.ID, Kind: ledger.Result, Time: now, Practice: r.Practice, Severity: r.Severity, Mode: r.Mode,
			Outcome: practice.Undone, Reason: "taken back with ecsguard undo by " + who,
			ResourceType: r.ResourceType, Resource: r.Resource, ResourceName: r.ResourceName, Region: r.Region, Account: r.Account,
			Subject: r.Subject, Key: r.Key, Finding: r.Finding, Edit: r.Edit, Family: r.Family,
			Event: r.Event, EventName: r.EventName, EventTime: r.EventTime, Actor: who,
			Nonce: fmt.Sprintf("%s/undone/%d", r.ID, now.UnixNano()),
		}
		if r.ID == made.ID {
			note.Calls, note.CallsMade = made.Undo, len(made.Undo)
		}
		notes = append(notes, note)
	}
	return log.Append(ctx, notes...)
}

// take makes one call, with its retries.
func take(ctx context.Context, client *cloud.Client, c cloud.Call) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	// A disk that the call before has taken off holds its device for some seconds more. Whoever gave up then would leave the
	// instance without either.
	holding := cloud.Retry{Tries: 12, Again: func(err error) bool { return cloud.Code(err) == "InvalidDevice.InUse" }}
	return holding.Do(ctx, func() error { return client.Do(ctx, c, nil) })
}
