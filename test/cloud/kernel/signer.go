package kernel

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// SignACS3 signs a request as the current SDKs do, for a test that must not use their
// connections.
func SignACS3(r *http.Request, body []byte, action, version string, k Credentials) {
	for name, value := range map[string]string{
		"x-acs-action": action, "x-acs-version": version, "x-acs-date": time.Now().UTC().Format(time.RFC3339),
		"x-acs-content-sha256": hexSHA256(body), "x-acs-signature-nonce": rand.Text(), "x-acs-security-token": k.SecurityToken,
	} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if r.Host == "" {
		r.Host = r.URL.Host
	}
	// What is not signed could be changed on the way, and readACS3 refuses a request with such a header.
	present := map[string]bool{"host": true}
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-acs-") || name == "content-type" {
			present[name] = true
		}
	}
	names := SortedKeys(present)
	var headers strings.Builder
	for _, name := range names {
		headers.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	list := strings.Join(names, ";")
	canonical := strings.Join([]string{r.Method, path, acs3Query(r), headers.String(), list, hexSHA256(body)}, "\n")
	signature := hex.EncodeToString(HmacSHA256([]byte(k.AccessKeySecret), "ACS3-HMAC-SHA256\n"+hexSHA256([]byte(canonical))))
	r.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+k.AccessKeyID+",SignedHeaders="+list+",Signature="+signature)
}
