package events

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tidwall/gjson"
)

// Masked stands where a value was that nobody may read later.
const Masked = "(masked by ecsguard)"

// masked are how the names of what may hold a secret end, in lower case: passwords, keys, and
// the scripts and files that people give to machines.
var masked = []string{
	"userdata", "commandcontent", "filecontent", "password", "passwd", "secret", "secretdata", "securitytoken", "privatekey", "privatekeybody", "plaintext",
}

// maskedWhole are names that are short, and so must be the whole.
var maskedWhole = []string{"content", "parameters"}

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
	for _, name := range masked {
		if bytes.Contains(low, []byte(name)) {
			return true
		}
	}
	return bytes.Contains(low, []byte(`content"`)) || bytes.Contains(low, []byte(`content\"`)) || bytes.Contains(low, []byte(`"parameters"`)) || bytes.Contains(low, []byte(`\"parameters\"`))
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

// Hides tells whether what has a name may hold a secret. Of one that is flattened,
// LaunchConfiguration.UserData, the last part counts.
func Hides(name string) bool {
	low := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
	for _, whole := range maskedWhole {
		if low == whole {
			return true
		}
	}
	for _, end := range masked {
		if strings.HasSuffix(low, end) {
			return true
		}
	}
	return false
}
