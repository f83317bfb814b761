package dingtalk

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ecsguard/ecsguard/shared/channel"
)

// The environment's variables.
const (
	EnvToken   = "ECSGUARD_DINGTALK_TOKEN"
	EnvSecret  = "ECSGUARD_DINGTALK_SECRET"
	EnvKeyword = "ECSGUARD_DINGTALK_KEYWORD"
	EnvAt      = "ECSGUARD_DINGTALK_AT"
)

// Declaration is the channel as it is set.
var Declaration = &channel.Declaration{
	Name:  "dingtalk",
	Title: "DingTalk",
	Doc:   "A custom robot in a DingTalk group. Its security settings say which of the variables are needed beside the token.",
	// A robot takes 20,000 bytes with everything around the text: a title, mentions and a
	// keyword are added. Its Markdown documents no code blocks.
	Limits: channel.Limits{Bytes: 18_000, Commands: 6_000, Links: true},
	Settings: []channel.Setting{
		{Name: EnvToken, Doc: "what follows access_token= in the robot's address, and no more", Secret: true, Check: token},
		{Name: EnvSecret, Doc: `of a robot with the security setting "signature"; it begins with SEC`, Secret: true, Check: secret},
		{Name: EnvKeyword, Doc: `of a robot with the security setting "keywords": one of them`, Check: keyword},
		{Name: EnvAt, Doc: `who is mentioned when something critical is still wrong: mobile numbers, separated by commas, or "all"`,
			Check: func(s string) error { _, _, err := mentions(s); return err }},
	},
	Also:  "and " + EnvSecret + " or " + EnvKeyword + ", as the robot's security setting asks",
	Check: mixedUp,
	Open: func(v channel.Values, t channel.Transport) channel.Channel {
		d := DingTalk{Token: v[EnvToken], Secret: v[EnvSecret], Keyword: v[EnvKeyword], Transport: t}
		d.AtMobiles, d.AtAll, _ = mentions(v[EnvAt]) // checked before
		return d
	},
}

// What DingTalk hands out: people copy the one into the place of the other.
var (
	aToken  = regexp.MustCompile(`^[0-9a-fA-F]{64}$`)
	aSecret = regexp.MustCompile(`^SEC[0-9A-Za-z]{16,}$`)
)

func address(s string) bool { return strings.ContainsAny(s, "/?=&") }
func space(s string) bool {
	return strings.ContainsFunc(s, unicode.IsSpace) || strings.ContainsAny(s, `"'`)
}

// mixedUp finds values in each other's places.
func mixedUp(v channel.Values) error {
	switch {
	case aSecret.MatchString(v[EnvToken]) && (aToken.MatchString(v[EnvSecret]) || address(v[EnvSecret])):
		return fmt.Errorf("the values of %s and %s are swapped: a secret begins with SEC", EnvToken, EnvSecret)
	case !aSecret.MatchString(v[EnvToken]) && v[EnvSecret] == v[EnvToken]:
		return fmt.Errorf("%s: %w", EnvSecret, errToken)
	}
	return nil
}

// errToken is of a token in the place of the secret.
var errToken = errors.New(`holds what looks like a token: the secret begins with SEC and stands beside the security setting "signature" (加签). Leave it empty for a robot that goes by a keyword or by addresses`)

func token(s string) error {
	switch {
	case aSecret.MatchString(s):
		return fmt.Errorf("holds a secret, which begins with SEC: the token is what follows access_token= in the robot's address, and the secret goes into %s", EnvSecret)
	case address(s):
		return errors.New("holds more than the token: only what follows access_token= goes there")
	case space(s):
		return errors.New("holds a space or a quotation mark, which no token has")
	}
	return nil
}

func secret(s string) error {
	switch {
	case address(s) && strings.Contains(s, "access_token"):
		return errors.New(`holds the robot's address: the secret begins with SEC and stands beside the security setting "signature" (加签)`)
	case aToken.MatchString(s):
		return errToken
	case space(s):
		return errors.New("holds a space or a quotation mark, which no secret has")
	}
	return nil
}

// maxKeyword keeps what a keyword adds to a message within the robot's limit.
const maxKeyword = 64

func keyword(s string) error {
	switch {
	case utf8.RuneCountInString(s) > maxKeyword || strings.ContainsFunc(s, unicode.IsControl):
		return fmt.Errorf("is longer than %d characters or has one that cannot be seen: it is one of the robot's keywords", maxKeyword)
	case aSecret.MatchString(s) || aToken.MatchString(s):
		return errors.New("holds what looks like a token or a secret, and would be sent in each message")
	}
	return nil
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
