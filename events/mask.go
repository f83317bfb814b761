package events

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// Masked stands where a value was that nobody may read later.
const Masked = "(masked by ecsguard)"

// masked are how the names of what may hold a secret end, in lower case: passwords, keys, tokens,
// the seed of a second factor, and the scripts, files and variables that people give to machines
// and functions. A function's variables are hidden whole: an address may be a secret by itself.
var masked = []string{
	"userdata", "commandcontent", "commandline", "filecontent", "websocketurl", "password", "passwd", "pwd", "passphrase", "secret", "secretdata", "securitytoken", "sessiontoken", "accesstoken",
	"refreshtoken", "authtoken", "_token", "apikey", "privatekey", "privatekeybody", "plaintext", "stringseed", "qrcodepng", "environmentvariables", "environmentvariable", "environmentvar",
}

// maskedWhole are names that are short, and so must be the whole.
var maskedWhole = []string{"content", "parameters"}

// maskedValues are what a value that is a secret holds, in lower case, whatever its name is.
var maskedValues = []string{"private key-----", "access_token="}

// Mask is an event without what may hold a secret: user data, commands, passwords. What an
// event is handed on with is kept by others, in queues and in copies of what has failed, and
// no practice goes by such a value: who judges one reads it. What holds none comes back as it
// is.
func Mask(body []byte) []byte {
	if !mayHold(body) || !gjson.ValidBytes(body) {
		return body
	}
	var m masker
	if text := m.mask(gjson.ParseBytes(body), 0); m.hidden > 0 {
		return []byte(text)
	}
	return body
}

// A masker counts what it has hidden.
type masker struct{ hidden int }

func (m *masker) hide() string {
	m.hidden++
	return string(quote(Masked))
}

// mayHold tells whether a name that is masked stands somewhere.
func mayHold(body []byte) bool {
	low := bytes.ToLower(body)
	for _, name := range slices.Concat(masked, maskedValues) {
		if bytes.Contains(low, []byte(name)) {
			return true
		}
	}
	return bytes.Contains(low, []byte(`content"`)) || bytes.Contains(low, []byte(`content\"`)) || bytes.Contains(low, []byte(`parameters"`)) || bytes.Contains(low, []byte(`parameters\"`)) ||
		bytes.Contains(low, []byte(`parameters.`))
}

// deepest is how deep an event is read; what is deeper is no event of the cloud's.
const deepest = 64

func (m *masker) mask(v gjson.Result, depth int) string {
	switch {
	case depth > deepest:
		return m.hide()
	case v.IsObject():
		return between("{", "}", v, func(key, value gjson.Result) string {
			says := value.Type == gjson.String && value.Str != "" || value.Type == gjson.Number || value.Type == gjson.JSON
			if Hides(key.String()) && says {
				return key.Raw + ":" + m.hide()
			}
			return key.Raw + ":" + m.mask(value, depth+1)
		})
	case v.IsArray():
		return between("[", "]", v, func(_, value gjson.Result) string { return m.mask(value, depth+1) })
	case v.Type == gjson.String && mayHold([]byte(v.Str)) && gjson.Valid(v.Str):
		if inner := gjson.Parse(v.Str); inner.IsObject() || inner.IsArray() { // requestParameterJson
			text, err := json.Marshal(m.mask(inner, depth+1))
			if err == nil {
				return string(text)
			}
		}
	}
	if v.Type == gjson.String && holds(v.Str) {
		return m.hide()
	}
	return v.Raw
}

// between writes what is in an object or a list again.
func between(opens, closes string, v gjson.Result, each func(key, value gjson.Result) string) string {
	var all []string
	v.ForEach(func(key, value gjson.Result) bool {
		all = append(all, each(key, value))
		return true
	})
	return opens + strings.Join(all, ",") + closes
}

// holds tells whether a value shows by itself that it is a secret.
func holds(value string) bool {
	low := strings.ToLower(value)
	return slices.ContainsFunc(maskedValues, func(part string) bool { return strings.Contains(low, part) })
}

// Hides tells whether what has a name may hold a secret. Of one that is flattened, such as
// LaunchConfiguration.UserData or EnvironmentVar.1.Value, every part counts.
func Hides(name string) bool {
	for part := range strings.SplitSeq(strings.ToLower(name), ".") {
		if slices.Contains(maskedWhole, part) || slices.ContainsFunc(masked, func(end string) bool { return strings.HasSuffix(part, end) }) {
			return true
		}
	}
	return false
}
