package events

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// Cut apart, a text is what encoding/json makes of it; what is no JSON does no harm.
func FuzzSplit(f *testing.F) {
	seed(f)
	for _, s := range []string{
		`{}`, `{ }`, ` {}`, `{"a":1,"a":2}`, `{"a\"b" : [1, {"c":"}"}] , "":null}`, "{\"\\u00e9\":\"\\ud800\",\"\u00e9\":-1.5e3}",
		`[ ]`, `[1,"]",[2],{"a":[3]} ]`, `{`, `{"`, `{"a`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a" 1}`, `{"a":"\`, `[`, `[1`, `[1,`, `[,]`, `["\`, `{"a":,}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o := splitObject(raw)
		list, ok := splitArray(raw)
		short := compact(raw)
		if len(raw) == 0 || !json.Valid(raw) {
			return
		}
		var want object
		if raw[0] == '{' && (json.Unmarshal(raw, &want) != nil || !reflect.DeepEqual(o, want)) {
			t.Errorf("%q\n is %q\nwant %q", raw, o, want)
		}
		var elements []json.RawMessage
		if raw[0] == '[' && (json.Unmarshal(raw, &elements) != nil || !ok || len(list) != len(elements) || len(list) > 0 && !reflect.DeepEqual(list, elements)) {
			t.Errorf("%q\n is %q\nwant %q", raw, list, elements)
		}
		var compacted bytes.Buffer
		if json.Compact(&compacted, raw) != nil || !bytes.Equal(short, compacted.Bytes()) {
			t.Errorf("%q is %q, want %q", raw, short, compacted.Bytes())
		}
	})
}

func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "plain", `a"b\c`, "<&>", "é\u2028\x7f\x00\n", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := quote(s), escaped(s); !bytes.Equal(got, want) {
			t.Errorf("%q is %s, want %s", s, got, want)
		}
	})
}
