// Package prepare makes in an account what the functions need before they are
// deployed: somewhere to write, and a role each.
//
// Every thing is looked at, then made, updated or left. So a run may end anywhere
// and the next one completes it. Nothing is deleted (a policy that a role needed in an
// earlier version is taken off it), and nothing is narrowed that a
// person has widened on purpose: a longer retention, further fields of an index,
// further policies of a role.
package prepare

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/deploy/ram"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// Options say what is made, and where.
type Options struct {
	Region      string
	Mode        practice.Mode // observe: no role may change what it watches; empty: likewise, but no role is made to lose what it may do
	Off         []string      // practices that are switched off: they get no role
	Canary      bool          // a canary is set: notify may open it, unless all only observe
	NoSettings  bool          // there was no file of settings: that Off and Canary are empty is nobody's decision
	AuditDays   int           // how long the audit log is kept; 0: AuditDays
	Plan        bool          // say what would be done, and do nothing
	All         bool          // print a line for each thing, including those that stay as they are
	Credentials cloud.Credentials
	Transport   http.RoundTripper // nil: the default, with the environment's proxy
	Out         io.Writer         // for people; nil: nowhere
}

// AuditDays is how long the audit log is kept unless told otherwise.
const AuditDays = 365

type preparation struct {
	Options
	asked         bool // the mode was named
	api           *cloud.Client
	account       string
	trails        []aTrail            // of the account
	have          map[string]string   // documents of policies, by their names
	lost          map[string][]string // what a role may do no longer
	steps         []string            // what was done for the role that is under way, where one line tells it all
	inRole        string
	changed, good int
}

