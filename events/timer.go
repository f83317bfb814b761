package events

import "errors"

// readTimer reads what a time trigger of Function Compute invokes with. The
// name and the time make its identity: a timer that is delivered twice runs
// once.
func readTimer(e *Event, d object) error {
	e.Kind = KindTimer
	e.Trigger = d.text("triggerName")
	if e.Trigger == "" {
		return errors.New(`no "triggerName" in a timer's event`)
	}
	when := d.text("triggerTime")
	t, ok := parseTime(when)
	if !ok {
		return errors.New(`no time in "triggerTime" of timer ` + e.Trigger)
	}
	e.Time = t
	e.ID = e.Trigger + "/" + when
	// The payload is whatever the operator wrote; some write JSON unquoted.
	if s, ok := scalar(d["payload"]); ok {
		e.Payload = s
	} else if raw := d["payload"]; len(raw) > 0 && raw[0] != 'n' {
		e.Payload = string(raw)
	}
	return nil
}
