package main

import (
	"errors"
	"strings"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// The variables that Alibaba Cloud's own tools read.
const (
	keyID     = "ALIBABA_CLOUD_ACCESS_KEY_ID"
	keySecret = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
	token     = "ALIBABA_CLOUD_SECURITY_TOKEN"
)

func credentials(getenv func(string) string) (cloud.Credentials, error) {
	c := cloud.Credentials{AccessKeyID: getenv(keyID), AccessKeySecret: getenv(keySecret), SecurityToken: getenv(token)}
	var missing []string
	if c.AccessKeyID == "" {
		missing = append(missing, keyID)
	}
	if c.AccessKeySecret == "" {
		missing = append(missing, keySecret)
	}
	// A temporary key without its token is refused in words that do not say so.
	if strings.HasPrefix(c.AccessKeyID, "STS.") && c.SecurityToken == "" {
		missing = append(missing, token)
	}
	if len(missing) > 0 {
		return cloud.Credentials{}, errors.New("no credentials: set " + strings.Join(missing, " and ") + " in the environment")
	}
	return c, nil
}
