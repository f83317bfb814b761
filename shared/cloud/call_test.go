package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestCallReadsAsTheCommandLineThatMakesIt(t *testing.T) {
	call := New("ecs", "RevokeSecurityGroup", "cn-hangzhou", "SecurityGroupId", "sg-1", "Description", "it's; $(rm)", "Empty", "")
	want := `aliyun ecs RevokeSecurityGroup --region cn-hangzhou --Description 'it'\''s; $(rm)' --SecurityGroupId sg-1`
	if got := call.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := New("ims", "GetAccountSecurityPracticeReport", "").RAM(); got != "ram:GetAccountSecurityPracticeReport" {
		t.Errorf("IMS is authorised as ram, got %s", got)
	}
}

// Security Center knows no regions but two centres, and takes no RegionId.
func TestSecurityCenterHasTwoCentres(t *testing.T) {
	for region, want := range map[string]string{
		"cn-hangzhou": "tds.aliyuncs.com", "cn-hongkong": "tds.ap-southeast-1.aliyuncs.com", "eu-central-1": "tds.ap-southeast-1.aliyuncs.com",
	} {
		if got := products["sas"].Host(region); got != want {
			t.Errorf("%s: %s, want %s", region, got, want)
		}
	}
	if !regionless("sas") {
		t.Error("a RegionId would be sent")
	}
	if got := New("sas", "DescribePropertyPortDetail", "cn-hangzhou").RAM(); got != "yundun-sas:DescribePropertyPortDetail" {
		t.Error(got)
	}
}

// pages answers with ever more pages.
type pages int

func (p *pages) Read(_ context.Context, _ Call, out any) error {
	*p++
	out.(*Page).NextToken = fmt.Sprintf("more%d", *p)
	return nil
}

func TestReadUntilEndsEarly(t *testing.T) {
	var read pages
	seen := 0
	err := ReadUntil(t.Context(), &read, New("ecs", "DescribeInstances", "cn-hangzhou"), func(Page) bool { seen++; return seen == 3 })
	if err != nil || read != 3 {
		t.Errorf("%d pages, %v", read, err)
	}
}

func TestWithLeavesTheOriginal(t *testing.T) {
	call := New("ecs", "DescribeDisks", "cn-hangzhou")
	call.With("NextToken", "x")
	if len(call.Params) != 0 {
		t.Errorf("the call itself was changed: %v", call.Params)
	}
}

// server answers the cloud's hosts with handler.
func server(t *testing.T, handler http.HandlerFunc) http.RoundTripper {
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	to, _ := url.Parse(s.URL)
	return rewrite{t, to}
}

// rewrite sends https requests to a plain test server, and notes any other scheme.
type rewrite struct {
	t  *testing.T
	to *url.URL
}

func (r rewrite) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme != "https" {
		r.t.Errorf("a request with scheme %s: credentials would travel in the clear", request.URL.Scheme)
	}
	clone := request.Clone(request.Context())
	clone.URL.Scheme, clone.URL.Host = "http", r.to.Host
	return http.DefaultTransport.RoundTrip(clone)
}

var secret = Credentials{AccessKeyID: "LTAI-id", AccessKeySecret: "very-secret", SecurityToken: "token-secret"}

func client(transport http.RoundTripper) *Client {
	return NewClient(Config{Credentials: secret, Transport: transport, RetryWait: time.Millisecond})
}

func TestDoRetriesWhatMayPass(t *testing.T) {
	for _, c := range []struct {
		name, body string
		status     int
		tries      int32
	}{
		{"throttling is HTTP 400", `{"Code":"Throttling.User","Message":"slow"}`, 400, 3},
		{"the cloud's own failure", `{"Code":"ServiceUnavailable","Message":"later"}`, 503, 3},
		{"a busy disk", `{"Code":"IncorrectDiskStatus.Initializing","Message":"later"}`, 403, 3},
		{"a refusal is final", `{"Code":"Forbidden.RAM","Message":"no"}`, 403, 1},
		{"a wrong parameter is final", `{"Code":"InvalidParameter","Message":"no"}`, 400, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var tries atomic.Int32
			transport := server(t, func(w http.ResponseWriter, r *http.Request) {
				if tries.Add(1) < 3 {
					w.WriteHeader(c.status)
					w.Write([]byte(c.body))
					return
				}
				w.Write([]byte(`{"Encrypted":true}`))
			})
			var out struct{ Encrypted bool }
			err := client(transport).Do(t.Context(), New("ecs", "DescribeDisks", "cn-hangzhou"), &out)
			if tries.Load() != c.tries {
				t.Errorf("%d tries, want %d (%v)", tries.Load(), c.tries, err)
			}
			if c.tries == 3 && (err != nil || !out.Encrypted) {
				t.Errorf("after the retries: %v, %+v", err, out)
			}
		})
	}
}

