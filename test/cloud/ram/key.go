package ram

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// keyFacts is what a document says of one key beyond its being there. The key itself (its id and
// its secret) is made up, and no document has it.
// It belongs to a key by its id (facts), and lasts as long as the key.
type keyFacts struct {
	ID             string `yaml:"id,omitempty"` // so that a scenario can name the key; made up otherwise
	CreatedDaysAgo int    `yaml:"created-days-ago,omitempty"`
	UsedDaysAgo    int    `yaml:"used-days-ago,omitempty"` // default never
	Inactive       bool   `yaml:"inactive,omitempty"`
	Networks       string `yaml:"network-policy,omitempty"` // the JSON of SetAccessKeyPolicy
}

// checkFacts refuses what is said of more keys than there are, and what no key has.
func checkFacts(facts []keyFacts, keys int) error {
	if len(facts) > keys {
		return fmt.Errorf("%d keys are described, and there are %d", len(facts), keys)
	}
	for i, f := range facts {
		if f.ID != "" && !strings.HasPrefix(f.ID, "LTAI") {
			return kernel.At(fmt.Errorf("%q is no AccessKey ID: one begins with LTAI", f.ID), ".keys[%d]", i)
		}
		if f.Networks == "" {
			continue
		}
		if _, err := readNetworks(f.Networks); err != nil {
			return kernel.At(err, ".keys[%d]", i)
		}
	}
	return nil
}

// setKeys gives an owner as many keys as a document says, and makes them as it says. Keys above
// that number go only where the document is exact about it, the oldest first.
// A user's keys are never taken away by a document: a test may have added some before it loads
// one.
func (c *Service) setKeys(owner string, n int, facts []keyFacts, exact bool) {
	have := c.KeysOf(owner)
	for exact && len(have) > n {
		delete(c.Keys.ByID, have[0].ID)
		have = have[1:]
	}
	for range n - len(have) {
		have = append(have, c.addKey(owner))
	}
	if c.facts == nil {
		c.facts = map[string]*keyFacts{}
	}
	for i, f := range facts {
		k := have[i]
		if f.ID != "" {
			delete(c.Keys.ByID, k.ID)
			k.ID, k.Who.AccessKeyID = f.ID, f.ID
			c.Keys.ByID[k.ID] = k
		}
		k.Active = !f.Inactive
		if f.CreatedDaysAgo > 0 {
			k.Created = c.daysAgo(f.CreatedDaysAgo)
		}
		if f.UsedDaysAgo > 0 {
			k.LastUsed = c.daysAgo(f.UsedDaysAgo)
		}
		c.facts[k.ID] = &f
	}
}

// factsOf is what is special about the keys of an owner, for a dump: in an order that does not
// depend on ids, and without the keys of which there is nothing to say.
func (c *Service) factsOf(owner string) []keyFacts {
	var all []keyFacts
	for _, k := range c.KeysOf(owner) {
		f := *c.factsFor(k)
		f.Inactive = !k.Active
		if f != (keyFacts{}) {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b keyFacts) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(b.CreatedDaysAgo, a.CreatedDaysAgo), cmp.Compare(b.UsedDaysAgo, a.UsedDaysAgo),
			cmp.Compare(a.Networks, b.Networks), cmp.Compare(fmt.Sprint(b.Inactive), fmt.Sprint(a.Inactive)))
	})
	return all
}

// What is not kept yet is a new value: setKeyNetworks keeps it.
func (c *Service) factsFor(k *kernel.SigningKey) *keyFacts {
	if f := c.facts[k.ID]; f != nil {
		return f
	}
	return &keyFacts{}
}

// addKey makes a permanent key. The root account's owner has no name.
// The form is that of keys made today: LTAI5t and 18 characters.
func (c *Service) addKey(owner string) *kernel.SigningKey {
	who := c.rootPrincipal()
	if u := c.User(owner); u != nil {
		who = c.userPrincipal(u)
	}
	return c.AddKey("LTAI5t"+c.Random.Text(18, kernel.Alnum), who, owner)
}

func (c *Service) addUserKey(u *ramUser) *kernel.SigningKey { return c.addKey(u.ID) }

