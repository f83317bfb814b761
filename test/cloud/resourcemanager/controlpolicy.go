package resourcemanager

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// controlPolicy restricts what may be done in the members below a folder, or in one member.
// It is kept and listed, and restricts nothing here: see the package's comment.
type controlPolicy struct {
	kernel.Resource `yaml:",inline" dump:"no region, no tags"`
	Document        any      `yaml:"document"`        // as YAML, or the text of the JSON
	Scope           string   `yaml:"scope,omitempty"` // RAM (the default: users and roles) or All (the member's root too)
	Targets         []string `yaml:"targets,omitempty"`

	text string // of the document, as it was given
}

const controlKind = "ACS::ResourceManager::ControlPolicy"

var controlRows = kernel.Kind{Key: "control-policies", Prefix: "cp", Type: controlKind}

func (p *controlPolicy) Defaults(*Service) { p.Scope = cmp.Or(p.Scope, "RAM") }

// Folders and members are loaded before it, so that its targets can be looked up.
func (p *controlPolicy) Check(s *Service) error {
	switch {
	case !s.Directory:
		return errors.New("a control policy, and directory is not set")
	case p.Name == "":
		return errors.New("a control policy needs a name")
	case p.Scope != "RAM" && p.Scope != "All":
		return fmt.Errorf("the scope is %q, not RAM or All", p.Scope)
	}
	for _, id := range p.Targets {
		if _, _, ok := s.target(id); !ok {
			return fmt.Errorf("no folder and no member %q", id)
		}
	}
	text, isText := p.Document.(string)
	if !isText {
		b, err := json.Marshal(p.Document)
		if err != nil {
			return fmt.Errorf("reading a control policy: %w", err)
		}
		text = string(b)
	}
	p.text = text
	return checkControl(text)
}

// maxControl is the longest text of a control policy.
const maxControl = 4096

// checkControl reads the document of a control policy, which is written as RAM's are.
func checkControl(text string) error {
	if len(text) > maxControl {
		return fmt.Errorf("the document has %d characters, and may have %d", len(text), maxControl)
	}
	doc, err := kernel.ParsePolicy([]byte(text))
	if err == nil && slices.ContainsFunc(doc.Statement, func(s kernel.Statement) bool { return len(s.Principal) > 0 }) {
		err = errors.New("a control policy has no Principal")
	}
	return err
}

// fullAccess is the policy of the system, without which a target may nothing: each has it from the beginning.
var fullAccess = &controlPolicy{
	Resource: kernel.Resource{ID: "cp-FullAliyunAccess", Name: "FullAliyunAccess"}, Scope: "RAM",
	text: `{"Statement":[{"Effect":"Allow","Action":["*"],"Resource":["*"]}],"Version":"1"}`,
}

// Of the folders down to a member each needs a policy that allows, so to take away the last one
// would lock everybody out.
var controlActions = []action{
	// It needs a directory.
	{Name: "EnableControlPolicy", Write: true, Do: enableControl, Params: ""},
	{Name: "DisableControlPolicy", Write: true, Do: disableControl, Params: ""},
	{Name: "GetControlPolicyEnablementStatus", Do: getControlStatus, Params: ""},
	{Name: "CreateControlPolicy", Write: true, Do: createControl, Params: "PolicyName! PolicyDocument! EffectScope!=RAM|All Description"},
	{Name: "GetControlPolicy", Do: getControl, Params: "PolicyId! Language"},
	{Name: "UpdateControlPolicy", Write: true, Do: updateControl, Params: "PolicyId! NewPolicyName NewPolicyDocument NewDescription"},
	{Name: "DeleteControlPolicy", Write: true, Do: deleteControl, Params: "PolicyId!"},
	{Name: "ListControlPolicies", Do: listControls, Params: "PolicyType=System|Custom Language" + numberedPage},
	// A policy may be on several targets, and a target may have several policies.
	{Name: "AttachControlPolicy", Write: true, Do: attachControl, Params: "PolicyId! TargetId!"},
	// It loosens what members may do, and so a practice asks who did it.
	{Name: "DetachControlPolicy", Write: true, Do: detachControl, Params: "PolicyId! TargetId!"},
	{Name: "ListControlPolicyAttachmentsForTarget", Do: listControlsOfTarget, Params: "TargetId! Language"},
	{Name: "ListTargetAttachmentsForControlPolicy", Do: listTargetsOfControl, Params: "PolicyId!" + numberedPage},
}

func (c *Service) controlStatus() string {
	return map[bool]string{true: "Enabled", false: "Disabled"}[c.ControlEnabled]
}

func getControlStatus(q *request) (any, error) {
	if err := q.inDirectory(); err != nil {
		return nil, err
	}
	return map[string]any{"EnablementStatus": q.c.controlStatus()}, nil
}

