package kernel

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// readFC reads "FC AccessKeyId:Signature", which the older clients of Function Compute send.
// There is no nonce in it, so such a request can be sent again within the skew.
func readFC(r *http.Request, auth string) (*signed, error) {
	keyID, signature, _ := strings.Cut(auth, ":")
	path, err := url.PathUnescape(r.URL.EscapedPath())
	if err != nil {
		return nil, Refuse(400, "InvalidArgument", "the path is not well escaped")
	}
	headers := ""
	for _, line := range PrefixedHeaders(r, "x-fc-") {
		headers += line + "\n"
	}
	s := &signed{keyID: keyID, token: r.Header.Get("x-fc-security-token")}
	s.toSign = strings.Join([]string{
		r.Method, r.Header.Get("Content-MD5"), r.Header.Get("Content-Type"), r.Header.Get("Date"), headers + path,
	}, "\n")
	s.date, _ = http.ParseTime(r.Header.Get("Date"))
	// HMAC-SHA256 under an old name: the scheme has no version in it.
	s.valid = func(secret string) bool {
		h := hmac.New(sha256.New, []byte(secret))
		h.Write([]byte(s.toSign))
		return sameText(signature, base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return s, nil
}

// ossSubresources are the names in a query that are signed.
var ossSubresources = []string{"acl", "append", "objectMeta", "partNumber", "position", "symlink", "tagging", "uploadId", "uploads", "versionId"}

// readOSS reads "OSS AccessKeyId:Signature", version 1 of Object Storage Service. The
// bucket is in the host. Where x-oss-date is sent it is the date, and clients sign it
// once or twice.
func readOSS(r *http.Request, auth string) (*signed, error) {
	keyID, signature, _ := strings.Cut(auth, ":")
	bucket, _, _ := strings.Cut(BareHost(r.Host), ".")
	resource := "/" + bucket + r.URL.Path
	query := r.URL.Query()
	var signedNames []string
	for _, name := range SortedKeys(query) {
		if !slices.Contains(ossSubresources, name) {
			continue
		}
		if value := query.Get(name); value != "" {
			name += "=" + value
		}
		signedNames = append(signedNames, name)
	}
	if len(signedNames) > 0 {
		resource += "?" + strings.Join(signedNames, "&")
	}
	// The line of the date is empty for clients that count x-oss-date among the headers only.
	text := func(date string) string {
		lines := []string{r.Method, r.Header.Get("Content-MD5"), r.Header.Get("Content-Type"), date}
		return strings.Join(append(append(lines, PrefixedHeaders(r, "x-oss-")...), resource), "\n")
	}
	date := r.Header.Get("x-oss-date")
	if date == "" {
		date = r.Header.Get("Date")
	}
	s := &signed{keyID: keyID, token: r.Header.Get("x-oss-security-token"), toSign: text(date)}
	s.date, _ = http.ParseTime(date)
	s.valid = func(secret string) bool {
		return sameText(signature, HmacSHA1Base64(secret, s.toSign)) || sameText(signature, HmacSHA1Base64(secret, text("")))
	}
	return s, nil
}
