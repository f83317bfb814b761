package resource

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

var _ = cloud.Add("kms", cloud.Product{Version: "2016-01-20", RAM: "kms", Host: cloud.Regional("kms"), Page: "Kms"})

// Types of what KMS keeps.
const (
	TypeKMSKey    = "ACS::KMS::Key"
	TypeKMSSecret = "ACS::KMS::Secret"
)

var _ = add(
	Kind{Type: TypeKMSKey, Words: "KMS key", Param: "KeyId", ARN: "acs:kms:%s:%s:key/%s", Written: func(named string) string { return behind(named, ":key/") }},
	Kind{Type: TypeKMSSecret, Words: "secret", Param: "SecretName", ARN: "acs:kms:%s:%s:secret/%s", Written: func(named string) string { return behind(named, ":secret/") }},
)

// behind is the id of what a call may name by its ARN.
func behind(named, mark string) string {
	if _, id, ok := strings.Cut(named, mark); ok {
		return id
	}
	return named
}

// Rotatable tells whether KMS may rotate it by itself: it is symmetric, and its material is KMS's.
func (k KMSKey) Rotatable() bool {
	return k.Origin == "Aliyun_KMS" && (strings.HasPrefix(k.KeySpec, "Aliyun_AES") || k.KeySpec == "Aliyun_SM4")
}

// A KMSKey is what KMS says of a key. What can be said of every key is said by DescribeKey alone:
// the list has the ids.
type KMSKey struct {
	KeyID, ARN, KeyState, DeleteDate, DeletionProtection, AutomaticRotation string
	Origin, KeySpec, Creator, Description, MaterialExpireTime               string

	Tags cloud.Tags // which KMSKeyTagged reads
}

// About says which key it is. A key whose creator is no account is one that a service has made
// and looks after.
func (k KMSKey) About() About {
	a := About{Type: TypeKMSKey, ID: k.KeyID, Name: k.Description, Tags: k.Tags.Map()}
	if _, err := strconv.ParseUint(k.Creator, 10, 64); err != nil && k.Creator != "" {
		a.Managed = k.Creator
	}
	return a
}

// Deleted is when one that is to be deleted is gone; zero: the answer does not say.
func (k KMSKey) Deleted() time.Time { return cloud.Time(k.DeleteDate) }

// KMSKeyOf reads a key.
func KMSKeyOf(ctx context.Context, r cloud.Reader, region, id string) (KMSKey, error) {
	var answer struct{ KeyMetadata KMSKey }
	if err := r.Read(ctx, cloud.New("kms", "DescribeKey", region, "KeyId", id), &answer); err != nil {
		return KMSKey{}, err
	}
	k := answer.KeyMetadata
	for name, value := range map[string]string{"KeyId": k.KeyID, "KeyState": k.KeyState, "Creator": k.Creator, "Origin": k.Origin, "KeySpec": k.KeySpec} {
		if value == "" {
			return KMSKey{}, fmt.Errorf("key %s: the answer does not say its %s", id, name)
		}
	}
	return k, nil
}

// KMSKeyTagged is the key with its tags, which DescribeKey does not say.
func KMSKeyTagged(ctx context.Context, r cloud.Reader, region string, k KMSKey) (KMSKey, error) {
	var answer struct{ Tags *cloud.Tags }
	if err := r.Read(ctx, cloud.New("kms", "ListResourceTags", region, "KeyId", k.KeyID), &answer); err != nil {
		return k, err
	}
	if answer.Tags == nil {
		return k, fmt.Errorf("key %s: the answer has no list of its tags", k.KeyID)
	}
	k.Tags = *answer.Tags
	return k, nil
}

type keyPage struct{ Keys struct{ Key []KMSKey } }

func (p keyPage) Items() []KMSKey { return p.Keys.Key }

// KMSKeys reads the ids of a region's keys.
func KMSKeys(ctx context.Context, r cloud.Reader, region string) ([]KMSKey, error) {
	return cloud.ReadNumbered[keyPage](ctx, r, cloud.New("kms", "ListKeys", region))
}

// KMSStatus is whether the account may use KMS in a region: Enabled, or why not.
func KMSStatus(ctx context.Context, r cloud.Reader, region string) (string, error) {
	var answer struct{ AccountStatus string }
	if err := r.Read(ctx, cloud.New("kms", "DescribeAccountKmsStatus", region), &answer); err != nil {
		return "", err
	}
	if answer.AccountStatus == "" {
		return "", fmt.Errorf("the answer does not say whether KMS may be used in %s", region)
	}
	return answer.AccountStatus, nil
}

// A KMSSecret is what KMS says of a secret, whose value it is not.
type KMSSecret struct {
	SecretName, SecretType, AutomaticRotation, RotationInterval, LastRotationDate, NextRotationDate string
	PlannedDeleteTime, EncryptionKeyID, DKMSInstanceID                                              string
	Tags                                                                                            cloud.Tags
}

// About says which secret it is.
func (s KMSSecret) About() About {
	return About{Type: TypeKMSSecret, ID: s.SecretName, Tags: s.Tags.Map()}
}

// KMSSecretOf reads what is known of a secret. No call of this package reads its value.
func KMSSecretOf(ctx context.Context, r cloud.Reader, region, name string) (KMSSecret, error) {
	var s KMSSecret
	if err := r.Read(ctx, cloud.New("kms", "DescribeSecret", region, "SecretName", name, "FetchTags", "true"), &s); err != nil {
		return KMSSecret{}, err
	}
	if s.SecretName == "" || s.SecretType == "" || s.AutomaticRotation == "" {
		return KMSSecret{}, fmt.Errorf("secret %s: the answer does not say its type, or whether it rotates", name)
	}
	return s, nil
}

type secretPage struct{ SecretList struct{ Secret []KMSSecret } }

func (p secretPage) Items() []KMSSecret { return p.SecretList.Secret }

// KMSSecrets reads which secrets a region has, and of which type.
func KMSSecrets(ctx context.Context, r cloud.Reader, region string) ([]KMSSecret, error) {
	return cloud.ReadNumbered[secretPage](ctx, r, cloud.New("kms", "ListSecrets", region))
}
