package cloud

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

func TestOtherHostsAreRefusedByName(t *testing.T) {
	c := must[*Cloud](t)(New(kernel.Options{}))
	defer c.Close()
	client := &http.Client{Transport: c.Transport()}
	_, err := client.Get("https://example.com/")
	if err == nil || !strings.Contains(err.Error(), "example.com") || !strings.Contains(err.Error(), "does not serve") {
		t.Errorf("https: %v", err)
	}
	response, err := client.Get("http://metadata.example.net/")
	if err != nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("http: %v, %v", response, err)
	}
	_, err = client.Get("https://oss-cn-hangzhou.aliyuncs.com/")
	if err == nil {
		t.Error("a product that is not served was reached")
	}
	if want := []string{"example.com", "metadata.example.net", "oss-cn-hangzhou.aliyuncs.com"}; !slices.Equal(c.Refused(), want) {
		t.Errorf("recorded %v, want %v", c.Refused(), want)
	}
}

func TestPlainHTTPIsServedForClientsThatInsist(t *testing.T) {
	c := startCloud(t)
	r := getRPC(t, signRPC(admin(c), "GET", nil))
	r.URL.Scheme = "http"
	if answer := askJSON(t, c, r); answer["Regions"] == nil {
		t.Error(answer)
	}
}

func TestEnvironmentForOtherPrograms(t *testing.T) {
	c := startCloud(t)
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := c.WriteCA(path); err != nil {
		t.Fatal(err)
	}
	if pem := must[[]byte](t)(os.ReadFile(path)); !strings.Contains(string(pem), "BEGIN CERTIFICATE") {
		t.Errorf("the certificate is %q", pem)
	}
	env := c.Env(path)
	for _, want := range []string{"HTTPS_PROXY=" + c.ProxyURL(), "SSL_CERT_FILE=" + path, "NO_PROXY=127.0.0.1,localhost"} {
		if !slices.Contains(env, want) {
			t.Errorf("%v lacks %s", env, want)
		}
	}
}

func TestWildcard(t *testing.T) {
	for _, test := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true}, {"a*", "a", true}, {"a*c", "abbc", true}, {"a*c", "abb", false}, {"*.log.aliyuncs.com", "p.cn-hangzhou.log.aliyuncs.com", true},
		{"ecs.*.aliyuncs.com", "ecs.aliyuncs.com", false}, {"a?c", "abc", true}, {"a?c", "ac", false}, {"", "", true}, {"", "a", false},
		{"*a*b*", "xxaxxbxx", true}, {"*a*b*", "xxbxxaxx", false}, {"a**", "abc", true},
	} {
		if got := kernel.Wildcard(test.pattern, test.s); got != test.want {
			t.Errorf("wildcard(%q, %q) is %v", test.pattern, test.s, got)
		}
	}
}
