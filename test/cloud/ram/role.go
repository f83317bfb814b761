package ram

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// ramRole is a role. A dump writes those that a document named, and no others: the tests make roles for what
// they run, and what they run is none of the document's business.
// Trust says who may assume it. MaxSession limits the sessions of AssumeRole, from one hour to
// twelve.
type ramRole struct {
	kernel.Resource `yaml:",inline" dump:"no region"`
	Trust           any           `yaml:"trust"` // the document as YAML, or the text of the JSON
	Policies        []string      `yaml:"policies,omitempty"`
	MaxSession      time.Duration `yaml:"max-session,omitempty"` // default an hour

	number    string // the id that answers have
	changed   time.Time
	trust     kernel.Policy
	trustText string // as it was given; empty where no text was
	written   bool   // a document named it
}

const roleKind = "ACS::RAM::Role"

var roleRows = kernel.Kind{Key: "roles", Type: roleKind}

func (r *ramRole) Defaults(*Service) {
	r.ID = strings.ToLower(r.Name)
	if r.MaxSession == 0 {
		r.MaxSession = time.Hour
	}
}

// The trust is read here, and written by Abridged.
func (r *ramRole) Check(s *Service) error {
	if twice(s.Roles, r) {
		return fmt.Errorf("the role %q is there twice", r.Name)
	}
	if r.MaxSession < time.Hour || r.MaxSession > 12*time.Hour {
		return fmt.Errorf("max-session is %v, and a role has from 1h to 12h", r.MaxSession)
	}
	var err error
	if r.trust, r.trustText, err = readDocument(r.Trust); err != nil {
		return fmt.Errorf("the trust of the role %s: %w", r.Name, err)
	}
	return s.knowPolicies(r.Policies)
}

// A role that was there keeps its number, so that sessions still belong to it.
func (r *ramRole) Complete(_ *kernel.Loader, s *Service) error {
	r.written = true
	if before := s.loading.before.Role(r.Name); before != nil {
		r.number, r.Created = before.number, before.Created
	} else {
		r.number = "3" + s.Random.Text(17, kernel.Digits)
	}
	r.changed = r.Created
	return nil
}

// Number is the id that answers have.
func (r *ramRole) Number() string { return r.number }

func (r *ramRole) Implied(*Service) bool { return !r.written }

func (r *ramRole) Abridged(*Service) *ramRole {
	c := *r
	c.Policies = slices.Sorted(slices.Values(r.Policies))
	c.Trust = writeDocument(r.trust, r.trustText)
	return &c
}

// readDocument reads a policy that a document has as YAML, or as the text of the JSON.
func readDocument(document any) (doc kernel.Policy, text string, err error) {
	text, isText := document.(string)
	given := text
	if !isText {
		b, err := json.Marshal(document)
		if err != nil {
			return kernel.Policy{}, "", fmt.Errorf("reading a RAM policy: %w", err)
		}
		given = string(b)
	}
	doc, err = kernel.ParsePolicy([]byte(given))
	return doc, text, err
}

// writeDocument writes a policy as a tree, or as it was written where a tree would lose that.
func writeDocument(doc kernel.Policy, text string) (document any) {
	if text != "" && text != doc.JSON() {
		return text
	}
	if err := json.Unmarshal([]byte(doc.JSON()), &document); err != nil {
		panic(err) // it is JSON
	}
	return document
}

var onRole = onRAM("role", "RoleName")

// The trust policy is written by CreateRole and UpdateRole only: who may take a role is changed
// without any attachment.
var ramRoleActions = []action{
	{
		// MaxSessionDuration is 3600 to 43200 seconds.
		Name: "CreateRole", Write: true, On: onRAM("role", ""), Do: createRole,
		Params: "RoleName AssumeRolePolicyDocument Description MaxSessionDuration:Long=3600..43200 Tag:Json(Key Value)",
	},
	{Name: "ListRoles", On: onRAM("role", ""), Do: listRoles, Params: "Marker MaxItems:Integer=1..1000 Tag:Json(Key Value)"},
	{Name: "GetRole", On: onRole, Do: getRole, Params: "RoleName"},
	{
		// NewAssumeRolePolicyDocument replaces the whole trust.
		Name: "UpdateRole", Write: true, On: onRole, Do: updateRole,
		Params: "RoleName NewAssumeRolePolicyDocument NewDescription NewMaxSessionDuration:Long=3600..43200",
	},
	{Name: "DeleteRole", Write: true, On: onRole, Do: deleteRole, Params: "RoleName"},
}

// role finds the role of a call.
// Names are found in any case. The message lacks a word, as the real one does.
func (q *request) role() (*ramRole, error) {
	if !q.Has("RoleName") {
		return nil, kernel.MissingAtGateway("RoleName")
	}
	r := q.c.Role(q.Str("RoleName"))
	if r == nil {
		return nil, kernel.Refuse(404, "EntityNotExist.Role", "The role not exists: %s.", q.Str("RoleName"))
	}
	q.Touch(roleKind, r.Name)
	return r, nil
}

// RoleView is a role in an answer. A list says of each role what it is, and not who may take it.
func (c *Service) RoleView(r *ramRole, withTrust bool) map[string]any {
	view := map[string]any{
		"RoleId": r.number, "RoleName": r.Name, "Arn": c.RoleARN(r.Name), "Description": r.Description,
		"MaxSessionDuration": int(r.MaxSession.Seconds()), "CreateDate": kernel.Stamp(r.Created), "UpdateDate": kernel.Stamp(r.changed),
	}
	if withTrust {
		view["AssumeRolePolicyDocument"] = cmp.Or(r.trustText, r.trust.JSON())
	}
	return view
}

