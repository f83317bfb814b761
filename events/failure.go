package events

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// A Failure is what Function Compute hands the destination of an asynchronous invocation
// that it has given up.
type Failure struct {
	Function string
	Request  string
	Tries    int    // 0: not known
	Why      string // in Function Compute's words
	Error    string // in the function's
	Time     time.Time
	Payload  json.RawMessage // what the function was invoked with
}

// failed is a failure's form. Payloads come as text, which is usually JSON, or as JSON.
type failed struct {
	Timestamp      json.RawMessage `json:"timestamp"` // milliseconds, or text
	RequestContext *struct {
		RequestID    string `json:"requestId"`
		FunctionARN  string `json:"functionArn"`
		FunctionName string `json:"functionName"`
		Condition    string `json:"condition"`
		Invocations  int    `json:"approximateInvokeCount"`
	} `json:"requestContext"`
	RequestPayload  json.RawMessage `json:"requestPayload"`
	ResponseContext struct {
		StatusCode    int    `json:"statusCode"`
		FunctionError string `json:"functionError"`
	} `json:"responseContext"`
	ResponsePayload json.RawMessage `json:"responsePayload"`
}

// DecodeFailure reads a failure; ok tells whether the body is one.
func DecodeFailure(body []byte) (f Failure, ok bool) {
	var text string
	if json.Unmarshal(body, &text) == nil { // of a failure to tell of a failure
		body = []byte(text)
	}
	var g failed
	if err := json.Unmarshal(body, &g); err != nil || g.RequestContext == nil {
		return f, false
	}
	c := g.RequestContext
	return Failure{
		Function: cmp.Or(c.FunctionName, functionName(c.FunctionARN)), Request: c.RequestID, Tries: c.Invocations,
		Why: cmp.Or(g.ResponseContext.FunctionError, c.Condition), Error: errorMessage(g.ResponsePayload),
		Time: failureTime(g.Timestamp), Payload: g.RequestPayload,
	}, true
}

// functionName is the name in an ARN: acs:fc:cn-hangzhou:1:functions/name/LATEST.
func functionName(arn string) string {
	_, name, _ := strings.Cut(arn, "functions/")
	name, _, _ = strings.Cut(name, "/")
	return cmp.Or(name, arn)
}

// errorMessage is that of a function, without the stack that comes with it.
func errorMessage(raw json.RawMessage) string {
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

func failureTime(raw json.RawMessage) time.Time {
	text := strings.Trim(string(raw), `"`)
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.UnixMilli(ms)
	}
	t, _ := time.Parse(time.RFC3339, text)
	return t
}
