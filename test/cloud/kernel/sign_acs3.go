package kernel

import (
	"encoding/hex"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"
)

// readACS3 reads the header signature of the current SDKs. The payload's hash
// is computed here and not taken from x-acs-content-sha256: a body that was
// changed on the way must not verify.
func readACS3(r *http.Request, body []byte, auth string) (*signed, error) {
	// Credential=…,SignedHeaders=…,Signature=…
	field := map[string]string{}
	for part := range strings.SplitSeq(auth, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		field[k] = v
	}
	names := strings.Split(field["SignedHeaders"], ";")
	if missing := unsignedHeader(r, names); missing != "" {
		return nil, Refuse(400, "IncompleteSignature",
			"The request signature does not conform to Aliyun standards: header %s is not signed.", missing)
	}
	var headers strings.Builder
	for _, name := range names {
		headers.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	path = strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(path)
	canonical := strings.Join([]string{
		r.Method, path, acs3Query(r), headers.String(), field["SignedHeaders"], hexSHA256(body),
	}, "\n")
	s := &signed{
		keyID:  field["Credential"],
		token:  r.Header.Get("x-acs-security-token"),
		nonce:  r.Header.Get("x-acs-signature-nonce"),
		toSign: "ACS3-HMAC-SHA256\n" + hexSHA256([]byte(canonical)),
	}
	s.date, _ = time.Parse(time.RFC3339, r.Header.Get("x-acs-date"))
	if s.nonce == "" {
		return nil, Refuse(400, "MissingSignatureNonce", "SignatureNonce is mandatory for this action.")
	}
	s.valid = func(secret string) bool {
		return sameText(field["Signature"], hex.EncodeToString(HmacSHA256([]byte(secret), s.toSign)))
	}
	return s, nil
}

// unsignedHeader names a header that matters and is not in the signed list.
// What is not signed could be put in on the way.
func unsignedHeader(r *http.Request, signed []string) string {
	want := []string{"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-content-sha256", "x-acs-signature-nonce"}
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-acs-") {
			want = append(want, name)
		}
	}
	sort.Strings(want)
	for _, name := range want {
		if !slices.Contains(signed, name) {
			return name
		}
	}
	return ""
}

// headerValue is a header as it is signed. Go keeps Host apart from the others.
func headerValue(r *http.Request, name string) string {
	if name == "host" {
		return r.Host
	}
	return strings.TrimSpace(strings.Join(r.Header.Values(name), ","))
}

// acs3Query is the query as it is signed, sorted by name. Of a name that stands twice the first counts.
func acs3Query(r *http.Request) string {
	query := r.URL.Query()
	keys := make([]string, 0, len(query))
	for k := range query {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for i, k := range keys {
		keys[i] = Percent(k) + "=" + Percent(query.Get(k))
	}
	return strings.Join(keys, "&")
}
