package ram

import (
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// consoleActions are those of ResourceManager about policies and roles: the console goes there, and not to RAM. What
// they change is RAM's, and the event alone shows which way it went.
var consoleActions = []action{
	{Name: "CreatePolicy", Write: true, On: onRAM("policy", ""), Do: createPolicy, Params: "PolicyName! PolicyDocument! Description"},
	{Name: "DeletePolicy", Write: true, On: onPolicy, Do: deletePolicy, Params: "PolicyName!"},
	{Name: "GetPolicy", On: onPolicy, Do: getConsolePolicy, Params: "PolicyName! PolicyType!=System|Custom Language"},
	{Name: "ListPolicies", On: onRAM("policy", ""), Do: listConsolePolicies, Params: "PolicyType=System|Custom Language" + numberedPage},
	{Name: "CreatePolicyVersion", Write: true, On: onPolicy, Do: createVersion, Params: "PolicyName! PolicyDocument! SetAsDefault:Boolean"},
	{Name: "DeletePolicyVersion", Write: true, On: onPolicy, Do: deleteVersion, Params: "PolicyName! VersionId!"},
	{Name: "GetPolicyVersion", On: onPolicy, Do: getVersion, Params: "PolicyName! PolicyType!=System|Custom VersionId!"},
	{Name: "ListPolicyVersions", On: onPolicy, Do: listVersions, Params: "PolicyName! PolicyType!=System|Custom"},
	{Name: "SetDefaultPolicyVersion", Write: true, On: onPolicy, Do: setDefaultVersion, Params: "PolicyName! VersionId!"},
	{
		Name: "CreateRole", Write: true, On: onRAM("role", ""), Do: createRole,
		Params: "RoleName! AssumeRolePolicyDocument! Description MaxSessionDuration:Long=3600..43200",
	},
	{Name: "GetRole", On: onRole, Do: getRole, Params: "RoleName! Language"},
	{Name: "ListRoles", On: onRAM("role", ""), Do: listConsoleRoles, Params: "Language" + numberedPage},
	{
		Name: "UpdateRole", Write: true, On: onRole, Do: updateRole,
		Params: "RoleName! NewAssumeRolePolicyDocument NewDescription NewMaxSessionDuration:Long=3600..43200",
	},
	{Name: "DeleteRole", Write: true, On: onRole, Do: deleteRole, Params: "RoleName!"},
}

// ResourceManager pages by number, where RAM has markers.
const numberedPage = " PageNumber:Integer=1..1000000 PageSize:Integer=1..100"

// ConsoleActions are for the product ResourceManager to serve.
func (c *Service) ConsoleActions() []kernel.Action[*kernel.Request] {
	var all []kernel.Action[*kernel.Request]
	for _, a := range consoleActions {
		all = append(all, kernel.Action[*kernel.Request]{
			Name: a.Name, Params: a.Params, Write: a.Write, On: a.On, Do: func(q *kernel.Request) (any, error) { return a.Do(c.request(q)) },
		})
	}
	return all
}

// getConsolePolicy has the document in the policy itself.
func getConsolePolicy(q *request) (any, error) {
	p, err := q.policy()
	if err != nil {
		return nil, err
	}
	view := q.c.PolicyView(p)
	view["PolicyDocument"] = p.Current().document()
	return map[string]any{"Policy": view}, nil
}

// Policies are by name; tags are not among the filters here.
func listConsolePolicies(q *request) (any, error) {
	var wanted []*ramPolicy
	for _, p := range kernel.ByID(q.c.Policies) {
		if q.Matches("PolicyType", p.Kind) {
			wanted = append(wanted, p)
		}
	}
	return kernel.Numbered(q.Request, wanted, 10, "Policies", "Policy", q.c.PolicyView)
}

func listConsoleRoles(q *request) (any, error) {
	return kernel.Numbered(q.Request, kernel.ByID(q.c.Roles), 10, "Roles", "Role", func(r *ramRole) map[string]any { return q.c.RoleView(r, false) })
}
