package kms

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// key encrypts what others keep: disks, secrets, buckets.
// Aliases and versions are left out, and there is no key material. A key of a service (Creator) is
// one such as acs/ecs, which its account can neither delete nor change.
type key struct {
	kernel.Resource `yaml:",inline" dump:"no name"`
	State           string `yaml:"state,omitempty"`         // Enabled (default), Disabled, PendingDeletion or PendingImport
	DeletedIn       int    `yaml:"deleted-in,omitempty"`    // days from the loading on, of one that is to be deleted; default 30
	Spec            string `yaml:"spec,omitempty"`          // default Aliyun_AES_256
	Origin          string `yaml:"origin,omitempty"`        // Aliyun_KMS (default) or EXTERNAL
	Creator         string `yaml:"creator,omitempty"`       // default the account; a service, of a key that it manages
	Protected       bool   `yaml:"protected,omitempty"`     // against deletion
	RotatesEvery    string `yaml:"rotates-every,omitempty"` // 365d; empty: it does not

	deleted time.Time
}

var keyRows = kernel.Kind{Key: "keys", Prefix: "key", Tagged: "key", Type: keyKind}

const (
	keyKind       = "ACS::KMS::Key"
	enabled       = "Enabled"
	disabled      = "Disabled"
	pending       = "PendingDeletion"
	pendingImport = "PendingImport"
	external      = "EXTERNAL"
)

func (k *key) Defaults(c *Service) {
	k.State, k.Spec, k.Origin, k.Creator = cmp.Or(k.State, enabled), cmp.Or(k.Spec, "Aliyun_AES_256"), cmp.Or(k.Origin, "Aliyun_KMS"), cmp.Or(k.Creator, c.Cloud.Account)
	if k.State == pending {
		k.DeletedIn = cmp.Or(k.DeletedIn, 30)
	}
}

// A wrong combination of state, origin and protection is refused: the real service could not hold
// it.
func (k *key) Check(*Service) error {
	switch {
	case !slices.Contains([]string{enabled, disabled, pending, pendingImport}, k.State):
		return fmt.Errorf("state is %q, not Enabled, Disabled, PendingDeletion or PendingImport", k.State)
	case k.Origin != external && k.Origin != "Aliyun_KMS":
		return fmt.Errorf("origin is %q, not Aliyun_KMS or EXTERNAL", k.Origin)
	case k.State == pendingImport && k.Origin != external:
		return fmt.Errorf("only what comes from elsewhere is PendingImport")
	case k.State != pending && k.DeletedIn != 0, k.State == pending && k.Protected:
		return fmt.Errorf("a key that is %s is neither deleted in %d days nor protected", k.State, k.DeletedIn)
	case k.RotatesEvery != "" && !k.rotatable():
		return fmt.Errorf("a key of spec %s and origin %s does not rotate", k.Spec, k.Origin)
	}
	return nil
}

func (k *key) Complete(_ *kernel.Loader, c *Service) error {
	if k.State == pending {
		k.deleted = c.Clock().AddDate(0, 0, k.DeletedIn)
	}
	return nil
}

// Configuration is what Cloud Config records of it.
func (k *key) Configuration(*Service) map[string]any { return k.view() }

// rotatable tells whether it may rotate by itself: it is symmetric, its material is KMS's, and it
// is the user's own.
func (k *key) rotatable() bool {
	symmetric := strings.HasPrefix(k.Spec, "Aliyun_AES") || k.Spec == "Aliyun_SM4"
	return symmetric && k.Origin != external && !k.ofService()
}

// ofService tells whether a service has made it, and manages it: an account is a number.
func (k *key) ofService() bool {
	_, err := strconv.ParseUint(k.Creator, 10, 64)
	return err != nil
}

