package kernel

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// restQueries are the names that the query of a call may have, by action. An action that is
// not here takes none.
var restQueries = map[string]string{
	"log:ListProject":            "offset size projectName description resourceGroupId fetchQuota",
	"log:DeleteProject":          "forceDelete",
	"log:ListLogStores":          "offset size logstoreName telemetryType mode",
	"log:GetLogStoreLogs":        "type from to query topic line offset reverse powerSql session shard isAccurate",
	"log:GetLogStoreHistogram":   "type from to query topic",
	"log:GetCursorOrData":        "type from cursor count end_cursor query pullMode",
	"log:PostLogStoreLogs":       "key mode",
	"log:ListTagResources":       "resourceType resourceId tags nextToken",
	"fc:GetAsyncInvokeConfig":    "qualifier",
	"fc:PutAsyncInvokeConfig":    "qualifier",
	"fc:DeleteAsyncInvokeConfig": "qualifier",
	"fc:GetScalingConfig":        "qualifier",
	"fc:GetProvisionConfig":      "qualifier",
	"fc:ListFunctions":           "limit nextToken prefix fcVersion description tags functionName runtime gpuType resourceGroupId",
	"fc:GetFunction":             "qualifier",
	"fc:ListTriggers":            "limit nextToken prefix",
	"fc:InvokeFunction":          "qualifier",
}

// unknownIn are the names in the query of a call that its action does not have.
// In the order of the names, so that the error is the same each time.
func unknownIn(r *http.Request, action string) (names []string) {
	known := strings.Fields(restQueries[action])
	for _, name := range SortedKeys(r.URL.Query()) {
		if !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	return names
}

// knows refuses what the action of a REST call does not have, or warns of it.
func (c *Cloud) knows(w http.ResponseWriter, r *http.Request, action, id string) error {
	names := unknownIn(r, action)
	if len(names) > 0 && c.Strict {
		return unknownParameter(action, names[0])
	}
	c.warn(w, action, id, names)
	return nil
}

func unknownParameter(action, name string) error {
	return Refuse(400, "LocalCloud.UnknownParameter",
		"%s has no parameter %.100s. (The real cloud ignores what it does not know; where Strict is off this one only warns.)", action, name)
}

// WarningHeader of an answer says what of the request was ignored.
const WarningHeader = "X-Local-Cloud-Warning"

const maxWarnings = 20 // of one answer

// warn says which parameters were ignored: to who looks at the answer, and in the log.
func (c *Cloud) warn(w http.ResponseWriter, action, id string, unknown []string) {
	for _, name := range unknown[:min(len(unknown), maxWarnings)] {
		warning := fmt.Sprintf("%s has no parameter %.100q; it was ignored", action, name)
		w.Header().Add(WarningHeader, warning)
		c.Log.Warn(warning, "request", id)
	}
}