func TestDoRetriesALostConnection(t *testing.T) {
	var tries atomic.Int32
	transport := server(t, func(w http.ResponseWriter, r *http.Request) {
		if tries.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		w.Write([]byte(`{}`))
	})
	if err := client(transport).Do(t.Context(), New("ecs", "DescribeDisks", "cn-hangzhou"), nil); err != nil || tries.Load() != 2 {
		t.Errorf("%d tries, %v", tries.Load(), err)
	}
}

// A refusal after an answer that was lost may be of the second try of what the first
// has done. A refusal by policy is not: the first was refused as well.
func TestRepeatedSaysThatItMayHaveBeenMade(t *testing.T) {
	for _, c := range []struct {
		name, code string
		status     int
		cuts       int32
		repeated   bool
	}{
		{"cut, then refused", "InvalidParam.SecurityGroupRuleId", 400, 1, true},
		{"cut, then forbidden", "Forbidden.RAM", 403, 1, false},
		{"cut, then in the status that it led to", "IncorrectEipStatus", 400, 1, true},
		{"refused at once", "InvalidParam.SecurityGroupRuleId", 400, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var tries atomic.Int32
			transport := server(t, func(w http.ResponseWriter, r *http.Request) {
				if tries.Add(1) <= c.cuts {
					panic(http.ErrAbortHandler)
				}
				w.WriteHeader(c.status)
				fmt.Fprintf(w, `{"Code":%q,"Message":"no"}`, c.code)
			})
			err := client(transport).Do(t.Context(), New("ecs", "RevokeSecurityGroup", "cn-hangzhou"), nil)
			if Code(err) != c.code || Repeated(err) != c.repeated || Retryable(err) {
				t.Errorf("%v, repeated %t, retryable %t", err, Repeated(err), Retryable(err))
			}
		})
	}
}

