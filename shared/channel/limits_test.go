package channel_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/receiver"
)

// open is a finding that is open, with commands to fix it.
func open(commands int, change ...func(*ledger.Record)) message.Message {
	return message.Compose([]ledger.Record{receiver.Record(append([]func(*ledger.Record){func(r *ledger.Record) {
		r.Outcome, r.CallsMade, r.Calls = practice.Failed, 0, nil
		r.Also, r.UsedBy = []string{"sg-ssh"}, "198.51.100.7 on TCP 22"
		for i := range commands {
			r.Calls = append(r.Calls, cloud.New("ecs", "RevokeSecurityGroup", "cn-hangzhou", "SecurityGroupRuleId.1", fmt.Sprint("sgr-", i)))
		}
	}}, change...)...)})[0]
}

// The least goes first, the commands last, and what is gone is said.
func TestTheLeastGoesFirst(t *testing.T) {
	m := open(3)
	whole := channel.Full.Render(m, channel.Plain)
	order := []string{ // in which they go
		"Other practices that object", "Used by:", "Open in the console", "Who:", "sgr-2", "sgr-1", "sgr-0",
	}
	before := -1
	for bytes := channel.Size(whole); bytes > 380; bytes -= 10 {
		limits := channel.Full
		limits.Bytes = bytes
		text := limits.Render(m, channel.Plain)
		if n := channel.Size(text); n > bytes {
			t.Fatalf("%d bytes, and %d may be:\n%s", n, bytes, text)
		}
		gone := 0
		for i, s := range order {
			if strings.Contains(text, s) {
				continue
			}
			if i > gone {
				t.Errorf("at %d bytes %q is gone before %q:\n%s", bytes, s, order[gone], text)
			}
			gone = i + 1
		}
		if gone < before {
			t.Errorf("at %d bytes there is more than where there was more room:\n%s", bytes, text)
		}
		before = gone
		for _, s := range []string{"CRITICAL: The internet", "Could not be fixed.", "Where: security group", "Audit record: 0a1b2c"} {
			if !strings.Contains(text, s) {
				t.Errorf("at %d bytes %q is gone:\n%s", bytes, s, text)
			}
		}
		if (text != whole) != strings.Contains(text, "Shortened: this channel takes no more.") {
			t.Errorf("at %d bytes it does not say what it is:\n%s", bytes, text)
		}
		if cut := 3 - strings.Count(text, "aliyun ecs"); cut > 0 && !strings.Contains(text, fmt.Sprintf("Not all. %d command", cut)) {
			t.Errorf("at %d bytes it does not say that commands are missing:\n%s", bytes, text)
		}
	}
	if before != len(order) {
		t.Errorf("%d of %d were left out at the least", before, len(order))
	}
}

// What does not fit even so is shortened, in whole characters.
func TestVitalIsShortened(t *testing.T) {
	m := open(1, func(r *ledger.Record) { r.Finding, r.Reason = strings.Repeat("開", 300), strings.Repeat("🔥 ", 300) })
	limits := channel.Limits{Bytes: 500, Commands: 100}
	text := limits.Render(m, channel.Markdown)
	if n := channel.Size(text); n > 500 || !strings.HasPrefix(text, "### CRITICAL: 開開") || !strings.Contains(text, "**Could not be fixed.** 🔥") || !strings.Contains(text, "…") || strings.ContainsRune(text, '�') {
		t.Errorf("%d bytes:\n%s", n, text)
	}
}

func TestLines(t *testing.T) {
	limits := channel.Full
	limits.Lines = 9
	text := limits.Render(open(20), channel.Plain)
	if n := strings.Count(text, "\n") + 1; n > 9 || !strings.Contains(text, "Not all.") {
		t.Errorf("%d lines:\n%s", n, text)
	}
}

// Whole items go before anything else does.
func TestItems(t *testing.T) {
	m := message.Message{Body: message.Body{
		Head: []message.Block{{Kind: message.Heading, Text: "head"}}, Most: 4,
		End: func(left int) []message.Block { return []message.Block{{Text: fmt.Sprintf("%d left", left)}} },
	}}
	for range 6 {
		m.Body.Items = append(m.Body.Items, []message.Block{{Kind: message.Item, Text: strings.Repeat("x", 1000)}})
	}
	for bytes, want := range map[int]string{10_000: "2 left", 3500: "3 left", 900: "6 left"} {
		text := channel.Limits{Bytes: bytes}.Render(m, channel.Plain)
		if !strings.HasSuffix(text, want) || strings.Contains(text, "Shortened") || strings.Contains(text, "…") {
			t.Errorf("%d bytes: %.40s…%.20s, want %s", bytes, text, text[max(0, len(text)-20):], want)
		}
	}
}

func TestWithoutLinksAndCodeBlocks(t *testing.T) {
	m := open(2)
	text := channel.Limits{Bytes: 9000, Commands: 9000}.Render(m, channel.Markdown)
	if strings.Contains(text, "://") || strings.Contains(text, "Open in the console") || strings.Contains(text, "```") ||
		!strings.Contains(text, "**To fix it:**\n\naliyun ecs RevokeSecurityGroup --region cn-hangzhou --SecurityGroupRuleId.1 sgr-0\n\naliyun") {
		t.Error(text)
	}
}

// Both forms show the same blocks.
func TestForms(t *testing.T) {
	blocks := []message.Block{
		{Kind: message.Heading, Text: "what _is_ wrong_"},
		{Lead: "_Where_:", Text: "some_name _here"},
		{Text: "no lead"},
		{Kind: message.Item, Lead: "1.", Text: "item", URL: "https://console/1"},
		{Kind: message.Link, Text: "Open", URL: "https://console/2"},
		{Kind: message.Commands, Lead: "Run:", Lines: []string{"one _a_", "two"}},
		{Kind: message.Commands, Lines: []string{"three"}},
		{Kind: message.Command, Text: "four _b_"},
	}
	const plain = "what _is_ wrong_\n_Where_: some_name _here\nno lead\n- 1. item https://console/1\nOpen: https://console/2\nRun:\none _a_\ntwo\nthree\nfour _b_"
	if got := channel.Plain(blocks); got != plain {
		t.Errorf("plain:\n%s\nwant:\n%s", got, plain)
	}
	const markdown = "### what ＿is＿ wrong＿\n\n**＿Where＿:** some_name ＿here\n\nno lead\n\n- **1.** item [console](https://console/1)\n\n[Open](https://console/2)\n\n**Run:**\n\n```\none _a_\ntwo\n```\n\n```\nthree\n```\n\nfour _b_"
	if got := channel.Markdown(blocks); got != markdown {
		t.Errorf("Markdown:\n%s\nwant:\n%s", got, markdown)
	}
}
