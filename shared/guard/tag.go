package guard

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/settings"
)

// byTag says whether the tags exempt from a practice, and in words why, or why not.
func byTag(s settings.Settings, p *practice.Practice, tags map[string]string, now time.Time) (words string, exempt bool) {
	key := practice.ExemptionTag(p.ID)
	value, tagged := tags[key]
	if !tagged {
		return nearly(key, p.ID, s.Known(), tags), false
	}
	day, because, _ := strings.Cut(strings.TrimSpace(value), " ")
	until, err := settings.ParseDate(day)
	switch {
	case err != nil:
		return fmt.Sprintf("the tag %s does not begin with a day such as 2026-12-31, so it exempts nothing", key), false
	case until.Over(now):
		return fmt.Sprintf("the exemption by tag %s ended on %s", key, until), false
	}
	return strings.TrimSpace(fmt.Sprintf("exempt by tag until %s%s %s", until, endless(until, now), because)), true
}

// endless reminds that an end is none.
func endless(until settings.Date, now time.Time) string {
	if until.Endless(now) {
		return ", " + practice.Endless + ","
	}
	return ""
}

// nearly finds a tag that was most likely meant to exempt from a practice, and says what its
// key has to be.
func nearly(key, id string, known []string, tags map[string]string) string {
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		of, ok := exempts(name)
		if !ok {
			continue
		}
		meant := func(id string) bool { return settings.Alike(of, letters(id)) }
		why := ""
		switch {
		case strings.Trim(of, "*") == "" || of == "all":
			why = "an exemption is for one practice"
		case meant(id):
			why = "its key is not right"
		case len(known) > 0 && !slices.ContainsFunc(known, meant):
			why = "there is no such practice"
		default:
			continue
		}
		return fmt.Sprintf("the tag %s exempts nothing: %s. Perhaps you meant the key %s, with a value such as 2026-12-31 and the reason", name, why, key)
	}
	return ""
}

// exempts tells whether the key of a tag begins like one of an exemption, and gives what
// comes after it: how it is written, and what parts it, do not matter.
func exempts(key string) (of string, ok bool) {
	plain := letters(key)
	for _, begin := range []string{"ecsguardexempted", "ecsguardexemption", "ecsguardexempt", "ecsguardexcept", "ecsguardignore", "ecsguardskip", "ecsguardexmpt", "ecsguardexept", "ecsgaurdexempt", "ecguardexempt", "ecsguradexempt"} {
		if of, ok = strings.CutPrefix(plain, begin); ok {
			return of, true
		}
	}
	return "", false
}

// letters leaves out what parts words, and case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_:./ \t：", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}
