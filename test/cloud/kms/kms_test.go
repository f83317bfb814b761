package kms_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/resource"
	"github.com/ecsguard/ecsguard/test/product"
)

const (
	document = `kms:
  keys:
    - id: key-1
      state: PendingDeletion
      deleted-in: 9
      rotates-every: 31536000s
      tags:
        a: b
    - id: key-2
      protected: true
    - id: key-3
      creator: Ecs
    - id: key-4
      state: PendingImport
      origin: EXTERNAL
  secrets:
    - name: generic
    - name: of-rds
      type: Rds
      key: key-2
      rotated: 3
`
	all  = `{"Version":"1","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}`
	read = `{"Version":"1","Statement":[{"Effect":"Allow","Action":["kms:List*","kms:Describe*"],"Resource":"*"}]}`
)

// What a document says is what it dumps, and one that cannot be is refused by its line.
func TestState(t *testing.T) {
	c := product.Start(t, document)
	got, err := c.Dump()
	if err != nil || !strings.Contains(string(got), document) {
		t.Errorf("it dumps\n%s%v", got, err)
	}
	for wrong, want := range map[string]string{
		"state: Asleep": `state is "Asleep"`, "origin: EXTERNAL\n      rotates-every: 7d": "does not rotate", "state: PendingImport": "PendingImport",
	} {
		if err := c.Load([]byte("kms:\n  keys:\n    - id: key-1\n      " + wrong)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// The calls that change a key, and in which state each is refused.
func TestKeys(t *testing.T) {
	c := product.Start(t, document)
	w := product.As(t, c, "writer", all)
	region := c.Region
	if keys, err := resource.KMSKeys(t.Context(), w, region); err != nil || len(keys) != 4 {
		t.Fatalf("it lists %v, %v", keys, err)
	}
	of := func(id string) resource.KMSKey {
		t.Helper()
		k, err := resource.KMSKeyOf(t.Context(), w, region, id)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	if k := of("key-1"); k.AutomaticRotation != "Suspended" || !k.Deleted().After(c.Clock().Add(8*24*time.Hour)) || k.About().Managed != "" {
		t.Errorf("key-1 is %+v", k)
	}
	if k, err := resource.KMSKeyTagged(t.Context(), w, region, of("key-1")); err != nil || k.About().Tags["a"] != "b" {
		t.Errorf("key-1 has the tags %v, %v", k.Tags, err)
	}
	if k := of("key-3"); k.About().Managed != "Ecs" {
		t.Errorf("key-3 is %+v", k)
	}
	for _, x := range []struct{ action, key, param, value, code string }{
		{"EnableKey", "key-1", "", "", "Rejected.StateModifiedFailed"},
		{"ScheduleKeyDeletion", "key-2", "PendingWindowInDays", "7", "Rejected.StateModifiedFailed"},
		{"UpdateRotationPolicy", "key-1", "EnableAutomaticRotation", "true", "Rejected.PendingDeletion"},
		{"UpdateRotationPolicy", "key-4", "EnableAutomaticRotation", "true", "Rejected.UnsupportedOperation"},
		{"UpdateRotationPolicy", "key-3", "EnableAutomaticRotation", "true", "Rejected.UnsupportedOperation"},
		{"SetDeletionProtection", "key-1", "EnableDeletionProtection", "true", "Rejected.PendingDeletion"},
		{"DeleteKeyMaterial", "key-2", "", "", "Rejected.UnsupportedOperation"},
		{"DescribeKey", "key-9", "", "", "Forbidden.KeyNotFound"},
		{"CancelKeyDeletion", "key-2", "", "", "Rejected.StateModifiedFailed"},
		{"CancelKeyDeletion", "key-1", "", "", ""},
		{"DisableKey", "key-1", "", "", ""},
		{"UpdateRotationPolicy", "key-1", "EnableAutomaticRotation", "true", "Rejected.Disabled"},
		{"EnableKey", "key-1", "", "", ""},
		{"SetDeletionProtection", "key-2", "EnableDeletionProtection", "false", ""},
		{"ScheduleKeyDeletion", "key-2", "PendingWindowInDays", "6", "InvalidParameter"},
		{"ScheduleKeyDeletion", "key-2", "PendingWindowInDays", "7", ""},
	} {
		call := cloud.New("kms", x.action, region, "KeyId", x.key)
		if x.param != "" {
			call = call.With(x.param, x.value)
		}
		if err := w.Do(t.Context(), call, nil); !strings.HasPrefix(cloud.Code(err), x.code) || (err == nil) != (x.code == "") {
			t.Errorf("%s: %v, want %q", call, err, x.code)
		}
	}
	if k := of("key-1"); k.KeyState != "Enabled" || of("key-2").KeyState != "PendingDeletion" {
		t.Errorf("in the end: %+v, %+v", k, of("key-2"))
	}
}

// A secret is described, and has no value; a generic one does not rotate.
func TestSecrets(t *testing.T) {
	c := product.Start(t, document)
	w := product.As(t, c, "writer", all)
	found, err := resource.KMSSecrets(t.Context(), w, c.Region)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range found {
		s, err := resource.KMSSecretOf(t.Context(), w, c.Region, s.SecretName)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.Join([]string{s.SecretName, s.SecretType, s.AutomaticRotation, s.EncryptionKeyID}, " "))
	}
	if !slices.Equal(got, []string{"generic Generic Invalid ", "of-rds Rds Disabled key-2"}) {
		t.Errorf("it lists %q", got)
	}
	turn := cloud.New("kms", "UpdateSecretRotationPolicy", c.Region, "SecretName", "of-rds", "EnableAutomaticRotation", "true", "RotationInterval", "30d")
	if err := w.Do(t.Context(), turn, nil); err != nil {
		t.Error(err)
	}
	if s, err := resource.KMSSecretOf(t.Context(), w, c.Region, "of-rds"); err != nil || s.AutomaticRotation != "Enabled" || s.RotationInterval != "2592000s" {
		t.Errorf("it rotates: %+v, %v", s, err)
	}
	for name, code := range map[string]string{"generic": "Rejected.UnsupportedOperation", "none": "Forbidden.ResourceNotFound"} {
		if err := w.Do(t.Context(), turn.With("SecretName", name), nil); cloud.Code(err) != code {
			t.Errorf("%s: %v", name, err)
		}
	}
	made := cloud.New("kms", "CreateSecret", c.Region, "SecretName", "new", "VersionId", "1", "SecretData", "canary-value", "SecretType", "Generic")
	if err := w.Do(t.Context(), made, nil); err != nil {
		t.Error(err)
	}
	if kept, err := c.Dump(); err != nil || strings.Contains(string(kept), "canary-value") || !strings.Contains(string(kept), "- name: new") {
		t.Errorf("it keeps %s%v", kept, err)
	}
	if err := w.Do(t.Context(), cloud.New("kms", "GetSecretValue", c.Region, "SecretName", "new"), nil); err == nil {
		t.Error("it tells the value of a secret")
	}
}

// What the API does not have, and what a user may not do, is refused.
func TestRefused(t *testing.T) {
	c := product.Start(t, document)
	write := cloud.New("kms", "DisableKey", c.Region, "KeyId", "key-2")
	if err := product.As(t, c, "writer", all).Do(t.Context(), write.With("Colour", "red"), nil); cloud.Code(err) != "LocalCloud.UnknownParameter" {
		t.Errorf("a parameter that there is not: %v", err)
	}
	reader := product.As(t, c, "reader", read)
	if status, err := resource.KMSStatus(t.Context(), reader, c.Region); err != nil || status != "Enabled" {
		t.Errorf("%q, %v", status, err)
	}
	if err := reader.Do(t.Context(), write, nil); !cloud.Forbidden(err) {
		t.Errorf("a write by somebody who may only read: %v", err)
	}
}