// KeysOf lists the permanent keys of a user, or of the root account, the oldest first.
// Temporary keys (STS., TMP.) are not among them.
func (c *Service) KeysOf(user string) []*kernel.SigningKey {
	var keys []*kernel.SigningKey
	for _, k := range c.Keys.ByID {
		if k.User == user && strings.HasPrefix(k.ID, "LTAI") {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b *kernel.SigningKey) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
	})
	return keys
}

// It is what events name a key by.
const keyKind = "ACS::RAM::AccessKey"

// CreateAccessKey answers the secret, once. Without a name the calls are about the caller's own
// keys, if AllowUserToManageAccessKeys or a policy lets it: that preference is kept and not judged
// by.
var ramKeyActions = []action{
	{Name: "CreateAccessKey", Write: true, On: onUser, Do: createKey, Params: "UserName"},
	{Name: "ListAccessKeys", On: onUser, Do: listKeys, Params: "UserName"},
	// Inactive can be taken back, which is why a practice switches a key off before anybody
	// deletes it.
	{Name: "UpdateAccessKey", Write: true, On: onUser, Do: updateKey, Params: "UserName UserAccessKeyId Status=Active|Inactive"},
	// A key that is active can be deleted.
	{Name: "DeleteAccessKey", Write: true, On: onUser, Do: deleteKey, Params: "UserName UserAccessKeyId"},
	{Name: "GetAccessKeyLastUsed", On: onUser, Do: lastUsed, Params: "UserName UserAccessKeyId"},
}

// imsKeyActions know the keys of the root account too, of which RAM says nothing.
var imsKeyActions = []action{
	{Name: "CreateAccessKey", Write: true, On: onPrincipal, Do: createKey, Params: "UserPrincipalName"},
	{Name: "ListAccessKeys", On: onPrincipal, Do: listKeys, Params: "UserPrincipalName"},
	{Name: "UpdateAccessKey", Write: true, On: onPrincipal, Do: updateKey, Params: "UserAccessKeyId! Status!=Active|Inactive UserPrincipalName"},
	{Name: "DeleteAccessKey", Write: true, On: onPrincipal, Do: deleteKey, Params: "UserAccessKeyId! UserPrincipalName"},
	{Name: "GetAccessKeyLastUsed", On: onPrincipal, Do: lastUsed, Params: "UserAccessKeyId! UserPrincipalName"},
	// In no metadata of 2026-04; the official SDK of 2026-07 has these four.
	{Name: "GetAccessKeyPolicy", On: onPrincipal, Do: getKeyNetworks, Params: "UserAccessKeyId! UserPrincipalName"},
	{Name: "SetAccessKeyPolicy", Write: true, On: onPrincipal, Do: setKeyNetworks, Params: "UserAccessKeyId! AccessKeyPolicy! UserPrincipalName"},
	// The policy of the account holds for keys that have none of their own.
	{Name: "GetAccessKeyPolicyForAccount", Do: getAccountNetworks, Params: ""},
	{Name: "SetAccessKeyPolicyForAccount", Write: true, Do: setAccountNetworks, Params: "AccessKeyPolicy!"},
}

// owner is whose keys a call is about: a user's, or, without a name, the caller's own. Only IMS
// knows those of the root account.
func (q *request) owner() (string, error) {
	if q.ims() && !q.Has("UserPrincipalName") {
		switch q.Who.Type {
		case "root-account":
			return kernel.RootOwner, nil
		case "assumed-role":
			return "", kernel.Refuse(403, "NoPermission", "A role has no access keys of its own: UserPrincipalName is needed.")
		}
	}
	u, err := q.user()
	if err != nil {
		return "", err
	}
	return u.ID, nil
}

// keyView is a key in an answer. The secret is in that of the call that made the key, and nowhere else.
func keyView(k *kernel.SigningKey, withSecret bool) map[string]any {
	view := map[string]any{"AccessKeyId": k.ID, "Status": activity(k.Active), "CreateDate": kernel.Stamp(k.Created)}
	if withSecret {
		view["AccessKeySecret"] = k.Secret
	}
	return view
}

// Two keys a user, inactive ones included, so a rotation has to delete before it can make the
// next.
func createKey(q *request) (any, error) {
	owner, err := q.owner()
	if err != nil {
		return nil, err
	}
	if len(q.c.KeysOf(owner)) >= accessKeysPerUser {
		return nil, kernel.Refuse(409, "LimitExceeded.User.AccessKey", "The access key count of the user access keys beyond the current limits.") // sic
	}
	k := q.c.addKey(owner)
	q.Touch(keyKind, k.ID)
	return map[string]any{"AccessKey": keyView(k, true)}, nil
}

