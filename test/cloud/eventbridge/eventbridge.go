package eventbridge

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is the default event bus: rules that send the events of
// cloud services to functions.
// delivered keeps every event, matched or not, in the order of arrival.
type state struct {
	rules     []*eventRule
	delivered []Delivered
	busFaults EventFaults
	busRandom *rand.Rand
}

type eventRule struct {
	name, description string
	disabled          bool
	Text              string // the pattern as it was given
	pattern           *events.Pattern
	targets           []busTarget
	created           time.Time
	written           bool // a document named it
}

// busTarget is where a rule sends its events: a function.
type busTarget struct {
	ID                string            `json:"Id"`
	Type              string            `json:"Type"`
	Endpoint          string            `json:"Endpoint"`
	PushRetryStrategy string            `json:"PushRetryStrategy,omitempty"`
	ErrorsTolerance   string            `json:"ErrorsTolerance,omitempty"`
	ParamList         []busTargetParam  `json:"ParamList"`
	DeadLetterQueue   map[string]string `json:"DeadLetterQueue,omitempty"`
	ConcurrentConfig  map[string]any    `json:"ConcurrentConfig,omitempty"`
}

type busTargetParam struct {
	ResourceKey string `json:"ResourceKey"`
	Form        string `json:"Form"`
	Value       string `json:"Value"`
	Template    string `json:"Template"`
}

// Delivered is an event that came to the bus, and what became of it.
type Delivered struct {
	ID      string          `json:"id"`
	Source  string          `json:"source"`
	Type    string          `json:"type"`
	Name    string          `json:"name"` // data.eventName
	Time    time.Time       `json:"time"` // of arrival
	Rules   []string        `json:"rules"`
	Targets []string        `json:"targets"`          // functions, those of each rule
	Copies  int             `json:"copies"`           // how often it was sent to its targets
	Failed  []string        `json:"failed,omitempty"` // what a target answered instead of taking it
	Dropped string          `json:"dropped,omitempty"`
	Event   json.RawMessage `json:"event"`
}

// EventFaults is how a bus that promises "at least once" may behave.
type EventFaults struct {
	Duplicate int           // percent of events that come twice
	Delay     time.Duration // before each delivery
	Reorder   bool          // each delivery waits for a random part of Delay instead
}

// Limits of the default bus. The number of rules is Function Compute's, which
// is the smaller: EventBridge's own page says 50.
const (
	maxCloudServiceRules = 10
	MaxEventBytes        = 256 << 10
)

// Function Compute gets hooks, as this package imports it: a trigger of a function is a rule here.
func (c *Service) register() {
	c.busRandom = rand.New(rand.NewPCG(uint64(c.Random.Intn(1<<31)), 1))
	c.OnEvent(c.takeEvent)
	c.fc.BusRules = func() (rules []fc.BusRule) {
		for _, r := range c.rules {
			if len(r.targets) > 0 {
				rules = append(rules, fc.BusRule{Name: r.name, Pattern: r.Text, Enabled: !r.disabled})
			}
		}
		return rules
	}
	c.fc.RemoveBusRule = func(name string) func() {
		i := slices.IndexFunc(c.rules, func(r *eventRule) bool { return r.name == name })
		if i < 0 {
			return nil
		}
		r := c.rules[i]
		c.rules = append(c.rules[:i:i], c.rules[i+1:]...)
		return func() { c.rules = append(c.rules, r) }
	}
	c.fc.AddBusRule = func(name string, pattern []byte, function string, enabled bool) error {
		if err := c.AddRule(name, pattern, function); err != nil {
			return err
		}
		c.Mu.Lock()
		defer c.Mu.Unlock()
		c.Rule(name).disabled = !enabled
		return nil
	}
	c.AddSection(kernel.StateSection("eventbridge", c.load, c.dump))
	c.startEventBridgeAPI()
}

// EventFaults makes the bus misbehave from now on; the zero value ends it.
func (c *Service) EventFaults(f EventFaults) {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	c.busFaults = f
}

