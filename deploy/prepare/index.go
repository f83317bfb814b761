package prepare

import (
	"maps"
	"slices"

	sls "github.com/aliyun/aliyun-log-go-sdk"
)

// widen puts into an index what it lacks, and names that. Fields that others have
// added stay, with what SLS itself adds to an index.
func widen(have *sls.Index, want sls.Index) (changed []string) {
	if want.Line != nil && !sameLine(have.Line, want.Line) {
		have.Line = want.Line
		changed = append(changed, "full text")
	}
	for _, name := range slices.Sorted(maps.Keys(want.Keys)) {
		if key, ok := have.Keys[name]; ok && sameKey(key, want.Keys[name]) {
			continue
		}
		if have.Keys == nil {
			have.Keys = map[string]sls.IndexKey{}
		}
		have.Keys[name] = want.Keys[name]
		changed = append(changed, name)
	}
	return changed
}

func sameLine(a, b *sls.IndexLine) bool {
	return a != nil && a.CaseSensitive == b.CaseSensitive && a.Chn == b.Chn && sameSet(a.Token, b.Token) &&
		sameSet(a.IncludeKeys, b.IncludeKeys) && sameSet(a.ExcludeKeys, b.ExcludeKeys)
}

// sameKey compares two fields. Only text is cut into words.
func sameKey(a, b sls.IndexKey) bool {
	if a.Type != b.Type || a.DocValue != b.DocValue {
		return false
	}
	return a.Type != "text" || a.CaseSensitive == b.CaseSensitive && a.Chn == b.Chn && sameSet(a.Token, b.Token)
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
