package actiontrail

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// past is a write from before the cloud was there, as a document says it: LookupEvents answers it, and
// it is delivered to nobody.
type past struct {
	Name     string            `yaml:"event"`
	Service  string            `yaml:"service,omitempty"` // default Ecs
	Resource string            `yaml:"resource,omitempty"`
	Params   map[string]string `yaml:"params,omitempty"`
	Error    string            `yaml:"error,omitempty"` // its code, where it was refused
	DaysAgo  int               `yaml:"days-ago"`

	at time.Time
}

func (p *past) check() error {
	if p.Name == "" || p.DaysAgo < 0 {
		return errors.New("an event needs a name, and was some days ago")
	}
	return nil
}

// history are the events that there are to look up, the oldest first.
func (c *Service) history() []map[string]any {
	var all []map[string]any
	for _, p := range c.Past {
		e := map[string]any{
			"eventId": "past-" + p.Name + "-" + p.Resource, "eventName": p.Name, "eventTime": kernel.Stamp(p.at), "eventRW": "Write", "eventType": "ApiCall",
			"serviceName": p.Service, "resourceName": p.Resource, "requestParameters": p.Params, "acsRegion": c.Region,
			"userIdentity": map[string]any{"type": "ram-user", "userName": "sato", "accountId": c.Account},
		}
		if p.Service == "" {
			e["serviceName"] = "Ecs"
		}
		if p.Error != "" {
			e["errorCode"] = p.Error
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b map[string]any) int {
		return strings.Compare(a["eventTime"].(string), b["eventTime"].(string))
	})
	return append(all, c.events...)
}
