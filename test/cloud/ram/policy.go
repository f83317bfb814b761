package ram

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// ramPolicy is a policy of the account's, or one of the system's, which no document writes. A document writes
// the version that counts, and the others, where there are any, by their numbers.
type ramPolicy struct {
	kernel.Resource `yaml:",inline" dump:"no region"`
	Document        any            `yaml:"document"`                    // as YAML, or the text of the JSON
	Version         string         `yaml:"version,omitempty"`           // of the document; v1 where it is not said
	Others          map[string]any `yaml:"other-versions,omitempty"`    // which do not count: "v1", likewise
	ChangedHoursAgo int            `yaml:"changed-hours-ago,omitempty"` // default when it was made

	Kind     string          // Custom or System
	versions []policyVersion // oldest first; one of them is the default, and it alone counts
	made     int             // versions so far: a number is not used again
	changed  time.Time
}

const policyKind = "ACS::RAM::Policy"

var policyRows = kernel.Kind{Key: "policies", Type: policyKind}

func (p *ramPolicy) Defaults(*Service) {}

// It reads all versions, as they need their numbers to be put in order.
func (p *ramPolicy) Check(s *Service) error {
	if twice(s.Policies, p) {
		return fmt.Errorf("the policy %q is there twice", p.Name)
	}
	if before := s.loading.before.Policy(p.Name); before != nil && before.Kind == "System" {
		return fmt.Errorf("%q is a policy of the system's", p.Name)
	}
	doc, text, err := readDocument(p.Document)
	if err != nil {
		return err
	}
	p.Kind = "Custom"
	p.add(doc, p.Created, true).text = text
	p.versions[0].id = cmp.Or(p.Version, "v1")
	for id, document := range p.Others {
		if p.Others[p.versions[0].id] != nil {
			return fmt.Errorf("the version %s of the policy %q is there twice", p.versions[0].id, p.Name)
		}
		if doc, text, err = readDocument(document); err != nil {
			return err
		}
		p.versions = append(p.versions, policyVersion{id: id, Doc: doc, text: text, created: p.Created})
	}
	slices.SortFunc(p.versions, func(a, b policyVersion) int { return cmp.Compare(a.number(), b.number()) })
	p.made = p.versions[len(p.versions)-1].number()
	if p.versions[0].number() < 1 || len(p.versions) > quotas["VersionsPerPolicyQuota"] {
		return fmt.Errorf("the policy %q has at most five versions, named v1, v2 and so on", p.Name)
	}
	return nil
}

func (p *ramPolicy) Complete(_ *kernel.Loader, s *Service) error {
	if p.changed = p.Created; p.ChangedHoursAgo > 0 {
		p.changed = s.Clock().Add(-time.Duration(p.ChangedHoursAgo) * time.Hour)
	}
	return nil
}

// touch notes that the policy is changed now.
func (p *ramPolicy) touch(q *request) { p.changed, p.ChangedHoursAgo = q.c.Clock(), 0 }

// Implied policies are those of the system, and those that only roles have that are not written either.
func (p *ramPolicy) Implied(s *Service) bool {
	if p.Kind != "Custom" {
		return true
	}
	hidden, shown := false, false
	for _, r := range s.Roles {
		has := slices.Contains(r.Policies, p.Name)
		hidden, shown = hidden || has && !r.written, shown || has && r.written
	}
	for _, u := range s.Users {
		shown = shown || slices.Contains(u.Policies, p.Name)
	}
	for _, g := range s.UserGroups {
		shown = shown || slices.Contains(g.Policies, p.Name)
	}
	return hidden && !shown
}

// The default version is written as the document, and the others only where there are any.
func (p *ramPolicy) Abridged(*Service) *ramPolicy {
	c := *p
	c.Document, c.Version, c.Others = writeDocument(p.Current().Doc, p.Current().text), "", nil
	for _, v := range p.versions {
		if v.isDefault {
			continue
		}
		if c.Others == nil {
			c.Version, c.Others = p.Current().id, map[string]any{}
		}
		c.Others[v.id] = writeDocument(v.Doc, v.text)
	}
	return &c
}

// policyVersion is one text that a policy has or had.
type policyVersion struct {
	id        string // "v3"
	Doc       kernel.Policy
	text      string // as it was given, byte for byte; empty where no text was
	created   time.Time
	isDefault bool
}

