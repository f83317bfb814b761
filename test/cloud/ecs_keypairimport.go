package cloud

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

var keyPairImportActions = []rpcAction{{
	name: "ImportKeyPair", write: true, on: onEach("keypair", named()), do: importKeyPair,
	params: "RegionId! KeyPairName! PublicKeyBody! ResourceGroupId Tag:RepeatList(Key Value)",
}}

// importKeyPair takes the public half of a key that somebody has, as OpenSSH writes it.
func importKeyPair(q *rpcRequest) (any, error) {
	name := q.str("KeyPairName")
	switch _, there := find(q, q.c.ecs.keyPairs, name); {
	case there:
		return nil, refuse(400, "KeyPair.AlreadyExist", "The key pair already exist.") // sic
	case !validName(name) || len(name) < 2:
		return nil, refuse(400, "InvalidKeyPairName.Malformed", "Specified Key Pair name is not valid.")
	}
	fields := strings.Fields(q.str("PublicKeyBody"))
	if len(fields) < 2 || !strings.HasPrefix(fields[0], "ssh-") && !strings.HasPrefix(fields[0], "ecdsa-") {
		return nil, refuse(400, "InvalidPublicKeyBody.Malformed", "Specified public key body is not valid.")
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil || !strings.Contains(string(blob[:min(len(blob), 40)]), fields[0]) {
		return nil, refuse(400, "InvalidPublicKeyBody.Malformed", "Specified public key body is not valid.")
	}
	sum := md5.Sum(blob)
	k := &keyPair{ecsResource: q.newResource("ssh", name), fingerprint: hex.EncodeToString(sum[:]), public: q.str("PublicKeyBody")}
	made := k.id
	k.id = name
	q.c.ecs.keyPairs = append(q.c.ecs.keyPairs, k)
	q.touch(keyPairKind, name)
	return map[string]any{"KeyPairName": name, "KeyPairId": made, "KeyPairFingerPrint": k.fingerprint}, nil
}
