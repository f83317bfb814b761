package cloud

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/gogo/protobuf/proto"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
	"github.com/ecsguard/ecsguard/test/cloud/logservice"
)

// auditIndex is an index as ecsguard's own logstore has: some keys by exact
// value, one by token, one numeric, one JSON, and the full text.
func auditIndex() *sls.Index {
	separators := sls.CreateDefaultIndex().Line.Token
	x := sls.CreateDefaultIndex()
	x.Keys = map[string]sls.IndexKey{
		"id":      {Type: "text"},
		"outcome": {Type: "text"},
		"text":    {Type: "text", Token: separators},
		"count":   {Type: "long"},
		"event":   {Type: "json", Token: separators, JsonKeys: map[string]*sls.JsonKey{"name": {Type: "text"}, "user.type": {Type: "text"}}},
	}
	return x
}

func TestLogsSurviveEveryStepOfTheOfficialSDK(t *testing.T) {
	for _, auth := range []sls.AuthVersionType{sls.AuthV1, sls.AuthV4} {
		t.Run(string(auth), func(t *testing.T) {
			c := fcCloud(t)
			client := slsClient(c, c.RootSession())
			client.SetAuthVersion(auth)
			client.SetRegion(c.Region)
			if _, err := client.CreateProject("audit-project", "what ecsguard did"); err != nil {
				t.Fatal(err)
			}
			if ok, err := client.CheckProjectExist("audit-project"); !ok || err != nil {
				t.Fatal(ok, err)
			}
			if names, err := client.ListProject(); err != nil || !slices.Equal(names, []string{"audit-project"}) {
				t.Fatal(names, err)
			}
			if err := client.CreateLogStore("audit-project", "audit", 30, 2, false, 2); err != nil {
				t.Fatal(err)
			}
			if err := client.CreateLogStore("audit-project", "audit", 30, 2, false, 2); slsCode(err) != "LogStoreAlreadyExist" {
				t.Error("made twice:", err)
			}
			if err := client.CreateIndex("audit-project", "audit", *auditIndex()); err != nil {
				t.Fatal(err)
			}
			if x, err := client.GetIndex("audit-project", "audit"); err != nil || x.Keys["count"].Type != "long" {
				t.Fatal(x, err)
			}
			shards, err := client.ListShards("audit-project", "audit")
			if err != nil || len(shards) != 2 {
				t.Fatal(shards, err)
			}
			now := time.Now()
			for kind := range sls.Compress_Max {
				for i := range 3 {
					g := group(now, "id", fmt.Sprintf("%d-%d", kind, i), strings.Repeat("long ", 300))
					if err := client.PutLogsWithCompressType("audit-project", "audit", g, kind); err != nil {
						t.Fatal(err)
					}
				}
			}
			key := "ffffffffffffffffffffffffffffffff"
			if err := client.PostLogStoreLogs("audit-project", "audit", group(now, "id", "hashed"), &key); err != nil {
				t.Fatal(err)
			}
			got := pullAll(t, client, "audit-project", "audit", 2)
			if len(got) != 19 || got[len(got)-1] != "hashed" {
				t.Errorf("pulled %d logs, want 19 with the hashed one last in the last shard: %v", len(got), got)
			}
			resp, err := client.GetLogs("audit-project", "audit", "", now.Unix(), now.Unix()+1, `id: hashed`, 100, 0, false)
			if err != nil || resp.Progress != "Complete" || len(resp.Logs) != 1 || resp.Logs[0]["__source__"] != "10.0.0.1" {
				t.Errorf("%+v %v", resp, err)
			}
			if got := c.Logs("audit-project", "audit"); len(got) != 19 {
				t.Errorf("Logs has %d", len(got))
			}
			if err := client.DeleteLogStore("audit-project", "audit"); err != nil {
				t.Error(err)
			}
			if _, err := client.GetLogStore("audit-project", "audit"); slsCode(err) != "LogStoreNotExist" {
				t.Error(err)
			}
			if err := client.DeleteProject("audit-project"); err != nil {
				t.Error(err)
			}
			if _, err := client.GetProject("audit-project"); slsCode(err) != "ProjectNotExist" {
				t.Error(err)
			}
		})
	}
}

