package kmssecretrotation_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// No role of ecsguard may read the value of a secret, or decrypt anything.
func TestNoRoleReadsSecrets(t *testing.T) {
	roles, err := filepath.Glob("../../deploy/ram/*.json")
	if err != nil || len(roles) < 20 {
		t.Fatalf("%d roles, %v", len(roles), err)
	}
	reads := regexp.MustCompile(`"(\*|kms:(\*|Get\*?|GetSecret[^"]*|Decrypt|GenerateDataKey[^"]*|[^"]*\*[^"]*))"\s*[,\]]`)
	for _, role := range roles {
		text, err := os.ReadFile(role)
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range regexp.MustCompile(`(?s)"Action":\s*(\[.*?\]|".*?")`).FindAllSubmatch(text, -1) {
			if found := reads.Find(append(action[1], ',')); found != nil {
				t.Errorf("%s allows %s", filepath.Base(role), found)
			}
		}
	}
}
