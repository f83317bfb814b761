package logtrigger

import (
	"testing"
	"time"
)

func TestEndpoint(t *testing.T) {
	for in, want := range map[string]string{
		"http://cn-shanghai-intranet.log.aliyuncs.com":  "https://cn-shanghai-intranet.log.aliyuncs.com",
		"https://cn-shanghai.log.aliyuncs.com":          "https://cn-shanghai.log.aliyuncs.com",
		"cn-shanghai.log.aliyuncs.com":                  "https://cn-shanghai.log.aliyuncs.com",
		"cn-shanghai.log.aliyuncs.com/":                 "https://cn-shanghai.log.aliyuncs.com",
		"":                                              "",
		"evil.example":                                  "",
		"https://evil.example/.log.aliyuncs.com":        "",
		"https://evil.example#.log.aliyuncs.com":        "",
		"https://evil.example?.log.aliyuncs.com":        "",
		"https://a@evil.example":                        "",
		"https://cn-shanghai.log.aliyuncs.com@evil.com": "",
		"https://evil.log.aliyuncs.com.evil.example":    "",
		"https://cn-shanghai.log.aliyuncs.com:8443":     "",
		"https://x/cn.log.aliyuncs.com\n":               "",
	} {
		got, err := endpoint(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, error %v, want %q", in, got, err, want)
		}
	}
}

func TestPayloads(t *testing.T) {
	whole := `{"parameter":{},"source":{"endpoint":"http://cn-hangzhou-intranet.log.aliyuncs.com","projectName":"p","logstoreName":"l","shardId":3,"beginCursor":"b","endCursor":"e"},"jobName":"j","taskId":"t","cursorTime":1700000000}`
	r, ok, err := Decode([]byte(whole))
	want := Range{Endpoint: "https://cn-hangzhou-intranet.log.aliyuncs.com", Project: "p", Store: "l", Shard: 3, Begin: "b", End: "e", Written: time.Unix(1700000000, 0)}
	if err != nil || !ok || r != want {
		t.Errorf("%+v, %v, %v", r, ok, err)
	}
	for _, payload := range []string{``, `x`, `[]`, `"text"`, `{}`, `{"source":"acs.ecs","specversion":"1.0"}`, `{"triggerName":"t"}`} {
		if _, ok, err := Decode([]byte(payload)); ok || err != nil {
			t.Errorf("%s is a log trigger's (%v)", payload, err)
		}
	}
	for _, payload := range []string{
		`{"source":{}}`, `{"source":{"shardId":"zero"}}`,
		`{"source":{"endpoint":"http://cn-hangzhou.log.aliyuncs.com","projectName":"p","logstoreName":"l","beginCursor":"b","endCursor":"e"}}`,
		`{"source":{"endpoint":"https://evil.example","projectName":"p","logstoreName":"l","shardId":0,"beginCursor":"b","endCursor":"e"}}`,
	} {
		if _, ok, err := Decode([]byte(payload)); !ok || err == nil {
			t.Errorf("%s: %v, %v", payload, ok, err)
		}
	}
}