// number is the one in its id; 0: it has none.
func (v *policyVersion) number() int {
	n, _ := strconv.Atoi(strings.TrimPrefix(v.id, "v"))
	return n
}

// maxDocument is the longest text of a custom policy, in bytes.
const maxDocument = 6144

// document is what a reader gets: what the writer has written.
func (v *policyVersion) document() string { return cmp.Or(v.text, v.Doc.JSON()) }

func newPolicy(name, kind string, doc kernel.Policy, now time.Time) *ramPolicy {
	p := &ramPolicy{Resource: kernel.Resource{ID: name, Name: name, Created: now, Tags: map[string]string{}}, Kind: kind, changed: now}
	p.add(doc, now, true)
	return p
}

// add makes a version and returns it.
func (p *ramPolicy) add(doc kernel.Policy, now time.Time, asDefault bool) *policyVersion {
	if asDefault {
		for i := range p.versions {
			p.versions[i].isDefault = false
		}
	}
	p.made++
	p.versions = append(p.versions, policyVersion{id: fmt.Sprintf("v%d", p.made), Doc: doc, created: now, isDefault: asDefault})
	return &p.versions[len(p.versions)-1]
}

// Current is the version that counts.
func (p *ramPolicy) Current() *policyVersion {
	return &p.versions[slices.IndexFunc(p.versions, func(v policyVersion) bool { return v.isDefault })]
}

var onPolicy = onRAM("policy", "PolicyName")

const typedPolicy = "PolicyName PolicyType=System|Custom"

// A policy has up to five versions, and setting another default is a way to change rights without
// a new document: CreatePolicyVersion and SetDefaultPolicyVersion are both looked for in events.
// PolicyType has to be said by calls that may be about the system's.
var ramPolicyActions = []action{
	{
		Name: "CreatePolicy", Write: true, On: onRAM("policy", ""), Do: createPolicy,
		Params: "PolicyName PolicyDocument Description Tag:Json(Key Value)",
	},
	// CascadingDelete takes versions along, and not attachments.
	{Name: "DeletePolicy", Write: true, On: onPolicy, Do: deletePolicy, Params: "PolicyName CascadingDelete:Boolean"},
	{Name: "ListPolicies", On: onRAM("policy", ""), Do: listPolicies, Params: "PolicyType=System|Custom Marker MaxItems:Integer=1..1000 Tag:Json(Key Value)"},
	{Name: "GetPolicy", On: onPolicy, Do: getPolicy, Params: typedPolicy},
	{Name: "UpdatePolicyDescription", Write: true, On: onPolicy, Do: describePolicy, Params: "PolicyName NewDescription"},
	{
		// Without SetAsDefault the new version changes nothing yet.
		Name: "CreatePolicyVersion", Write: true, On: onPolicy, Do: createVersion,
		Params: "PolicyName PolicyDocument SetAsDefault:Boolean RotateStrategy=None|DeleteOldestNonDefaultVersionWhenLimitExceeded",
	},
	{Name: "ListPolicyVersions", On: onPolicy, Do: listVersions, Params: typedPolicy},
	{Name: "GetPolicyVersion", On: onPolicy, Do: getVersion, Params: typedPolicy + " VersionId"},
	{Name: "DeletePolicyVersion", Write: true, On: onPolicy, Do: deleteVersion, Params: "PolicyName VersionId"},
	{Name: "SetDefaultPolicyVersion", Write: true, On: onPolicy, Do: setDefaultVersion, Params: "PolicyName VersionId"},
}

// policy finds the policy of a call that says which kind it is.
func (q *request) policy() (*ramPolicy, error) {
	if q.Has("PolicyName") && !q.Has("PolicyType") {
		return nil, kernel.MissingAtGateway("PolicyType")
	}
	return q.policyOf(q.Str("PolicyType"))
}

// A policy of the other kind does not exist for such a call.
func (q *request) policyOf(kind string) (*ramPolicy, error) {
	name := q.Str("PolicyName")
	if name == "" {
		return nil, kernel.MissingAtGateway("PolicyName")
	}
	p := q.c.Policy(name)
	if p == nil || p.Kind != kind {
		return nil, kernel.Refuse(404, "EntityNotExist.Policy", "The policy does not exist: %s.", name)
	}
	q.Touch(policyKind, name)
	return p, nil
}

