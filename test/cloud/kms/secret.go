package kms

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// secret is what somebody has given KMS to keep. Its value is not kept here, and no call reads it.
// Its name is its id. Versions and stages are left out, as the value is.
type secret struct {
	kernel.Resource `yaml:",inline"`
	Type            string `yaml:"type,omitempty"`          // Generic (default), Rds, RAMCredentials, ECS, Redis or PolarDB
	Key             string `yaml:"key,omitempty"`           // that it is encrypted with; empty: one that KMS manages
	RotatesEvery    string `yaml:"rotates-every,omitempty"` // 2592000s; empty: it does not
	Rotated         *int   `yaml:"rotated,omitempty"`       // days before the loading; none: never
	Instance        string `yaml:"instance,omitempty"`      // the KMS instance that has it
	DeletedIn       int    `yaml:"deleted-in,omitempty"`    // days from the loading on; none: it is not to be deleted

	deleted, last, next time.Time
}

var secretRows = kernel.Kind{Key: "secrets", Tagged: "secret", Type: secretKind}

const secretKind = "ACS::KMS::Secret"

func (s *secret) Defaults(*Service) { s.Type = cmp.Or(s.Type, generic) }

const generic = "Generic"

var managedTypes = []string{"Rds", "RAMCredentials", "ECS", "Redis", "PolarDB"}

// An instance (DKMSInstanceId) is not looked up.
func (s *secret) Check(c *Service) error {
	switch {
	case s.Type != generic && !slices.Contains(managedTypes, s.Type):
		return fmt.Errorf("type is %q, not Generic or one of %q", s.Type, managedTypes)
	case s.Type == generic && s.RotatesEvery != "":
		return fmt.Errorf("a generic secret does not rotate by itself")
	case s.Key != "" && !kernel.Has(c.kept.Keys, s.Key):
		return fmt.Errorf("no key %q", s.Key)
	}
	return nil
}

func (s *secret) Complete(_ *kernel.Loader, c *Service) error {
	if s.DeletedIn > 0 {
		s.deleted = c.Clock().AddDate(0, 0, s.DeletedIn)
	}
	if s.Rotated != nil {
		s.last = c.Clock().AddDate(0, 0, -*s.Rotated)
	}
	s.plan()
	return nil
}

// plan is when it rotates next, by its interval. Nothing here rotates by itself.
func (s *secret) plan() {
	seconds, _ := secondsOf(s.RotatesEvery)
	if s.next = s.last; s.last.IsZero() {
		s.next = s.Created
	}
	s.next = s.next.Add(time.Duration(seconds) * time.Second)
}

// rotates is the word for whether it rotates. A generic one cannot, which has a word of its own.
func (s *secret) rotates() string {
	switch {
	case s.Type == generic:
		return "Invalid"
	case s.RotatesEvery == "":
		return disabled
	}
	return enabled
}

// GetSecretValue is not here: a reader of an account has no business with values, and a client
// that asks for one is refused by name.
var secretActions = []action{
	{Name: "ListSecrets", On: onSecret, Do: listSecrets, Params: "FetchTags Filters PageNumber:Integer=1..1000000 PageSize:Integer=1..100"},
	{Name: "DescribeSecret", On: onSecret, Do: describeSecret, Params: "SecretName! FetchTags"},
	{
		Name: "CreateSecret", Write: true, On: onSecret, Do: createSecret,
		Params: `SecretName! VersionId! SecretData! SecretDataType=text|binary SecretType EncryptionKeyId Description EnableAutomaticRotation:Boolean
			RotationInterval ExtendedConfig DKMSInstanceId Policy Tags`,
	},
	{Name: "DeleteSecret", Write: true, On: onSecret, Do: deleteSecret, Params: "SecretName! ForceDeleteWithoutRecovery RecoveryWindowInDays"},
	{Name: "RestoreSecret", Write: true, On: onSecret, Do: restoreSecret, Params: "SecretName!"},
	{Name: "UpdateSecretRotationPolicy", Write: true, On: onSecret, Do: rotateSecret, Params: "SecretName! EnableAutomaticRotation:Boolean! RotationInterval"},
}

func onSecret(q *kernel.Request) []string {
	return []string{q.ARN("kms", "secret/"+q.OrElse("SecretName", "*"))}
}

func (q *request) secret() (*secret, error) {
	s, ok := kernel.Find(q.Request, q.c.kept.Secrets, q.Str("SecretName"))
	if !ok {
		return nil, kernel.Refuse(404, "Forbidden.ResourceNotFound", "Resource not found.")
	}
	q.Touch(secretKind, s.ID)
	return s, nil
}

