package kernel

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxSkew is how far a request's date may be from the server's.
const maxSkew = 15 * time.Minute

// signed is what a request claims: who signed it, when, and how to check.
type signed struct {
	keyID   string
	token   string
	service string
	nonce   string // empty where the scheme has none
	date    time.Time
	// toSign is the string that this side would sign. The client gets it back
	// when the signatures differ, as from the real cloud.
	toSign string
	// valid compares in constant time.
	valid func(secret string) bool
}

// signingErrors are the words in which a family of products refuses.
// Codes differ among families, and clients decide by them whether to retry, to renew a session, or
// to give up.
type signingErrors struct {
	missingKey, badDate, skewed, keyUnknown, keyInactive   Error
	tokenMissing, tokenMalformed, tokenOther, tokenExpired Error
	mismatch, replayed                                     Error
}

// Those of RPC, ROA and ACS3, from the common error codes of the API gateway.
var popErrors = signingErrors{
	missingKey:     Error{Status: 400, Code: "MissingAccessKeyId", Message: "AccessKeyId is mandatory for this action."},
	badDate:        Error{Status: 400, Code: "InvalidTimeStamp.Format", Message: "Specified time stamp or date value is not well formatted."},
	skewed:         Error{Status: 400, Code: "InvalidTimeStamp.Expired", Message: "Specified time stamp or date value is expired."},
	keyUnknown:     Error{Status: 404, Code: "InvalidAccessKeyId.NotFound", Message: "Specified access key is not found."},
	keyInactive:    Error{Status: 403, Code: "InvalidAccessKeyId.Inactive", Message: "Specified access key is disabled."},
	tokenMissing:   Error{Status: 400, Code: "MissingSecurityToken", Message: "SecurityToken is mandatory for this action."},
	tokenMalformed: Error{Status: 400, Code: "InvalidSecurityToken.Malformed", Message: "Specified SecurityToken is malformed."},
	tokenOther:     Error{Status: 400, Code: "InvalidSecurityToken.MismatchWithAccessKey", Message: "Specified SecurityToken mismatch with the AccessKey."},
	tokenExpired:   Error{Status: 400, Code: "InvalidSecurityToken.Expired", Message: "Specified SecurityToken is expired."},
	mismatch:       Error{Status: 400, Code: "SignatureDoesNotMatch", Message: "Specified signature is not matched with our calculation. server string to sign is:"},
	replayed:       Error{Status: 400, Code: "SignatureNonceUsed", Message: "Specified signature nonce was used already."},
}

// Those of the log service, which refuses with 401 throughout.
var slsErrors = signingErrors{
	missingKey:     Error{Status: 401, Code: "Unauthorized", Message: "The request has no valid Authorization header."},
	badDate:        Error{Status: 400, Code: "InvalidDateFormat", Message: "Date in the header must be in the format of RFC 822."},
	skewed:         Error{Status: 400, Code: "RequestTimeTooSkewed", Message: "Request time exceeds server time more than 15 minutes."},
	keyUnknown:     Error{Status: 401, Code: "Unauthorized", Message: "AccessKeyId not found."},
	keyInactive:    Error{Status: 401, Code: "Unauthorized", Message: "The AccessKeyId is disabled."},
	tokenMissing:   Error{Status: 401, Code: "Unauthorized", Message: "The security token is missing."},
	tokenMalformed: Error{Status: 401, Code: "Unauthorized", Message: "The security token you provided is invalid."},
	tokenOther:     Error{Status: 401, Code: "Unauthorized", Message: "The security token does not belong to the AccessKeyId."},
	tokenExpired:   Error{Status: 401, Code: "SecurityTokenExpired", Message: "The security token you provided has expired."},
	mismatch:       Error{Status: 401, Code: "SignatureNotMatch", Message: "Request signature is not matched. server string to sign is:"},
	replayed:       Error{Status: 401, Code: "SignatureNotMatch", Message: "The signature was used already."},
}