// Run prepares the account of the credentials. It stops at the first error, which
// names the thing; what was made before it stays, and another run goes on from there.
func Run(ctx context.Context, o Options) error {
	asked := o.Mode != ""
	if !asked {
		o.Mode = practice.Observe
	}
	if o.Mode != practice.Observe && o.Mode != practice.Enforce {
		return fmt.Errorf("the mode is %q, not observe or enforce (to approve is to have been allowed to: prepare with enforce)", o.Mode)
	}
	if o.AuditDays == 0 {
		o.AuditDays = AuditDays
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	p := &preparation{Options: o, asked: asked, have: map[string]string{}, lost: map[string][]string{}, api: cloud.NewClient(cloud.Config{Credentials: o.Credentials, Transport: o.Transport})}
	if err := p.run(ctx); err != nil {
		if p.changed > 0 && !p.Plan {
			err = fmt.Errorf("%w\nwhat was made before this stays; mend it and run the same again", err)
		}
		return err
	}
	return nil
}

func (p *preparation) run(ctx context.Context) error {
	trust, err := ram.Trust()
	if err != nil {
		return err
	}
	roles, err := ram.Roles(p.Mode == practice.Observe, p.Canary)
	if err != nil {
		return err
	}
	off, err := p.off(roles)
	if err != nil {
		return err
	}
	if err := p.whose(ctx); err != nil {
		return err
	}
	fmt.Fprintf(p.Out, "account %s in %s, mode %s\n", p.account, p.Region, p.Mode)
	project := "ecsguard-" + p.account
	if err := p.home(ctx, project); err != nil { // before anything is said to be made
		return err
	}
	refusal, err := p.losses(ctx, slices.DeleteFunc(slices.Clone(roles), func(r ram.Role) bool { return slices.Contains(off, r.Name) }))
	if err != nil {
		return err
	}
	if refusal != nil && !p.Plan {
		return refusal
	}
	if err := p.logs(ctx, project); err != nil {
		return err
	}
	if err := p.trail(ctx, project); err != nil {
		return err
	}
	for _, r := range roles {
		do := p.role
		if slices.Contains(off, r.Name) {
			do = p.unused
		}
		p.inRole = r.Name
		err := do(ctx, r, trust)
		p.inRole = ""
		p.tell(r.Name)
		if err != nil {
			return err
		}
	}
	p.end()
	if refusal != nil {
		fmt.Fprintln(p.Out, refusal.planned())
	}
	return nil
}

// tell is the line of a role, where one line tells all that was done for it, and of what it loses.
func (p *preparation) tell(role string) {
	lost := strings.Join(p.lost[role], ", ")
	switch done := strings.Join(p.steps, ", "); {
	case len(p.steps) > 0:
		if lost != "" {
			done += "; loses " + lost
		}
		if p.Plan {
			done = "planned: " + done
		} else {
			done = "done: " + done
		}
		p.line("role", role, done)
		p.steps = nil
	case lost != "" && p.All:
		p.line("loses", role, lost)
	}
}

// off are the roles of the practices that are switched off.
func (p *preparation) off(roles []ram.Role) (names []string, err error) {
	for _, id := range p.Off {
		name := ram.Name(id)
		if !slices.ContainsFunc(roles, func(r ram.Role) bool { return r.Name == name }) {
			return nil, fmt.Errorf("%s is to be off, and there is no such practice", id)
		}
		names = append(names, name)
	}
	return names, nil
}

// whose asks which account the credentials belong to.
func (p *preparation) whose(ctx context.Context) error {
	var who struct{ AccountId string }
	if err := p.call(ctx, &who, "sts", "GetCallerIdentity"); err != nil {
		return fmt.Errorf("asking which account the %s belong to: %w", p.Credentials, err)
	}
	if who.AccountId == "" {
		return errors.New("asking which account the credentials belong to: the answer names none")
	}
	p.account = who.AccountId
	return nil
}

func (p *preparation) end() {
	done := "made or updated"
	if p.Plan {
		done = "to be made or updated, nothing was changed"
	}
	listed := ""
	if !p.All && p.good > 0 {
		listed = " (-v lists them)"
	}
	fmt.Fprintf(p.Out, "%d as they should be%s, %d %s\n", p.good, listed, p.changed, done)
	if !p.Plan {
		// The names and the region of s.yaml have to be those of this run. Which practices act is
		// said in ecsguard.yaml: the mode of the roles says only what they might do.
		fmt.Fprintf(p.Out, "next: ACCOUNT_ID=%s REGION=%s s deploy\n", p.account, p.Region)
	}
}

// line says what came of one thing.
func (p *preparation) line(kind, name, what string) {
	fmt.Fprintf(p.Out, "%-10s %-40s %s\n", kind, name, what)
}

func (p *preparation) isGood(kind, name string) error {
	p.good++
	if p.All {
		p.line(kind, name, "as it should be")
	}
	return nil
}

// did says what was done to one thing, or would be.
func (p *preparation) did(kind, name, done string) {
	p.changed++
	switch {
	case !p.All && p.inRole != "":
		if name != p.inRole { // most things of a role have its name
			kind += " " + name
		}
		p.steps = append(p.steps, kind+" "+done)
	case p.Plan:
		p.line(kind, name, "would be "+done)
	default:
		p.line(kind, name, done)
	}
}

// perThing bounds a change with all its retries, perCall one call with its own.
const (
	perThing = time.Minute
	perCall  = 30 * time.Second
)

// change makes or updates one thing, or says that it would.
func (p *preparation) change(ctx context.Context, kind, name, done string, do func(context.Context) error) error {
	if p.Plan {
		p.did(kind, name, done)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, perThing)
	defer cancel()
	if err := soon(ctx, do); err != nil {
		return fmt.Errorf("%s %s: %w", kind, name, err)
	}
	p.did(kind, name, done)
	return nil
}

// soon tries again while what the change is about does not exist: it was there or was
// made a moment ago, but the cloud does not know it everywhere yet.
func soon(ctx context.Context, do func(context.Context) error) error {
	return cloud.Retry{Again: absent}.Do(ctx, func() error { return do(ctx) })
}

// absent tells whether the answer is that the thing is not there.
func absent(err error) bool {
	code := cloud.Code(err)
	return strings.HasPrefix(code, "EntityNotExist") ||
		code == "ProjectNotExist" || code == "LogStoreNotExist" || code == "IndexConfigNotExist"
}

// call makes one call to a product other than the log service.
func (p *preparation) call(ctx context.Context, out any, product, action string, params ...string) error {
	ctx, cancel := context.WithTimeout(ctx, perCall)
	defer cancel()
	return p.api.Do(ctx, cloud.New(product, action, p.Region, params...), out)
}
