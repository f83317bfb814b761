package triage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	fc "github.com/alibabacloud-go/fc-20230330/v4/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/alibabacloud-go/tea/tea"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

const action = "fc:InvokeFunction"

// FunctionCompute invokes functions of the account and region in which triage
// itself runs, with the credentials of one invocation.
func FunctionCompute(region, account string, c cloud.Credentials) (Invoke, error) {
	client, err := fc.NewClient(&openapi.Config{
		AccessKeyId:     tea.String(c.AccessKeyID),
		AccessKeySecret: tea.String(c.AccessKeySecret),
		SecurityToken:   tea.String(c.SecurityToken),
		RegionId:        tea.String(region),
		Protocol:        tea.String("https"),
		Endpoint:        tea.String(account + "." + region + ".fc.aliyuncs.com"),
	})
	if err != nil {
		return nil, fmt.Errorf("making the client of Function Compute: %w", err)
	}
	return Retrying(func(ctx context.Context, function, task string, body []byte) error {
		return once(ctx, client, function, task, body)
	}), nil
}

// Retrying retries an invocation that fails for a transient reason.
func Retrying(once Invoke) Invoke {
	return func(ctx context.Context, function, task string, body []byte) error {
		return retry(ctx, func() error { return once(ctx, function, task, body) })
	}
}

// retry tries again until there is no time left. If the connection was cut, the first retry is
// immediate: most likely a keep-alive connection had died, which the SDK does not report. A
// task that is given twice is done once.
func retry(ctx context.Context, do func() error) error {
	tried := false
	return cloud.Retry{AtOnce: cut}.Do(ctx, func() error {
		err := do()
		if tried && errors.Is(err, ErrGiven) {
			return nil // by the try before, whose answer was lost
		}
		tried = true
		return err
	})
}

func cut(err error) bool {
	e, ok := errors.AsType[*cloud.Error](err)
	return ok && slices.ContainsFunc([]string{"EOF", "connection reset", "broken pipe", "server closed idle connection"},
		func(s string) bool { return strings.Contains(e.Message, s) })
}

const (
	perTry = 10 * time.Second // bounds one attempt
	// idlePerHost is how many connections the SDK keeps for the next event: as many as
	// one event uses at once. Without it, it keeps two.
	idlePerHost = 64
)

func once(ctx context.Context, client *fc.Client, function, task string, body []byte) error {
	left := perTry
	if end, ok := ctx.Deadline(); ok {
		left = min(left, time.Until(end))
	}
	if ctx.Err() != nil || left < time.Millisecond { // the SDK counts in these, and takes none for no bound at all
		return cloud.TimeUp(action)
	}
	// The SDK takes no context: each try is bounded by what is left of it, in whole
	// seconds, since the SDK keeps a pool of connections for every different bound.
	if left > time.Second {
		left = left.Truncate(time.Second)
	}
	options := &util.RuntimeOptions{
		ReadTimeout:    tea.Int(int(left.Milliseconds())),
		ConnectTimeout: tea.Int(int(min(left, 5*time.Second).Milliseconds())),
		MaxIdleConns:   tea.Int(idlePerHost),
	}
	headers := &fc.InvokeFunctionHeaders{
		XFcInvocationType: tea.String("Async"),
		XFcAsyncTaskId:    tea.String(task),
	}
	response, err := client.InvokeFunctionWithOptions(tea.String(function), &fc.InvokeFunctionRequest{Body: bytes.NewReader(body)}, headers, options)
	if err != nil {
		return known(err)
	}
	if answer, ok := response.Body.(io.Closer); ok {
		defer answer.Close() // or the connection is never used again
	}
	if status := tea.Int32Value(response.StatusCode); status != http.StatusAccepted {
		return &cloud.Error{Action: action, Code: "NotAccepted", Message: fmt.Sprintf("%s answered %d to an asynchronous invocation", function, status), Status: int(status)}
	}
	return nil
}

// known turns the SDK's error into ours. On a second delivery, the error says that the function
// has seen the task id.
func known(err error) error {
	e, ok := errors.AsType[*tea.SDKError](err)
	if !ok {
		return cloud.Network(action, err)
	}
	status, code, message := tea.IntValue(e.StatusCode), tea.StringValue(e.Code), tea.StringValue(e.Message)
	switch {
	case status == http.StatusConflict && strings.Contains(code, "AlreadyExist"):
		return ErrGiven
	case strings.Contains(code, "Signature"):
		message = "the signature was refused" // the answer holds what was signed
	}
	return &cloud.Error{Action: action, Code: code, Message: message, Status: status}
}