// enableControl takes effect at once; the real one answers PendingEnable for a while.
func enableControl(q *request) (any, error) {
	q.c.ControlEnabled = q.c.Directory
	return getControlStatus(q)
}

// Policies and what they are attached to stay.
func disableControl(q *request) (any, error) {
	q.c.ControlEnabled = false
	return getControlStatus(q)
}

// target is a folder or a member, with its name and its type.
func (c *Service) target(id string) (name, kind string, ok bool) {
	if id == rootFolder {
		return "Root", "Root", true
	}
	if f, err := kernel.ByItsID(c.Folders, "folder", id); err == nil {
		return f.Name, "Folder", true
	}
	if m, err := kernel.ByItsID(c.Members, "member", id); err == nil {
		return m.DisplayName, "Account", true
	}
	return "", "", false
}

// controls are the policy of the system and those of the account.
func (c *Service) controls() []*controlPolicy {
	return append([]*controlPolicy{fullAccess}, c.ControlPolicies...)
}

// targetsOf are those that a policy is attached to.
// The system's policy is attached to all but those that were taken off it.
func (c *Service) targetsOf(p *controlPolicy) []string {
	if p != fullAccess {
		return p.Targets
	}
	all := []string{rootFolder}
	for _, f := range c.Folders {
		all = append(all, f.ID)
	}
	for _, m := range c.Members {
		all = append(all, m.ID)
	}
	return slices.DeleteFunc(all, func(id string) bool { return slices.Contains(c.FullAccessOff, id) })
}

// detachAll forgets a target that goes.
func (c *Service) detachAll(id string) {
	is := func(other string) bool { return other == id }
	c.FullAccessOff = slices.DeleteFunc(c.FullAccessOff, is)
	for _, p := range c.ControlPolicies {
		p.Targets = slices.DeleteFunc(p.Targets, is)
	}
}

// AttachmentCount is text. UpdateDate is when it was made.
func (q *request) controlView(p *controlPolicy) map[string]any {
	kind := "Custom"
	if p == fullAccess {
		kind = "System"
	}
	return map[string]any{
		"PolicyId": p.ID, "PolicyName": p.Name, "PolicyType": kind, "Description": p.Description, "EffectScope": p.Scope,
		"AttachmentCount": strconv.Itoa(len(q.c.targetsOf(p))), "CreateDate": kernel.Stamp(p.Created), "UpdateDate": kernel.Stamp(p.Created),
	}
}

// Lists leave the document out.
func (q *request) wholeControl(p *controlPolicy) map[string]any {
	view := q.controlView(p)
	view["PolicyDocument"] = p.text
	return map[string]any{"ControlPolicy": view}
}

// control finds the control policy of a call.
func (q *request) control() (*controlPolicy, error) {
	if err := q.inDirectory(); err != nil {
		return nil, err
	}
	for _, p := range q.c.controls() {
		if p.ID == q.Str("PolicyId") {
			q.Touch(controlKind, p.ID)
			return p, nil
		}
	}
	return nil, kernel.Refuse(404, "EntityNotExists.ControlPolicy", "The control policy does not exist: %s.", q.Str("PolicyId"))
}

// customControl is one that may be changed.
func (q *request) customControl() (*controlPolicy, error) {
	p, err := q.control()
	if err == nil && p == fullAccess {
		return nil, kernel.Refuse(403, "NoPermission", "The system control policy cannot be changed.")
	}
	return p, err
}

func createControl(q *request) (any, error) {
	if err := q.inDirectory(); err != nil {
		return nil, err
	}
	for _, p := range q.c.controls() {
		if p.Name == q.Str("PolicyName") {
			return nil, kernel.Refuse(409, "EntityAlreadyExists.ControlPolicy", "The control policy already exists: %s.", p.Name)
		}
	}
	if err := checkControl(q.Str("PolicyDocument")); err != nil {
		return nil, kernel.Refuse(400, "MalformedPolicyDocument", "The PolicyDocument is not valid: %v.", err)
	}
	p := &controlPolicy{Resource: q.NewResource("cp", q.Str("PolicyName")), Scope: q.Str("EffectScope"), text: q.Str("PolicyDocument")}
	p.Document = p.text
	q.c.ControlPolicies = append(q.c.ControlPolicies, p)
	q.Touch(controlKind, p.ID)
	return q.wholeControl(p), nil
}

func getControl(q *request) (any, error) {
	p, err := q.control()
	if err != nil {
		return nil, err
	}
	return q.wholeControl(p), nil
}

