package ledger

import (
	sls "github.com/aliyun/aliyun-log-go-sdk"
)

// numbers are the fields that are searched by size.
var numbers = map[string]bool{"round": true, "attempt": true, "calls_made": true, "lag_ms": true}

// words cuts text into what can be searched. Hyphens and colons stay inside a word,
// so that an id or a type is one.
var words = []string{",", " ", "'", "\"", ";", "=", "(", ")", "[", "]", "{", "}", "?", "@", "&", "<", ">", "\n", "\t", "\r"}

// Index is the index that History and the dashboards need: a logstore without one
// cannot be read by query.
func Index() sls.Index {
	keys := map[string]sls.IndexKey{}
	for _, name := range FieldNames() {
		if numbers[name] {
			keys[name] = sls.IndexKey{Type: "long", DocValue: true}
			continue
		}
		keys[name] = sls.IndexKey{Type: "text", Token: words, CaseSensitive: false, DocValue: true}
	}
	return sls.Index{Keys: keys, Line: &sls.IndexLine{Token: words}}
}
