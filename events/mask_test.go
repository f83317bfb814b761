package events

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		`{"UserData":"s","InstanceId":"i-1"}`:                                 `{"UserData":"` + Masked + `","InstanceId":"i-1"}`,
		`{"a":{"b":[{"CommandContent":"s","n":1.50}]}}`:                       `{"a":{"b":[{"CommandContent":"` + Masked + `","n":1.50}]}}`,
		`{"LaunchConfiguration.UserData":"s"}`:                                `{"LaunchConfiguration.UserData":"` + Masked + `"}`,
		`{"requestParameterJson":"{\"Password\":\"s\",\"x\":1}"}`:             `{"requestParameterJson":"{\"Password\":\"` + Masked + `\",\"x\":1}"}`,
		`{"Parameters":{"ak":"s"}}`:                                           `{"Parameters":"` + Masked + `"}`,
		`{"Parameters":"{\"ak\":\"s\"}"}`:                                     `{"Parameters":"` + Masked + `"}`,
		`{"Content":["s"],"accessKeySecret":"s"}`:                             `{"Content":"` + Masked + `","accessKeySecret":"` + Masked + `"}`,
		`{"PasswordResetRequired":"true","requestParameters":{}}`:             `{"PasswordResetRequired":"true","requestParameters":{}}`,
		`{"PasswordReset": true,  "x" : null }`:                               `{"PasswordReset": true,  "x" : null }`,
		`no JSON: UserData`:                                                   `no JSON: UserData`,
		`{"environmentVariables":{"ECSGUARD_DINGTALK_TOKEN":"s"}}`:            `{"environmentVariables":"` + Masked + `"}`,
		`{"body":"{\"environmentVariables\":{\"URL\":\"s\"}}"}`:               `{"body":"{\"environmentVariables\":\"` + Masked + `\"}"}`,
		`{"Container.1.EnvironmentVar.2.Value":"s","Container.1.Name":"web"}`: `{"Container.1.EnvironmentVar.2.Value":"` + Masked + `","Container.1.Name":"web"}`,
		`{"VirtualMFADevice":{"Base32StringSeed":"s","QRCodePNG":"s"}}`:       `{"VirtualMFADevice":{"Base32StringSeed":"` + Masked + `","QRCodePNG":"` + Masked + `"}}`,
		`{"SessionToken":"s","HttpTokens":"required"}`:                        `{"SessionToken":"` + Masked + `","HttpTokens":"required"}`,
		`{"Key":"-----BEGIN RSA PRIVATE KEY-----\ns"}`:                        `{"Key":"` + Masked + `"}`,
		`{"Key":["-----BEGIN EC PRIVATE KEY-----\ns"]}`:                       `{"Key":["` + Masked + `"]}`,
		`{"Webhook":"https://chat.example/send?access_token=s"}`:              `{"Webhook":"` + Masked + `"}`,
		`{"ApiKey":"s","KeyId":"k","DbPwd":"s"}`:                              `{"ApiKey":"` + Masked + `","KeyId":"k","DbPwd":"` + Masked + `"}`,
		`{"CommandLine":"s","WebSocketUrl":"s","Username":"root"}`:            `{"CommandLine":"` + Masked + `","WebSocketUrl":"` + Masked + `","Username":"root"}`,
		`["UserData"]`: `["UserData"]`,
	} {
		if got := string(Mask([]byte(in))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	deep := strings.Repeat(`{"a":`, 200) + `{"UserData":"hidden"}` + strings.Repeat("}", 200)
	if got := string(Mask([]byte(deep))); strings.Contains(got, "hidden") || !json.Valid([]byte(got)) {
		t.Error(got)
	}
}

// An event is known by the same, and about the same, without what is masked.
func TestMaskedIsTheSameEvent(t *testing.T) {
	files, err := filepath.Glob("samples/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		before, err := Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		after, err := Decode(Mask(text))
		if err != nil || len(after) != len(before) {
			t.Fatalf("%s: %v", file, err)
		}
		for i := range before {
			a, b := &before[i], &after[i]
			for name := range a.Params {
				if a.Params[name] != b.Params[name] && !(Hides(name) && b.Params[name] == Masked) {
					t.Errorf("%s: %s is %q", file, name, b.Params[name])
				}
			}
			if a.Key() != b.Key() || a.Actor != b.Actor || !a.Time.Equal(b.Time) || len(a.Resources) != len(b.Resources) || len(a.Params) != len(b.Params) {
				t.Errorf("%s: %+v, before %+v", file, b, a)
			}
		}
	}
}
