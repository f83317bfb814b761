package events

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
)

const sharedDir = "../../shared/events"

// sampleFiles lists the project's own samples as "actiontrail/stop-logging".
func sampleFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("samples/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(f), "samples/"), ".json"))
	}
	return names
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	return readFile(t, "samples/"+name+".json")
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decodeOnly(t testing.TB, body []byte) *Event {
	t.Helper()
	list, err := Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("%d events, want 1", len(list))
	}
	return &list[0]
}

// edited returns a sample with values set at dotted paths; nil deletes.
func edited(t testing.TB, name string, edits map[string]any) []byte {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(sample(t, name)))
	dec.UseNumber()
	var top map[string]any
	if err := dec.Decode(&top); err != nil {
		t.Fatal(err)
	}
	for path, value := range edits {
		o := top
		keys := strings.Split(path, "/")
		for _, key := range keys[:len(keys)-1] {
			next, ok := o[key].(map[string]any)
			if !ok {
				t.Fatalf("no object at %s of %s", path, name)
			}
			o = next
		}
		last := keys[len(keys)-1]
		if value == nil {
			delete(o, last)
		} else {
			o[last] = value
		}
	}
	return marshal(t, top)
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mustBeSound checks what holds for every decoded event: it has an identity,
// and its envelope is a valid CloudEvent that decodes to the same event.
func mustBeSound(t testing.TB, e *Event) {
	t.Helper()
	if e.ID == "" || strings.HasSuffix(e.Key(), "/") {
		t.Errorf("no identity: ID %q, Key %q", e.ID, e.Key())
	}
	if e.Envelope == nil {
		return
	}
	var ce cloudevents.Event
	if err := json.Unmarshal(e.Envelope, &ce); err != nil {
		t.Fatalf("the SDK cannot read the envelope: %v\n%s", err, e.Envelope)
	}
	if err := ce.Validate(); err != nil {
		t.Errorf("the envelope is not valid: %v\n%s", err, e.Envelope)
	}
	again := decodeOnly(t, e.Envelope)
	if again.Key() != e.Key() {
		t.Errorf("key %q, from the envelope %q", e.Key(), again.Key())
	}
	if have, want := string(marshal(t, again)), string(marshal(t, e)); have != want {
		t.Errorf("from the envelope\n%s\nwant\n%s", have, want)
	}
}
