package cloud

import "time"

// Time reads a time of an answer, to the second or to the minute; zero: it cannot be read.
func Time(text string) time.Time {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z"} {
		if t, err := time.Parse(form, text); err == nil {
			return t
		}
	}
	return time.Time{}
}
