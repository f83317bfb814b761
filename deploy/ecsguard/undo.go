package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
)

func undoCommand(s surroundings) *cobra.Command {
	var of history
	var yes bool
	c := &cobra.Command{
		Use:   "undo ID",
		Short: "Take back what was changed for a finding",
		Long: `undo prints the commands that take back what was changed for a finding; with --yes it
makes these calls, with your own credentials. It stops at the first that fails, and says
which were made and which are left.

What you take back is wrong again, and a practice that may act puts it right again: exempt
the resource first, as the message of the finding says.`,
		Args: oneID,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx, s, end := s.begin(cmd)
			defer func() { err = end(err) }()
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			records, client, err := of.read(ctx, s, args[0])
			if err != nil {
				return err
			}
			made, err := change(records, args[0])
			if err != nil {
				return err
			}
			if !yes {
				fmt.Fprintf(cmd.OutOrStdout(), "to take back what was changed on %s at %s UTC, in this order (ecsguard undo --yes %s does it):\n", printable(named(made)), made.Time.UTC().Format(time.DateTime), args[0])
				printCalls(cmd.OutOrStdout(), "", made.Undo)
				fmt.Fprintln(cmd.OutOrStdout(), "Exempt the resource first, as ecsguard show says: what is taken back is wrong again, and is put right again.")
				return nil
			}
			return takeBack(ctx, cmd.OutOrStdout(), client, made.Undo)
		},
	}
	of.add(c, s)
	c.Flags().BoolVar(&yes, "yes", false, "make the calls")
	return c
}

// change is the last record that says what was changed and how it is taken back.
func change(records []ledger.Record, id string) (ledger.Record, error) {
	for _, r := range slices.Backward(records) {
		if r.Kind != ledger.Result || !r.Outcome.Changed() || len(r.Calls) == 0 {
			continue
		}
		if len(r.Undo) == 0 {
			return r, fmt.Errorf("%s was changed, and there is no way back: %s", named(r), r.Finding)
		}
		if i := slices.IndexFunc(r.Undo, cloud.Call.Open); i >= 0 {
			return r, fmt.Errorf("how to take it back is not known: %s needs an id that the change did not give", r.Undo[i].Action)
		}
		return r, nil
	}
	return ledger.Record{}, fmt.Errorf("nothing was changed for %s: the last that is known of it is %q", id, records[len(records)-1].Outcome)
}

func takeBack(ctx context.Context, out io.Writer, client *cloud.Client, calls []cloud.Call) error {
	for i, c := range calls {
		if err := take(ctx, client, c); err != nil {
			fmt.Fprintf(out, "%d of %d made; left:\n", i, len(calls))
			printCalls(out, "", calls[i:])
			if cloud.Repeated(err) {
				err = fmt.Errorf("%w\nthe answer to an earlier try was lost, so it may have been made: look before you run it again", err)
			}
			return fmt.Errorf("taking it back: %w", err)
		}
		fmt.Fprintf(out, "done: %s\n", printable(c.String()))
	}
	return nil
}

// take makes one call, with its retries.
func take(ctx context.Context, client *cloud.Client, c cloud.Call) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return client.Do(ctx, c, nil)
}
