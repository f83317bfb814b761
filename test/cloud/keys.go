package cloud

import "time"

// keyState is what signatures are judged by.
type keyState struct {
	byID   map[string]*signingKey
	nonces map[string]time.Time
	pruned time.Time
}

// signingKey signs: the AccessKey of the root account or a user, the temporary
// key of a console, or an STS session.
type signingKey struct {
	id, secret, token string
	who               Principal
	user              string // lower-case name of the user that owns it
	role              string // lower-case name of the role that it was made for
	session           *Policy
	active            bool
	created, lastUsed time.Time
	expires           time.Time // of a session
}

func (s *keyState) key(id string) *signingKey { return s.byID[id] }

func (s *keyState) knowsToken(token string) bool {
	for _, k := range s.byID {
		if k.token != "" && sameText(k.token, token) {
			return true
		}
	}
	return false
}

// usedNonce notes a nonce and says whether it was seen before. Those older
// than any acceptable signature are forgotten.
func (s *keyState) usedNonce(nonce string, now time.Time) bool {
	if _, seen := s.nonces[nonce]; seen {
		return true
	}
	s.nonces[nonce] = now
	if now.Sub(s.pruned) > maxSkew {
		s.pruned = now
		for n, at := range s.nonces {
			if now.Sub(at) > 2*maxSkew {
				delete(s.nonces, n)
			}
		}
	}
	return false
}

func credentialsOf(k *signingKey) Credentials {
	return Credentials{AccessKeyID: k.id, AccessKeySecret: k.secret, SecurityToken: k.token, Expires: k.expires}
}

func (c *Cloud) addKey(id string, who Principal, user string) *signingKey {
	who.AccessKeyID = id
	k := &signingKey{
		id: id, secret: c.random.text(30, alnum), who: who, user: user, active: true, created: c.clock(),
	}
	c.keys.byID[id] = k
	return k
}

const rootOwner = "" // signingKey.user of the root account's own keys
