package cloud

import (
	"archive/zip"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	fcsdk "github.com/alibabacloud-go/fc-20230330/v4/client"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/ecsguard/ecsguard/test/cloud/fc"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// packed is a code package with echo in it.
func packed(t *testing.T, name string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := zip.NewWriter(&buffer)
	f, err := w.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(must[[]byte](t)(os.ReadFile(echo))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// tempToken asks for a place for code, as Serverless Devs does: with the signature of
// the version before.
func (r rawClient) tempToken() map[string]any {
	r.t.Helper()
	request := must[*http.Request](r.t)(http.NewRequest("GET", "https://"+r.c.Account+".cn-hangzhou.fc.aliyuncs.com/2016-08-15/tempBucketToken", nil))
	request.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	request.Header.Set("x-fc-account-id", r.c.Account)
	h := hmac.New(sha256.New, []byte(r.k.AccessKeySecret))
	h.Write([]byte("GET\n\n\n" + request.Header.Get("Date") + "\nx-fc-account-id:" + r.c.Account + "\n/2016-08-15/tempBucketToken"))
	request.Header.Set("Authorization", "FC "+r.k.AccessKeyID+":"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	status, answer := r.send(request)
	if status != 200 {
		r.t.Fatalf("%d %v", status, answer)
	}
	return answer
}

// put writes an object with the keys of a token, as the client of Object Storage
// Service for Node does.
func (r rawClient) put(token map[string]any, object string, body []byte) (int, map[string]any) {
	r.t.Helper()
	keys := token["credentials"].(map[string]any)
	bucket := token["ossBucket"].(string)
	request := must[*http.Request](r.t)(http.NewRequest("PUT", "https://"+bucket+".oss-accelerate.aliyuncs.com/"+object, bytes.NewReader(body)))
	request.Header.Set("x-oss-date", time.Now().UTC().Format(http.TimeFormat))
	request.Header.Set("x-oss-security-token", keys["SecurityToken"].(string))
	request.Header.Set("Content-Type", "application/zip")
	toSign := strings.Join([]string{
		"PUT", "", "application/zip", request.Header.Get("x-oss-date"), strings.Join(kernel.PrefixedHeaders(request, "x-oss-"), "\n"), "/" + bucket + "/" + object,
	}, "\n")
	request.Header.Set("Authorization", "OSS "+keys["AccessKeyId"].(string)+":"+kernel.HmacSHA1Base64(keys["AccessKeySecret"].(string), toSign))
	return r.send(request)
}

// A function is deployed as Serverless Devs deploys one: code into a bucket, function,
// trigger, settings; then it runs.
func TestAFunctionIsDeployedByAClient(t *testing.T) {
	c := fcCloud(t)
	k := admin(c)
	r := rawFor(t, c, k)
	client, options := fcAPI(t, c, k)
	none := map[string]*string{}
	load(t, c, "{}")
	if err := c.AddLogStore("audit-project", "functions", 1, nil); err != nil {
		t.Fatal(err)
	}
	missing := func(err error, code string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), code) {
			t.Errorf("got %v, want %s", err, code)
		}
	}
	_, err := client.GetFunctionWithOptions(tea.String("f"), &fcsdk.GetFunctionRequest{}, none, options)
	missing(err, "FunctionNotFound")

	token := r.tempToken()
	object := c.Account + "/" + token["objectName"].(string)
	if status, answer := r.put(token, c.Account+"/other", packed(t, "main")); status != 403 || !strings.Contains(answer["text"].(string), "<Code>AccessDenied</Code>") {
		t.Errorf("another object: %d %v", status, answer)
	}
	if status, answer := r.put(token, object, packed(t, "main")); status != 200 {
		t.Fatalf("%d %v", status, answer)
	}
	input := func(edit func(*fcsdk.CreateFunctionInput)) *fcsdk.CreateFunctionRequest {
		in := &fcsdk.CreateFunctionInput{
			FunctionName: tea.String("f"), Runtime: tea.String("go1"), Handler: tea.String("main"), Timeout: tea.Int32(20), MemorySize: tea.Int32(128),
			Cpu: tea.Float32(0.1), DiskSize: tea.Int32(512), Description: tea.String("a stranger's"), InternetAccess: tea.Bool(true),
			EnvironmentVariables: map[string]*string{"A": tea.String("b")},
			LogConfig:            &fcsdk.LogConfig{Project: tea.String("audit-project"), Logstore: tea.String("functions")},
			Code:                 &fcsdk.InputCodeLocation{OssBucketName: tea.String(token["ossBucket"].(string)), OssObjectName: tea.String(object)},
		}
		edit(in)
		return &fcsdk.CreateFunctionRequest{Body: in}
	}
	create := func(edit func(*fcsdk.CreateFunctionInput)) error {
		_, err := client.CreateFunctionWithOptions(input(edit), none, options)
		return err
	}
	for code, edit := range map[string]func(*fcsdk.CreateFunctionInput){
		"runtime 'python3'":          func(in *fcsdk.CreateFunctionInput) { in.Runtime = tea.String("python3") },
		"project 'none' does not":    func(in *fcsdk.CreateFunctionInput) { in.LogConfig.Project = tea.String("none") },
		"logstore 'none' does not":   func(in *fcsdk.CreateFunctionInput) { in.LogConfig.Logstore = tea.String("none") },
		"OSSObjectNotFound":          func(in *fcsdk.CreateFunctionInput) { in.Code.OssObjectName = tea.String("1/none") },
		"has no file 'other'":        func(in *fcsdk.CreateFunctionInput) { in.Handler = tea.String("other") },
		"multiple of 64":             func(in *fcsdk.CreateFunctionInput) { in.MemorySize = tea.Int32(100) },
		"functionName is invalid":    func(in *fcsdk.CreateFunctionInput) { in.FunctionName = tea.String("1f") },
		"the code package is not a ": func(in *fcsdk.CreateFunctionInput) { in.Code = &fcsdk.InputCodeLocation{ZipFile: tea.String("AAAA")} },
	} {
		missing(create(edit), code)
	}
	if err := create(func(*fcsdk.CreateFunctionInput) {}); err != nil {
		t.Fatal(err)
	}
	missing(create(func(*fcsdk.CreateFunctionInput) {}), "FunctionAlreadyExists")
	got := must[*fcsdk.GetFunctionResponse](t)(client.GetFunctionWithOptions(tea.String("f"), &fcsdk.GetFunctionRequest{}, none, options)).Body
	if tea.StringValue(got.Description) != "a stranger's" || tea.Float32Value(got.Cpu) != 0.1 || tea.StringValue(got.LogConfig.Logstore) != "functions" || tea.StringValue(got.State) != "Active" {
		t.Errorf("%+v", got)
	}
	must[*fcsdk.UpdateFunctionResponse](t)(client.UpdateFunctionWithOptions(tea.String("f"), &fcsdk.UpdateFunctionRequest{
		Body: &fcsdk.UpdateFunctionInput{Timeout: tea.Int32(30), Code: &fcsdk.InputCodeLocation{ZipFile: tea.String(base64.StdEncoding.EncodeToString(packed(t, "main")))}},
	}, none, options))
	got = must[*fcsdk.GetFunctionResponse](t)(client.GetFunctionWithOptions(tea.String("f"), &fcsdk.GetFunctionRequest{}, none, options)).Body
	if tea.Int32Value(got.Timeout) != 30 || tea.StringValue(got.EnvironmentVariables["A"]) != "b" || tea.StringValue(got.Description) != "a stranger's" {
		t.Errorf("updated: %+v", got)
	}

	trigger := func(config string) *fcsdk.CreateTriggerRequest {
		return &fcsdk.CreateTriggerRequest{Body: &fcsdk.CreateTriggerInput{
			TriggerName: tea.String("events"), TriggerType: tea.String("eventbridge"), Qualifier: tea.String("LATEST"), TriggerConfig: tea.String(config),
		}}
	}
	const config = `{"triggerEnable":true,"asyncInvocationType":true,"eventRuleFilterPattern":"{\"source\":[{\"prefix\":\"acs.\"}]}","eventSourceConfig":{"eventSourceType":"Default","eventSourceParameters":{}},"eventSinkConfig":{"deliveryOption":{"eventSchema":"CloudEvents"}},"runOptions":{"mode":"event-driven"}}`
	_, err = client.GetTriggerWithOptions(tea.String("f"), tea.String("events"), none, options)
	missing(err, "TriggerNotFound")
	_, err = client.CreateTriggerWithOptions(tea.String("f"), trigger(`{"triggerEnable":true,"colour":"red"}`), none, options)
	missing(err, "colour")
	must[*fcsdk.CreateTriggerResponse](t)(client.CreateTriggerWithOptions(tea.String("f"), trigger(config), none, options))
	_, err = client.CreateTriggerWithOptions(tea.String("f"), trigger(config), none, options)
	missing(err, "TriggerAlreadyExists")
	if got := must[*fcsdk.GetTriggerResponse](t)(client.GetTriggerWithOptions(tea.String("f"), tea.String("events"), none, options)).Body; tea.StringValue(got.TriggerConfig) != config {
		t.Errorf("%+v", got)
	}
	update := func(config string) error {
		_, err := client.UpdateTriggerWithOptions(tea.String("f"), tea.String("events"), &fcsdk.UpdateTriggerRequest{Body: &fcsdk.UpdateTriggerInput{TriggerConfig: tea.String(config)}}, none, options)
		return err
	}
	missing(update(strings.Replace(config, `{\"source\":`, `{\"source`, 1)), "InvalidEventPattern")
	if err := update(strings.Replace(config, "acs.", "acs.e", 1)); err != nil {
		t.Error(err)
	}
	if rule := c.Rule("f-events"); rule == nil || !strings.Contains(rule.Text, "acs.e") {
		t.Errorf("%+v", rule)
	}

	_, err = client.GetAsyncInvokeConfigWithOptions(tea.String("f"), &fcsdk.GetAsyncInvokeConfigRequest{Qualifier: tea.String("LATEST")}, none, options)
	missing(err, "AsyncConfigNotExists")
	async := func(destination string) error {
		_, err := client.PutAsyncInvokeConfigWithOptions(tea.String("f"), &fcsdk.PutAsyncInvokeConfigRequest{Qualifier: tea.String("LATEST"), Body: &fcsdk.PutAsyncInvokeConfigInput{
			MaxAsyncEventAgeInSeconds: tea.Int64(18000), MaxAsyncRetryAttempts: tea.Int64(2),
			DestinationConfig: &fcsdk.DestinationConfig{OnFailure: &fcsdk.Destination{Destination: &destination}},
		}}, none, options)
		return err
	}
	missing(async(fc.FunctionARN(c.Region, c.Account, "none")), "FunctionNotFound")
	if err := async(fc.FunctionARN(c.Region, c.Account, "f")); err != nil {
		t.Error(err)
	}
	settings := must[*fcsdk.GetAsyncInvokeConfigResponse](t)(client.GetAsyncInvokeConfigWithOptions(tea.String("f"), &fcsdk.GetAsyncInvokeConfigRequest{Qualifier: tea.String("LATEST")}, none, options)).Body
	if tea.Int64Value(settings.MaxAsyncRetryAttempts) != 2 || tea.Int64Value(settings.MaxAsyncEventAgeInSeconds) != 18000 || tea.StringValue(settings.DestinationConfig.OnFailure.Destination) == "" {
		t.Errorf("%+v", settings)
	}
	_, err = client.GetConcurrencyConfigWithOptions(tea.String("f"), none, options)
	missing(err, "OnDemandConfigNotFound")
	must[*fcsdk.PutConcurrencyConfigResponse](t)(client.PutConcurrencyConfigWithOptions(tea.String("f"), &fcsdk.PutConcurrencyConfigRequest{Body: &fcsdk.PutConcurrencyInput{ReservedConcurrency: tea.Int64(2)}}, none, options))
	if n := must[*fcsdk.GetConcurrencyConfigResponse](t)(client.GetConcurrencyConfigWithOptions(tea.String("f"), none, options)).Body.ReservedConcurrency; tea.Int64Value(n) != 2 {
		t.Error(n)
	}
	if ids := must[*fcsdk.ListVpcBindingsResponse](t)(client.ListVpcBindingsWithOptions(tea.String("f"), none, options)).Body.VpcIds; len(ids) != 0 {
		t.Error(ids)
	}
	must[*fcsdk.GetProvisionConfigResponse](t)(client.GetProvisionConfigWithOptions(tea.String("f"), &fcsdk.GetProvisionConfigRequest{Qualifier: tea.String("LATEST")}, none, options))

	idle(t, c) // what its trigger has brought may take all of its instances
	if inv := must[*fcsdk.InvokeFunctionResponse](t)(client.InvokeFunctionWithOptions(tea.String("f"), &fcsdk.InvokeFunctionRequest{Body: strings.NewReader("{}")}, &fcsdk.InvokeFunctionHeaders{}, options)); tea.Int32Value(inv.StatusCode) != 200 {
		t.Errorf("%+v", inv)
	}
	idle(t, c)
}