// Each state refuses other calls; which, is from the page that the package's comment names. What
// encrypts and signs is refused by name.
var keyActions = []action{
	{Name: "DescribeAccountKmsStatus", Do: describeAccountStatus},
	{Name: "ListKeys", On: onKey, Do: listKeys, Params: "Filters PageNumber:Integer=1..1000000 PageSize:Integer=1..100"},
	{Name: "DescribeKey", On: onKey, Do: describeKey, Params: "KeyId!"},
	{Name: "ListResourceTags", On: onKey, Do: listKeyTags, Params: "KeyId!"},
	{Name: "EnableKey", Write: true, On: onKey, Do: setState(enabled, enabled, disabled), Params: "KeyId!"},
	{Name: "DisableKey", Write: true, On: onKey, Do: setState(disabled, enabled, disabled), Params: "KeyId!"},
	{Name: "ScheduleKeyDeletion", Write: true, On: onKey, Do: scheduleDeletion, Params: "KeyId! PendingWindowInDays:Integer!=7..366"},
	{Name: "CancelKeyDeletion", Write: true, On: onKey, Do: setState(enabled, pending), Params: "KeyId!"},
	{Name: "DeleteKeyMaterial", Write: true, On: onKey, Do: deleteMaterial, Params: "KeyId!"},
	{
		Name: "SetDeletionProtection", Write: true, On: onProtected, Do: setProtection,
		Params: "ProtectedResourceArn KeyId KmsInstanceId EnableDeletionProtection:Boolean! DeletionProtectionDescription",
	},
	{Name: "UpdateRotationPolicy", Write: true, On: onKey, Do: setRotation, Params: "KeyId! EnableAutomaticRotation:Boolean! RotationInterval"},
}

// onKey is what a call needs permission for: the one that it names, or all.
func onKey(q *kernel.Request) []string {
	return []string{q.ARN("kms", "key/"+q.OrElse("KeyId", "*"))}
}

// onProtected names a key by its whole ARN.
func onProtected(q *kernel.Request) []string {
	return []string{q.ARN("kms", "key/"+cmp.Or(q.Str("KeyId"), lastOf(q.Str("ProtectedResourceArn"), "*")))}
}

func lastOf(arn, none string) string {
	if _, id, ok := strings.Cut(arn, ":key/"); ok {
		return id
	}
	return none
}

func describeAccountStatus(q *request) (any, error) {
	return map[string]any{"AccountStatus": cmp.Or(q.c.kept.Account, enabled)}, nil
}

// key finds the key of a call.
// The code has Forbidden in it, and a status of 404.
func (q *request) key(id string) (*key, error) {
	k, ok := kernel.Find(q.Request, q.c.kept.Keys, id)
	if !ok {
		return nil, kernel.Refuse(404, "Forbidden.KeyNotFound", "The specified Key is not found.")
	}
	q.Touch(keyKind, k.ID)
	return k, nil
}

func (k *key) arn(account string) string {
	return "acs:kms:" + k.Region + ":" + account + ":key/" + k.ID
}

// view is a key's metadata.
// Rotation of a key that is not enabled is Suspended: the interval stays. ProtectionLevel is
// SOFTWARE for all.
func (k *key) view() map[string]any {
	word := func(on bool) string {
		if on {
			return enabled
		}
		return disabled
	}
	rotation := word(k.RotatesEvery != "")
	if k.RotatesEvery != "" && k.State != enabled {
		rotation = "Suspended"
	}
	view := map[string]any{
		"KeyId": k.ID, "KeyState": k.State, "KeySpec": k.Spec, "KeyUsage": "ENCRYPT/DECRYPT", "Origin": k.Origin, "Creator": k.Creator, "Description": k.Description,
		"CreationDate": kernel.Stamp(k.Created), "DeleteDate": kernel.Stamp(k.deleted), "ProtectionLevel": "SOFTWARE", "MaterialExpireTime": "",
		"DeletionProtection": word(k.Protected), "AutomaticRotation": rotation,
	}
	if k.RotatesEvery != "" {
		view["RotationInterval"] = k.RotatesEvery
	}
	return view
}

func describeKey(q *request) (any, error) {
	k, err := q.key(q.Str("KeyId"))
	if err != nil {
		return nil, err
	}
	view := k.view()
	view["Arn"] = k.arn(q.c.Cloud.Account)
	return map[string]any{"KeyMetadata": view}, nil
}

