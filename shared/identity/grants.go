package identity

import (
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/ecsguard/ecsguard/shared/policy"
)

// routes are by which somebody makes himself an administrator in one call, whoever he is and
// whatever there is: he gives himself, or a policy that he has, another text.
var routes = []policy.Scope{
	{Actions: []string{"ram:AttachPolicyToUser"}, Resources: []string{"acs:ram:*:*:user/*"}},
	{Actions: []string{"ram:AttachPolicyToGroup"}, Resources: []string{"acs:ram:*:*:group/*"}},
	{Actions: []string{"ram:CreatePolicyVersion"}, Resources: []string{"acs:ram:*:*:policy/*"}},
}

// A decision about whether whoever has some documents is an administrator.
type decision struct{ may, certain bool }

// decided are the latest: most users have the same few policies, and to decide about one set
// of them takes milliseconds. The map is emptied when it is full.
var decided struct {
	sync.Mutex
	by map[[sha256.Size]byte]decision
}

const mostDecided = 4096

// Administrator tells whether whoever has policies, by their documents, may be an
// administrator, and whether that is certain: whatever he asks for is allowed. Who has all of
// RAM, who may give himself any policy, and who has everything under some condition may be.
// What cannot be read may be, and may keep him from it.
func Administrator(documents []string) (may, certain bool) {
	all := sha256.New()
	for _, text := range documents {
		fmt.Fprintf(all, "%d ", len(text)) // so that two documents are not one with the same text
		all.Write([]byte(text))
	}
	key := [sha256.Size]byte(all.Sum(nil))
	decided.Lock()
	known, ok := decided.by[key]
	decided.Unlock()
	if ok {
		return known.may, known.certain
	}
	may, certain = administrator(documents)
	decided.Lock()
	defer decided.Unlock()
	if decided.by == nil || len(decided.by) >= mostDecided {
		decided.by = map[[sha256.Size]byte]decision{}
	}
	decided.by[key] = decision{may, certain}
	return may, certain
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
