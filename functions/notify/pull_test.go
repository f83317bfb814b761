package notify

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
	local "github.com/ecsguard/ecsguard/test/cloud"
)

// from is the payload of a batch that begins where the last one has ended.
func (w *world) from(begin string) (payload []byte, end string) {
	w.t.Helper()
	first, err := w.client.GetCursor("audit-project", "audit", 0, "begin")
	if err != nil {
		w.t.Fatal(err)
	}
	if end, err = w.client.GetCursor("audit-project", "audit", 0, "end"); err != nil {
		w.t.Fatal(err)
	}
	if begin == "" {
		begin = first
	}
	return bytes.Replace(w.payload(), []byte(`"beginCursor":"`+first), []byte(`"beginCursor":"`+begin), 1), end
}

// following is the cursor behind one more group.
func following(t *testing.T, cursor string) string {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString([]byte(strconv.FormatInt(n+1, 10)))
}

// What the log does not show yet, and the trigger has announced, is told when it shows.
func TestARangeThatIsNotAllShownComesAgain(t *testing.T) {
	w := newWorld(t)
	n := w.notifier()
	w.write(finding("first"))
	w.Inject(local.Fault{Action: "log:PostLogStoreLogs", Times: 1, Unseen: 4})
	w.write(finding("second"))
	// The trigger knows where the log ends, whatever a reader is shown.
	shown, err := w.client.GetCursor("audit-project", "audit", 0, "end")
	if err != nil {
		t.Fatal(err)
	}
	payload := bytes.Replace(w.payload(), []byte(`"endCursor":"`+shown), []byte(`"endCursor":"`+following(t, shown)), 1)
	for range 2 {
		if _, err := n.Handle(t.Context(), w.in, payload); err == nil {
			t.Fatal("the batch is done with, and a record of it was not seen")
		}
	}
	if got := len(w.Messages()); got != 0 {
		t.Errorf("%d messages of a part of the batch", got)
	}
	if answer, err := n.Handle(t.Context(), w.in, payload); err != nil || answer.Records != 2 {
		t.Errorf("%+v, %v", answer, err)
	}
}

// A writer that had no answer writes once more, and the copy may come in another batch and
// to another instance. It is told once; what is said anew of the same finding is told.
func TestACopyInALaterBatchIsNotToldAgain(t *testing.T) {
	w := newWorld(t)
	one, other := finding("one"), finding("other")
	one.Nonce, other.Nonce = "request-1/0/1", "request-1/0/2"
	handle := func(payload []byte, messages int) {
		t.Helper()
		if answer, err := w.notifier().Handle(t.Context(), w.in, payload); err != nil || answer.Messages != messages {
			t.Errorf("%+v, %v, want %d messages", answer, err, messages)
		}
	}
	w.write(one, other)
	payload, end := w.from("")
	handle(payload, 2)
	w.write(one)
	payload, end = w.from(end)
	handle(payload, 0)
	again := one
	again.Nonce, again.Reason = "request-1/1/1", "it ended in another way"
	unnamed := finding("unnamed")
	w.write(other, again, again, unnamed)
	payload, end = w.from(end)
	handle(payload, 2)
	// That it cannot be found out hides nothing.
	w.write(one)
	payload, _ = w.from(end)
	reads := 0
	w.Gate(func(c local.Call) func() {
		if reads++; c.Action != "log:GetCursorOrData" || reads > 1 { // the batch's own is the first
			return nil
		}
		return func() {
			w.Inject(local.Fault{Action: "log:GetCursorOrData", Times: 1, Status: 403, Code: "Unauthorized"})
		}
	})
	handle(payload, 1)
}

// A killed attempt's retry and the look at ecsguard's own edit see the same at the same
// moment, and neither can read what the other is about to say: it is told once, whatever
// batch brings the second. What has changed in between is told.
func TestTwoLooksAtTheSameMomentAreToldOnce(t *testing.T) {
	at := time.Now().UTC()
	said := func(request string) ledger.Record {
		r := finding(request)
		r.Nonce, r.Request, r.Time, r.EventTime = request+"/0/1", request, at, at
		r.Outcome, r.Reason, r.Key, r.Fact, r.Actor = practice.Awaiting, "ecsguard cannot put this right itself", "outside", "f", "sato"
		return r
	}
	own := said("own")
	own.Event, own.Actor, own.ActorType = "actiontrail/edit", "ecsguard-sg-public-ingress:session", "assumed-role"
	good := said("own")
	good.Outcome, good.Nonce = practice.Good, "own/0/2"
	again := own
	again.Nonce = "own/0/3"
	for name, test := range map[string]struct {
		batches [][]ledger.Record
		told    []int    // messages of each batch
		actors  []string // of what is told
	}{
		"in one batch":   {[][]ledger.Record{{said("retry"), own}}, []int{1}, []string{"sato"}},
		"the edit first": {[][]ledger.Record{{own, said("retry")}}, []int{1}, []string{"sato"}},
		"in two batches": {[][]ledger.Record{{own}, {said("retry")}}, []int{1, 0}, []string{own.Actor}},
		"good meanwhile": {[][]ledger.Record{{own}, {good, again}}, []int{1, 1}, []string{own.Actor, own.Actor}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			begin := ""
			var actors []string
			for i, batch := range test.batches {
				w.write(batch...)
				payload, end := w.from(begin)
				begin = end
				if answer, err := w.notifier().Handle(t.Context(), w.in, payload); err != nil || answer.Messages != test.told[i] {
					t.Errorf("batch %d: %+v, %v, want %d messages", i, answer, err, test.told[i])
				}
			}
			for _, hook := range w.Webhooks() {
				var d message.Delivery
				if err := json.Unmarshal(hook.Body, &d); err != nil {
					t.Fatal(err)
				}
				for _, r := range d.Records {
					actors = append(actors, r["actor"])
				}
			}
			if !slices.Equal(actors, test.actors) {
				t.Errorf("told of %v, want %v", actors, test.actors)
			}
		})
	}
}
