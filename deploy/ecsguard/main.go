// Command ecsguard is what an operator runs: it makes an account ready, checks the
// settings, lists what is wrong, shows what was done, and takes it back.
//
//	go run ./deploy/ecsguard help
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ecsguard/ecsguard/shared/message"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command(surroundings{getenv: os.Getenv, now: time.Now, terminal: terminal}).ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "ecsguard:", err)
		stop()
		os.Exit(1)
	}
}

// called is how an operator calls this program, for what it says to run next. The linker sets it where
// the program is built for the demo.
var called = "go run ./deploy/ecsguard"

// surroundings is what the commands need of the machine; tests give them others.
type surroundings struct {
	getenv    func(string) string
	now       func() time.Time
	terminal  func() bool       // a person can be asked
	transport http.RoundTripper // nil: the default, with the environment's proxy
}

// terminal tells whether somebody sits in front of it.
func terminal() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd()))
}

func command(s surroundings) *cobra.Command {
	root := &cobra.Command{
		Use:   "ecsguard",
		Short: "Prepare, check and query an account that ecsguard guards",
		Long: `ecsguard prepares an Alibaba Cloud account for the functions of this project, checks
their settings, and reads the audit log that they write.

Commands that ask the cloud take the credentials from the environment:
` + keyID + `, ` + keySecret + ` and, for a temporary key,
` + token + `.`,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: called},
		SilenceUsage:  true, // an answer of the cloud is no mistake in the command
		SilenceErrors: true, // main prints it
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(prepareCommand(s), settingsCommand(s), findingsCommand(s), showCommand(s), undoCommand(s))
	return root
}

// atMost refuses more arguments than a command takes, in words.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		takes := "no argument"
		if n > 0 {
			takes = "at most " + message.Plural(n, "argument")
		}
		return fmt.Errorf("%s takes %s, and there is %q: see %s %s --help", cmd.Name(), takes, args[n], called, cmd.Name())
	}
}
