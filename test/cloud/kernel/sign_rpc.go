package kernel

import (
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"
)

// readRPC reads the signature of an RPC call (version 1.0, HMAC-SHA1), which
// covers the query and the form together.
// Every client of the older style sends this, Terraform's provider among them.
func readRPC(r *http.Request, form url.Values) (*signed, error) {
	if m := form.Get("SignatureMethod"); m != "HMAC-SHA1" {
		return nil, Refuse(400, "InvalidSignatureMethod", "Specified signature method is not valid.")
	}
	if form.Get("SignatureNonce") == "" {
		return nil, Refuse(400, "MissingSignatureNonce", "SignatureNonce is mandatory for this action.")
	}
	// All parameters are signed but the signature itself, wherever they stand: %2F is the path, which
	// every call of this style has in common.
	keys := make([]string, 0, len(form))
	for k := range form {
		if k != "Signature" {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	pairs := make([]string, len(keys))
	for i, k := range keys {
		pairs[i] = Percent(k) + "=" + Percent(form.Get(k))
	}
	s := &signed{
		keyID:  form.Get("AccessKeyId"),
		token:  form.Get("SecurityToken"),
		nonce:  form.Get("SignatureNonce"),
		toSign: r.Method + "&%2F&" + Percent(strings.Join(pairs, "&")),
	}
	// A date that cannot be read stays zero, and checkSignature refuses it.
	s.date, _ = time.Parse(time.RFC3339, form.Get("Timestamp"))
	s.valid = func(secret string) bool {
		return sameText(form.Get("Signature"), HmacSHA1Base64(secret+"&", s.toSign))
	}
	return s, nil
}
