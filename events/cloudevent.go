package events

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// envelopeOrder is the order in which the SDK reads without caching.
var envelopeOrder = []string{"specversion", "id", "source", "type", "subject", "time", "datacontenttype"}

// isCloudEvent goes by specversion, and where that was left out by the three
// attributes that no bare record has together.
func isCloudEvent(o object) bool {
	return o.has("specversion") || o.text("id") != "" && o.text("source") != "" && o.text("type") != ""
}

// decodeCloudEvent has the SDK take the attributes, so that what counts as valid
// is decided by the specification's own types and not here. A type that nobody
// knows is no error: rules match more than we ask for.
func decodeCloudEvent(o object) (Event, error) {
	mended := mend(o)
	envelope := mended.encode(envelopeOrder...)
	ce, err := attributes(mended)
	if err != nil {
		return Event{}, fmt.Errorf("reading CloudEvent %s of %s: %w", o.text("id"), o.text("source"), err)
	}
	e := Event{
		Kind:     KindOther,
		ID:       ce.ID,
		Source:   ce.Source.String(),
		Type:     ce.Type,
		Account:  mended.text("aliyunaccountid"),
		Region:   mended.text("aliyunregionid"),
		Data:     mended["data"],
		Envelope: envelope,
	}
	if t, ok := parseTime(mended.text("aliyunpublishtime")); ok {
		e.Published = t
	}
	if e.Time = e.Published; ce.Time != nil && !ce.Time.IsZero() {
		e.Time = ce.Time.UTC()
	}
	// The type decides. Where it does not, a record forwarded over a bus of the
	// operator's own is known by what is in it.
	data := toObject(e.Data)
	read := readerByType(e.Type)
	if read == nil {
		read = readerOf(data)
	}
	if read == nil {
		e.Service, e.Name = serviceOf(e.Type), e.Type[strings.LastIndex(e.Type, ":")+1:]
		return e, nil
	}
	if data == nil {
		return Event{}, fmt.Errorf("CloudEvent %s of type %s: no object in \"data\"", e.ID, e.Type)
	}
	if err := read(&e, data); err != nil {
		return Event{}, fmt.Errorf("CloudEvent %s of type %s: %w", e.ID, e.Type, err)
	}
	return e, nil
}