// Throttling passes whoever has done what; a status may be what somebody else's call has
// led to, and whoever calls is asked before each further try.
func TestAWrongStatusIsTriedAgainWhileTheCallIsWanted(t *testing.T) {
	var tries, asked atomic.Int32
	transport := server(t, func(w http.ResponseWriter, r *http.Request) {
		code := "IncorrectEipStatus"
		if tries.Add(1) == 2 {
			code = "Throttling"
		}
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"Code":%q,"Message":"no"}`, code)
	})
	ctx := While(t.Context(), func() bool { return asked.Add(1) < 3 })
	err := client(transport).Do(ctx, New("vpc", "UnassociateEipAddress", "cn-hangzhou"), nil)
	if tries.Load() != 4 || asked.Load() != 3 || Code(err) != "IncorrectEipStatus" || !Retryable(err) {
		t.Errorf("%d tries, asked %d times, %v", tries.Load(), asked.Load(), err)
	}
}

// Each flow log costs: a call that may have made one is not made again unseen.
func TestWhatMakesOneMoreIsNotMadeTwice(t *testing.T) {
	var tries atomic.Int32
	transport := server(t, func(http.ResponseWriter, *http.Request) {
		tries.Add(1)
		panic(http.ErrAbortHandler)
	})
	err := client(transport).Do(t.Context(), New("vpc", "CreateFlowLog", "cn-hangzhou"), nil)
	if tries.Load() != 1 || !Repeated(err) || Retryable(err) {
		t.Errorf("%d tries, %v, repeated %t, retryable %t", tries.Load(), err, Repeated(err), Retryable(err))
	}
}

func TestARegionIsNoHost(t *testing.T) {
	transport := server(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	for _, region := range []string{"evil.example/", "a@b", "cn-hangzhou.evil", "x?", "CN", "a b", "a\n"} {
		if err := client(transport).Do(t.Context(), New("ecs", "DescribeDisks", region), nil); err == nil || Retryable(err) {
			t.Errorf("%q: %v", region, err)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The request ends with the invocation, and not with the bound of one try.
func TestDoEndsWithItsContextInTheMiddleOfACall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var cause error
	hangs := roundTrip(func(r *http.Request) (*http.Response, error) {
		cancel()
		<-r.Context().Done()
		cause = context.Cause(r.Context())
		return nil, cause
	})
	err := client(hangs).Do(ctx, New("ecs", "DescribeDisks", "cn-hangzhou"), nil)
	if Code(err) != codeDeadline || !Retryable(err) {
		t.Errorf("got %v, want a retryable %s error", err, codeDeadline)
	}
	if !errors.Is(cause, context.Canceled) {
		t.Errorf("the request ended with %v", cause)
	}
}

func TestErrorsHoldNoSecretAndNoQuery(t *testing.T) {
	refused := rewrite{t, &url.URL{Host: "127.0.0.1:1"}}
	wrongSignature := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		w.Write([]byte(`{"Code":"SignatureDoesNotMatch","Message":"server string to sign is:POST&%2F&` + url.QueryEscape(r.URL.RawQuery) + `"}`))
	})
	for name, transport := range map[string]http.RoundTripper{"refused connection": refused, "wrong signature": wrongSignature} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		err := client(transport).Do(ctx, New("ecs", "DescribeDisks", "cn-hangzhou"), nil)
		cancel()
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		for _, word := range []string{"very-secret", "token-secret", "LTAI-id", "Signature=", "SecurityToken"} {
			if strings.Contains(err.Error(), word) {
				t.Errorf("%s: the error tells %s: %v", name, word, err)
			}
		}
	}
}

func TestReadAllReadsEveryPageOnce(t *testing.T) {
	pages := map[string]string{
		"":  `{"NextToken":"b","Disks":{"Disk":[{"DiskId":"d-1"},{"DiskId":"d-2"}]}}`,
		"b": `{"NextToken":"c","Disks":{"Disk":[]}}`, // an empty page is not the last
		"c": `{"NextToken":"","Disks":{"Disk":[{"DiskId":"d-3"}]}}`,
	}
	transport := server(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(pages[r.URL.Query().Get("NextToken")]))
	})
	type page struct {
		Page
		Disks struct{ Disk []struct{ DiskID string } }
	}
	var got []string
	err := ReadAll(t.Context(), reader{client(transport)}, New("ecs", "DescribeDisks", "cn-hangzhou"), func(p page) {
		for _, d := range p.Disks.Disk {
			got = append(got, d.DiskID)
		}
	})
	if err != nil || strings.Join(got, " ") != "d-1 d-2 d-3" {
		t.Errorf("got %v, %v", got, err)
	}
}

type reader struct{ client *Client }

func (r reader) Read(ctx context.Context, call Call, out any) error {
	return r.client.Do(ctx, call, out)
}

func TestNotFoundMeansTheResource(t *testing.T) {
	for code, want := range map[string]bool{
		"InvalidSecurityGroupId.NotFound": true,
		"EntityNotExist.User":             true,
		"TrailNotFoundException":          true,
		"InvalidAccessKeyId.NotFound":     false, // our own key, not the resource
		"InvalidAction.NotFound":          false,
		"Forbidden.RAM":                   false,
		"Forbidden.KeyNotFound":           true, // as KMS says that there is nothing
		"Forbidden.ResourceNotFound":      true,
		"Forbidden.NoPermission":          false,
	} {
		if got := NotFound(&Error{Code: code}); got != want {
			t.Errorf("%s: %v", code, got)
		}
		if refused := strings.HasPrefix(code, "Forbidden.") && !want; Forbidden(&Error{Code: code}) != refused {
			t.Errorf("%s: whether a policy refuses it is not %v", code, refused)
		}
	}
	if NotFound(errors.New("not found")) {
		t.Error("an error that is not the API's was taken for its answer")
	}
}

// What takes a change back may need what only its answer tells.
func TestFill(t *testing.T) {
	c := New("vpc", "DeleteFlowLog", "cn-hangzhou", "FlowLogId", "{FlowLogId}", "Name", "{x", "Other", "{Other}", "Description", "{RequestId}")
	if !c.Open() || New("vpc", "DeleteFlowLog", "", "Name", "{x", "Description", "{RequestId}").Open() {
		t.Error("which calls wait for an answer")
	}
	got := c.Fill(map[string]any{"FlowLogId": "fl-1", "x": "y", "Other": 3, "RequestId": "r"})
	if want := "aliyun vpc DeleteFlowLog --region cn-hangzhou --Description '{RequestId}' --FlowLogId fl-1 --Name '{x' --Other '{Other}'"; got.String() != want || !got.Open() {
		t.Errorf("%s\nwant %s", got, want)
	}
	if c.Params["FlowLogId"] != "{FlowLogId}" {
		t.Error("the call itself was changed")
	}
}

// Whoever writes into the log could have a person paste what it says.
func TestACommandIsQuotedInAllItsParts(t *testing.T) {
	c := Call{Product: "ecs; id", Action: "$(curl x)", Region: "`id`", Params: map[string]string{"N $(id)": "$(id)", "Ports": "-1/-1"}}
	if want := "aliyun 'ecs; id' '$(curl x)' --region '`id`' '--N $(id)' '$(id)' --Ports=-1/-1"; c.String() != want {
		t.Errorf("%s\nwant %s", c, want)
	}
}

// The page of an API is named by its product, version and action. RAM's actions are of two
// APIs, and have none here.
func TestPageOf(t *testing.T) {
	for action, want := range map[string]string{
		"ecs:DescribeInstances":                 "https://api.alibabacloud.com/document/Ecs/2014-05-26/DescribeInstances",
		"yundun-sas:DescribePropertyPortDetail": "https://api.alibabacloud.com/document/Sas/2018-12-03/DescribePropertyPortDetail",
		"ram:ListAccessKeys":                    "", "log:GetLogStoreLogs": "", "nonsense": "",
	} {
		if got := PageOf(action); got != want {
			t.Errorf("%s: %q, want %q", action, got, want)
		}
	}
}
