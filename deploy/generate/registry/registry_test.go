package registry

import (
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func project(t *testing.T, files ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range files {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// A folder is a practice because it holds a practice.go. What the file says does
// not matter, so that a registry can be made whatever state they are in.
func TestOutput(t *testing.T) {
	root := project(t, "functions/b-two/practice.go", "functions/a-one/practice.go", "functions/triage/triage.go", "shared/channel/some-chat/channel.go", "shared/channel/chat/channel.go", "shared/channel/all/all.go", "test/cloud/vpc/service.go", "test/cloud/kms/service.go", "test/cloud/kernel/cloud.go")
	o, err := Output(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Files) != 5 {
		t.Errorf("%d files, want three lists and a test for each practice", len(o.Files))
	}
	isFormatted(t, o.Files)
	all := o.Files["functions/functions.go"]
	if one, two := strings.Index(all, "\taone.Practice,"), strings.Index(all, "\tbtwo.Practice,"); one < 0 || two < one {
		t.Errorf("not both, or not in order:\n%s", all)
	}
	const channels = "channel\"\n\t\"github.com/ecsguard/ecsguard/shared/channel/chat\"\n\tsomechat \"github.com/ecsguard/ecsguard/shared/channel/some-chat\"\n)"
	if list := o.Files["shared/channel/all/all.go"]; !strings.Contains(list, channels) || !strings.Contains(list, "{\n\tchat.Declaration,\n\tsomechat.Declaration,\n}") {
		t.Errorf("the channels:\n%s", list)
	}
	if list := o.Files["test/cloud/products.go"]; !strings.Contains(list, "{\n\tkernel.Of(k, kms.New)\n\tkernel.Of(k, vpc.New)\n}") {
		t.Errorf("the products:\n%s", list)
	}
	if text := o.Files["functions/b-two/practice_test.go"]; !strings.Contains(text, "package btwo_test") || !strings.Contains(text, "scenario.Run(t, btwo.Practice) }") {
		t.Errorf("the test of b-two:\n%s", text)
	}
}

func isFormatted(t *testing.T, files map[string]string) {
	t.Helper()
	for path, text := range files {
		formatted, err := format.Source([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", path, err)
		} else if string(formatted) != text {
			t.Errorf("%s is not formatted", path)
		}
	}
}

func TestNoPractices(t *testing.T) {
	o, err := Output(project(t, "functions/triage/triage.go", "shared/channel/channel.go", "test/cloud/new.go"))
	if err != nil {
		t.Fatal(err)
	}
	isFormatted(t, o.Files)
	if _, err := Output(t.TempDir()); err == nil {
		t.Error("a place without functions/ gave an empty registry")
	}
}

func TestValidID(t *testing.T) {
	if err := ValidID("sg-public-ingress"); err != nil {
		t.Error(err)
	}
	for _, id := range []string{"", "Sg", "a--b", "-a", "a-", "a_b", "1a", "ecsguard-x", strings.Repeat("a", 41)} {
		if ValidID(id) == nil {
			t.Errorf("%q is accepted", id)
		}
	}
	if err := ValidChannel("some-chat"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", "Chat", "a_b", "all", "channel", strings.Repeat("a", 21)} {
		if ValidChannel(name) == nil {
			t.Errorf("the channel %q is accepted", name)
		}
	}
	if err := ValidProduct("r-kvstore"); err == nil {
		t.Error("the product r-kvstore is accepted, which names no package")
	}
	for _, name := range []string{"", "Kms", "kernel", "testdata", "type", "1k", strings.Repeat("a", 21)} {
		if ValidProduct(name) == nil {
			t.Errorf("the product %q is accepted", name)
		}
	}
	if _, err := Output(project(t, "functions/a/practice.go", "shared/channel/Chat/channel.go")); err == nil || !strings.Contains(err.Error(), "shared/channel/Chat") {
		t.Errorf("a folder that cannot be a channel: %v", err)
	}
	if _, err := Output(project(t, "functions/Bad_Name/practice.go")); err == nil || !strings.Contains(err.Error(), "functions/Bad_Name") {
		t.Errorf("a folder that cannot be an ID: %v", err)
	}
}