// pullAll reads every shard from begin to end, a few groups at a time.
func pullAll(t *testing.T, client sls.ClientInterface, project, store string, shards int) []string {
	t.Helper()
	var got []string
	for shard := range shards {
		cursor, err := client.GetCursor(project, store, shard, "begin")
		if err != nil {
			t.Fatal(err)
		}
		end, err := client.GetCursor(project, store, shard, "end")
		if err != nil {
			t.Fatal(err)
		}
		for cursor != end {
			list, next, err := client.PullLogs(project, store, shard, cursor, "", 2)
			if err != nil {
				t.Fatal(err)
			}
			if list.LogGroups[0].GetCursor() != cursor {
				t.Errorf("the SDK gives the first group cursor %s, it was pulled from %s", list.LogGroups[0].GetCursor(), cursor)
			}
			for _, g := range list.LogGroups {
				for _, l := range g.Logs {
					got = append(got, l.Contents[0].GetValue())
				}
			}
			cursor = next
		}
		// At the end there is nothing more, and that is no error.
		list, next, err := client.PullLogs(project, store, shard, end, "", 10)
		if err != nil || len(list.LogGroups) != 0 || next != end {
			t.Errorf("at the end: %v, next %s, want %s, %v", list, next, end, err)
		}
	}
	return got
}

func TestQueriesFindWhatTheRealIndexFinds(t *testing.T) {
	c := fcCloud(t)
	if err := c.AddLogStore("p-project", "audit", 1, auditIndex()); err != nil {
		t.Fatal(err)
	}
	client := slsClient(c, c.RootSession())
	now := time.Now().Truncate(time.Second)
	put := func(at time.Time, kv ...string) {
		t.Helper()
		l := &sls.Log{Time: proto.Uint32(uint32(at.Unix()))}
		for i := 0; i < len(kv); i += 2 {
			l.Contents = append(l.Contents, &sls.LogContent{Key: &kv[i], Value: &kv[i+1]})
		}
		if err := client.PutLogs("p-project", "audit", &sls.LogGroup{Logs: []*sls.Log{l}}); err != nil {
			t.Fatal(err)
		}
	}
	put(now, "id", "a", "outcome", "fixed", "text", "revoked rule sgr-1 of sg-1", "count", "1", "event", `{"name":"RunInstances","user":{"type":"root-account"}}`)
	put(now.Add(time.Second), "id", "b", "outcome", "failed", "text", "rule of sg-2 revoked", "count", "20", "secret", "unindexed")
	put(now.Add(2*time.Second), "id", "c", "outcome", "awaiting", "text", "asked a person", "count", "-3")

	for query, want := range map[string]string{
		"":                                     "abc",
		"*":                                    "abc",
		"id: a":                                "a",
		"id:a or id:c":                         "ac",
		"id: A":                                "a", // caseSensitive is off
		`outcome: "fixed"`:                     "a",
		"outcome: f*":                          "ab",
		"outcome: fix?d":                       "a",
		"not outcome: f*":                      "c",
		"outcome: f* not id: a":                "b",
		"outcome: f* and not (id: a or id: c)": "b",
		"text: rule":                           "ab",
		`text: "rule revoked"`:                 "ab", // quotes are no phrase
		`text: #"rule of"`:                     "b",  // this is one
		`text: #"of rule"`:                     "",
		`text: "sg-1"`:                         "a", // - does not separate
		`text: sg`:                             "",
		"revoked sg-2":                         "b", // full text, side by side is and
		"unindexed":                            "b", // full text sees keys without an index of their own
		`"root-account"`:                       "a",
		"count > 0":                            "ab",
		"count >= 1 and count < 20":            "a",
		"count in [1 20]":                      "ab",
		"count in (1 20]":                      "b",
		"count: 20":                            "b",
		"count = -3":                           "c",
		"event.name: RunInstances":             "a",
		"event.user.type: root-account":        "a",
		"event.name: *":                        "a",
		"not event.name: *":                    "bc",
		"__source__: *":                        "abc",
		"ID: a AND NOT id: b":                  "error ParameterInvalid", // keys are case-sensitive
		"nosuchkey: a":                         "error ParameterInvalid",
		"event.nosuch: a":                      "error ParameterInvalid",
		"outcome > 1":                          "error ParameterInvalid",
		"(id: a":                               "error ParameterInvalid",
		`id: "a`:                               "error ParameterInvalid",
		"id: a and":                            "error ParameterInvalid",
		"id: a" + strings.Repeat(" or id: a", 29): "a",
		"id: a" + strings.Repeat(" or id: a", 30): "error ParameterInvalid", // 31 conditions
	} {
		resp, err := client.GetLogs("p-project", "audit", "", now.Unix(), now.Unix()+10, query, 100, 0, false)
		got := ""
		if err != nil {
			got = "error " + slsCode(err)
		} else {
			for _, l := range resp.Logs {
				got += l["id"]
			}
		}
		if got != want {
			t.Errorf("%-40s finds %q, want %q (%v)", query, got, want, err)
		}
	}
}