// It has no secrets and no time of last use, for which GetAccessKeyLastUsed is asked key by key.
func listKeys(q *request) (any, error) {
	owner, err := q.owner()
	if err != nil {
		return nil, err
	}
	views := []any{}
	for _, k := range q.c.KeysOf(owner) {
		views = append(views, keyView(k, false))
	}
	return map[string]any{"AccessKeys": map[string]any{"AccessKey": views}}, nil
}

// ownedKey finds the key that a call names among those of its owner.
func (q *request) ownedKey() (*kernel.SigningKey, error) {
	owner, err := q.owner()
	if err != nil {
		return nil, err
	}
	id := q.Str("UserAccessKeyId")
	if id == "" {
		return nil, kernel.MissingAtGateway("UserAccessKeyId")
	}
	for _, k := range q.c.KeysOf(owner) {
		if k.ID == id {
			q.Touch(keyKind, id)
			return k, nil
		}
	}
	return nil, kernel.Refuse(404, "EntityNotExist.User.AccessKey", "The user access key does not exist: %s.", id)
}

// A key that is switched off refuses calls at once. Sessions that were made with it live on.
func updateKey(q *request) (any, error) {
	k, err := q.ownedKey()
	if err != nil {
		return nil, err
	}
	if !q.Has("Status") {
		return nil, kernel.MissingAtGateway("Status")
	}
	k.Active = q.Str("Status") == "Active"
	return kernel.Done()
}

// deleteKey puts the key of a user into the recycle bin. One of the root account is gone.
func deleteKey(q *request) (any, error) {
	k, err := q.ownedKey()
	if err != nil {
		return nil, err
	}
	delete(q.c.Keys.ByID, k.ID)
	if u := q.c.User(k.User); u != nil {
		q.c.bin.keys = append(q.c.bin.keys, binned[binnedKey]{binnedKey{k, u.number}, q.c.Clock()})
	}
	return kernel.Done()
}

// lastUsed is when a key last signed a call; a key that never did has no date.
func lastUsed(q *request) (any, error) {
	k, err := q.ownedKey()
	if err != nil {
		return nil, err
	}
	view := map[string]any{"LastUsedDate": kernel.Stamp(k.LastUsed)}
	if q.ims() {
		view["ServiceName"] = k.LastService
	}
	return map[string]any{"AccessKeyLastUsed": view}, nil
}

// networks is from where keys may be used.
// It is the JSON of the parameter AccessKeyPolicy. How an allow list is to be read: only what it
// names may use the key.
type networks struct {
	Version    int
	Status     string
	Statements []networkStatement
}

type networkStatement struct {
	Type   string   // ClassicWhiteList: public addresses; VPCWhiteList: those of a VPC
	Value  string   `json:",omitempty"` // which VPC
	IPList []string // addresses and CIDR blocks
}

// noNetworks is the answer for a key of which nothing was ever set. To set it is refused.
const noNetworks = "{}"

// readNetworks reads a policy as IMS takes it, and refuses what it would not.
func readNetworks(document string) (*networks, error) {
	var n networks
	dec := json.NewDecoder(strings.NewReader(document))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&n); err != nil {
		return nil, fmt.Errorf("reading the network policy of a key: %w", err)
	}
	switch {
	case n.Version != 0 && n.Version != 1:
		return nil, fmt.Errorf("reading the network policy of a key: Version is %d, not 1", n.Version)
	case n.Status != "Active" && n.Status != "Inactive":
		return nil, fmt.Errorf("reading the network policy of a key: Status is %q, not Active or Inactive", n.Status)
	case n.Statements == nil:
		return nil, errors.New("reading the network policy of a key: Statements is missing; it may be an empty list")
	}
	for i, s := range n.Statements {
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("reading the network policy of a key: statement %d: %w", i+1, err)
		}
	}
	n.Version = 1 // the service adds it
	return &n, nil
}

