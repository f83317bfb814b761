package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is Cloud Config: what it last saw of the account's resources, and
// rules that judge them.
// Rules are the only part of it that a document says.
type state struct {
	// ConfigDelay is how long after a write Cloud Config looks at the account
	// and tells what changed; the real one looks every ten minutes. What has
	// come and gone in between it never sees. 0: it does not look. Set it before
	// the first call. Idle waits for a look that is due.
	ConfigDelay time.Duration

	configItems  map[string]*configItem // by type and id; nil: it has not looked yet
	configLooks  bool                   // it is about to look
	configEvents uint64                 // to vary their form
	kept         rules
	configTokens map[string]*configRule // result tokens of custom rules
}

// configItem is a resource as Cloud Config knows it.
// version counts its changes. An item that is gone stays, as deleted.
type configItem struct {
	kind, id, name, region string
	configuration          map[string]any
	tags                   map[string]string
	created, captured      time.Time
	version                int64
	deleted                bool
}

func (i *configItem) key() string { return i.kind + "/" + i.id }

func (i *configItem) text() string {
	b, err := json.Marshal(i.configuration)
	if err != nil {
		panic(err) // it came out of JSON
	}
	return string(b)
}

const (
	AccountKind = "ACS::::Account"
)

// configSnapshot is what there is to see now. mu is held.
func (c *Service) configSnapshot() map[string]*configItem {
	items, now := map[string]*configItem{}, c.Clock()
	add := func(kind, id, name, region string, created time.Time, tags map[string]string, configuration map[string]any) {
		// Through JSON, so that two of them compare and neither changes with the
		// resource.
		text, err := json.Marshal(configuration)
		i := &configItem{kind: kind, id: id, name: name, region: region, tags: map[string]string{}, created: created, captured: now, version: 1}
		for k, v := range tags {
			i.tags[k] = v
		}
		if err == nil {
			err = json.Unmarshal(text, &i.configuration)
		}
		if err != nil {
			c.Log.Error("Cloud Config cannot read a resource", "type", kind, "id", id, "error", err)
			return
		}
		items[i.key()] = i
	}
	for _, list := range c.Inventory {
		list(add)
	}
	return items
}

// configBefore makes Cloud Config know what was there before the first write.
// mu is held.
func (c *Service) configBefore() {
	if c.ConfigDelay > 0 && c.configItems == nil {
		c.configItems = c.configSnapshot()
	}
}

// configAfter makes Cloud Config look in a while. mu is held.
func (c *Service) configAfter() {
	if c.ConfigDelay <= 0 || c.configLooks {
		return
	}
	c.configLooks = true
	c.later(func() {
		if c.Sleep(c.ConfigDelay) {
			c.configLook()
		}
	})
}

// later runs f in the background, as work that Idle waits for. mu is held.
func (c *Service) later(f func()) {
	if c.Closed {
		return
	}
	c.Pending++
	c.Work.Go(func() {
		defer c.Pend(-1)
		f()
	})
}

// configLook finds what has changed since the last look, tells it, and judges
// it by the rules.
// Events are published after mu is released, and before rules ask functions: a consumer sees a
// change before it sees what a rule says of it.
func (c *Service) configLook() {
	c.Mu.Lock()
	c.configLooks = false
	now := c.configSnapshot()
	var changed []*configItem
	var messages [][]byte
	for _, key := range kernel.SortedKeys(c.configItems) {
		if i := c.configItems[key]; now[key] == nil && !i.deleted {
			gone := *i
			gone.deleted, gone.captured, gone.version = true, c.Clock(), i.version+1
			c.configItems[key] = &gone
			messages = append(messages, c.itemEvent(&gone, nil, "REMOVE"))
			c.forgetResults(&gone)
			changed = append(changed, &gone)
		}
	}
	for _, key := range kernel.SortedKeys(now) {
		before, i := c.configItems[key], now[key]
		switch {
		case before == nil || before.deleted:
			messages = append(messages, c.itemEvent(i, nil, "DISCOVERED"))
		case before.name == i.name && reflect.DeepEqual(before.configuration, i.configuration) && reflect.DeepEqual(before.tags, i.tags):
			continue
		default:
			i.version = before.version + 1
			messages = append(messages, c.itemEvent(i, before, "MODIFY"))
		}
		c.configItems[key] = i
		changed = append(changed, i)
	}
	work := c.judgeChanges(changed)
	c.Mu.Unlock()
	for _, m := range messages {
		c.Publish(m)
	}
	work.do(c)
}

// itemEvent is the flat form of EventBridge: every value is text. mu is held.
//
// Cloud Config's own page has the type config:Config:…, Alibaba Cloud's code
// filters by the resource's service; both come here, in turn.
func (c *Service) itemEvent(i, before *configItem, kind string) []byte {
	c.configEvents++
	product := "config"
	if (c.configEvents+c.Random.First)%2 == 0 {
		product = strings.ToLower(strings.Split(i.kind, "::")[1])
	}
	diff := map[string][2]any{}
	if before != nil {
		for name := range i.configuration {
			if !reflect.DeepEqual(before.configuration[name], i.configuration[name]) {
				diff[name] = [2]any{before.configuration[name], i.configuration[name]}
			}
		}
		for name := range before.configuration {
			if _, there := i.configuration[name]; !there {
				diff[name] = [2]any{before.configuration[name], nil}
			}
		}
	}
	return c.configEvent(product, "ConfigurationItemChangeNotification", i, map[string]any{
		"resourceId": i.id, "resourceName": i.name, "resourceType": i.kind, "accountId": c.Account, "regionId": i.region,
		"captureTime": millis(i.captured), "resourceCreateTime": millis(i.created), "resourceEventType": kind, "requestId": c.Random.Uuid(),
		"configuration": i.text(), "configurationDiff": jsonText(diff), "relationship": "{}", "relationshipDiff": "{}", "tags": jsonText(i.tags),
	})
}

// configEvent is the envelope. Cloud Config sends from its own region, but for
// the default bus of the account's that makes no difference.
func (c *Service) configEvent(product, kind string, i *configItem, data map[string]any) []byte {
	now := c.Clock()
	resource := strings.Split(i.kind, "::")
	ce, err := json.Marshal(map[string]any{
		"id": c.Random.Uuid(), "source": "acs." + product, "specversion": "1.0", "type": product + ":Config:" + kind,
		"subject": fmt.Sprintf("acs:%s:%s:%s:%s/%s", strings.ToLower(resource[1]), i.region, c.Account, strings.ToLower(resource[2]), i.id),
		"time":    kernel.Stamp(now), "datacontenttype": "application/json;charset=utf-8", "data": data,
		"aliyunaccountid": c.Account, "aliyunpublishtime": kernel.Stamp(now.Add(time.Second)), "aliyuneventbusname": "default", "aliyunregionid": c.Region,
	})
	if err != nil {
		panic(err) // texts and what came out of JSON
	}
	return ce
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and what came out of JSON
	}
	return string(b)
}

// discovered lists what Cloud Config knows, or would see if it looked. mu is
// held.
func (c *Service) discovered() []*configItem {
	items := c.configItems
	if items == nil {
		items = c.configSnapshot()
	}
	var list []*configItem
	for _, key := range kernel.SortedKeys(items) {
		list = append(list, items[key])
	}
	return list
}

// account is the item that rules about the whole account judge.
// It is made anew each time: an account has no history here.
func (c *Service) account() *configItem {
	return &configItem{kind: AccountKind, id: c.Account, name: c.Account, region: "global", captured: c.Clock(), configuration: map[string]any{}}
}