func TestQueryReturnsThePartOfTheRangeThatWasAskedFor(t *testing.T) {
	c := fcCloud(t)
	if err := c.AddLogStore("p-project", "audit", 2, auditIndex()); err != nil {
		t.Fatal(err)
	}
	client := slsClient(c, c.RootSession())
	now := time.Now().Truncate(time.Second)
	for i := range 5 {
		if err := client.PutLogs("p-project", "audit", group(now.Add(time.Duration(i)*time.Second), "id", strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		from, to, line, offset int64
		reverse                bool
		want                   string
	}{
		{0, 9, 100, 0, false, "01234"},
		{1, 3, 100, 0, false, "12"}, // from is in, to is out
		{0, 9, 2, 0, false, "01"},
		{0, 9, 2, 3, false, "34"},
		{0, 9, 100, 5, false, ""},
		{0, 9, 2, 1, true, "32"},
		{3, 3, 100, 0, false, "InvalidTimeRange"},
		{0, 9, 101, 0, false, "InvalidLine"},
		{0, 9, 100, -1, false, "InvalidOffset"},
	} {
		resp, err := client.GetLogs("p-project", "audit", "", now.Unix()+x.from, now.Unix()+x.to, "*", x.line, x.offset, x.reverse)
		got := slsCode(err)
		if err == nil {
			for _, l := range resp.Logs {
				got += l["id"]
			}
		}
		if got != x.want {
			t.Errorf("%+v: %q", x, got)
		}
	}
}

func TestLogstoreWithoutIndexCannotBeQueriedAndOldLogsAreNeverIndexed(t *testing.T) {
	c := fcCloud(t)
	if err := c.AddLogStore("p-project", "audit", 1, nil); err != nil {
		t.Fatal(err)
	}
	client := slsClient(c, c.RootSession())
	now := time.Now()
	query := func() (int, string) {
		resp, err := client.GetLogs("p-project", "audit", "", now.Unix()-5, now.Unix()+5, "*", 100, 0, false)
		if err != nil {
			return 0, slsCode(err)
		}
		return len(resp.Logs), ""
	}
	put := func() {
		t.Helper()
		if err := client.PutLogs("p-project", "audit", group(now, "id", "x")); err != nil {
			t.Fatal(err)
		}
	}
	put()
	if _, code := query(); code != "IndexConfigNotExist" {
		t.Error("without an index:", code)
	}
	if err := client.CreateIndex("p-project", "audit", *auditIndex()); err != nil {
		t.Fatal(err)
	}
	put()
	if n, code := query(); n != 1 {
		t.Errorf("%d logs %s, want the one that came after the index", n, code)
	}
}

func TestIndexLagHidesFreshLogsFromQueriesOnly(t *testing.T) {
	now := time.Now()
	c, err := New(kernel.Options{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SLSLag = 3 * time.Second
	if err := c.AddLogStore("p-project", "audit", 1, auditIndex()); err != nil {
		t.Fatal(err)
	}
	client := slsClient(c, c.RootSession())
	if err := client.PutLogs("p-project", "audit", group(now, "id", "x")); err != nil {
		t.Fatal(err)
	}
	found := func() int {
		resp, err := client.GetLogs("p-project", "audit", "", now.Unix()-60, now.Unix()+60, "*", 100, 0, false)
		if err != nil {
			t.Fatal(err)
		}
		return len(resp.Logs)
	}
	if n := found(); n != 0 {
		t.Error("found before the index had it:", n)
	}
	if got := pullAll(t, client, "p-project", "audit", 1); len(got) != 1 {
		t.Error("pulled", got)
	}
	now = now.Add(3 * time.Second)
	if n := found(); n != 1 {
		t.Error("found after the lag:", n)
	}
}

func TestWritesThatTheRealServiceRefusesAreRefused(t *testing.T) {
	c := fcCloud(t)
	if err := c.AddLogStore("p-project", "audit", 1, nil); err != nil {
		t.Fatal(err)
	}
	k := c.RootSession()
	client := slsClient(c, k)
	if err := client.PutLogs("p-project", "nosuch", group(time.Now(), "k", "v")); slsCode(err) != "LogStoreNotExist" {
		t.Error(err)
	}
	if err := client.PutLogs("nosuch", "audit", group(time.Now(), "k", "v")); slsCode(err) != "ProjectNotExist" {
		t.Error(err)
	}
	if err := client.PutLogs("p-project", "audit", group(time.Unix(0, 0), "k", "v")); slsCode(err) != "InvalidTimestamp" {
		t.Error(err)
	}
	if err := client.PutLogs("p-project", "audit", group(time.Now(), "k", "\xff\xfe")); slsCode(err) != "InvalidEncoding" {
		t.Error(err)
	}
	if err := client.PutLogs("p-project", "audit", group(time.Now(), "k", strings.Repeat("x", logservice.MaxLogGroup))); slsCode(err) != "PostBodyTooLarge" {
		t.Error(err)
	}
	raw := []byte("this is no log group")
	for _, x := range []struct {
		change func(h map[string]string)
		want   string
	}{
		{func(h map[string]string) {}, "PostBodyInvalid"},
		{func(h map[string]string) { h["x-log-bodyrawsize"] = "7" }, "InvalidBodyRawSize"},
		{func(h map[string]string) { h["x-log-compresstype"] = "lz4" }, "PostBodyUncompressError"},
		{func(h map[string]string) { h["x-log-compresstype"] = "gzip" }, "InvalidCompressType"},
	} {
		h := map[string]string{"x-log-bodyrawsize": strconv.Itoa(len(raw)), "Content-Type": "application/x-protobuf"}
		x.change(h)
		if got := rawSLS(t, c, k, "POST", "/logstores/audit", h, raw); !strings.Contains(got, x.want) {
			t.Errorf("%v: %s, want %s", h, got, x.want)
		}
	}
	h := map[string]string{"x-log-bodyrawsize": "0"}
	if got := rawSLS(t, c, k, "GET", "/dashboards", h, nil); !strings.Contains(got, "does not answer GET /dashboards") {
		t.Error("an unknown call is not refused by name:", got)
	}
	if got := c.Logs("p-project", "audit"); len(got) != 0 {
		t.Error("something was stored all the same:", got)
	}
}

// rawSLS signs (V1) and sends a request that no SDK would make.
func rawSLS(t *testing.T, c *Cloud, k kernel.Credentials, method, uri string, header map[string]string, body []byte) string {
	t.Helper()
	header["Date"] = time.Now().UTC().Format(http.TimeFormat)
	header["x-log-apiversion"] = "0.6.0"
	if k.SecurityToken != "" {
		header["x-acs-security-token"] = k.SecurityToken
	}
	if body != nil {
		sum := md5.Sum(body)
		header["Content-MD5"] = strings.ToUpper(hex.EncodeToString(sum[:]))
	}
	if err := sls.NewSignerV1(k.AccessKeyID, k.AccessKeySecret).Sign(method, uri, header, body); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(method, "https://p-project."+c.Region+".log.aliyuncs.com"+uri, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	resp, err := (&http.Client{Transport: c.Transport()}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLogServiceRefusesWhoMayNot(t *testing.T) {
	now := time.Now()
	c, err := New(kernel.Options{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.AddLogStore("p-project", "audit", 1, auditIndex()); err != nil {
		t.Fatal(err)
	}
	store := "acs:log:" + c.Region + ":" + c.Account + ":project/p-project/logstore/audit"
	put := func(k kernel.Credentials) string {
		return slsCode(slsClient(c, k).PutLogs("p-project", "audit", group(time.Now(), "id", "x")))
	}
	get := func(k kernel.Credentials) string {
		_, err := slsClient(c, k).GetLogs("p-project", "audit", "", time.Now().Unix()-9, time.Now().Unix()+9, "*", 10, 0, false)
		return slsCode(err)
	}
	writer := c.AddUser("writer", allow("log:PostLogStoreLogs", store))
	if code := put(writer); code != "" {
		t.Error("the writer cannot write:", code)
	}
	if code := get(writer); code != "Unauthorized" {
		t.Error("the writer reads:", code)
	}
	_, err = slsClient(c, writer).GetCursor("p-project", "audit", 0, "begin")
	if code := slsCode(err); code != "Unauthorized" {
		t.Error("the writer pulls:", code)
	}
	elsewhere := c.AddUser("elsewhere", allow("log:*", strings.Replace(store, "audit", "other", 1)))
	if code := put(elsewhere); code != "Unauthorized" {
		t.Error("a permission for another logstore is enough:", code)
	}
	puller := c.AddUser("puller", allow("log:GetCursorOrData", store))
	if _, err := slsClient(c, puller).GetCursor("p-project", "audit", 0, "begin"); err != nil {
		t.Error("the puller cannot get a cursor:", err)
	}
	wrong := writer
	wrong.AccessKeySecret = "wrong"
	if code := put(wrong); code != "SignatureNotMatch" {
		t.Error("a wrong secret:", code)
	}
	arn := c.AddRole("session", fcTrust, allow("log:*", "*"))
	session, err := c.AssumeRole(arn, "s", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if code := put(session); code != "" {
		t.Error("a session cannot write:", code)
	}
	now = now.Add(time.Hour + time.Second)
	if code := put(session); code == "" {
		t.Error("an expired session writes")
	}
}

func TestLogServiceMisbehavesAsTold(t *testing.T) {
	c := fcCloud(t)
	if err := c.AddLogStore("p-project", "audit", 1, auditIndex()); err != nil {
		t.Fatal(err)
	}
	client := slsClient(c, c.RootSession())
	put := func() error { return client.PutLogs("p-project", "audit", group(time.Now(), "id", "x")) }
	c.Inject(kernel.Throttle("log:PostLogStoreLogs"))
	if err := put(); slsCode(err) != "WriteQuotaExceed" {
		t.Error("throttled:", err)
	}
	c.Inject(kernel.Fault{Action: "log:PostLogStoreLogs", Times: 1, Reset: true})
	if err := put(); err == nil || len(c.Logs("p-project", "audit")) != 0 {
		t.Error("reset:", err, c.Logs("p-project", "audit"))
	}
	c.Inject(kernel.Fault{Action: "log:PostLogStoreLogs", Times: 1, LoseResponse: true})
	if err := put(); err == nil || len(c.Logs("p-project", "audit")) != 1 {
		t.Error("lost response:", err, c.Logs("p-project", "audit"))
	}
	if err := put(); err != nil {
		t.Error("afterwards:", err)
	}
}

// Who deletes the audit log is in ActionTrail; who writes to it is not.
func TestChangesOfLogstoresAreEvents(t *testing.T) {
	c := fcCloud(t)
	var seen []string
	c.OnEvent(func(ce []byte) {
		got, err := events.Decode(ce)
		if err != nil {
			t.Error(err)
			return
		}
		e := got[0]
		seen = append(seen, fmt.Sprintf("%s %s %s %s %q", e.Service, e.Name, e.Actor.Type, e.Source, e.ErrorCode))
	})
	client := slsClient(c, c.RootSession())
	if _, err := client.CreateProject("audit-project", ""); err != nil {
		t.Fatal(err)
	}
	if err := client.CreateLogStore("audit-project", "audit", 30, 1, false, 1); err != nil {
		t.Fatal(err)
	}
	group := &sls.LogGroup{Logs: []*sls.Log{{Time: proto.Uint32(uint32(time.Now().Unix())), Contents: []*sls.LogContent{{Key: proto.String("a"), Value: proto.String("b")}}}}}
	if err := client.PutLogs("audit-project", "audit", group); err != nil {
		t.Fatal(err)
	}
	if err := client.DeleteLogStore("audit-project", "missing"); err == nil {
		t.Fatal("a logstore that is not there was deleted")
	}
	if err := client.DeleteLogStore("audit-project", "audit"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`sls CreateProject root-account acs.sls ""`,
		`sls CreateLogStore root-account acs.sls ""`,
		`sls DeleteLogStore root-account acs.sls "LogStoreNotExist"`,
		`sls DeleteLogStore root-account acs.sls ""`,
	}
	if !slices.Equal(seen, want) {
		t.Errorf("got  %q\nwant %q", seen, want)
	}
}