// PolicyView is a policy in an answer. mu is held.
// AttachmentCount counts users, groups and roles alike.
func (c *Service) PolicyView(p *ramPolicy) map[string]any {
	return map[string]any{
		"PolicyName": p.Name, "PolicyType": p.Kind, "Description": p.Description, "DefaultVersion": p.Current().id,
		"CreateDate": kernel.Stamp(p.Created), "UpdateDate": kernel.Stamp(p.changed), "AttachmentCount": len(c.holders(p)),
	}
}

// policyDocument is the text that a call gives a policy, understood.
// The text is kept byte for byte, since readers compare it.
func (q *request) policyDocument() (kernel.Policy, error) {
	text := q.Str("PolicyDocument")
	if text == "" {
		return kernel.Policy{}, kernel.MissingAtGateway("PolicyDocument")
	}
	if len(text) > maxDocument {
		return kernel.Policy{}, kernel.Refuse(400, "InvalidParameter.PolicyDocument.Length", `The parameter - "PolicyDocument" beyond the length limit.`) // sic
	}
	doc, err := kernel.ParsePolicy([]byte(text))
	if err == nil && slices.ContainsFunc(doc.Statement, func(s kernel.Statement) bool { return len(s.Principal) > 0 }) {
		err = errors.New("only the trust policy of a role has a Principal")
	}
	if err != nil {
		return kernel.Policy{}, malformed("PolicyDocument", err)
	}
	return doc, nil
}

// checkDescription refuses a text that is too long for a policy.
func (q *request) checkDescription(param string) error {
	if len(q.Str(param)) > 1024 {
		return kernel.Refuse(400, "InvalidParameter."+param+".Length", "The parameter - %q beyond the length limit.", param) // sic
	}
	return nil
}

// Names of policies have no dots and no underscores, unlike those of users. They are told apart by
// case.
func createPolicy(q *request) (any, error) {
	name := q.Str("PolicyName")
	if name == "" {
		return nil, kernel.MissingAtGateway("PolicyName")
	}
	if strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return nil, kernel.Refuse(400, "InvalidParameter.PolicyName.InvalidChars", `The parameter - "PolicyName" contains invalid chars.`)
	}
	if err := cmp.Or(checkName("PolicyName", name, 128), q.checkDescription("Description")); err != nil {
		return nil, err
	}
	custom := 0
	for _, p := range q.c.Policies {
		if p.Kind == "Custom" {
			custom++
		}
	}
	switch {
	case q.c.Policy(name) != nil:
		return nil, kernel.Refuse(409, "EntityAlreadyExists.Policy", "The policy already exists: %s.", name)
	case custom >= quotas["PoliciesQuota"]:
		return nil, kernel.Refuse(409, "LimitExceeded.Policy", "The count of policy beyond the current limits.") // sic
	}
	tags, err := q.tagList()
	if err != nil {
		return nil, err
	}
	doc, err := q.policyDocument()
	if err != nil {
		return nil, err
	}
	p := newPolicy(name, "Custom", doc, q.c.Clock())
	p.Tags, p.Description, p.versions[0].text = tags, q.Str("Description"), q.Str("PolicyDocument")
	q.c.Policies = append(q.c.Policies, p)
	q.Touch(policyKind, name)
	return map[string]any{"Policy": q.c.PolicyView(p)}, nil
}

func getPolicy(q *request) (any, error) {
	p, err := q.policy()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Policy": q.c.PolicyView(p), "DefaultPolicyVersion": p.Current().view()}, nil
}

// System and custom policies together, by name.
func listPolicies(q *request) (any, error) {
	tags, err := q.tagList()
	if err != nil {
		return nil, err
	}
	var wanted []*ramPolicy
	for _, p := range kernel.ByID(q.c.Policies) {
		if q.Matches("PolicyType", p.Kind) && kernel.Carries(p.Tags, tags) {
			wanted = append(wanted, p)
		}
	}
	return markedPage(q, wanted, "Policies", "Policy", func(p *ramPolicy) any { return q.c.PolicyView(p) })
}