// It holds at once for everything that it is attached to.
func updateControl(q *request) (any, error) {
	p, err := q.customControl()
	if err != nil {
		return nil, err
	}
	if text := q.Str("NewPolicyDocument"); text != "" {
		if err := checkControl(text); err != nil {
			return nil, kernel.Refuse(400, "MalformedPolicyDocument", "The NewPolicyDocument is not valid: %v.", err)
		}
		p.Document, p.text = text, text
	}
	p.Name, p.Description = q.OrElse("NewPolicyName", p.Name), q.OrElse("NewDescription", p.Description)
	return q.wholeControl(p), nil
}

// deleteControl refuses while the policy is attached, as the reference says; which code it has for that is not
// published.
func deleteControl(q *request) (any, error) {
	p, err := q.customControl()
	switch {
	case err != nil:
		return nil, err
	case len(p.Targets) > 0:
		return nil, kernel.Refuse(409, "DeleteConflict.ControlPolicy.Target", "The control policy is attached: %s.", p.Targets[0])
	}
	q.c.ControlPolicies = kernel.Without(q.c.ControlPolicies, p.ID)
	return kernel.Done()
}

// The system's policy comes first.
func listControls(q *request) (any, error) {
	if err := q.inDirectory(); err != nil {
		return nil, err
	}
	var kept []*controlPolicy
	for _, p := range q.c.controls() {
		if q.Matches("PolicyType", q.controlView(p)["PolicyType"].(string)) {
			kept = append(kept, p)
		}
	}
	return kernel.Numbered(q.Request, kept, 10, "ControlPolicies", "ControlPolicy", q.controlView)
}

// controlAndTarget are what a call attaches to what.
func (q *request) controlAndTarget() (*controlPolicy, string, error) {
	p, err := q.control()
	if err != nil {
		return nil, "", err
	}
	id := q.Str("TargetId")
	if _, _, ok := q.c.target(id); !ok {
		return nil, "", kernel.Refuse(404, "EntityNotExists.Target", "The target does not exist: %s.", id)
	}
	return p, id, nil
}

// It has to be enabled first; a policy may be made before.
func attachControl(q *request) (any, error) {
	p, id, err := q.controlAndTarget()
	switch {
	case err != nil:
		return nil, err
	case !q.c.ControlEnabled:
		return nil, kernel.Refuse(409, "InvalidStatus.ControlPolicy", "The control policy feature is not enabled.")
	case slices.Contains(q.c.targetsOf(p), id):
		return nil, kernel.Refuse(409, "EntityAlreadyExists.ControlPolicy.Target", "The control policy has already been attached: %s.", id)
	case p == fullAccess:
		q.c.FullAccessOff = slices.DeleteFunc(q.c.FullAccessOff, func(off string) bool { return off == id })
	default:
		p.Targets = append(p.Targets, id)
	}
	return kernel.Done()
}

// detachControl leaves the last policy of a target: without any, nothing would be allowed in it.
func detachControl(q *request) (any, error) {
	p, id, err := q.controlAndTarget()
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(q.c.targetsOf(p), id):
		return nil, kernel.Refuse(404, "EntityNotExists.ControlPolicy.Target", "The control policy is not attached: %s.", id)
	case len(q.c.controlsOf(id)) == 1:
		return nil, kernel.Refuse(409, "InvalidOperation.LastControlPolicy", "The last control policy of %s cannot be detached.", id)
	case p == fullAccess:
		q.c.FullAccessOff = append(q.c.FullAccessOff, id)
	default:
		p.Targets = slices.DeleteFunc(p.Targets, func(target string) bool { return target == id })
	}
	return kernel.Done()
}

// controlsOf are the policies that are attached to a target itself.
func (c *Service) controlsOf(id string) []*controlPolicy {
	var of []*controlPolicy
	for _, p := range c.controls() {
		if slices.Contains(c.targetsOf(p), id) {
			of = append(of, p)
		}
	}
	return of
}

func listControlsOfTarget(q *request) (any, error) {
	if err := q.inDirectory(); err != nil {
		return nil, err
	}
	views := []any{}
	for _, p := range q.c.controlsOf(q.Str("TargetId")) {
		view := q.controlView(p)
		view["AttachDate"] = view["CreateDate"]
		delete(view, "AttachmentCount")
		views = append(views, view)
	}
	return map[string]any{"ControlPolicyAttachments": map[string]any{"ControlPolicyAttachment": views}}, nil
}

func listTargetsOfControl(q *request) (any, error) {
	p, err := q.control()
	if err != nil {
		return nil, err
	}
	return kernel.Numbered(q.Request, q.c.targetsOf(p), 10, "TargetAttachments", "TargetAttachment", func(id string) map[string]any {
		name, kind, _ := q.c.target(id)
		return map[string]any{"TargetId": id, "TargetName": name, "TargetType": kind, "AttachDate": kernel.Stamp(p.Created)}
	})
}
