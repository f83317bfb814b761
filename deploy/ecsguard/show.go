package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
)

func showCommand(s surroundings) *cobra.Command {
	var from logFlags
	var days int
	var asJSON bool
	c := &cobra.Command{
		Use:   "show ID",
		Short: "Tell what happened to a finding: who did it, what was done, how to undo it",
		Long: `show tells all that the audit log holds under the id of a finding, which stands at the
end of every message and in the list of findings: what was announced, what was done, how
it ended, and the message that people got.`,
		Args: oneID,
		RunE: func(cmd *cobra.Command, args []string) error {
			if days < 1 {
				return fmt.Errorf("--days is %d: say one at least", days)
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), patience)
			defer cancel()
			log, _, err := from.open(ctx, s)
			if err != nil {
				return err
			}
			records, err := find(ctx, log, args[0], s.now().AddDate(0, 0, -days), from, days)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), records)
			}
			return printHistory(cmd.OutOrStdout(), records)
		},
	}
	from.add(c, s)
	daysFlag(c, &days)
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object a line, with the fields of the audit log")
	return c
}

func daysFlag(c *cobra.Command, days *int) {
	c.Flags().IntVar(days, "days", 90, "how many days back the log is read")
}

func find(ctx context.Context, log *ledger.Log, id string, since time.Time, from logFlags, days int) ([]ledger.Record, error) {
	records, err := log.About(ctx, id, since)
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, hint(err))
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("the log %s/%s has nothing under the id %q in the last %d days (see --days, --region, --project and --store)", from.project, from.store, id, days)
	}
	return records, nil
}

func printHistory(out io.Writer, records []ledger.Record) error {
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
		printCalls(out, "    ", r.Calls)
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
