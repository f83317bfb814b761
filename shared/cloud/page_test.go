package cloud

import (
	"context"
	"strings"
	"testing"
)

type markedPage struct {
	Marked
	Users []string
}

func (p markedPage) Items() []string { return p.Users }

// each answers each read with the next text, and the last one for ever.
type each []string

func (e *each) Read(_ context.Context, call Call, out any) error {
	text := (*e)[0]
	if len(*e) > 1 {
		*e = (*e)[1:]
	}
	return Decode(call, []byte(text), out)
}

// A paging that breaks off is an error at once, and no shorter list: who is missing in it is
// judged by nobody.
func TestAPagingThatBreaksOff(t *testing.T) {
	for name, test := range map[string]struct {
		answers each
		want    int
		err     string
	}{
		"two pages":     {each{`{"Users":["a"],"IsTruncated":true,"Marker":"m"}`, `{"Users":["b"],"IsTruncated":false}`}, 2, ""},
		"no marker":     {each{`{"Users":["a"],"IsTruncated":true}`}, 0, "does not say how to read the rest"},
		"on page two":   {each{`{"Users":["a"],"IsTruncated":true,"Marker":"m"}`, `{"Users":["b"],"IsTruncated":true}`}, 0, "does not say how to read the rest"},
		"the same page": {each{`{"Users":["a"],"IsTruncated":true,"Marker":"m"}`}, 0, "the same page again"},
	} {
		all, err := ReadList[markedPage](t.Context(), &test.answers, New("ims", "ListUsers", ""))
		if err == nil != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) || err == nil && len(all) != test.want {
			t.Errorf("%s: %v, %v", name, len(all), err)
		}
	}
}