// attributes are those of a mended CloudEvent, as the SDK's types take and judge them. To
// have it read the whole again would cost as much as all the rest.
func attributes(o object) (*cloudevents.EventContextV1, error) {
	ce := &cloudevents.EventContextV1{}
	for key, raw := range o {
		s, _ := scalar(raw)
		var err error
		switch key {
		case "specversion", "data":
		case "id":
			ce.ID = s
		case "type":
			ce.Type = s
		case "subject":
			ce.Subject = &s
		case "datacontenttype":
			ce.DataContentType = &s
		case "source":
			if ref := types.ParseURIRef(s); ref != nil {
				ce.Source = *ref
			}
		case "dataschema":
			ce.DataSchema = types.ParseURI(s)
		case "time":
			ce.Time, err = types.ParseTimestamp(s)
		default:
			err = ce.SetExtension(key, extension(raw, s))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	if err := ce.Validate(); err != nil { // a map, which is no nil error
		return nil, err
	}
	return ce, nil
}

// extension is a value as the SDK takes it: text, a boolean or a small number.
func extension(raw json.RawMessage, s string) any {
	switch raw[0] {
	case '"':
		return s
	case 't', 'f':
		return raw[0] == 't'
	}
	n, _ := strconv.ParseInt(s, 10, 32) // mendExtension has left no other
	return int32(n)
}

// readerByType goes by the end of the type: its start is the service the
// resource belongs to, for Cloud Config as well as for ActionTrail.
func readerByType(typ string) func(*Event, object) error {
	switch {
	case strings.Contains(typ, ":ActionTrail:"):
		return readActionTrail
	case strings.HasSuffix(typ, ":ConfigurationItemChangeNotification"):
		return readConfigItem
	case strings.HasSuffix(typ, ":NonCompliantNotification"):
		return readNonCompliant
	}
	return nil
}

// serviceOf is the service a type names first: "ecs" of "ecs:ActionTrail:ApiCall".
func serviceOf(typ string) string {
	service, _, _ := strings.Cut(typ, ":")
	return strings.ToLower(service)
}

// mend makes a CloudEvent of what is nearly one. The SDK refuses a whole event
// for an account id that is a number or a time that is not RFC 3339, and an
// event refused is a breach not seen; so what is odd is rewritten, and dropped
// only where CloudEvents has no place for it. Mending again changes nothing.
func mend(o object) object {
	out := object{"specversion": quote("1.0")}
	typ, source := o.text("type"), o.text("source")
	if strings.TrimSpace(typ) == "" {
		typ = "unknown"
	}
	if strings.TrimSpace(source) == "" {
		source = "unknown"
		if service := serviceOf(typ); strings.Contains(typ, ":") && service != "" {
			source = "acs." + service
		}
	}
	if u, err := url.Parse(source); err != nil || strings.TrimSpace(u.String()) == "" {
		source = url.QueryEscape(source)
	}
	out["type"], out["source"] = quote(typ), quote(source)
	// In order, so that of names that differ in case the same one always wins.
	for _, key := range slices.Sorted(maps.Keys(o)) {
		mendAttribute(out, key, o[key])
	}
	mendData(out, o)
	if id := o.text("id"); strings.TrimSpace(id) != "" {
		out["id"] = quote(id)
	} else {
		// Not of the whole: a second delivery has another aliyunpublishtime.
		same := object{}
		for _, key := range []string{"source", "type", "subject", "time", "data"} {
			if out.has(key) {
				same[key] = out[key]
			}
		}
		out["id"] = quote(hash(same.encode()))
	}
	return out
}

// mendAttribute copies one attribute as the SDK will take it.
func mendAttribute(out object, key string, raw json.RawMessage) {
	switch key {
	case "specversion", "id", "source", "type", "data", "data_base64":
		// The caller's.
	case "time":
		// A time that cannot be read is left out: the record has its own.
		s, _ := scalar(raw)
		if t, ok := parseTime(s); ok {
			out[key] = quote(t.Format(time.RFC3339Nano))
		}
	case "subject":
		if s, _ := scalar(raw); strings.TrimSpace(s) != "" {
			out[key] = quote(s)
		}
	case "datacontenttype":
		if s, _ := scalar(raw); s != "" {
			if _, _, err := mime.ParseMediaType(s); err == nil {
				out[key] = quote(s)
			}
		}
	case "dataschema":
		// Only an absolute URI is valid; nothing here reads it.
		s, _ := scalar(raw)
		if u, err := url.Parse(s); err == nil && u.IsAbs() {
			out[key] = quote(s)
		}
	default:
		if cloudevents.IsExtensionNameValid(key) && !reserved(key) {
			mendExtension(out, key, raw)
		}
	}
}

// reserved tells that a name is one of the specification's own in other
// letters, which the SDK takes for an attempt to overwrite it.
func reserved(key string) bool {
	lower := strings.ToLower(key)
	return lower == "data" || lower == "dataschema" || slices.Contains(envelopeOrder, lower)
}

// mendExtension makes text of all that is not a CloudEvents value: numbers
// beyond int32 and objects. An account id is text also when it is short.
func mendExtension(out object, key string, raw json.RawMessage) {
	key = strings.ToLower(key)
	s, ok := scalar(raw)
	switch {
	case !ok && (len(raw) == 0 || raw[0] == 'n'):
		return
	case !ok:
		out[key] = quote(string(compact(raw)))
	case raw[0] == 't' || raw[0] == 'f':
		out[key] = raw
	default:
		out[key] = quote(s)
		n, err := strconv.ParseInt(s, 10, 64)
		if raw[0] != '"' && err == nil && n >= math.MinInt32 && n <= math.MaxInt32 && !strings.HasSuffix(key, "accountid") {
			out[key] = json.RawMessage(strconv.FormatInt(n, 10))
		}
	}
}

// mendData takes data out of base64 and out of a string where it is JSON, and
// then says so: the SDK wants a string for every content type but JSON.
func mendData(out, o object) {
	raw, ok := o["data"]
	if b64 := o.text("data_base64"); !ok && b64 != "" {
		b, err := base64.StdEncoding.DecodeString(b64)
		if err != nil {
			b = []byte(b64)
		}
		raw = quote(strings.ToValidUTF8(string(b), "\uFFFD"))
	}
	if len(raw) == 0 {
		return
	}
	out["data"] = compact(raw)
	if raw[0] == '"' {
		inner := toObject(raw)
		if inner == nil {
			return
		}
		out["data"] = compact(inner.encode())
	}
	media, _, _ := strings.Cut(out.text("datacontenttype"), ";")
	switch strings.TrimSpace(media) {
	case "", cloudevents.ApplicationJSON, cloudevents.TextJSON:
	default:
		out["datacontenttype"] = quote(cloudevents.ApplicationJSON)
	}
}
