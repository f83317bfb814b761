// The program of every function. ECSGUARD_FUNCTION, which s.yaml sets, says which of
// them it is: router, notify, or the ID of a practice.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"github.com/aliyun/fc-runtime-go-sdk/fc"

	"github.com/ecsguard/ecsguard/functions"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/run"
)

// envFunction is the variable that names the function.
const envFunction = "ECSGUARD_FUNCTION"

func main() {
	fc.Start(handler(os.Getenv, slog.New(slog.NewJSONHandler(os.Stdout, nil))))
}

// handler is what Function Compute calls. A name that is wrong makes each invocation
// fail and say why: a process that exits says nothing.
func handler(getenv func(string) string, log *slog.Logger) any {
	name := getenv(envFunction)
	switch name {
	case "router":
		return route(getenv, log)
	case "notify":
		return notifier(getenv, log)
	}
	if i := slices.IndexFunc(functions.All, func(p *practice.Practice) bool { return p.ID == name && p.Retired == "" }); i >= 0 {
		return run.Handler(functions.All[i], functions.All, getenv, log)
	}
	err := fmt.Errorf("%s is %q: set it to router, to notify, or to the ID of a practice in use, as s.yaml does", envFunction, name)
	return func(context.Context) error {
		log.Error("no such function", "error", err)
		return err
	}
}
