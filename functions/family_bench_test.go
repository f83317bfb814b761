package functions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/functions"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// state is a group as they are: rules for the web, for offices and for other groups, and
// one that somebody has opened. Bad says how wide.
func state(rules int, bad string) string {
	text := "ecs:\n  security-groups:\n    - {id: sg-app, name: app, vpc: vpc-1}\n    - id: sg-web\n      name: web\n      vpc: vpc-1\n      rules:\n        - {id: sgr-bad, " + bad + "}\n"
	for i := range rules - 1 {
		rule := fmt.Sprintf("protocol: TCP, ports: %d/%d, source: 198.51.%d.0/24", 22+i%3, 22+i%3, i)
		switch i % 4 {
		case 1:
			rule = fmt.Sprintf("protocol: TCP, ports: %d/%d, source: 10.%d.0.0/16", 3306+i, 3306+i, i)
		case 2:
			rule = fmt.Sprintf("protocol: TCP, ports: %d/%d, group: sg-app", 9000+i, 9000+i)
		case 3:
			rule = fmt.Sprintf("protocol: TCP, ports: %d/%d, source: 0.0.0.0/0, priority: %d", 443-i, 443-i, 1+i)
		}
		text += fmt.Sprintf("        - {id: sgr-%d, %s}\n", i, rule)
	}
	return text
}

// answered keeps what the cloud has answered, and keeps it for every look.
type answered struct {
	client *ours.Client
	mu     sync.Mutex
	bodies map[string]json.RawMessage
}

func (a *answered) Read(ctx context.Context, call ours.Call, out any) error {
	a.mu.Lock()
	body, known := a.bodies[call.String()]
	a.mu.Unlock()
	if !known {
		if err := a.client.Do(ctx, call, &body); err != nil {
			return err
		}
		a.mu.Lock()
		a.bodies[call.String()] = body
		a.mu.Unlock()
	}
	return ours.Decode(call, body, out)
}

// one is a look: what it makes of the answers is kept for all who take part.
type one struct {
	*answered
	made map[string]any
}

func (o one) Keep(_ context.Context, key string, make func() (any, error)) (any, error) {
	if made, known := o.made[key]; known {
		return made, nil
	}
	made, err := make()
	o.made[key] = made
	return made, err
}

// A fix is three looks by all of the family, of which the first plans one edit.
func BenchmarkFix(b *testing.B) {
	for _, rules := range []int{5, 20} {
		for name, bad := range map[string]string{
			"ssh":   "protocol: TCP, ports: 22/22, source: 0.0.0.0/0",
			"range": "protocol: TCP, ports: 1/65535, source: 0.0.0.0/0",
			"all":   "protocol: ALL, ports: -1/-1, source: 0.0.0.0/0",
		} {
			b.Run(fmt.Sprintf("%s/%d", name, rules), func(b *testing.B) {
				c, err := cloud.New(cloud.Options{Region: "cn-hangzhou"})
				if err != nil {
					b.Fatal(err)
				}
				defer c.Close()
				if err := c.Load([]byte(state(rules, bad))); err != nil {
					b.Fatal(err)
				}
				root := c.RootSession()
				reader := &answered{bodies: map[string]json.RawMessage{}, client: ours.NewClient(ours.Config{Transport: c.Transport(), Credentials: ours.Credentials{
					AccessKeyID: root.AccessKeyID, AccessKeySecret: root.AccessKeySecret, SecurityToken: root.SecurityToken}})}
				n, before := 0, spent(b)
				for b.Loop() {
					n++
					for look := range 3 {
						fix(b, reader, look == 0)
					}
				}
				b.ReportMetric(float64(spent(b)-before)/float64(n)/1e3, "cpu-µs/op")
			})
		}
	}
}

// spent is the processor's time, which a busy machine does not stretch as it does the
// clock's.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func fix(b *testing.B, answers *answered, plan bool) {
	reader := one{answers, map[string]any{}}
	at := practice.Resource{Type: securitygroup.Type, ID: "sg-web", Region: "cn-hangzhou"}
	var first *practice.Pass
	var found []practice.Finding
	for _, p := range functions.All {
		if p.Family != securitygroup.Family {
			continue
		}
		pass := practice.NewPass(p, at, &events.Event{Name: "AuthorizeSecurityGroup"}, time.Time{}, reader, nil)
		if err := p.Check(b.Context(), pass); err != nil {
			b.Fatal(err)
		}
		for _, f := range pass.Findings() {
			if f.Wants != nil {
				first = pass
				found = append(found, f)
			}
		}
	}
	if !plan {
		return
	}
	if edit, err := securitygroup.Join(b.Context(), first, found); err != nil || len(edit.Changes) == 0 {
		b.Fatal(edit, err)
	}
}
