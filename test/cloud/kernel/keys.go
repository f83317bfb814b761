package kernel

import "time"

// keyState is what signatures are judged by.
// A nonce is kept for as long as a signature with it could still be within the allowed skew.
type keyState struct {
	ByID   map[string]*SigningKey
	nonces map[string]time.Time
	pruned time.Time
}

// SigningKey signs: the AccessKey of the root account or a user, the temporary
// key of a console, or an STS session.
// RAM's product makes them, and this package only checks by them. A key that a user deleted is in
// no map any more, and refused as unknown.
type SigningKey struct {
	ID, Secret, Token string
	Who               Principal
	User              string // lower-case name of the user that owns it
	Role              string // lower-case name of the role that it was made for
	Session           *Policy
	Active            bool
	Created, LastUsed time.Time
	LastService       string    // what it was last used for: "Ecs"
	Expires           time.Time // of a session
}

func (s *keyState) Key(id string) *SigningKey { return s.ByID[id] }

// It tells a token of somebody else's session from one that never was: the codes differ.
func (s *keyState) knowsToken(token string) bool {
	for _, k := range s.ByID {
		if k.Token != "" && sameText(k.Token, token) {
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

func CredentialsOf(k *SigningKey) Credentials {
	return Credentials{AccessKeyID: k.ID, AccessKeySecret: k.Secret, SecurityToken: k.Token, Expires: k.Expires}
}

// mu is held.
func (c *Cloud) AddKey(id string, who Principal, user string) *SigningKey {
	who.AccessKeyID = id
	k := &SigningKey{
		ID: id, Secret: c.Random.Text(30, Alnum), Who: who, User: user, Active: true, Created: c.Clock(),
	}
	c.Keys.ByID[id] = k
	return k
}

const RootOwner = "" // signingKey.user of the root account's own keys