// An address may be of either family.
func (s networkStatement) check() error {
	switch {
	case s.Type != "ClassicWhiteList" && s.Type != "VPCWhiteList":
		return fmt.Errorf("the Type is %q, not ClassicWhiteList or VPCWhiteList", s.Type)
	case s.Type == "ClassicWhiteList" && s.Value != "":
		return errors.New("a ClassicWhiteList has no Value")
	case s.Type == "VPCWhiteList" && s.Value == "":
		return errors.New("a VPCWhiteList needs a Value: a VPC, or AllowAllVPC")
	case len(s.IPList) == 0:
		return errors.New("the IPList is empty")
	}
	for _, one := range s.IPList {
		if !validMask(one) {
			return fmt.Errorf("%q is neither an address nor a CIDR block", one)
		}
	}
	return nil
}

// validMask says that a text is an address or a block of them.
func validMask(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(s)
	return err == nil
}

// text is the policy as answers have it.
func (n *networks) text() string {
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // texts and lists of texts always marshal
	}
	return string(b)
}

// denial is the policy as RAM would write it: everything is denied from elsewhere. The calls of this
// cloud come from public addresses, so that the VPCs of a policy let nobody in. A list that is empty lets
// nobody in either. How the real gateway words its refusal is not documented; here it is RAM's.
func (n *networks) denial() (kernel.Policy, bool) {
	if n.Status != "Active" {
		return kernel.Policy{}, false
	}
	s := kernel.Statement{Effect: "Deny", Action: kernel.TextList{"*"}, Resource: kernel.TextList{"*"}}
	var from kernel.TextList
	for _, one := range n.Statements {
		if one.Type == "ClassicWhiteList" {
			from = append(from, one.IPList...)
		}
	}
	if len(from) > 0 {
		s.Condition = map[string]map[string]kernel.TextList{"NotIpAddress": {"acs:SourceIp": from}}
	}
	return kernel.Policy{Version: "1", Statement: []kernel.Statement{s}}, true
}

// networksOf is what restricts a key: its own policy, or that of the account where it has none.
// Temporary keys are not restricted.
func (c *Service) networksOf(k *kernel.SigningKey) (kernel.Policy, bool) {
	text := cmp.Or(c.factsFor(k).Networks, c.KeyNetworks)
	if text == "" || !strings.HasPrefix(k.ID, "LTAI") {
		return kernel.Policy{}, false
	}
	n, err := readNetworks(text)
	if err != nil {
		return kernel.Policy{}, false // it was read before it was kept
	}
	return n.denial()
}

func getKeyNetworks(q *request) (any, error) {
	k, err := q.ownedKey()
	if err != nil {
		return nil, err
	}
	return map[string]any{"AccessKeyId": k.ID, "AccessKeyPolicy": cmp.Or(q.c.factsFor(k).Networks, noNetworks)}, nil
}

// networks reads the policy that a call brings. One that is disabled and empty is none at all: there is
// no call that deletes one.
func (q *request) networks() (string, error) {
	n, err := readNetworks(q.Str("AccessKeyPolicy"))
	if err != nil {
		return "", kernel.Refuse(400, "InvalidParameter.AccessKeyPolicy", "The parameter AccessKeyPolicy is not valid: %v.", err)
	}
	if n.Status == "Inactive" && len(n.Statements) == 0 {
		return "", nil
	}
	return n.text(), nil
}

// It takes the place of the whole policy.
func setKeyNetworks(q *request) (any, error) {
	k, err := q.ownedKey()
	if err != nil {
		return nil, err
	}
	text, err := q.networks()
	if err != nil {
		return nil, err
	}
	f := q.c.factsFor(k)
	f.Networks = text
	if q.c.facts == nil {
		q.c.facts = map[string]*keyFacts{}
	}
	q.c.facts[k.ID] = f
	return map[string]any{"AccessKeyId": k.ID, "AccessKeyPolicy": cmp.Or(text, noNetworks)}, nil
}

func getAccountNetworks(q *request) (any, error) {
	return map[string]any{"AccessKeyPolicy": cmp.Or(q.c.KeyNetworks, noNetworks)}, nil
}

// A policy that is wrong can lock everybody out, and this cloud lets one do it, as the real one
// does.
func setAccountNetworks(q *request) (any, error) {
	text, err := q.networks()
	if err != nil {
		return nil, err
	}
	q.c.KeyNetworks = text
	return map[string]any{"AccessKeyPolicy": cmp.Or(text, noNetworks)}, nil
}