// Verify finds the scheme in which a request is signed and says who signed it.
// body is the whole body. The caller must not hold mu.
func (c *Cloud) Verify(r *http.Request, body []byte) (Principal, error) {
	words := &popErrors
	if strings.Contains(r.Host, ".log.aliyuncs.com") {
		words = &slsErrors
	}
	s, err := readSignature(r, body, words)
	if err != nil {
		return Principal{}, err
	}
	s.service = serviceOf(r.Host)
	return c.checkSignature(s, words)
}

// serviceOf is the product behind a host, as GetAccessKeyLastUsed names it: "Ecs".
func serviceOf(host string) string {
	for _, label := range strings.Split(BareHost(host), ".") {
		if label == "log" || label == "fc" || label == "eventbridge" { // an account or a project comes first
			return strings.ToUpper(label[:1]) + label[1:]
		}
	}
	name, _, _ := strings.Cut(host, ".")
	name, _, _ = strings.Cut(name, "-")
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// readSignature goes by the word before the credential. Calls of the RPC style have none: theirs is
// in the form.
func readSignature(r *http.Request, body []byte, words *signingErrors) (*signed, error) {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch scheme {
	case "ACS3-HMAC-SHA256":
		return readACS3(r, body, rest)
	case "acs":
		return readROA(r, rest)
	case "LOG":
		return readSLSV1(r, body, rest)
	case "SLS4-HMAC-SHA256":
		return readSLSV4(r, body, rest)
	case "FC":
		return readFC(r, rest)
	case "OSS":
		return readOSS(r, rest)
	}
	if form := FormOf(r, body); form.Get("Signature") != "" || form.Get("AccessKeyId") != "" {
		return readRPC(r, form)
	}
	return nil, refusal(words.missingKey)
}

// checkSignature checks in the order in which the real gateway does: time, key,
// token, signature, and only then the nonce, so that nobody can use up another
// client's nonces.
func (c *Cloud) checkSignature(s *signed, words *signingErrors) (Principal, error) {
	switch {
	case s.keyID == "":
		return Principal{}, refusal(words.missingKey)
	case s.date.IsZero():
		return Principal{}, refusal(words.badDate)
	// The clients are real programs with real clocks: the cloud's own clock,
	// which a test may move, does not count here.
	case time.Since(s.date).Abs() > maxSkew:
		return Principal{}, refusal(words.skewed)
	}
	c.Mu.Lock()
	defer c.Mu.Unlock()
	key := c.Keys.Key(s.keyID)
	switch {
	case key == nil:
		return Principal{}, refusal(words.keyUnknown)
	case !key.Active:
		return Principal{}, refusal(words.keyInactive)
	case key.Token != "" && s.token == "":
		return Principal{}, refusal(words.tokenMissing)
	case s.token != "" && !sameText(s.token, key.Token):
		if c.Keys.knowsToken(s.token) {
			return Principal{}, refusal(words.tokenOther)
		}
		return Principal{}, refusal(words.tokenMalformed)
	// By the cloud's clock, which a test may move.
	case key.Token != "" && !c.Clock().Before(key.Expires):
		return Principal{}, refusal(words.tokenExpired)
	case !s.valid(key.Secret):
		// A copy: the text is this request's.
		e := words.mismatch
		e.Message += s.toSign
		return Principal{}, &e
	}
	if s.nonce != "" && c.Keys.usedNonce(s.keyID+"/"+s.nonce, time.Now()) {
		return Principal{}, refusal(words.replayed)
	}
	// Noted for refused calls as well, once the signature is right.
	key.LastUsed, key.LastService = c.Clock(), s.service
	return key.Who, nil
}

func refusal(e Error) error { return &e }

// FormOf is the query and, for a form, the body.
// A name in both has the query's value first.
func FormOf(r *http.Request, body []byte) url.Values {
	form := r.URL.Query()
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		inBody, _ := url.ParseQuery(string(body))
		for k, v := range inBody {
			form[k] = append(form[k], v...)
		}
	}
	return form
}

var Rfc3986 = strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~")

// Percent encodes as RFC 3986 wants, which every signature scheme here uses.
func Percent(s string) string { return Rfc3986.Replace(url.QueryEscape(s)) }

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func HmacSHA1Base64(secret, s string) string {
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(s))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func HmacSHA256(key []byte, s string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(s))
	return h.Sum(nil)
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
