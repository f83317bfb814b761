package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
)

func findingsCommand(s surroundings) *cobra.Command {
	var (
		from                          logFlags
		days                          int
		practiceID, resource, atLeast string
		exempt, asJSON                bool
	)
	c := &cobra.Command{
		Use:   "findings",
		Short: "List what is wrong and not put right, the worst first",
		Long: `findings lists what was wrong when it was last looked at, and was not put right since.

A sweep looks at everything at least once a week, and at most practices once a day; what is
wrong is written down each time. So what is fixed drops out at the next look, and what is
gone drops out after --days.`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			worst := len(practice.Severities)
			if atLeast != "" {
				if worst = practice.Severity(strings.ToLower(atLeast)).Rank(); worst < 0 {
					return fmt.Errorf("--severity is %q; the severities are %s", atLeast, words(practice.Severities))
				}
			}
			if days < 1 {
				return fmt.Errorf("--days is %d: it has to be at least 1", days)
			}
			if practiceID != "" && !slices.ContainsFunc(functions.All, func(p *practice.Practice) bool { return p.ID == practiceID }) {
				return fmt.Errorf("--practice is %q, and there is no such practice: docs/practices.md lists them", practiceID)
			}
			ctx, s, end := s.begin(cmd)
			defer func() { err = end(err) }()
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			log, _, err := from.open(ctx, s)
			if err != nil {
				return err
			}
			records, err := log.Results(ctx, s.now().AddDate(0, 0, -days))
			if err != nil {
				return err
			}
			open := slices.DeleteFunc(unresolved(records, exempt), func(r ledger.Record) bool {
				return practiceID != "" && r.Practice != practiceID || resource != "" && r.Resource != resource ||
					r.Severity.Rank() > worst
			})
			if asJSON {
				return printJSON(cmd.OutOrStdout(), open)
			}
			return printList(cmd.OutOrStdout(), open)
		},
	}
	from.add(c, s)
	c.Flags().IntVar(&days, "days", 8, "how many days of the log to read; the default is longer than the longest sweep interval")
	c.Flags().StringVar(&practiceID, "practice", "", "only what this practice found")
	c.Flags().StringVar(&resource, "resource", "", "only what is wrong with this resource")
	c.Flags().StringVar(&atLeast, "severity", "", "only this severity and worse: "+words(practice.Severities))
	c.Flags().BoolVar(&exempt, "exempt", false, "also what is exempt")
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object per line, with the fields of the audit log")
	return c
}

func words[T ~string](all []T) string {
	var said []string
	for _, one := range all {
		said = append(said, string(one))
	}
	return strings.Join(said, ", ")
}

// unresolved is the last result of each finding that is still wrong by it, the worst first.
func unresolved(records []ledger.Record, exempt bool) []ledger.Record {
	type finding struct{ practice, kind, resource, region, account, key string }
	last := map[finding]ledger.Record{}
	for _, r := range records {
		if r.Momentary {
			continue // it happened; there is no state to be wrong
		}
		f := finding{r.Practice, r.ResourceType, r.Resource, r.Region, r.Account, r.Key}
		if old, ok := last[f]; !ok || !r.Time.Before(old.Time) {
			last[f] = r
		}
	}
	var open []ledger.Record
	for _, r := range last {
		if r.Outcome.Wrong() || exempt && r.Outcome == practice.Exempt {
			open = append(open, r)
		}
	}
	slices.SortFunc(open, func(a, b ledger.Record) int {
		return cmp.Or(
			a.Severity.Rank()-b.Severity.Rank(),
			strings.Compare(a.Practice, b.Practice), strings.Compare(a.Region, b.Region), strings.Compare(a.Resource, b.Resource), strings.Compare(a.Key, b.Key))
	})
	return open
}

func printJSON(out io.Writer, records []ledger.Record) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, r := range records {
		if err := enc.Encode(r.Fields()); err != nil {
			return err
		}
	}
	return nil
}

func printList(out io.Writer, records []ledger.Record) error {
	if len(records) == 0 {
		_, err := fmt.Fprintln(out, "nothing is wrong, as far as has been checked")
		return err
	}
	for _, r := range records {
		at := named(r)
		if r.Region != "" { // what is of the whole account has none
			at += ", " + r.Region
		}
		fmt.Fprintf(out, "%-8s  %-8s  %s: %s\n", r.Severity, r.Outcome, printable(r.Practice), printable(at))
		fmt.Fprintf(out, "%20s%s\n", "", printable(r.Finding))
		fmt.Fprintf(out, "%20slast seen %s UTC; %s show %s\n", "", r.Time.UTC().Format(time.DateTime), called, printable(r.ID))
	}
	_, err := fmt.Fprintln(out, message.Plural(len(records), "finding"))
	return err
}

func named(r ledger.Record) string {
	if r.ResourceName == "" || r.ResourceName == r.Resource {
		return r.Resource
	}
	return r.Resource + " (" + r.ResourceName + ")"
}

// printable is a text from the cloud without what would move a terminal's cursor, begin
// another line or change the direction of writing.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if message.Invisible(c) {
			return '\uFFFD'
		}
		return c
	}, s)
}
