package identity

import (
	"fmt"

	"github.com/ecsguard/ecsguard/shared/policy"
)

// routes are by which somebody makes himself an administrator in one call, whoever he is and
// whatever there is: he gives himself, or a policy that he has, another text.
var routes = []policy.Scope{
	{Actions: []string{"ram:AttachPolicyToUser"}, Resources: []string{"acs:ram:*:*:user/*"}},
	{Actions: []string{"ram:AttachPolicyToGroup"}, Resources: []string{"acs:ram:*:*:group/*"}},
	{Actions: []string{"ram:CreatePolicyVersion"}, Resources: []string{"acs:ram:*:*:policy/*"}},
}

// Administrator tells whether whoever has policies, by their documents, may be an
// administrator, and whether that is certain: whatever he asks for is allowed. Who has all of
// RAM, who may give himself any policy, and who has everything under some condition may be.
// What cannot be read may be, and may keep him from it.
func Administrator(documents []string) (may, certain bool) {
	d := administrators.of(documents, func() (d decision) {
		d.may, d.certain = administrator(documents)
		return d
	})
	return d.may, d.certain
}

func administrator(documents []string) (may, certain bool) {
	var read []*policy.Document
	unread := false
	for i, text := range documents {
		d, err := policy.Parse(fmt.Sprintf("policy %d", i+1), []byte(text))
		if err != nil {
			unread = true
			continue
		}
		read = append(read, d)
	}
	access := policy.Of(read...)
	admin := access.Administrator()
	may = unread || admin.EverythingIf != policy.No || admin.InEffectIf != policy.No
	for _, route := range routes {
		may = may || access.Reaches(route).AllIf != policy.No
	}
	return may, admin.Everything == policy.Yes && !unread
}
