package events

import (
	"io/fs"
	"os"
	"strings"
	"testing"
)

// What Peek says is what Decode says, of every sample and in whatever form it comes.
func TestPeekSaysWhatDecodeSays(t *testing.T) {
	peeked := 0
	err := fs.WalkDir(os.DirFS("samples"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		body := sample(t, strings.TrimSuffix(path, ".json"))
		act, key, ok := Peek(body)
		if !ok {
			return nil
		}
		peeked++
		happened, err := Decode(body)
		if err != nil || len(happened) != 1 {
			t.Errorf("%s: Decode says %v, %v", path, happened, err)
			return nil
		}
		if e := happened[0]; act != (Act{e.Service, e.Name}) || key != e.Key() {
			t.Errorf("%s is %v %s, and Decode says %s %s %s", path, act, key, e.Service, e.Name, e.Key())
		}
		return nil
	})
	if err != nil || peeked == 0 {
		t.Errorf("%d samples, %v", peeked, err)
	}
}

// Where not all is plain, Decode has to say.
func TestPeekLeavesTheRestToDecode(t *testing.T) {
	for _, body := range []string{
		"", "null", "[]", `"text"`, "{", `{"specversion":"1.0"}`,
		`{"specversion":"1.0","type":"ecs:ActionTrail:ApiCall","data":{"serviceName":"Ecs","eventName":"X","eventId":"1"}} and more`,
		`{"specversion":"1.0","type":"ecs:ActionTrail:ApiCall","data":{"serviceName":"Ecs","eventName":"X"}}`,
		`{"specversion":"1.0","type":"ecs:ActionTrail:ApiCall","data":{"serviceName":"Ecs","eventName":7,"eventId":"1"}}`,
		`{"specversion":"1.0","type":"ecs:Other","data":{"serviceName":"Ecs","eventName":"X","eventId":"1"}}`,
		`{"specversion":"1.0","type":"ecs:ActionTrail:ApiCall","data":"{\"serviceName\":\"Ecs\"}"}`,
	} {
		if act, key, ok := Peek([]byte(body)); ok {
			t.Errorf("%s is %v %s", body, act, key)
		}
	}
}

func BenchmarkPeek(b *testing.B) {
	body := sample(b, legacy)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := Peek(body); !ok {
			b.Fatal("it says nothing")
		}
	}
}
