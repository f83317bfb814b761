package kernel

import (
	"net/http"
	"sort"
	"strings"
)

// readROA reads "acs AccessKeyId:Signature", the REST-style version 1.
// Date, not x-acs-date, is what counts here.
func readROA(r *http.Request, auth string) (*signed, error) {
	keyID, signature, _ := strings.Cut(auth, ":")
	lines := []string{
		r.Method, r.Header.Get("Accept"), r.Header.Get("Content-MD5"), r.Header.Get("Content-Type"), r.Header.Get("Date"),
	}
	lines = append(lines, PrefixedHeaders(r, "x-acs-")...)
	s := &signed{
		keyID:  keyID,
		token:  r.Header.Get("x-acs-security-token"),
		nonce:  r.Header.Get("x-acs-signature-nonce"),
		toSign: strings.Join(append(lines, roaResource(r)), "\n"),
	}
	// A date that cannot be read stays zero, and checkSignature refuses it.
	s.date, _ = http.ParseTime(r.Header.Get("Date"))
	s.valid = func(secret string) bool {
		return sameText(signature, HmacSHA1Base64(secret, s.toSign))
	}
	return s, nil
}

// PrefixedHeaders are the headers with one of the prefixes as "name:value",
// sorted.
func PrefixedHeaders(r *http.Request, prefixes ...string) []string {
	var lines []string
	for name, values := range r.Header {
		name = strings.ToLower(name)
		for _, p := range prefixes {
			if strings.HasPrefix(name, p) {
				lines = append(lines, name+":"+strings.TrimSpace(strings.Join(values, ",")))
			}
		}
	}
	sort.Strings(lines)
	return lines
}

// roaResource is the path with its query, sorted. A parameter without a value has no "=": clients sign
// it so, however they send it.
func roaResource(r *http.Request) string {
	query := r.URL.Query()
	keys := make([]string, 0, len(query))
	for k := range query {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for i, k := range keys {
		if v := query.Get(k); v != "" {
			keys[i] = k + "=" + v
		}
	}
	if len(keys) == 0 {
		return r.URL.EscapedPath()
	}
	return r.URL.EscapedPath() + "?" + strings.Join(keys, "&")
}
