package ecs

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// keyPair opens instances over SSH. Its name is its id: the API knows no other.
// The private half is never kept, in the real service either.
type keyPair struct {
	kernel.Resource `yaml:",inline" dump:"no description"`
	Fingerprint     string `yaml:"fingerprint,omitempty"`

	public string // the public half of one that was imported
}

var keyPairRows = kernel.Kind{Key: "key-pairs", Tagged: "keypair", Type: keyPairKind}

func (k *keyPair) Defaults(*Service)    {}
func (k *keyPair) Check(*Service) error { return nil }

const keyPairKind = "ACS::ECS::KeyPair"

// Keys are of a region, and two regions may use a name.
var keyPairActions = []action{
	{
		Name: "CreateKeyPair", Write: true, On: onEach("keypair", kernel.Named()), Do: createKeyPair,
		Params: "RegionId! KeyPairName! ResourceGroupId Tag:RepeatList(Key Value)",
	},
	{
		// Names are a JSON array in text.
		Name: "DeleteKeyPairs", Write: true, On: onEach("keypair", kernel.NamedIn("KeyPairNames")), Do: deleteKeyPairs,
		Params: "RegionId! KeyPairNames!",
	},
	{
		Name: "DescribeKeyPairs", On: onEach("keypair", kernel.Named("KeyPairName")), Do: describeKeyPairs,
		Params: `RegionId! KeyPairName KeyPairFingerPrint IncludePublicKey:Boolean ResourceGroupId Tag:RepeatList(Key Value)
			PageNumber:Integer=1..1000000 PageSize:Integer=1..50`,
	},
	{
		Name: "ImportKeyPair", Write: true, On: onEach("keypair", kernel.Named()), Do: importKeyPair,
		Params: "RegionId! KeyPairName! PublicKeyBody! ResourceGroupId Tag:RepeatList(Key Value)",
	},
}

// createKeyPair makes a real key, whose private half is answered once.
// The fingerprint is the MD5 of the public key, in 32 digits. Keys made by this call have no
// public half in lists.
func createKeyPair(q *request) (any, error) {
	name := q.Str("KeyPairName")
	if _, ok := kernel.Find(q.Request, q.c.KeyPairs, name); ok {
		return nil, kernel.Refuse(400, "KeyPair.AlreadyExist", "The key pair already exist.") // sic
	}
	if !kernel.ValidName(name) {
		return nil, kernel.Refuse(400, "InvalidKeyPairName.Malformed", "Specified Key Pair name is not valid.")
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("making a key pair: %w", err)
	}
	sum := md5.Sum(x509.MarshalPKCS1PublicKey(&key.PublicKey))
	k := &keyPair{Resource: q.NewResource("ssh", name), Fingerprint: strings.ReplaceAll(fmt.Sprintf("% x", sum), " ", "")}
	made := k.ID
	k.ID = name
	q.c.KeyPairs = append(q.c.KeyPairs, k)
	q.Touch(keyPairKind, name)
	body := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return map[string]any{"KeyPairName": name, "KeyPairId": made, "KeyPairFingerPrint": k.Fingerprint, "PrivateKeyBody": string(body)}, nil
}

// A name that does not exist is no error: the answer is the same as if it had been deleted. A key
// that an instance uses is refused, and then none is deleted.
func deleteKeyPairs(q *request) (any, error) {
	var names []string
	if err := json.Unmarshal([]byte(q.Str("KeyPairNames")), &names); err != nil || len(names) == 0 {
		return nil, kernel.Refuse(400, "InvalidParameter.KeyPairNames", "The specified parameter KeyPairNames is not valid.")
	}
	for _, name := range names {
		if slices.ContainsFunc(q.c.Instances, func(i *instance) bool { return i.KeyPair == name && i.Region == q.Region }) {
			return nil, kernel.Refuse(403, "DependencyViolation.KeyPair", "The key pair is bound to an instance.")
		}
		if _, ok := kernel.Find(q.Request, q.c.KeyPairs, name); ok {
			q.Touch(keyPairKind, name)
		}
	}
	q.c.KeyPairs = slices.DeleteFunc(q.c.KeyPairs, func(k *keyPair) bool { return k.Region == q.Region && slices.Contains(names, k.ID) })
	return kernel.Done()
}

// PublicKey is answered only when asked for.
func describeKeyPairs(q *request) (any, error) {
	kept := kernel.Within(q.Request, q.c.KeyPairs, func(k *keyPair) bool {
		return q.Matches("KeyPairName", k.ID) && q.Matches("KeyPairFingerPrint", k.Fingerprint) && k.HasTags(q.Request)
	})
	return kernel.Numbered(q.Request, kept, 10, "KeyPairs", "KeyPair", func(k *keyPair) map[string]any {
		view := map[string]any{
			"KeyPairName": k.ID, "KeyPairFingerPrint": k.Fingerprint, "CreationTime": kernel.Stamp(k.Created), "ResourceGroupId": "",
			"Tags": map[string]any{"Tag": kernel.TagViews(k.Tags, "TagKey", "TagValue")},
		}
		if q.Is("IncludePublicKey") {
			view["PublicKey"] = k.public
		}
		return view
	})
}

// importKeyPair takes the public half of a key that somebody has, as OpenSSH writes it.
// The body is checked as far as OpenSSH's format goes: its type in words, and the same type within
// its Base64. The name needs two characters at least, since ValidName takes an empty one.
func importKeyPair(q *request) (any, error) {
	name := q.Str("KeyPairName")
	switch _, there := kernel.Find(q.Request, q.c.KeyPairs, name); {
	case there:
		return nil, kernel.Refuse(400, "KeyPair.AlreadyExist", "The key pair already exist.") // sic
	case !kernel.ValidName(name) || len(name) < 2:
		return nil, kernel.Refuse(400, "InvalidKeyPairName.Malformed", "Specified Key Pair name is not valid.")
	}
	fields := strings.Fields(q.Str("PublicKeyBody"))
	if len(fields) < 2 || !strings.HasPrefix(fields[0], "ssh-") && !strings.HasPrefix(fields[0], "ecdsa-") {
		return nil, kernel.Refuse(400, "InvalidPublicKeyBody.Malformed", "Specified public key body is not valid.")
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil || !strings.Contains(string(blob[:min(len(blob), 40)]), fields[0]) {
		return nil, kernel.Refuse(400, "InvalidPublicKeyBody.Malformed", "Specified public key body is not valid.")
	}
	sum := md5.Sum(blob)
	k := &keyPair{Resource: q.NewResource("ssh", name), Fingerprint: hex.EncodeToString(sum[:]), public: q.Str("PublicKeyBody")}
	made := k.ID
	k.ID = name
	q.c.KeyPairs = append(q.c.KeyPairs, k)
	q.Touch(keyPairKind, name)
	return map[string]any{"KeyPairName": name, "KeyPairId": made, "KeyPairFingerPrint": k.Fingerprint}, nil
}