// The trust is read after everything else has been checked.
func createRole(q *request) (any, error) {
	name := q.Str("RoleName")
	if name == "" {
		return nil, kernel.MissingAtGateway("RoleName")
	}
	if err := checkName("RoleName", name, 64); err != nil {
		return nil, err
	}
	switch {
	case q.c.Role(name) != nil:
		return nil, kernel.Refuse(409, "EntityAlreadyExists.Role", "The role already exists: %s.", name)
	case len(q.c.Roles) >= quotas["RolesQuota"]:
		return nil, kernel.Refuse(409, "LimitExceeded.Role", "The count of roles beyond the current limits.") // sic
	}
	tags, err := q.tagList()
	if err != nil {
		return nil, err
	}
	trust, err := q.trust("AssumeRolePolicyDocument")
	if err != nil {
		return nil, err
	}
	r := q.c.MakeRole(name, trust)
	r.Tags, r.Description, r.trustText = tags, q.Str("Description"), q.Str("AssumeRolePolicyDocument")
	r.MaxSession = time.Duration(q.Num("MaxSessionDuration", 3600)) * time.Second
	q.Touch(roleKind, name)
	return map[string]any{"Role": q.c.RoleView(r, true)}, nil
}

// trust reads a trust policy that a call brings.
// That a trust policy has principals is not asked.
func (q *request) trust(param string) (kernel.Policy, error) {
	trust, err := kernel.ParsePolicy([]byte(q.Str(param)))
	if err != nil {
		return kernel.Policy{}, malformed(param, err)
	}
	return trust, nil
}

// malformed refuses a policy that cannot be read.
func malformed(param string, err error) error {
	return kernel.Refuse(400, "MalformedPolicyDocument", "The %s is not valid: %v.", param, err)
}

func getRole(q *request) (any, error) {
	r, err := q.role()
	if err != nil {
		return nil, err
	}
	return map[string]any{"Role": q.c.RoleView(r, true)}, nil
}

func listRoles(q *request) (any, error) {
	tags, err := q.tagList()
	if err != nil {
		return nil, err
	}
	var wanted []*ramRole
	for _, r := range kernel.ByID(q.c.Roles) {
		if kernel.Carries(r.Tags, tags) {
			wanted = append(wanted, r)
		}
	}
	return markedPage(q, wanted, "Roles", "Role", func(r *ramRole) any { return q.c.RoleView(r, false) })
}

// What a call leaves out stays; nothing can be emptied by it.
func updateRole(q *request) (any, error) {
	r, err := q.role()
	if err != nil {
		return nil, err
	}
	if document := q.Str("NewAssumeRolePolicyDocument"); document != "" {
		trust, err := q.trust("NewAssumeRolePolicyDocument")
		if err != nil {
			return nil, err
		}
		r.trust, r.trustText = trust, document
	}
	r.Description = q.OrElse("NewDescription", r.Description)
	r.MaxSession = time.Duration(q.Num("NewMaxSessionDuration", int(r.MaxSession.Seconds()))) * time.Second
	r.changed = q.c.Clock()
	return map[string]any{"Role": q.c.RoleView(r, true)}, nil
}

// Sessions of the role have no policies any more, and so may do nothing.
func deleteRole(q *request) (any, error) {
	r, err := q.role()
	if err != nil {
		return nil, err
	}
	if len(r.Policies) > 0 {
		return nil, kernel.Refuse(409, "DeleteConflict.Role.Policy", "The role CAN NOT has any attached policy while deleting the role.") // sic
	}
	q.c.RemoveRole(r)
	return kernel.Done()
}

// RemoveRole takes a role away. mu is held.
func (c *Service) RemoveRole(r *ramRole) { c.Roles = kernel.Without(c.Roles, r.ID) }

func (c *Service) RoleARN(name string) string {
	return "acs:ram::" + c.Account + ":role/" + strings.ToLower(name)
}

// Case does not count. A role of another account is not found.
func (c *Service) RoleByARN(arn string) (*ramRole, error) {
	account, name, ok := strings.Cut(strings.TrimPrefix(strings.ToLower(arn), "acs:ram::"), ":role/")
	if !ok {
		return nil, kernel.Refuse(400, "InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
	}
	if r := c.Role(name); r != nil && account == c.Account {
		return r, nil
	}
	return nil, kernel.Refuse(404, "EntityNotExist.Role", "The role not exists: %s.", arn)
}

// Trusts says whether a principal of a kind (RAM or Service) may assume the
// role.
func (r *ramRole) Trusts(kind string, names ...string) bool {
	verdict := false
	for _, s := range r.trust.Statement {
		if !kernel.CoveredBy(s.Action, s.NotAction, func(p string) bool { return kernel.ActionMatches(p, "sts:AssumeRole") }) {
			continue
		}
		for _, trusted := range s.Principal[kind] {
			for _, name := range names {
				if !strings.EqualFold(trusted, name) {
					continue
				}
				if s.Effect == "Deny" {
					return false
				}
				verdict = true
			}
		}
	}
	return verdict
}
