package secret

import (
	"strings"
	"testing"
)

func TestHide(t *testing.T) {
	const planted = "Pl4ntedS3cretOfAKeyInTexts9Zq1"
	for in, want := range map[string]string{
		"":                                       "",
		"web LTAI5tPlantedKey9876543 " + planted: "web LTAI5tPlantedKey9876543 …9Zq1",
		"accessKeySecret=" + planted:             "accessKeySecret=…9Zq1",
		planted + " beside LTAI5tPlantedKey9876543, and " + planted + " again": "…9Zq1 beside LTAI5tPlantedKey9876543, and …9Zq1 again",
		"ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R":                             "…6q7R",
		"-----BEGIN RSA PRIVATE KEY-----\nMIIE":                                "-----BEGIN RSA PRIVATE KEY-----…",
		// What is no secret stays.
		"aliyun ims UpdateAccessKey --UserAccessKeyId LTAI5tPlantedKey9876543":                                             "aliyun ims UpdateAccessKey --UserAccessKeyId LTAI5tPlantedKey9876543",
		"request 1B2C3D4E-5F60-7182-93A4-B5C6D7E8F901 of LTAI5tPlantedKey9876543, record 68420820f0b92a6bf281a48068420820": "request 1B2C3D4E-5F60-7182-93A4-B5C6D7E8F901 of LTAI5tPlantedKey9876543, record 68420820f0b92a6bf281a48068420820",
		strings.Repeat("a long name ", 9): strings.Repeat("a long name ", 9),
	} {
		if got := Hide(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
