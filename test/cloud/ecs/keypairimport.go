package ecs

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

var keyPairImportActions = []action{{
	Name: "ImportKeyPair", Write: true, On: onEach("keypair", kernel.Named()), Do: importKeyPair,
	Params: "RegionId! KeyPairName! PublicKeyBody! ResourceGroupId Tag:RepeatList(Key Value)",
}}

// importKeyPair takes the public half of a key that somebody has, as OpenSSH writes it.
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