func describePolicy(q *request) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	if err := q.checkDescription("NewDescription"); err != nil {
		return nil, err
	}
	p.Description = q.Str("NewDescription")
	p.touch(q)
	return map[string]any{"Policy": q.c.PolicyView(p)}, nil
}

// deletePolicy refuses while anybody has the policy or it has earlier
// versions, unless it may take those along.
func deletePolicy(q *request) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	for _, h := range q.c.holders(p) {
		return nil, kernel.Refuse(409, "DeleteConflict.Policy."+h.kind, "The policy can not been deleted while attached by %ss.", h.kind) // sic
	}
	if len(p.versions) > 1 && !q.Is("CascadingDelete") {
		return nil, kernel.Refuse(409, "DeleteConflict.Policy.Version", "The policy CAN NOT has any version except the default version.") // sic
	}
	q.c.Policies = kernel.Without(q.c.Policies, p.ID)
	return kernel.Done()
}

func (v *policyVersion) view() map[string]any {
	return map[string]any{
		"VersionId": v.id, "IsDefaultVersion": v.isDefault, "PolicyDocument": v.document(), "CreateDate": kernel.Stamp(v.created),
	}
}

// With RotateStrategy the oldest version that is not the default makes room for it.
func createVersion(q *request) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	doc, err := q.policyDocument()
	if err != nil {
		return nil, err
	}
	if len(p.versions) >= quotas["VersionsPerPolicyQuota"] {
		if !q.Has("RotateStrategy") || q.Str("RotateStrategy") == "None" {
			return nil, kernel.Refuse(409, "LimitExceeded.Policy.Version", "The count of policy version beyond the current limits.") // sic
		}
		oldest := slices.IndexFunc(p.versions, func(v policyVersion) bool { return !v.isDefault })
		p.versions = slices.Delete(p.versions, oldest, oldest+1)
	}
	v := p.add(doc, q.c.Clock(), q.Is("SetAsDefault"))
	v.text = q.Str("PolicyDocument")
	p.touch(q)
	return map[string]any{"PolicyVersion": v.view()}, nil
}

func listVersions(q *request) (any, error) {
	p, err := q.policy()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for i := range p.versions {
		views = append(views, p.versions[i].view())
	}
	return map[string]any{"PolicyVersions": map[string]any{"PolicyVersion": views}}, nil
}

// version finds the version of a call.
func (q *request) version(p *ramPolicy) (int, error) {
	id := q.Str("VersionId")
	if id == "" {
		return 0, kernel.MissingAtGateway("VersionId")
	}
	if !strings.HasPrefix(id, "v") || strings.Trim(id[1:], "0123456789") != "" || id == "v" {
		return 0, kernel.Refuse(400, "InvalidParameter.VersionId.Format", `The format of the parameter - "VersionId" is incorrect.`)
	}
	i := slices.IndexFunc(p.versions, func(v policyVersion) bool { return v.id == id })
	if i < 0 {
		return 0, kernel.Refuse(404, "EntityNotExist.Policy.Version", "The policy version does not exist: %s.", id)
	}
	return i, nil
}

func getVersion(q *request) (any, error) {
	p, err := q.policy()
	if err != nil {
		return nil, err
	}
	i, err := q.version(p)
	if err != nil {
		return nil, err
	}
	return map[string]any{"PolicyVersion": p.versions[i].view()}, nil
}

// The default cannot be deleted.
func deleteVersion(q *request) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	i, err := q.version(p)
	switch {
	case err != nil:
		return nil, err
	case p.versions[i].isDefault:
		return nil, kernel.Refuse(409, "DeleteConflict.Policy.Version.Default", "The default policy version CAN NOT been deleted directly.") // sic
	}
	p.versions = slices.Delete(p.versions, i, i+1)
	p.touch(q)
	return kernel.Done()
}

// It may bring back an older and wider text: the event has the number alone, so the document has
// to be read.
func setDefaultVersion(q *request) (any, error) {
	p, err := q.policyOf("Custom")
	if err != nil {
		return nil, err
	}
	chosen, err := q.version(p)
	if err != nil {
		return nil, err
	}
	for i := range p.versions {
		p.versions[i].isDefault = i == chosen
	}
	p.touch(q)
	return kernel.Done()
}
