// The program of every function. ECSGUARD_FUNCTION, which s.yaml sets, says which of
// them it is: triage, notify, or the ID of a practice.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"

	"github.com/aliyun/fc-runtime-go-sdk/fc"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/functions/triage"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/engine"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/secret"
)

// envFunction is the variable that names the function.
const envFunction = "ECSGUARD_FUNCTION"

func main() {
	fc.Start(handler(os.Getenv, logger(os.Stdout), outside{}))
}

// logger writes the function's log. Errors and names in it are others' texts, and may hold a
// credential.
func logger(to io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(to, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch err, failed := a.Value.Any().(error); {
		case failed:
			a.Value = slog.StringValue(secret.Hide(err.Error()))
		case a.Value.Kind() == slog.KindString:
			a.Value = slog.StringValue(secret.Hide(a.Value.String()))
		}
		return a
	}}))
}

// outside is how a function reaches what is not its own. The zero value is the network, as
// where it is deployed; a test has a cloud in its own process.
type outside struct {
	transport http.RoundTripper
	invoke    func(region, account string, c cloud.Credentials) (triage.Invoke, error) // nil: triage.FunctionCompute
	exit      func()                                                                   // nil: the end of the process
}

// handler is what Function Compute calls. A name that is wrong makes each invocation
// fail and say why: a process that exits says nothing.
func handler(getenv func(string) string, log *slog.Logger, out outside) any {
	name := getenv(envFunction)
	switch name {
	case "triage":
		return route(getenv, log, out)
	case "notify":
		return notifier(getenv, log, out)
	}
	if i := slices.IndexFunc(functions.All, func(p *practice.Practice) bool { return p.ID == name && p.Retired == "" }); i >= 0 {
		return engine.Handler(functions.All[i], functions.All, getenv, log, out.transport)
	}
	err := fmt.Errorf("%s is %q: set it to triage, to notify, or to the ID of a practice in use, as s.yaml does", envFunction, name)
	return func(context.Context) error {
		log.Error("no such function", "error", err)
		return err
	}
}
