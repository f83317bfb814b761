package notify

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/ecsguard/ecsguard/shared/alert"
)

// The environment's variables. Their values never appear in an error or a log.
const (
	EnvDingTalkToken  = "ECSGUARD_DINGTALK_TOKEN"  // access_token of the robot's address
	EnvDingTalkSecret = "ECSGUARD_DINGTALK_SECRET" // of its security setting "signature"
	EnvDingTalkAt     = "ECSGUARD_DINGTALK_AT"     // mobile numbers, separated by commas, or "all": who is mentioned when something critical is still wrong
	EnvWebhookURL     = "ECSGUARD_WEBHOOK_URL"     // https only
	EnvWebhookSecret  = "ECSGUARD_WEBHOOK_SECRET"  // signs what is posted there
)

// FromEnv reads which channels there are.
func FromEnv(getenv func(string) string, t alert.Transport) ([]alert.Channel, error) {
	get := func(name string) string { return strings.TrimSpace(getenv(name)) }
	var channels []alert.Channel
	var faults []error
	d := alert.DingTalk{Token: get(EnvDingTalkToken), Secret: get(EnvDingTalkSecret), Transport: t}
	var err error
	if d.AtMobiles, d.AtAll, err = mentions(get(EnvDingTalkAt)); err != nil {
		faults = append(faults, fmt.Errorf("%s: %w", EnvDingTalkAt, err))
	}
	switch {
	case strings.ContainsAny(d.Token, "/?=&"):
		faults = append(faults, fmt.Errorf("%s holds more than the token: only what follows access_token= goes there", EnvDingTalkToken))
	case d.Token != "" && d.Secret != "":
		channels = append(channels, d)
	case d.Token != "":
		faults = append(faults, fmt.Errorf("%s is set and %s is not: give the robot the security setting \"signature\" (加签) and put its secret there", EnvDingTalkToken, EnvDingTalkSecret))
	case d.Secret != "" || get(EnvDingTalkAt) != "":
		faults = append(faults, fmt.Errorf("%s is not set, but another setting of DingTalk is", EnvDingTalkToken))
	}
	w := alert.Webhook{URL: get(EnvWebhookURL), Secret: get(EnvWebhookSecret), Transport: t}
	switch {
	case w.URL != "":
		if err := alert.CheckURL(w.URL); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", EnvWebhookURL, err))
		}
		channels = append(channels, w)
	case w.Secret != "":
		faults = append(faults, fmt.Errorf("%s is set and %s is not", EnvWebhookSecret, EnvWebhookURL))
	}
	if len(channels) == 0 && len(faults) == 0 {
		faults = append(faults, fmt.Errorf("no channel for alerts: set %s and %s, or %s", EnvDingTalkToken, EnvDingTalkSecret, EnvWebhookURL))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return channels, nil
}

var mobile = regexp.MustCompile(`^\+?[0-9][0-9-]{4,18}$`)

// maxMentions keeps what mentions add to a message within the robot's limit.
const maxMentions = 20

func mentions(s string) (mobiles []string, all bool, err error) {
	if s == "" {
		return nil, false, nil
	}
	if s == "all" {
		return nil, true, nil
	}
	for i, m := range strings.Split(s, ",") {
		if m = strings.TrimSpace(m); !mobile.MatchString(m) {
			return nil, false, fmt.Errorf("number %d of the list is not a mobile number", i+1)
		}
		mobiles = append(mobiles, m)
	}
	if len(mobiles) > maxMentions {
		return nil, false, fmt.Errorf("%d numbers are more than %d: use \"all\"", len(mobiles), maxMentions)
	}
	return mobiles, false, nil
}