var ruleName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9-]{0,126}$`)

// AddRule sends the events that match pattern to a function, as a trigger of
// Function Compute does. It refuses what the real bus refuses: the eleventh
// rule, and more than five expressions for one field (in ParsePattern).
func (c *Service) AddRule(name string, pattern []byte, target string) error {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	f := c.fc.Functions[target]
	if f == nil {
		return kernel.Refuse(404, "FunctionNotFound", "function '%s' does not exist", target)
	}
	return c.addRule(&eventRule{name: name, Text: string(pattern), targets: []busTarget{{
		ID: name, Type: functionTarget, Endpoint: fc.FunctionARN(f.Region, c.Account, target), PushRetryStrategy: "BACKOFF_RETRY", ErrorsTolerance: "ALL",
		ParamList: []busTargetParam{{ResourceKey: "Body", Form: "ORIGINAL"}},
	}}})
}

// addRule puts a rule on the bus. mu is held.
func (c *Service) addRule(r *eventRule) error {
	var err error
	if r.pattern, err = events.ParsePattern([]byte(r.Text)); err != nil {
		return kernel.Refuse(400, "InvalidEventPattern", "rule %s: %v", r.name, err)
	}
	switch {
	case !ruleName.MatchString(r.name) || strings.HasPrefix(r.name, "eventbridge-reserved-"):
		return kernel.Refuse(400, "EventRuleNameInvalid", "rule name %q: letters, digits and hyphens, 127 at most, beginning with a letter or digit", r.name)
	case c.Rule(r.name) != nil:
		return kernel.Refuse(409, "EventRuleExisted", "the event rule %s already exists", r.name)
	case len(c.rules) >= maxCloudServiceRules:
		return kernel.Refuse(409, "EventRuleCountExceedLimit", "rule %s: the default event bus supports a maximum of %d event rules for Alibaba Cloud service event sources", r.name, maxCloudServiceRules)
	}
	r.created = c.Clock()
	c.rules = append(c.rules, r)
	return nil
}

// Rule finds a rule of the bus, nil if there is none. mu is held.
func (c *Service) Rule(name string) *eventRule {
	for _, r := range c.rules {
		if r.name == name {
			return r
		}
	}
	return nil
}

// Events returns every event that came to the bus, in order of arrival.
func (c *Service) Events() []Delivered {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	list := make([]Delivered, len(c.delivered))
	for i, d := range c.delivered {
		d.Rules, d.Targets, d.Failed = slices.Clone(d.Rules), slices.Clone(d.Targets), slices.Clone(d.Failed)
		list[i] = d
	}
	return list
}

// Redeliver sends an event to its targets once more, as the real bus may.
func (c *Service) Redeliver(eventID string) error {
	c.Mu.Lock()
	n := -1
	for i, d := range c.delivered {
		if d.ID == eventID {
			n = i
		}
	}
	c.Mu.Unlock()
	if n < 0 {
		return kernel.Refuse(404, "EventNotFound", "no event %s came to the bus", eventID)
	}
	c.send(n)
	return nil
}

// takeEvent matches an event against the rules and sends it off.
// An event that is no JSON or too large comes to no rule, and is kept with the reason. Events go
// to all rules that match, and to one function twice if two rules name it.
func (c *Service) takeEvent(ce []byte) {
	var head struct {
		ID, Source, Type string
		Data             json.RawMessage
	}
	var data struct{ EventName string }
	d := Delivered{Time: c.Clock(), Event: slices.Clone(ce)}
	if err := json.Unmarshal(ce, &head); err != nil {
		d.Dropped, d.Event = "not a CloudEvent: "+err.Error(), nil
	}
	json.Unmarshal(head.Data, &data) // other events than ActionTrail's have no name
	d.ID, d.Source, d.Type, d.Name = head.ID, head.Source, head.Type, data.EventName
	if len(ce) > MaxEventBytes {
		d.Dropped = "larger than 256 KB"
	}

	c.Mu.Lock()
	for _, r := range c.rules {
		if d.Dropped != "" {
			break
		}
		if r.disabled {
			continue
		}
		if ok, err := r.pattern.Match(ce); err != nil {
			d.Dropped = err.Error()
		} else if ok {
			d.Rules = append(d.Rules, r.name)
			for _, t := range r.targets {
				d.Targets = append(d.Targets, t.function())
			}
		}
	}
	c.delivered = append(c.delivered, d)
	n, f := len(c.delivered)-1, c.busFaults
	var waits []time.Duration
	copies := 1
	if f.Duplicate > 0 && c.busRandom.IntN(100) < f.Duplicate {
		copies = 2
	}
	for range copies {
		wait := f.Delay
		if f.Reorder {
			wait = time.Duration(c.busRandom.Int64N(int64(max(f.Delay, 20*time.Millisecond))))
		}
		waits = append(waits, wait)
	}
	c.Mu.Unlock()
	if len(d.Targets) == 0 {
		return
	}
	for _, wait := range waits {
		if wait == 0 {
			c.send(n)
			continue
		}
		c.Pend(1)
		if !c.Background(func() {
			defer c.Pend(-1)
			if c.Sleep(wait) {
				c.send(n)
			}
		}) {
			c.Pend(-1)
		}
	}
}

// send hands event n to its targets: asynchronous invocations, each with its
// own request id, so a second delivery looks like the first.
func (c *Service) send(n int) {
	c.Mu.Lock()
	d := &c.delivered[n]
	d.Copies++
	targets, event := slices.Clone(d.Targets), []byte(d.Event)
	c.Mu.Unlock()
	for _, target := range targets {
		err := c.fc.Enqueue(fc.AsyncItem{Function: target, ID: c.Random.Uuid(), Body: event, Trigger: "eventbridge"})
		if err != nil {
			c.Mu.Lock()
			c.delivered[n].Failed = append(c.delivered[n].Failed, target+": "+err.Error())
			c.Mu.Unlock()
		}
	}
}

// BusFaults is how the event bus misbehaves, as EventFaults has set it.
func (c *Service) BusFaults() EventFaults {
	c.Mu.Lock()
	defer c.Mu.Unlock()
	return c.busFaults
}
