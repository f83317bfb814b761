package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
)

func showCommand(s surroundings) *cobra.Command {
	var of history
	var asJSON bool
	c := &cobra.Command{
		Use:   "show ID",
		Short: "Show what happened to a finding: who did it, what was done, how to undo it",
		Long: `show tells all that the audit log holds under the id of a finding, which stands at the
end of every message and in the list of findings: what was announced, what was done, how
it ended, and the message that people got.`,
		Args: oneID,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx, s, end := s.begin(cmd)
			defer func() { err = end(err) }()
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			records, _, _, err := of.read(ctx, s, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), records)
			}
			return printHistory(cmd.OutOrStdout(), records)
		},
	}
	of.add(c, s)
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object per line, with the fields of the audit log")
	return c
}

// history is what the log has of one finding.
type history struct {
	logFlags
	days int
}

func (h *history) add(c *cobra.Command, s surroundings) {
	h.logFlags.add(c, s)
	c.Flags().IntVar(&h.days, "days", 90, "how many days of the log to read")
}

// read gives the records, and the log and a client with the operator's own credentials.
func (h *history) read(ctx context.Context, s surroundings, id string) ([]ledger.Record, *ledger.Log, *cloud.Client, error) {
	if h.days < 1 {
		return nil, nil, nil, fmt.Errorf("--days is %d: it has to be at least 1", h.days)
	}
	log, client, err := h.open(ctx, s)
	if err != nil {
		return nil, nil, nil, err
	}
	records, err := log.About(ctx, id, s.now().AddDate(0, 0, -h.days))
	if err != nil {
		return nil, nil, nil, err
	}
	if len(records) == 0 {
		return nil, nil, nil, fmt.Errorf("the log %s/%s in %s has nothing under the id %q in the last %d days (see --days, --region, --project and --store)", h.project, h.store, inRegion(h.command, s), id, h.days)
	}
	return records, log, client, nil
}

func printHistory(out io.Writer, records []ledger.Record) error {
	var announced []cloud.Call
	for _, r := range records {
		fmt.Fprintf(out, "%s UTC  %s %s", r.Time.UTC().Format(time.DateTime), printable(r.Practice), r.Kind)
		if r.Outcome != "" {
			fmt.Fprintf(out, ": %s", r.Outcome)
		}
		if r.Reason != "" {
			fmt.Fprintf(out, ", %s", printable(r.Reason))
		}
		fmt.Fprintln(out)
		if r.Error != "" {
			fmt.Fprintf(out, "    error: %s\n", printable(r.Error))
		}
		switch same := slices.EqualFunc(r.Calls, announced, func(a, b cloud.Call) bool { return a.String() == b.String() }); {
		case len(r.Calls) == 0:
		case same:
			fmt.Fprintf(out, "    of these calls, %d of %d made\n", r.CallsMade, len(r.Calls))
		default:
			announced = r.Calls
			printCalls(out, "    ", r.Calls)
		}
	}
	for _, m := range message.Compose(records) {
		fmt.Fprintf(out, "\n%s\n\n%s\n", m.Title, channel.Full.Render(m, channel.Plain))
	}
	_, err := fmt.Fprintln(out)
	return err
}

func printCalls(out io.Writer, indent string, calls []cloud.Call) {
	for _, c := range calls {
		fmt.Fprintf(out, "%s%s\n", indent, printable(c.String()))
	}
}
