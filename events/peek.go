package events

import (
	"strings"

	"github.com/tidwall/gjson"
)

// Peek reads what an event is called, and nothing else, where that says enough: of one
// ActionTrail record in a CloudEvent, which is nearly all that comes. Most of them concern
// nobody, and need not be decoded. Where ok is false Decode has to be asked.
func Peek(body []byte) (act Act, key string, ok bool) {
	if len(body) == 0 || body[0] != '{' || !gjson.ValidBytes(body) {
		return Act{}, "", false
	}
	found := gjson.GetManyBytes(body, "specversion", "type", "data.serviceName", "data.eventName", "data.eventId")
	for _, f := range found {
		if f.Type != gjson.String || f.Str == "" {
			return Act{}, "", false
		}
	}
	if !strings.Contains(found[1].Str, ":ActionTrail:") {
		return Act{}, "", false
	}
	return Act{strings.ToLower(found[2].Str), found[3].Str}, string(KindActionTrail) + "/" + found[4].Str, true
}

// PeekActor reads of which type the actor is, where Peek has read the rest.
func PeekActor(body []byte) string { return gjson.GetBytes(body, "data.userIdentity.type").Str }

// Also are the acts that this one is as well.
func (a Act) Also() []Act { return aliases[a].acts }
