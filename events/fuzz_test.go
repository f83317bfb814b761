package events

import (
	"path/filepath"
	"testing"
)

func seed(f *testing.F) {
	f.Helper()
	for _, name := range sampleFiles(f) {
		f.Add(sample(f, name))
	}
	shared, err := filepath.Glob(sharedDir + "/*.json") // none when they are not here
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range shared {
		f.Add(readFile(f, file))
	}
	for _, s := range []string{`[]`, `"{}"`, `{"specversion":"1.0"}`, `{"specversion":1,"data_base64":"e30=","aliyunaccountid":1e20,"time":"2023-1-1 0:00"}`} {
		f.Add([]byte(s))
	}
}

func FuzzDecode(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := Decode(body)
		if err == nil && len(list) == 0 {
			t.Error("neither an event nor an error")
		}
		for i := range list {
			e := &list[i]
			mustBeSound(t, e)
			e.Find("params.A.*|response.A.B|resources.ACS::ECS::Disk|resource|region")
			if e.Envelope == nil {
				continue
			}
			// A cut event is the same event.
			out, err := Trim(e.Envelope, len(e.Envelope)*3/4)
			if err != nil {
				continue
			}
			if cut := decodeOnly(t, out); cut.Key() != e.Key() || cut.Name != e.Name {
				t.Errorf("cut, %s %s became %s %s", e.Key(), e.Name, cut.Key(), cut.Name)
			}
		}
	})
}

func FuzzPattern(f *testing.F) {
	for _, p := range []string{
		`{}`, `{"source":["acs.ecs"],"type":[{"prefix":"ecs:ActionTrail:"}]}`,
		`{"data":{"eventName":[{"anything-but":["A","B"]},{"suffix":"x"},null,"",5]}}`,
		`{"data":{"n":[{"numeric":[">",0,"<=",5]}],"ip":[{"cidr":"10.0.0.0/24"}],"a":{"b":[{"exists":false}]}}}`,
		`{"a":[{"anything-but":{"prefix":"x"}},{"contains":"y"},true]}`,
	} {
		for _, name := range []string{legacy, "config/noncompliant-disk"} {
			f.Add([]byte(p), sample(f, name))
		}
	}
	f.Fuzz(func(t *testing.T, pattern, event []byte) {
		p, err := ParsePattern(pattern)
		if err != nil {
			return
		}
		first, err := p.Match(event)
		if err != nil {
			return
		}
		// Keys are joined by AND: each alone must say what all say together.
		all := true
		for key, raw := range toObject(pattern) {
			alone, err := ParsePattern(object{key: raw}.encode())
			if err != nil {
				t.Fatalf("%q alone: %v", key, err)
			}
			ok, err := alone.Match(compact(event))
			if err != nil {
				t.Fatalf("%q alone: %v", key, err)
			}
			all = all && ok
		}
		if all != first {
			t.Errorf("together %v, each alone %v", first, all)
		}
	})
}
