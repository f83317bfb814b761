package notify

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/alert"
)

// gaveUp is what Function Compute invokes the destination of a failed asynchronous
// invocation with. Payloads come as text, which is usually JSON, or as JSON.
type gaveUp struct {
	Timestamp      json.RawMessage `json:"timestamp"` // milliseconds, or text
	RequestContext *struct {
		RequestID   string `json:"requestId"`
		FunctionARN string `json:"functionArn"`
		Condition   string `json:"condition"`
		Invocations int    `json:"approximateInvokeCount"`
	} `json:"requestContext"`
	RequestPayload  json.RawMessage `json:"requestPayload"`
	ResponseContext struct {
		StatusCode    int    `json:"statusCode"`
		FunctionError string `json:"functionError"`
	} `json:"responseContext"`
	ResponsePayload json.RawMessage `json:"responsePayload"`
}

// failure says what happened. Of the event only its name, who did it and what it is
// about are told: it holds whatever somebody sent.
func (g gaveUp) failure() alert.Failure {
	c := g.RequestContext
	f := alert.Failure{
		Function: function(c.FunctionARN), Request: c.RequestID, Tries: c.Invocations,
		Why: cmp.Or(g.ResponseContext.FunctionError, c.Condition), Error: said(g.ResponsePayload), Time: when(g.Timestamp),
	}
	happened, _ := events.Decode(g.RequestPayload) // that it cannot be read may be why the function failed
	if len(happened) == 0 {
		return f
	}
	e := happened[0]
	f.Event, f.Region, f.Account = cmp.Or(e.Name, e.Trigger, e.Type), e.Region, e.Account
	f.EventTime, f.Actor, f.ActorType, f.ActorIP = e.Time, e.Actor.Name, e.Actor.Type, e.Actor.SourceIP
	if len(e.Resources) > 0 {
		f.ResourceType, f.Resource = e.Resources[0].Type, e.Resources[0].ID
	}
	return f
}

// function is the name in an ARN: acs:fc:cn-hangzhou:1:functions/name/LATEST.
func function(arn string) string {
	_, name, _ := strings.Cut(arn, "functions/")
	name, _, _ = strings.Cut(name, "/")
	return cmp.Or(name, arn)
}

// said is the error message of a function, without the stack that comes with it.
func said(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(text)
	}
	var body struct {
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal(raw, &body) == nil && body.Message != "" {
		return body.Message
	}
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}

func when(raw json.RawMessage) time.Time {
	text := strings.Trim(string(raw), `"`)
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms)
	}
	t, _ := time.Parse(time.RFC3339, text)
	return t
}