func (s *secret) tags(q *request, view map[string]any) map[string]any {
	if q.Str("FetchTags") == "true" {
		view["Tags"] = map[string]any{"Tag": kernel.TagViews(s.Tags, "TagKey", "TagValue")}
	}
	return view
}

// Tags are answered only with FetchTags=true, in text.
func listSecrets(q *request) (any, error) {
	if q.Has("Filters") {
		return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter is not valid. (The local cloud does not filter secrets.)")
	}
	all := kernel.Within(q.Request, q.c.kept.Secrets, func(*secret) bool { return true })
	return kernel.Numbered(q.Request, all, 10, "SecretList", "Secret", func(s *secret) map[string]any {
		return s.tags(q, map[string]any{
			"SecretName": s.ID, "SecretType": s.Type, "PlannedDeleteTime": kernel.Stamp(s.deleted), "CreateTime": kernel.Stamp(s.Created), "UpdateTime": kernel.Stamp(s.Created),
		})
	})
}

func describeSecret(q *request) (any, error) {
	s, err := q.secret()
	if err != nil {
		return nil, err
	}
	view := s.tags(q, map[string]any{
		"Arn": "acs:kms:" + s.Region + ":" + q.c.Cloud.Account + ":secret/" + s.ID, "SecretName": s.ID, "SecretType": s.Type, "EncryptionKeyId": s.Key, "AutomaticRotation": s.rotates(),
		"Description": s.Description, "DKMSInstanceId": s.Instance, "PlannedDeleteTime": kernel.Stamp(s.deleted), "CreateTime": kernel.Stamp(s.Created), "UpdateTime": kernel.Stamp(s.Created),
	})
	if s.RotatesEvery != "" {
		view["RotationInterval"], view["NextRotationDate"] = s.RotatesEvery, kernel.Stamp(s.next)
	}
	if !s.last.IsZero() {
		view["LastRotationDate"] = kernel.Stamp(s.last)
	}
	return view, nil
}

// createSecret keeps everything but the value.
func createSecret(q *request) (any, error) {
	s := &secret{Resource: q.NewResource("secret", q.Str("SecretName")), Type: q.OrElse("SecretType", generic), Key: q.Str("EncryptionKeyId"), Instance: q.Str("DKMSInstanceId")}
	s.ID = s.Name
	every, err := rotation(q, 365)
	switch {
	case err != nil:
		return nil, err
	case kernel.Has(q.c.kept.Secrets, s.ID):
		return nil, kernel.Refuse(409, "Rejected.ResourceExist", "Resource already exists.")
	}
	if s.Type != generic {
		s.RotatesEvery = every
		s.plan()
	}
	if err := s.Check(q.c); err != nil {
		return nil, kernel.Refuse(400, "InvalidParameter", "The specified parameter is not valid.")
	}
	q.c.kept.Secrets = append(q.c.kept.Secrets, s)
	q.Touch(secretKind, s.ID)
	return map[string]any{"SecretName": s.ID, "VersionId": q.Str("VersionId"), "SecretType": s.Type, "AutomaticRotation": s.rotates()}, nil
}

// 30 days unless the call says another number, or at once and for good with
// ForceDeleteWithoutRecovery.
func deleteSecret(q *request) (any, error) {
	s, err := q.secret()
	if err != nil {
		return nil, err
	}
	if q.Str("ForceDeleteWithoutRecovery") == "true" {
		q.c.kept.Secrets = kernel.Without(q.c.kept.Secrets, s.ID)
		return map[string]any{"SecretName": s.ID}, nil
	}
	s.DeletedIn = q.Num("RecoveryWindowInDays", 30)
	s.deleted = q.c.Clock().AddDate(0, 0, s.DeletedIn)
	return map[string]any{"SecretName": s.ID, "PlannedDeleteTime": kernel.Stamp(s.deleted)}, nil
}

func restoreSecret(q *request) (any, error) {
	s, err := q.secret()
	if err != nil {
		return nil, err
	}
	s.DeletedIn, s.deleted = 0, time.Time{}
	return map[string]any{"SecretName": s.ID}, nil
}

// rotateSecret says how often a secret of a kind that KMS can change by itself is changed.
func rotateSecret(q *request) (any, error) {
	s, err := q.secret()
	switch {
	case err != nil:
		return nil, err
	case s.Type == generic:
		return nil, unsupported()
	}
	if s.RotatesEvery, err = rotation(q, 365); err != nil {
		return nil, err
	}
	if s.plan(); s.next.Before(q.c.Clock()) {
		s.next = q.c.Clock() // what is due begins at once
	}
	return map[string]any{"SecretName": s.ID}, nil
}
