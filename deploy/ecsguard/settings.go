package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ecsguard/ecsguard/deploy/deployment"
	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/functions/notify"
	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/channel/all"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

func settingsCommand(s surroundings) *cobra.Command {
	return &cobra.Command{
		Use:   "settings [FILE]",
		Short: "Read a settings file as the functions will, before it is deployed",
		Long: `settings reads a settings file as the functions will: one that refuses its settings
does nothing. It says what is wrong and in which line, what is doubtful, and in a few
lines what is in force once it is deployed with the environment that there is: s.yaml takes
` + settings.EnvMode + ` and REGION from it.

Without FILE it reads ecsguard.yaml in this folder, if there is one, and tells whether
s.yaml deploys what is on in it, and whether the variables of the channels for alerts can
be right.`,
		Args: atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return file(cmd.Context(), cmd.OutOrStdout(), args[0], s)
			}
			return errors.Join(project(cmd.Context(), cmd.OutOrStdout(), ".", s), channels(s.getenv))
		},
	}
}

func file(ctx context.Context, out io.Writer, path string, s surroundings) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	set, err := check(ctx, filepath.Base(path), text)
	if err != nil {
		return err
	}
	set, unheard, err := deployment.AsDeployed(set, s.getenv)
	if err != nil {
		return err
	}
	doubts := set.Doubts(s.now())
	if unheard != "" {
		doubts = slices.Insert(doubts, 0, unheard)
	}
	if unwatched := deployment.Unwatched(set, regionOf(s)); unwatched != "" {
		doubts = slices.Insert(doubts, 0, unwatched)
	}
	if more := len(doubts) - maxDoubts; more > 0 {
		doubts = append(doubts[:maxDoubts], fmt.Sprintf("and %d more that may be mistakes", more))
	}
	for _, line := range slices.Concat(doubts, inForce(set, s.now())) {
		fmt.Fprintln(out, line)
	}
	return nil
}

// maxDoubts leaves what is in force on the screen.
const maxDoubts = 20

// inForce says in a few lines what the settings amount to.
func inForce(set settings.Settings, now time.Time) []string {
	modes := map[practice.Mode]int{}
	for _, p := range functions.All {
		if p.Retired == "" {
			modes[set.ModeOf(p)]++
		}
	}
	open, next := 0, settings.Date{}
	for _, e := range set.Exemptions {
		if e.Until.Over(now) {
			continue
		}
		if open++; next.IsZero() || e.Until.Before(next.Time) {
			next = e.Until
		}
	}
	exemptions := fmt.Sprintf("exemptions: %d", open)
	if open > 0 {
		exemptions += ", of which the first ends on " + next.String()
	}
	return []string{
		"regions that are watched: " + cmp.Or(strings.Join(set.Regions, ", "), "all"),
		fmt.Sprintf("practices: %d enforce, %d approve, %d observe, %d off", modes[practice.Enforce], modes[practice.Approve], modes[practice.Observe], modes[practice.Off]),
		fmt.Sprintf("ways in for emergencies: %s; %s", cmp.Or(strings.Join(set.BreakGlass, ", "), "none"), exemptions),
		fmt.Sprintf("never locked out: %s; never touched: %s", cmp.Or(strings.Join(set.Users, ", "), "nobody is named, and only the last administrator is protected"),
			cmp.Or(strings.Join(set.Protected, ", "), "nobody is named under protected, so no practice disables keys or users")),
		fmt.Sprintf("at most %d changes of a resource and %d machines, keys and users in an hour, and %d edits of each practice in a sweep", set.Ceiling(""), set.Lockouts(), set.SweepBudget()),
	}
}

// project checks what would be deployed from the project's folder.
func project(ctx context.Context, out io.Writer, root string, s surroundings) error {
	fmt.Fprintln(out, deployment.Which(root))
	err := file(ctx, out, filepath.Join(root, deployment.Settings), s)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	set, loaded := deployment.Load(root, functions.All...)
	if loaded != nil {
		return loaded
	}
	set, _, loaded = deployment.AsDeployed(set, s.getenv)
	if loaded != nil {
		return loaded
	}
	if err != nil { // there is no file
		for _, line := range inForce(set, s.now()) {
			fmt.Fprintln(out, line)
		}
	}
	text, err := os.ReadFile(filepath.Join(root, deployment.File))
	if err != nil {
		return fmt.Errorf("%w: run this in the project's folder", err)
	}
	return deployment.Agree(text, set, functions.All)
}

// channels checks the variables of whoever deploys: with wrong ones, nobody would be told of
// anything, that included. None are set where nothing is deployed.
func channels(getenv func(string) string) error {
	for _, name := range channel.Variables(all.Channels) {
		if getenv(name) != "" {
			_, err := notify.FromEnv(getenv, channel.Transport{})
			return err
		}
	}
	return nil
}

// check finds what triage or a practice would refuse.
func check(ctx context.Context, name string, text []byte) (settings.Settings, error) {
	set, err := settings.Parse(name, text, functions.All...)
	if err != nil {
		return set, err
	}
	if err := set.Check(functions.All); err != nil {
		return set, err
	}
	var faults []error
	for _, p := range functions.All {
		if param, err := params(ctx, p, set.Params(p)); err != nil {
			faults = append(faults, fmt.Errorf("%s%w", set.At("practices."+p.ID+".params."+param), err))
		}
	}
	return set, errors.Join(faults...)
}

// params are judged by the practice itself, which refuses a wrong one before it reads
// anything. That nothing can be read here is no fault of theirs.
func params(ctx context.Context, p *practice.Practice, set map[string][]string) (param string, err error) {
	r := practice.Resource{Type: p.Resource, ID: "none", Region: "cn-hangzhou", Account: "1000000000000001"}
	err = p.Judge(ctx, practice.NewPass(p, r, &events.Event{}, time.Now(), unreadable{}, set))
	for name := range set {
		if err != nil && strings.Contains(err.Error(), fmt.Sprintf("param %s of %s", name, p.ID)) {
			return name, err
		}
	}
	return "", nil
}

type unreadable struct{}

func (unreadable) Read(context.Context, cloud.Call, any) error {
	return errors.New("nothing is read: only the settings are")
}