func listKeyTags(q *request) (any, error) {
	k, err := q.key(q.Str("KeyId"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"Tags": map[string]any{"Tag": kernel.TagViews(k.Tags, "TagKey", "TagValue")}}, nil
}

// listKeys filters by the state and by who has made a key, which is User or Service.
// It answers ids alone, so whoever wants more asks for each. Filters are JSON in text.
func listKeys(q *request) (any, error) {
	var filters []struct {
		Key    string
		Values []string
	}
	if q.Has("Filters") {
		if err := json.Unmarshal([]byte(q.Str("Filters")), &filters); err != nil {
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter is not valid.")
		}
	}
	for _, f := range filters {
		if f.Key != "KeyState" && f.Key != "CreatorType" {
			return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter is not valid. (The local cloud filters keys by KeyState and CreatorType.)")
		}
	}
	kept := kernel.Within(q.Request, q.c.kept.Keys, func(k *key) bool {
		creator := map[bool]string{true: "Service", false: "User"}[k.ofService()]
		for _, f := range filters {
			if !slices.Contains(f.Values, map[string]string{"KeyState": k.State, "CreatorType": creator}[f.Key]) {
				return false
			}
		}
		return true
	})
	return kernel.Numbered(q.Request, kept, 10, "Keys", "Key", func(k *key) map[string]any {
		return map[string]any{"KeyId": k.ID, "KeyArn": k.arn(q.c.Cloud.Account)}
	})
}

// setState is a call that leads from some states to one.
// The time of a deletion goes with the state that it belonged to.
func setState(to string, from ...string) func(*request) (any, error) {
	return func(q *request) (any, error) {
		k, err := q.key(q.Str("KeyId"))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(from, k.State) {
			return nil, stateRefused()
		}
		k.State, k.DeletedIn, k.deleted = to, 0, time.Time{}
		return kernel.Done()
	}
}

func stateRefused() error {
	return kernel.Refuse(409, "Rejected.StateModifiedFailed", "Keystate modified failed.")
}

// 7 to 366 days. Until then nothing can be decrypted with it, and it can be taken back.
func scheduleDeletion(q *request) (any, error) {
	k, err := q.key(q.Str("KeyId"))
	switch {
	case err != nil:
		return nil, err
	case k.ofService():
		return nil, unsupported()
	case k.State == pending || k.Protected:
		return nil, stateRefused()
	}
	k.State, k.DeletedIn = pending, q.Num("PendingWindowInDays", 0)
	k.deleted = q.c.Clock().AddDate(0, 0, k.DeletedIn)
	return kernel.Done()
}

func unsupported() error {
	return kernel.Refuse(400, "Rejected.UnsupportedOperation", "Unsupported operation.")
}

// deleteMaterial takes away what came from elsewhere, which its owner can bring again.
func deleteMaterial(q *request) (any, error) {
	k, err := q.key(q.Str("KeyId"))
	switch {
	case err != nil:
		return nil, err
	case k.Origin != external:
		return nil, unsupported()
	}
	if k.State != pending {
		k.State = pendingImport
	}
	return kernel.Done()
}

// Either the id or the ARN names the key.
func setProtection(q *request) (any, error) {
	k, err := q.key(cmp.Or(q.Str("KeyId"), lastOf(q.Str("ProtectedResourceArn"), "")))
	switch {
	case err != nil:
		return nil, err
	case k.State == pending:
		return nil, kernel.Refuse(409, "Rejected.PendingDeletion", "The request was rejected because the key state is PendingDeletion.")
	}
	k.Protected = q.Is("EnableDeletionProtection")
	return kernel.Done()
}

// A policy for a key that cannot rotate is refused, even to switch it off.
func setRotation(q *request) (any, error) {
	k, err := q.key(q.Str("KeyId"))
	switch {
	case err != nil:
		return nil, err
	case !k.rotatable():
		return nil, unsupported()
	case k.State == disabled:
		return nil, kernel.Refuse(409, "Rejected.Disabled", "The request was rejected because the key state is Disabled.")
	case k.State == pending:
		return nil, kernel.Refuse(409, "Rejected.PendingDeletion", "The request was rejected because the key state is PendingDeletion.")
	}
	every, err := rotation(q, 730)
	if err == nil {
		k.RotatesEvery = every
	}
	return map[string]any{}, err
}

// rotation is what a call says of rotation, as the answers of KMS write it: in seconds. Empty: none.
func rotation(q *request, most int) (string, error) {
	if !q.Is("EnableAutomaticRotation") {
		return "", nil
	}
	seconds, ok := secondsOf(q.Str("RotationInterval"))
	if !ok || seconds < 7*86400 || seconds > most*86400 {
		return "", kernel.Refuse(400, "InvalidParameter", "The specified parameter is not valid.")
	}
	return strconv.Itoa(seconds) + "s", nil
}

// secondsOf reads an interval: 30d, 720h, 43200m, 2592000s.
func secondsOf(text string) (int, bool) {
	if text == "" {
		return 0, false
	}
	unit := map[byte]int{'d': 86400, 'h': 3600, 'm': 60, 's': 1}[text[len(text)-1]]
	n, err := strconv.Atoi(text[:len(text)-1])
	return n * unit, err == nil && unit > 0 && n > 0
}
