package scenario

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ecsguard/ecsguard/events"
)

// The ways by which an event comes: over the event bus, or by a trail's logstore. A scenario says
// which with the section via; a sample of a sign-in comes by the log whatever it says, since the bus
// has no type for it.
const (
	viaBus = "bus"
	viaLog = "log"
)

const signIns = "sample signin/"

// via is an event as it comes by a way.
func via(event []byte, sample string, words []string) ([]byte, error) {
	way := viaBus
	if len(words) > 0 {
		way = words[0]
	}
	switch {
	case len(words) > 1 || way != viaBus && way != viaLog:
		return nil, fmt.Errorf("via %s: it is %s or %s", strings.Join(words, " "), viaBus, viaLog)
	case strings.HasPrefix(sample, signIns) && len(words) > 0 && way == viaBus:
		return nil, fmt.Errorf("via %s: no sign-in comes by it", viaBus)
	case way == viaBus && !strings.HasPrefix(sample, signIns):
		return event, nil
	}
	event, ok, err := byLog(event)
	if err == nil && !ok {
		err = fmt.Errorf("via %s: %s is no record of ActionTrail, and a trail delivers nothing else", viaLog, sample)
	}
	return event, err
}

// byLog is the event that triage makes of the record, had a trail delivered it. Where there is no
// record ok is false.
func byLog(event []byte) (made []byte, ok bool, err error) {
	var envelope struct{ Data json.RawMessage }
	if err := json.Unmarshal(event, &envelope); err != nil {
		return nil, false, nil // several, or none
	}
	record := envelope.Data
	if record == nil {
		record = event
	}
	var kind struct{ EventName, UserIdentity json.RawMessage }
	if err := json.Unmarshal(record, &kind); err != nil || kind.EventName == nil || kind.UserIdentity == nil {
		return nil, false, nil
	}
	r, err := events.TrailLog(map[string]string{"event": string(record)})
	if err != nil {
		return nil, true, err
	}
	return r.CloudEvent(), true, nil
}
