package notify

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ecsguard/ecsguard/shared/message"
)

// The environment's variables. Their values never appear in an error or a log.
const (
	EnvDingTalkToken  = "ECSGUARD_DINGTALK_TOKEN"   // access_token of the robot's address
	EnvDingTalkSecret = "ECSGUARD_DINGTALK_SECRET"  // of its security setting "signature", if it has that
	EnvDingTalkWord   = "ECSGUARD_DINGTALK_KEYWORD" // of its security setting "keywords", if it has that
	EnvDingTalkAt     = "ECSGUARD_DINGTALK_AT"      // mobile numbers, separated by commas, or "all": who is mentioned when something critical is still wrong
	EnvWebhookURL     = "ECSGUARD_WEBHOOK_URL"      // https only
	EnvWebhookSecret  = "ECSGUARD_WEBHOOK_SECRET"   // signs what is posted there
)

// Env are all of them.
var Env = []string{EnvDingTalkToken, EnvDingTalkSecret, EnvDingTalkWord, EnvDingTalkAt, EnvWebhookURL, EnvWebhookSecret}

// FromEnv reads which channels there are.
func FromEnv(getenv func(string) string, t message.Transport) ([]message.Channel, error) {
	get := func(name string) string { return strings.TrimSpace(getenv(name)) }
	var channels []message.Channel
	var faults []error
	d := message.DingTalk{Token: get(EnvDingTalkToken), Secret: get(EnvDingTalkSecret), Keyword: get(EnvDingTalkWord), Transport: t}
	var err error
	if d.AtMobiles, d.AtAll, err = mentions(get(EnvDingTalkAt)); err != nil {
		faults = append(faults, fmt.Errorf("%s: %w", EnvDingTalkAt, err))
	}
	switch {
	case d.Token == "" && (d.Secret != "" || d.Keyword != "" || get(EnvDingTalkAt) != ""):
		faults = append(faults, fmt.Errorf("%s is not set, but another setting of DingTalk is", EnvDingTalkToken))
	case d.Token != "":
		wrong := dingtalk(d)
		if channels = append(channels, d); len(wrong) > 0 {
			faults = append(faults, wrong...)
		}
	}
	w := message.Webhook{URL: get(EnvWebhookURL), Secret: get(EnvWebhookSecret), Transport: t}
	switch {
	case w.URL != "":
		if err := message.CheckURL(w.URL); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", EnvWebhookURL, err))
		}
		channels = append(channels, w)
	case w.Secret != "":
		faults = append(faults, fmt.Errorf("%s is set and %s is not", EnvWebhookSecret, EnvWebhookURL))
	}
	if len(channels) == 0 && len(faults) == 0 {
		faults = append(faults, fmt.Errorf("no channel for alerts: set %s (and %s or %s, as the robot's security setting asks), or %s", EnvDingTalkToken, EnvDingTalkSecret, EnvDingTalkWord, EnvWebhookURL))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return channels, nil
}

// What DingTalk hands out: people copy the one into the place of the other.
var (
	aToken  = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	aSecret = regexp.MustCompile(`^SEC[0-9A-Za-z]{16,}$`)
)

// maxKeyword keeps what a keyword adds to a message within the robot's limit.
const maxKeyword = 64

// dingtalk finds what cannot be right, without repeating it.
func dingtalk(d message.DingTalk) (faults []error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	address := func(s string) bool { return strings.ContainsAny(s, "/?=&") }
	space := func(s string) bool { return strings.ContainsFunc(s, unicode.IsSpace) || strings.ContainsAny(s, `"'`) }
	switch {
	case aSecret.MatchString(d.Token) && (aToken.MatchString(d.Secret) || address(d.Secret)):
		fault("the values of %s and %s are swapped: a secret begins with SEC", EnvDingTalkToken, EnvDingTalkSecret)
		return faults
	case aSecret.MatchString(d.Token):
		fault("%s holds a secret, which begins with SEC: the token is what follows access_token= in the robot's address, and the secret goes into %s", EnvDingTalkToken, EnvDingTalkSecret)
	case address(d.Token):
		fault("%s holds more than the token: only what follows access_token= goes there", EnvDingTalkToken)
	case space(d.Token):
		fault("%s holds a space or a quotation mark, which no token has", EnvDingTalkToken)
	}
	switch {
	case address(d.Secret) && strings.Contains(d.Secret, "access_token"):
		fault("%s holds the robot's address: the secret begins with SEC and stands beside the security setting \"signature\" (加签)", EnvDingTalkSecret)
	case aToken.MatchString(d.Secret), d.Secret != "" && d.Secret == d.Token:
		fault("%s holds what looks like a token: the secret begins with SEC and stands beside the security setting \"signature\" (加签). Leave it empty for a robot that goes by a keyword or by addresses", EnvDingTalkSecret)
	case space(d.Secret):
		fault("%s holds a space or a quotation mark, which no secret has", EnvDingTalkSecret)
	}
	switch {
	case utf8.RuneCountInString(d.Keyword) > maxKeyword || strings.ContainsFunc(d.Keyword, unicode.IsControl):
		fault("%s is longer than %d characters or has one that cannot be seen: it is one of the robot's keywords", EnvDingTalkWord, maxKeyword)
	case aSecret.MatchString(d.Keyword) || aToken.MatchString(d.Keyword):
		fault("%s holds what looks like a token or a secret, and would be sent in each message", EnvDingTalkWord)
	}
	return faults
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
