package logservice

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// A body is taken up to twice the limit, compressed: what is too large once unpacked has a code of
// its own.
func (c *Service) register() {
	c.LogState = c.logstoreState
	c.SLSHistoryLag = time.Minute
	c.AddEndpoint(kernel.Host("{region}.log.aliyuncs.com"), "sls", "log")
	c.Handle("*.log.aliyuncs.com", c.ServeREST(kernel.RestAPI{
		Product: "sls", IDHeader: "x-log-requestid", MaxBody: 2 * MaxLogGroup,
		Route: c.slsRoute, Refusal: slsRefusal,
	}))
	c.AddSection(kernel.SectionOf("logs", c.load, nil)) // logs are no state that anybody changes, and are not dumped
}

// slsRefusal gives the errors that are not this product's own its names.
func slsRefusal(e *kernel.Error, call kernel.RestCall, _ string) kernel.RestAnswer {
	status, code := e.Status, e.Code
	switch {
	case strings.HasPrefix(code, "Throttling") && call.Write:
		status, code = 403, "WriteQuotaExceed"
	case strings.HasPrefix(code, "Throttling"):
		status, code = 403, "ReadQuotaExceed"
	case code == "EntityTooLarge":
		code = "PostBodyTooLarge"
	case code == "InternalError":
		code = "InternalServerError"
	}
	b, _ := json.Marshal(map[string]string{"errorCode": code, "errorMessage": e.Message})
	return kernel.RestAnswer{Status: status, Header: map[string]string{"Content-Type": "application/json"}, Body: b}
}

// decodeJSON takes fields that it does not know: clients send what newer versions of the API have.
func decodeJSON(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return kernel.Refuse(400, "PostBodyInvalid", "body is not a json string: %v", err)
	}
	return nil
}

// page cuts the part that offset and size ask for.
// A bad number counts as not sent.
func page[T any](all []T, query url.Values, size int) []T {
	offset, _ := strconv.Atoi(query.Get("offset"))
	if n, err := strconv.Atoi(query.Get("size")); err == nil && n > 0 {
		size = n
	}
	offset = min(max(offset, 0), len(all))
	return all[offset:min(offset+size, len(all))]
}
