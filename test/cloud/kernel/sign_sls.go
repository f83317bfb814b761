package kernel

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// readSLSV1 reads "LOG AccessKeyId:Signature".
// The body is covered by Content-MD5, which has to be there where there is a body.
func readSLSV1(r *http.Request, body []byte, auth string) (*signed, error) {
	sum := r.Header.Get("Content-MD5")
	if (sum != "" || len(body) > 0) && sum != fmt.Sprintf("%X", md5.Sum(body)) {
		return nil, Refuse(400, "InvalidContentMD5", "Content-MD5 %q is not the MD5 of the body.", sum)
	}
	keyID, signature, _ := strings.Cut(auth, ":")
	method := r.Header.Get("x-log-signaturemethod")
	sign, known := slsV1Methods[method]
	switch {
	case method == "":
		return nil, Refuse(400, "MissingSignatureMethod", "x-log-signaturemethod does not exist in http header.")
	case !known:
		return nil, Refuse(400, "InvalidSignatureMethod", "signature method %s is unsupported.", method)
	}
	s := &signed{keyID: keyID, token: r.Header.Get("x-acs-security-token")}
	s.toSign = strings.Join([]string{
		r.Method, sum, r.Header.Get("Content-Type"), r.Header.Get("Date"),
		strings.Join(PrefixedHeaders(r, "x-log-", "x-acs-"), "\n"),
		SlsV1Resource(r),
	}, "\n")
	s.date, _ = http.ParseTime(r.Header.Get("Date"))
	s.valid = func(secret string) bool {
		return sameText(signature, sign(secret, s.toSign))
	}
	return s, nil
}

// slsV1Methods are what x-log-signaturemethod may name. The first is that of the older
// clients, the second that of those which are made with Tea.
var slsV1Methods = map[string]func(secret, s string) string{
	"hmac-sha1": HmacSHA1Base64,
	"hmac-sha256": func(secret, s string) string {
		return base64.StdEncoding.EncodeToString(HmacSHA256([]byte(secret), s))
	},
}

// SlsV1Resource is the path with its query, sorted and not escaped. The values of a name that stands
// twice follow one another without a separator, as the clients sign them.
func SlsV1Resource(r *http.Request) string {
	path := r.URL.EscapedPath()
	if r.URL.RawQuery == "" {
		return path
	}
	query := r.URL.Query()
	var pairs []string
	for _, k := range SortedKeys(query) {
		pair := ""
		for _, v := range query[k] {
			pair += k + "=" + v
		}
		pairs = append(pairs, pair)
	}
	return path + "?" + strings.Join(pairs, "&")
}

// readSLSV4 reads "SLS4-HMAC-SHA256 Credential=key/date/region/sls/aliyun_v4_request,Signature=…".
func readSLSV4(r *http.Request, body []byte, auth string) (*signed, error) {
	// The day and the region are part of the key, so that a signature fits no other day or region.
	credential, signature, ok := strings.Cut(strings.TrimPrefix(auth, "Credential="), ",Signature=")
	scope := strings.Split(credential, "/")
	if !ok || len(scope) != 5 {
		return nil, Refuse(401, "Unauthorized", "The Authorization header is not well formed.")
	}
	keyID, day, region := scope[0], scope[1], scope[2]
	date := r.Header.Get("x-log-date")
	names, headers := slsV4Headers(r)
	canonical := strings.Join([]string{
		r.Method, r.URL.EscapedPath(), slsV4Query(r), headers, strings.Join(names, ";"), hexSHA256(body),
	}, "\n")
	s := &signed{keyID: keyID, token: r.Header.Get("x-acs-security-token")}
	s.toSign = strings.Join([]string{
		"SLS4-HMAC-SHA256", date, strings.Join(scope[1:], "/"), hexSHA256([]byte(canonical)),
	}, "\n")
	s.date, _ = time.Parse("20060102T150405Z", date)
	s.valid = func(secret string) bool {
		key := HmacSHA256([]byte("aliyun_v4"+secret), day)
		for _, part := range []string{region, "sls", "aliyun_v4_request"} {
			key = HmacSHA256(key, part)
		}
		return sameText(signature, hex.EncodeToString(HmacSHA256(key, s.toSign)))
	}
	return s, nil
}

// slsV4Headers are the signed headers. The scheme does not list them: they are
// those with the prefixes, and Host and Content-Type.
func slsV4Headers(r *http.Request) (names []string, canonical string) {
	value := map[string]string{"host": r.Host}
	for name, values := range r.Header {
		name = strings.ToLower(name)
		signed := strings.HasPrefix(name, "x-log-") || strings.HasPrefix(name, "x-acs-") || name == "content-type"
		if signed && !strings.HasPrefix(name, "x-log-meta-") {
			value[name] = strings.Join(values, ",")
		}
	}
	names = SortedKeys(value)
	for _, name := range names {
		canonical += name + ":" + value[name] + "\n"
	}
	return names, canonical
}

// slsV4Query is the query as version 4 signs it: names as they are, and values escaped.
func slsV4Query(r *http.Request) string {
	query := r.URL.Query()
	var pairs []string
	for _, k := range SortedKeys(query) {
		if v := query.Get(k); v != "" {
			k += "=" + strings.ReplaceAll(url.QueryEscape(v), "+", "%20")
		}
		pairs = append(pairs, k)
	}
	return strings.Join(pairs, "&")
}
