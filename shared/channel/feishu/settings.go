package feishu

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ecsguard/ecsguard/shared/channel"
)

// The environment's variables.
const (
	EnvURL     = "ECSGUARD_FEISHU_URL"
	EnvSecret  = "ECSGUARD_FEISHU_SECRET"
	EnvKeyword = "ECSGUARD_FEISHU_KEYWORD"
	EnvAt      = "ECSGUARD_FEISHU_AT"
)

// Declaration is the channel as it is set.
var Declaration = &channel.Declaration{
	Name:  "feishu",
	Title: "Feishu (Lark)",
	Doc:   "A custom bot in a group of Feishu, or of Lark. Its security settings say which of the variables are needed beside the address.",
	// A bot takes 20 KB with everything around the text: the card, a title, mentions, a keyword.
	Limits: channel.Limits{Bytes: 17_000, Commands: 6_000, Links: true},
	Settings: []channel.Setting{
		{Name: EnvURL, Doc: "the bot's address: https://open.feishu.cn/open-apis/bot/v2/hook/… or https://open.larksuite.com/…", Secret: true, Check: address},
		{Name: EnvSecret, Doc: "of a bot with the security setting “signature verification”", Secret: true, Check: secret},
		{Name: EnvKeyword, Doc: "of a bot with the security setting “custom keywords”: one of them", Check: keyword},
		{Name: EnvAt, Doc: `who is mentioned when something critical is still wrong: open ids (ou_…), separated by commas, or "all"`,
			Check: func(s string) error { _, err := mentions(s); return err }},
	},
	Also: "and " + EnvSecret + " or " + EnvKeyword + ", as the bot's security setting asks",
	Open: func(v channel.Values, t channel.Transport) channel.Channel {
		at, _ := mentions(v[EnvAt]) // checked before
		return Feishu{URL: v[EnvURL], Secret: v[EnvSecret], Keyword: v[EnvKeyword], At: at, Transport: t}
	},
}

const hook = "/open-apis/bot/v2/hook/"

func address(s string) error {
	if err := channel.CheckURL(s); err != nil {
		return err
	}
	u, err := url.Parse(s)
	id, found := "", false
	if err == nil {
		id, found = strings.CutPrefix(u.Path, hook)
	}
	switch {
	case err != nil || !slices.Contains([]string{"open.feishu.cn", "open.larksuite.com"}, u.Host):
		return errors.New("is not an address at open.feishu.cn or open.larksuite.com, as the settings of the bot show it")
	case !found || id == "" || strings.Contains(id, "/") || u.RawQuery != "":
		return errors.New("is not the address of a custom bot: its path is " + hook + " and an id")
	}
	return nil
}

func secret(s string) error {
	if strings.ContainsAny(s, "/:\"'") || strings.ContainsFunc(s, unicode.IsSpace) {
		return errors.New("is not a bot's secret: it stands beside “signature verification” in the settings of the bot, and is no address")
	}
	return nil
}

// maxKeyword and maxMentions keep what is added to a message within the bot's limit.
const (
	maxKeyword  = 64
	maxMentions = 20
)

func keyword(s string) error {
	if utf8.RuneCountInString(s) > maxKeyword || strings.ContainsFunc(s, unicode.IsControl) || escape(s) != s {
		return fmt.Errorf("is longer than %d characters, or has one that is markup or cannot be seen: use another of the bot's keywords", maxKeyword)
	}
	return nil
}

var openID = regexp.MustCompile(`^ou_[0-9A-Za-z]{8,64}$`)

func mentions(s string) (ids []string, err error) {
	if s == "" || s == "all" {
		return strings.Fields(s), nil
	}
	for i, id := range strings.Split(s, ",") {
		if id = strings.TrimSpace(id); !openID.MatchString(id) {
			return nil, fmt.Errorf("entry %d of the list is not an open id, which begins with ou_", i+1)
		}
		ids = append(ids, id)
	}
	if len(ids) > maxMentions {
		return nil, fmt.Errorf("%d ids are more than %d: use \"all\"", len(ids), maxMentions)
	}
	return ids, nil
}
