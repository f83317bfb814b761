package ledger

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// full has every field set, so that one that is not kept shows.
func full(t *testing.T) Record {
	t.Helper()
	var r Record
	v := reflect.ValueOf(&r).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Interface().(type) {
		case time.Time:
			f.Set(reflect.ValueOf(time.Date(2026, 3, 1, 3, 0, 0, 123, time.UTC)))
		case int, int64, time.Duration:
			f.SetInt(int64(i + 1))
		case bool:
			f.SetBool(true)
		case map[string]string:
			f.Set(reflect.ValueOf(map[string]string{"a": "b=\"c\""}))
		case []string:
			f.Set(reflect.ValueOf([]string{"one", "two"}))
		case []Member:
			f.Set(reflect.ValueOf([]Member{{Practice: "a", ID: "1", Severity: practice.High, Finding: "open"}}))
		case []Case:
			f.Set(reflect.ValueOf([]Case{{Practice: "a", Resource: "sg-1", Opened: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC), Looks: 2}}))
		case []cloud.Call:
			f.Set(reflect.ValueOf([]cloud.Call{cloud.New("ecs", "StopInstance", "cn-hangzhou", "InstanceId", "i-1")}))
		case []practice.Prevention:
			f.Set(reflect.ValueOf([]practice.Prevention{{Kind: practice.RAMPolicy, Does: "denies it", Text: "{}"}}))
		case practice.Lock:
			f.Set(reflect.ValueOf(practice.Lock{User: "alice", Key: "LTAI5t", SignIn: true, Others: []string{"bob"}}))
		default:
			f.SetString("text of " + v.Type().Field(i).Name)
		}
	}
	r.Kind, r.Received = Result, time.Time{} // the log says when it got it
	return r
}

func TestARecordComesBackFromTheLogAsItWas(t *testing.T) {
	r := full(t)
	fields := r.Fields()
	if want := reflect.TypeFor[Record]().NumField() - 1; len(fields) != want {
		t.Errorf("%d fields in the log, want %d", len(fields), want)
	}
	fields["__source__"] = "ecsguard" // the log adds its own
	got, err := Parse(fields)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, r) {
		t.Errorf("got  %+v\nwant %+v", got, r)
	}
}

func TestParseNamesTheFieldThatIsWrong(t *testing.T) {
	fields := Record{ID: "x", Kind: Intent}.Fields()
	fields["round"] = "many"
	_, err := Parse(fields)
	if err == nil || !strings.Contains(err.Error(), "record x: field round") {
		t.Errorf("got %v", err)
	}
	if _, err := Parse(map[string]string{"level": "info"}); err == nil {
		t.Error("a line of another program was taken for a record")
	}
}

func TestEveryFieldCanBeSearched(t *testing.T) {
	index := Index()
	for _, name := range FieldNames() {
		if _, ok := index.Keys[name]; !ok {
			t.Errorf("field %s has no index", name)
		}
	}
	if got := index.Keys["resource"].Token; strings.Contains(strings.Join(got, ""), "-") {
		t.Error("an id would be cut at its hyphens")
	}
}

func TestOutcomesAreAClosedSet(t *testing.T) {
	if len(practice.Outcomes) != 10 {
		t.Errorf("%d outcomes; the design has ten", len(practice.Outcomes))
	}
}

// A record that is too large is cut in what was seen. What was done, and what takes it
// back, stays whole: where even that does not fit, nothing may be done.
func TestALargeRecordIsCutInItsEvidence(t *testing.T) {
	r := full(t)
	for i := range 100 {
		r.Facts[strings.Repeat("x", i+1)] = strings.Repeat("seen ", 2000)
	}
	for range 300 {
		r.Calls = append(r.Calls, cloud.New("ecs", "StopInstance", "cn-hangzhou", "InstanceId", "i-1", "Description", strings.Repeat("d", 500)))
	}
	r.Undo, r.Advice = r.Calls, strings.Repeat("do ", 1000)
	log, err := encode(r)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for _, c := range log.Contents {
		fields[c.GetKey()] = c.GetValue()
	}
	got, err := Parse(fields)
	if err != nil || !reflect.DeepEqual(got.Calls, r.Calls) || !reflect.DeepEqual(got.Undo, r.Undo) || got.Facts["cut"] == "" || size(fields) > maxRecord {
		t.Errorf("%d calls, %d to undo them, %d bytes: %v", len(got.Calls), len(got.Undo), size(fields), err)
	}
	for len(r.Calls) < 10_000 {
		r.Calls = append(r.Calls, r.Calls...)
	}
	if _, err := encode(r); err == nil || !strings.Contains(err.Error(), "nothing is changed that cannot be recorded") {
		t.Errorf("got %v", err)
	}
}
