package cloud

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
)

// keyPair opens instances over SSH. Its name is its id: the API knows no other.
type keyPair struct {
	ecsResource
	fingerprint, public string // public: of one that was imported
}

const keyPairKind = "ACS::ECS::KeyPair"

var keyPairActions = []rpcAction{
	{
		name: "CreateKeyPair", write: true, on: onEach("keypair", named()), do: createKeyPair,
		params: "RegionId! KeyPairName! ResourceGroupId Tag:RepeatList(Key Value)",
	},
	{
		name: "DeleteKeyPairs", write: true, on: onEach("keypair", namedIn("KeyPairNames")), do: deleteKeyPairs,
		params: "RegionId! KeyPairNames!",
	},
	{
		name: "DescribeKeyPairs", on: onEach("keypair", named("KeyPairName")), do: describeKeyPairs,
		params: `RegionId! KeyPairName KeyPairFingerPrint IncludePublicKey:Boolean ResourceGroupId Tag:RepeatList(Key Value)
			PageNumber:Integer=1..1000000 PageSize:Integer=1..50`,
	},
}

// createKeyPair makes a real key, whose private half is answered once.
func createKeyPair(q *rpcRequest) (any, error) {
	name := q.str("KeyPairName")
	if _, ok := find(q, q.c.ecs.keyPairs, name); ok {
		return nil, refuse(400, "KeyPair.AlreadyExist", "The key pair already exist.") // sic
	}
	if !validName(name) {
		return nil, refuse(400, "InvalidKeyPairName.Malformed", "Specified Key Pair name is not valid.")
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("making a key pair: %w", err)
	}
	sum := md5.Sum(x509.MarshalPKCS1PublicKey(&key.PublicKey))
	k := &keyPair{ecsResource: q.newResource("ssh", name), fingerprint: strings.ReplaceAll(fmt.Sprintf("% x", sum), " ", "")}
	made := k.id
	k.id = name
	q.c.ecs.keyPairs = append(q.c.ecs.keyPairs, k)
	q.touch(keyPairKind, name)
	body := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return map[string]any{"KeyPairName": name, "KeyPairId": made, "KeyPairFingerPrint": k.fingerprint, "PrivateKeyBody": string(body)}, nil
}

func deleteKeyPairs(q *rpcRequest) (any, error) {
	var names []string
	if err := json.Unmarshal([]byte(q.str("KeyPairNames")), &names); err != nil || len(names) == 0 {
		return nil, refuse(400, "InvalidParameter.KeyPairNames", "The specified parameter KeyPairNames is not valid.")
	}
	for _, name := range names {
		if slices.ContainsFunc(q.c.ecs.instances, func(i *instance) bool { return i.keyPair == name && i.region == q.region }) {
			return nil, refuse(403, "DependencyViolation.KeyPair", "The key pair is bound to an instance.")
		}
		if _, ok := find(q, q.c.ecs.keyPairs, name); ok {
			q.touch(keyPairKind, name)
		}
	}
	q.c.ecs.keyPairs = slices.DeleteFunc(q.c.ecs.keyPairs, func(k *keyPair) bool { return k.region == q.region && slices.Contains(names, k.id) })
	return done()
}

func describeKeyPairs(q *rpcRequest) (any, error) {
	kept := within(q, q.c.ecs.keyPairs, func(k *keyPair) bool {
		return q.matches("KeyPairName", k.id) && q.matches("KeyPairFingerPrint", k.fingerprint) && k.hasTags(q)
	})
	return numbered(q, kept, 10, "KeyPairs", "KeyPair", func(k *keyPair) map[string]any {
		view := map[string]any{
			"KeyPairName": k.id, "KeyPairFingerPrint": k.fingerprint, "CreationTime": stamp(k.created), "ResourceGroupId": "",
			"Tags": map[string]any{"Tag": tagViews(k.tags, "TagKey", "TagValue")},
		}
		if q.is("IncludePublicKey") {
			view["PublicKey"] = k.public
		}
		return view
	})
}
