package message_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ecsguard/ecsguard/shared/channel"
	"github.com/ecsguard/ecsguard/shared/channel/dingtalk"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/message"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/receiver"
)

// What everybody tries: a fixed finding of one night.
var (
	night  = receiver.Night
	record = receiver.Record
)

func only(t *testing.T, records ...ledger.Record) message.Message {
	t.Helper()
	messages := message.Compose(records)
	if len(messages) != 1 {
		t.Fatalf("%d messages, want 1", len(messages))
	}
	return messages[0]
}

// The whole of one message, as it is read at three in the morning.
func TestMessage(t *testing.T) {
	m := only(t, record())
	const want = `### CRITICAL: The internet reaches port 22

**Fixed.** 1 change: revoke the rule that opens port 22 to 0.0.0.0/0, within 13 s of the event. The last look found nothing wrong.

**Where:** security group web, sg-bp1, cn-hangzhou, account 1000000000000001

**Who:** alice@1000.onaliyun.com (RAM user) from 203.0.113.7 with Terraform; event AuthorizeSecurityGroup at 2026-03-01 03:02:11 UTC

**Before an undo,** exempt the resource, or it is put right again: tag it (choose the end date and the reason).

` + "```\naliyun tag TagResources --region cn-hangzhou --RegionId cn-hangzhou --ResourceARN.1 acs:ecs:cn-hangzhou:1000000000000001:securitygroup/sg-bp1 --Tags '{\"ecsguard:exempt:sg-public-ingress\":\"2026-03-31 say why\"}'\n```" + `

**To undo it:**

` + "```\naliyun ecs AuthorizeSecurityGroup --region cn-hangzhou --force --Permissions.1.PortRange 22/22 --SecurityGroupId sg-bp1\n```" + `

**What to do:** Whoever needs the port gets a rule of their own.

[Open in the console](https://ecs.console.aliyun.com/securityGroupDetail/region/cn-hangzhou/groupId/sg-bp1/detail/intranetIngress)

**Audit record:** 0a1b2c, practice sg-public-ingress`
	if md(m) != want {
		t.Errorf("markdown:\n%s\n\nwant:\n%s", md(m), want)
	}
	if want := "[critical] Fixed: The internet reaches port 22; web, by alice"; m.Title != want {
		t.Errorf("title %q, want %q", m.Title, want)
	}
	if strings.Contains(plain(m), "**") || strings.Contains(plain(m), "```") {
		t.Errorf("plain text has markup:\n%s", plain(m))
	}
}

func TestWhoElseObjects(t *testing.T) {
	m := only(t, record(func(r *ledger.Record) { r.Also = []string{"sg-ssh", "sg-web"} }))
	for _, want := range []string{
		"**Other practices that object to some of it:** sg-ssh, sg-web.",
		`--Tags '{"ecsguard:exempt:sg-public-ingress":"2026-03-31 say why","ecsguard:exempt:sg-ssh":"2026-03-31 say why","ecsguard:exempt:sg-web":"2026-03-31 say why"}'`,
	} {
		if !strings.Contains(md(m), want) {
			t.Errorf("%s:\n%s", want, md(m))
		}
	}
}

// The undo of a DNAT entry makes another entry: what exempts it is its gateway's tag.
func TestExemptionOfWhatIsMadeAgain(t *testing.T) {
	m := only(t, record(func(r *ledger.Record) {
		r.Practice, r.ResourceType, r.Resource, r.ResourceName = "nat-risky-dnat", "ACS::NAT::ForwardEntry", "fwd-1", ""
		r.TagsOf, r.TagType = "ngw-1", "ACS::NAT::NatGateway"
	}))
	for _, want := range []string{
		"**Where:** DNAT entry, fwd-1, cn-hangzhou",
		"put right again: tag its NAT gateway ngw-1 (choose the end date and the reason).\n",
		"--ResourceARN.1 acs:vpc:cn-hangzhou:1000000000000001:natgateway/ngw-1 --Tags '{\"ecsguard:exempt:nat-risky-dnat\":\"2026-03-31 say why\"}'",
	} {
		if !strings.Contains(md(m), want) {
			t.Errorf("%s:\n%s", want, md(m))
		}
	}
}

// What makes room is called first, and what closes is what people want to know.
func TestBothChangesAreNamed(t *testing.T) {
	m := only(t, record(func(r *ledger.Record) {
		r.CallsMade, r.Why = 3, []string{"keep what is allowed: TCP 443/443 from 0.0.0.0/0", "revoke all protocols from 0.0.0.0/0 (sgr-1)", "and one more"}
	}))
	if want := "**Fixed.** 3 changes: keep what is allowed: TCP 443/443 from 0.0.0.0/0, then revoke all protocols from 0.0.0.0/0 (sgr-1) (and 1 more), within 13 s of the event."; !strings.Contains(md(m), want) {
		t.Errorf("%s:\n%s", want, md(m))
	}
}

// Of an event's findings one may end with what was done for another.
func TestLookBeforeYouChange(t *testing.T) {
	const want = "**Look before you change anything:** what was fixed may have put the rest right too."
	fixed, observed := record(), record(func(r *ledger.Record) { r.ID, r.Outcome = "1", practice.Observed })
	if m := only(t, fixed, observed); !strings.Contains(md(m), want) {
		t.Errorf("%s:\n%s", want, md(m))
	}
	if m := only(t, record(func(r *ledger.Record) { r.ID = "2" }), fixed); strings.Contains(md(m), want) {
		t.Error(md(m))
	}
}

// Who used the port stands where it is read first, and is cut like everything from
// outside.
func TestEvidence(t *testing.T) {
	for _, test := range []struct{ usedBy, missed, want string }{
		{"198.51.100.7 on TCP 22", "", "**Used by:** 198.51.100.7 on TCP 22\n\n**Before an undo,**"},
		{"", "could not be read: no index", "**Used by:** could not be read: no index\n"},
		{strings.Repeat("x", 600), "", "**Used by:** " + strings.Repeat("x", message.MaxEvidence-1) + "…\n"},
	} {
		m := only(t, record(func(r *ledger.Record) { r.UsedBy, r.Missed = test.usedBy, test.missed }))
		if !strings.Contains(md(m), test.want) {
			t.Errorf("%s:\n%s", test.want, md(m))
		}
	}
}

func TestOutcomes(t *testing.T) {
	for _, test := range []struct {
		outcome practice.Outcome
		change  func(*ledger.Record)
		says    []string
		not     string
	}{
		{practice.Observed, func(r *ledger.Record) { r.Reason = "mode is observe: nothing was changed" },
			[]string{"**Would be fixed.** Mode is observe: nothing was changed.", "**To fix it:**", "aliyun ecs RevokeSecurityGroup"}, "undo"},
		{practice.Observed, func(*ledger.Record) {}, []string{"nothing was changed", "**To leave it as it is,** exempt it: tag it", "aliyun tag TagResources"}, "undo"},
		{practice.Awaiting, func(r *ledger.Record) { r.Reason = "mode is approve: a person has to approve it" },
			[]string{"**Needs your decision.** Mode is approve: a person has to approve it.", "**To fix it:**"}, "undo"},
		{practice.Awaiting, func(r *ledger.Record) { r.Calls, r.Undo, r.Reason = nil, nil, "ecsguard cannot put this right itself" },
			[]string{"**Needs your decision.** Ecsguard cannot put this right itself.", "**What to do:**"}, "To fix it"},
		{practice.Failed, func(r *ledger.Record) {
			r.Calls, r.Undo, r.CallsMade = nil, nil, 0
			r.Reason, r.Error = "the change was refused", "ecs:RevokeSecurityGroup: Forbidden.RAM: "+strings.Repeat("not allowed ", 20)+"(request C0003E8B-B930-4F59-ADC0-0E209A9012A8)"
		}, []string{"**Could not be fixed.** The change was refused: ecs:RevokeSecurityGroup: Forbidden.RAM: not allowed", "(request C0003E8B-B930-4F59-ADC0-0E209A9012A8)",
			"**A permission is missing:** give the roles what they need", "go run ./deploy/ecsguard prepare --mode enforce"}, "undo"},
		{practice.Failed, func(r *ledger.Record) { r.CallsMade, r.Reason = 0, "the intent could not be written" }, []string{"**To fix it:**\n\n```\naliyun ecs RevokeSecurityGroup"}, "undo"},
		{practice.Awaiting, func(r *ledger.Record) {
			r.ResourceType, r.Resource, r.ResourceName = "ACS::RAM::User", "alice", "alice"
		},
			[]string{"**Where:** RAM user alice, cn-hangzhou, account", "in ecsguard.yaml, as one more of its exemptions", "```\n{practice: sg-public-ingress, resource: \"alice\", until: 2026-03-31, because: say why, by: your name}\n```"}, "TagResources"},
		{practice.Awaiting, func(r *ledger.Record) {
			r.ResourceType, r.Resource, r.ResourceName = "ACS::ECS::Region", "cn-hangzhou", ""
		},
			[]string{"**Where:** default of the region, cn-hangzhou, account"}, "cn-hangzhou, cn-hangzhou"},
		{practice.Awaiting, func(r *ledger.Record) { r.Momentary = true }, []string{"**Needs your decision.**"}, "exempt it"},
		{practice.Partly, func(r *ledger.Record) { r.Reason = "a later change was refused" },
			[]string{"**Partly fixed.** 1 change: revoke the rule", "A later change was refused.", "**To undo it:**"}, "nothing wrong"},
		{practice.Exempt, func(r *ledger.Record) { r.Reason = "exempt until 2026-12-31: a bastion (bob, in the settings)" },
			[]string{"**Left as it is.** Exempt until 2026-12-31: a bastion (bob, in the settings)."}, "this practice only"},
		{practice.Exempt, func(r *ledger.Record) { r.Also = []string{"sg-ssh"} }, []string{"The exemption is of this practice only."}, "undo"},
		{practice.Undone, func(*ledger.Record) {}, []string{"**Undone.** A change was taken back."}, "To undo"},
		{practice.Fixed, func(r *ledger.Record) { r.Undo = nil }, []string{"**Cannot be undone:** 1 change."}, "To undo"},
		{practice.Fixed, func(r *ledger.Record) {
			r.Note = "an exemption in the settings ended on 2026-02-28"
		},
			[]string{"An exemption in the settings ended on 2026-02-28."}, "To fix it"},
		{practice.Fixed, func(r *ledger.Record) { r.Event, r.EventName, r.Actor, r.ActorIP = "", "", "", "" },
			[]string{"**Who:** not known, found by a sweep at"}, "after it happened"},
		{"invented", func(*ledger.Record) {}, []string{"**invented.**"}, "To undo"},
	} {
		m := only(t, record(func(r *ledger.Record) { r.Outcome = test.outcome }, test.change))
		for _, s := range test.says {
			if !strings.Contains(md(m), s) {
				t.Errorf("%s does not say %q:\n%s", test.outcome, s, md(m))
			}
		}
		if strings.Contains(md(m), test.not) {
			t.Errorf("%s says %q:\n%s", test.outcome, test.not, md(m))
		}
	}
}

func TestWhatIsLeftOut(t *testing.T) {
	with := func(k ledger.Kind, o practice.Outcome) ledger.Record {
		return record(func(r *ledger.Record) { r.Kind, r.Outcome = k, o })
	}
	for _, r := range []ledger.Record{with(ledger.Intent, ""), with(ledger.Result, practice.Good), with(ledger.Result, practice.Ignored)} {
		if got := message.Compose([]ledger.Record{r}); len(got) != 0 {
			t.Errorf("%s %s makes a message: %s", r.Kind, r.Outcome, got[0].Title)
		}
	}
	if got := message.Compose(nil); len(got) != 0 {
		t.Error("nothing makes a message")
	}
}

// Delivered twice, out of order, and followed by a better result: the latest by
// the record's own time counts, once.
func TestLastResultCounts(t *testing.T) {
	failed := record(func(r *ledger.Record) { r.Outcome, r.CallsMade = practice.Failed, 0 })
	fixed := record(func(r *ledger.Record) { r.Time = r.Time.Add(time.Minute) })
	for _, batch := range [][]ledger.Record{{failed, fixed}, {fixed, failed}, {failed, failed, fixed, fixed}, {fixed, failed, fixed}} {
		m := only(t, batch...)
		if len(m.Records) != 1 || m.Outcome != practice.Fixed {
			t.Errorf("%d records, outcome %s", len(m.Records), m.Outcome)
		}
	}
	good := record(func(r *ledger.Record) { r.Outcome, r.Time = practice.Good, r.Time.Add(time.Hour) })
	if got := message.Compose([]ledger.Record{failed, good}); len(got) != 0 {
		t.Error("what is good by now makes a message")
	}
	// A change is told, whoever finds afterwards that all is well; so is what only
	// somebody who gave way came after.
	deferred := record(func(r *ledger.Record) { r.Outcome, r.CallsMade, r.Time = practice.Deferred, 0, r.Time.Add(time.Hour) })
	good.CallsMade = 0
	for _, batch := range [][]ledger.Record{{fixed, good}, {good, fixed}, {fixed, deferred, good}, {failed, deferred}, {deferred, failed}} {
		if m := only(t, batch...); len(m.Records) != 1 || m.Outcome == practice.Good || m.Outcome == practice.Deferred {
			t.Errorf("%d records, outcome %s", len(m.Records), m.Outcome)
		}
	}
}

func TestIDOfMessage(t *testing.T) {
	a := record()
	b := record(func(r *ledger.Record) { r.ID = "other" })
	if only(t, a, b).ID != only(t, b, a, a).ID {
		t.Error("the same records have two ids")
	}
	later := record(func(r *ledger.Record) { r.Time = r.Time.Add(time.Hour) })
	if only(t, a).ID == only(t, later).ID {
		t.Error("a second case, which only its time tells apart, would be taken for a repetition")
	}
}

func TestOneMessageForOneEvent(t *testing.T) {
	medium := record(func(r *ledger.Record) {
		r.ID, r.Severity, r.Outcome, r.Finding = "m", practice.Medium, practice.Failed, "The disk is not encrypted"
	})
	m := only(t, record(), medium)
	if m.Severity != practice.Critical || m.Outcome != practice.Failed || len(m.Records) != 2 {
		t.Errorf("severity %s, outcome %s, %d records", m.Severity, m.Outcome, len(m.Records))
	}
	if m.Urgent() {
		t.Error("somebody is woken for what is fixed")
	}
	if strings.Count(md(m), "alice@") != 1 {
		t.Errorf("the actor is not named once:\n%s", md(m))
	}
	if strings.Index(md(m), "not encrypted") > strings.Index(md(m), "reaches port 22") {
		t.Error("what is fixed comes before what is still wrong")
	}
	low := record(func(r *ledger.Record) { r.ID, r.Severity, r.Outcome = "l", practice.Low, practice.Failed })
	critical := record(func(r *ledger.Record) { r.ID, r.Outcome = "c", practice.Observed })
	if m := only(t, record(), low, critical); m.Records[0].ID != "c" || m.Records[1].ID != "l" {
		t.Errorf("the worst is not first: %s, %s", m.Records[0].ID, m.Records[1].ID)
	}
	other := record(func(r *ledger.Record) { r.ID, r.Actor = "o", "bob" })
	if n := len(message.Compose([]ledger.Record{record(), other})); n != 2 {
		t.Errorf("what two people did makes %d messages, want 2", n)
	}
	sweep := func(id string) ledger.Record {
		return record(func(r *ledger.Record) { r.ID, r.Event, r.Actor = id, "", "" })
	}
	if n := len(message.Compose([]ledger.Record{sweep("1"), sweep("2")})); n != 2 {
		t.Errorf("two records without an event make %d messages, want 2", n)
	}
}

func TestUrgent(t *testing.T) {
	for o, want := range map[practice.Outcome]bool{
		practice.Fixed: false, practice.Exempt: false, practice.Failed: true, practice.Partly: true, practice.Awaiting: true, practice.Observed: true, practice.Undone: true,
	} {
		if got := only(t, record(func(r *ledger.Record) { r.Outcome = o })).Urgent(); got != want {
			t.Errorf("critical and %s: urgent is %v, want %v", o, got, want)
		}
		if only(t, record(func(r *ledger.Record) { r.Outcome, r.Severity = o, practice.High })).Urgent() {
			t.Errorf("high and %s is urgent", o)
		}
	}
}

func TestBurst(t *testing.T) {
	var records []ledger.Record
	for i := range 47 {
		records = append(records, record(func(r *ledger.Record) {
			r.ID, r.Event = fmt.Sprint("id", i), fmt.Sprint("actiontrail/", i)
			switch {
			case i == 40:
				r.Outcome, r.Severity = practice.Failed, practice.Low
			case i%2 == 1:
				r.Practice, r.Outcome = "ecs-disk-encrypted", practice.Observed
			}
		}))
	}
	if n := len(message.Compose(records[:5])); n != 3 { // what is fixed three times is the same
		t.Errorf("5 events make %d messages, want 3", n)
	}
	m := only(t, records...)
	for _, s := range []string{
		"47 findings from 47 events", "**1 failed, 23 observed, 23 fixed.**",
		"- **sg-public-ingress:** 1 failed, 23 fixed", "- **ecs-disk-encrypted:** 23 observed", "and 37 more",
		"kind: result not outcome: ignored not outcome: good", "from 2026-03-01 03:02:23 UTC to 2026-03-01 03:02:24 UTC",
	} {
		if !strings.Contains(md(m), s) {
			t.Errorf("the digest does not say %q:\n%s", s, md(m))
		}
	}
	if strings.Count(md(m), "audit record id") != 10 || strings.Contains(md(m), "audit record id2 ") {
		t.Errorf("the digest does not list the worst ten:\n%s", md(m))
	}
	if m.Severity != practice.Critical || m.Outcome != practice.Failed || !m.Urgent() {
		t.Errorf("severity %s, outcome %s, urgent %v", m.Severity, m.Outcome, m.Urgent())
	}
}

// One sweep is one event, and may find a lot.
func TestManyFindingsOfOneEvent(t *testing.T) {
	var records []ledger.Record
	for i := range 40 {
		records = append(records, record(func(r *ledger.Record) { r.ID, r.Event = fmt.Sprint("id", i), `timer/"sweep"/2026` }))
	}
	m := only(t, records...)
	for _, s := range []string{"40 findings from 1 event", "and 30 more", `kind: result and event: "timer/\"sweep\"/2026"`} {
		if !strings.Contains(md(m), s) {
			t.Errorf("the message does not say %q:\n%s", s, md(m))
		}
	}
}

// Whatever is in the records, a robot takes the message, whole characters only.
func TestSize(t *testing.T) {
	long := func(s string) func(*ledger.Record) {
		return func(r *ledger.Record) {
			s := strings.Repeat(s, 4000/len(s))
			r.ResourceName, r.Resource, r.Region, r.Account, r.Finding, r.Advice = s, s, s, s, s, s
			r.Reason, r.Error, r.Actor, r.ActorType, r.ActorIP, r.ActorAgent, r.EventName, r.Practice = s, s, s, s, s, s, s, s
			r.Why, r.Note = []string{s, s}, s
			r.Outcome = practice.Partly
		}
	}
	id := func(i int, event string) func(*ledger.Record) {
		return func(r *ledger.Record) { r.ID, r.Event = fmt.Sprint(i, r.ResourceName), event+r.ResourceName }
	}
	for _, s := range []string{"x", "設定が開いています", "安全组", "🔥", `\`, "`", "[a](http://b)", `"`, "\x00", "e\u0301"} {
		undo := func(r *ledger.Record) {
			for range 200 {
				r.Undo = append(r.Undo, cloud.New("ecs", "A", "cn-hangzhou", "Description", strings.Repeat(s, 30)))
			}
			r.Calls = r.Undo
		}
		var one, burst []ledger.Record
		for i := range 5 {
			one = append(one, record(long(s), id(i, "e"), undo))
		}
		for i := range 100 {
			burst = append(burst, record(long(s), id(i, fmt.Sprint("e", i))))
		}
		for name, records := range map[string][]ledger.Record{"a finding": one[:1], "an event": one, "a burst": burst} {
			for _, m := range message.Compose(records) {
				if n := channel.Size(md(m)); n > channel.Full.Bytes {
					t.Errorf("%s of %q takes %d bytes", name, s, n)
				}
				if n := channel.Size(m.Title); n > 1000 {
					t.Errorf("the title of %s of %q takes %d bytes", name, s, n)
				}
				if !utf8.ValidString(md(m)) || !utf8.ValidString(m.Title) || !utf8.ValidString(plain(m)) {
					t.Errorf("%s of %q is cut within a character", name, s)
				}
				if strings.Count(md(m), "```")%2 != 0 {
					t.Errorf("%s of %q leaves a code block open", name, s)
				}
			}
		}
	}
}

// What is cut is said, and a command is shown whole or not at all.
func TestCut(t *testing.T) {
	var records []ledger.Record
	for i := range 5 {
		records = append(records, record(func(r *ledger.Record) {
			r.ID, r.Undo = fmt.Sprint("id", i), nil
			for range 100 {
				r.Undo = append(r.Undo, cloud.New("ecs", "A", "cn-hangzhou", "Description", strings.Repeat("説明", 30)))
			}
			r.Calls = r.Undo
		}))
	}
	m := only(t, records...)
	whole := records[0].Undo[0].String()
	for line := range strings.Lines(md(m)) {
		if strings.HasPrefix(line, "aliyun ecs") && strings.TrimSpace(line) != whole {
			t.Fatalf("a command is cut: %s", line)
		}
	}
	for _, s := range []string{"too long to show: audit record id0 has all", "- **…** and 3 more", `kind: result and event: "actiontrail/1"`} {
		if !strings.Contains(md(m), s) {
			t.Errorf("the message does not say %q:\n%s", s, md(m))
		}
	}
}

func TestFailure(t *testing.T) {
	f := message.Failure{
		Function: "sg-public-ingress", Request: "req-1", Tries: 4, Why: "UnhandledInvocationError",
		Error: "practice sg-public-ingress: reading [x](http://evil): " + strings.Repeat("and so on: ", 30) + "403 Forbidden", Actor: "sato", ActorType: "ram-user", ActorIP: "203.0.113.24",
		Time: night, Event: "AuthorizeSecurityGroup", ResourceType: "ACS::ECS::SecurityGroup", Resource: "sg-1", Region: "cn-hangzhou",
	}
	f.Prepare = "go run ./deploy/ecsguard prepare --region cn-shanghai --mode enforce"
	m := f.Message()
	for _, s := range []string{
		"```\ngo run ./deploy/ecsguard prepare --region cn-shanghai --mode enforce\n```", "```\ns sg-public-ingress logs\n```",
		"ecsguard itself failed: sg-public-ingress gave up on AuthorizeSecurityGroup; sg-1, by sato", "after 4 tries", "**Because:** Reading", "403 Forbidden", "sato (RAM user) from 203.0.113.24; event AuthorizeSecurityGroup at",
		"security group, sg-1, cn-hangzhou", "2026-03-01 03:02:11 UTC", "**What to do:**", "req-1", "groupId/sg-1/",
	} {
		if !strings.Contains(md(m), s) {
			t.Errorf("the message does not say %q:\n%s", s, md(m))
		}
	}
	if strings.Contains(md(m), "](http://evil") {
		t.Errorf("an error forges a link:\n%s", md(m))
	}
	for range 40 {
		f.Others = append(f.Others, fmt.Sprintf("sg-more-%d", len(f.Others)))
	}
	for _, m := range []message.Message{f.Message(), message.Failures([]message.Failure{f, {Function: "another"}})} {
		if !strings.Contains(m.Title, "; sg-1 and 40 more, by sato") || !strings.Contains(plain(m), "sg-1, cn-hangzhou; and sg-more-0, sg-more-1, sg-more-2, sg-more-3, sg-more-4 and 35 more") {
			t.Errorf("several resources: %s\n%s", m.Title, plain(m))
		}
	}
	if m.ID != f.Message().ID || m.ID == (message.Failure{Function: "sg-public-ingress", Request: "req-2"}).Message().ID {
		t.Error("the id does not follow the request")
	}
	if empty := (message.Failure{}).Message(); !strings.Contains(md(empty), "a function gave up on an event") {
		t.Errorf("nothing known:\n%s", md(empty))
	}
}

// An exemption is accepted; a daily sweep that repeats it would only teach people to
// look away.
func TestAnExemptResourceIsNewsOnlyWhenSomebodyTouchedIt(t *testing.T) {
	r := ledger.Record{ID: "1", Kind: ledger.Result, Outcome: practice.Exempt, Practice: "sg-public-ingress", Finding: "open", Severity: practice.Critical}
	if got := message.Compose([]ledger.Record{r}); len(got) != 0 {
		t.Errorf("a sweep's exempt finding made %d messages", len(got))
	}
	r.Actor = "sato"
	if got := message.Compose([]ledger.Record{r}); len(got) != 1 {
		t.Errorf("an exempt finding that sato made: %d messages", len(got))
	}
}

func TestPerhapsBySomebodyElse(t *testing.T) {
	m := only(t, record(func(r *ledger.Record) {
		r.Doubt = "sgr-1 was made at 2026-03-01 03:02:30 UTC, after this event"
	}))
	if want := "**Perhaps by somebody else:** sgr-1 was made at 2026-03-01 03:02:30 UTC, after this event.\n\n"; !strings.Contains(md(m), want) {
		t.Errorf("%s:\n%s", want, md(m))
	}
}

// A title says on a locked phone what it is, where and who, also of several, and nothing
// that is exempt is called critical.
func TestTitles(t *testing.T) {
	long := func(r *ledger.Record) {
		r.Finding = "Open to the whole internet: " + strings.Repeat("TCP 22/22 from 0.0.0.0/0; ", 9)
	}
	second := func(r *ledger.Record) { r.ID = "second" }
	exempt := func(r *ledger.Record) { r.ID, r.Outcome = "exempt", practice.Exempt }
	for _, c := range []struct {
		records []ledger.Record
		want    string
	}{
		{[]ledger.Record{record(long)}, "[critical] Fixed: Open to the whole internet: TCP 22/22 from 0.0.0.0/0; TCP 22/22 from 0.0.0.0…; web, by alice"},
		{[]ledger.Record{record(), record(second)}, "[critical] 2 fixed: The internet reaches port 22; web, by alice"},
		{[]ledger.Record{record(exempt)}, "[exempt] Left as it is: The internet reaches port 22; web, by alice"},
		{[]ledger.Record{record(exempt), record(second, func(r *ledger.Record) { r.Severity = practice.Low })}, "[low] 1 fixed, 1 exempt: The internet reaches port 22; web, by alice"},
	} {
		if m := message.Compose(c.records); len(m) != 1 || m[0].Title != c.want {
			t.Errorf("title %q, want %q", m[0].Title, c.want)
		}
	}
}

// Ten times the same, put right, is one message: what, how many, where. Whatever differs,
// or is still open, is news of its own.
func TestTheSameManyTimes(t *testing.T) {
	var records []ledger.Record
	for i := range 10 {
		records = append(records, record(func(r *ledger.Record) {
			r.ID, r.Event, r.Resource, r.ResourceName = fmt.Sprint("id", i), fmt.Sprint("actiontrail/", i), fmt.Sprint("sg-", i), fmt.Sprint("web-", i)
		}))
	}
	m := only(t, records...)
	if want := "[critical] Fixed 10 times: The internet reaches port 22; web-0 and 9 more, by alice"; m.Title != want {
		t.Errorf("title %q, want %q", m.Title, want)
	}
	for i := range 10 {
		for _, s := range []string{fmt.Sprintf("- **Fixed:** security group web-%d, sg-%d, cn-hangzhou", i, i), fmt.Sprintf("audit record id%d\n", i), fmt.Sprintf("--ResourceARN.%d acs:ecs:cn-hangzhou:1000000000000001:securitygroup/sg-%d ", i+1, i)} {
			if !strings.Contains(md(m), s) {
				t.Errorf("the message does not say %q:\n%s", s, md(m))
			}
		}
	}
	if kind, resources := m.Repeats(); kind == "" || len(resources) != 10 {
		t.Errorf("it repeats %q of %d", kind, len(resources))
	}
	for name, change := range map[string]func(*ledger.Record){
		"another port":      func(r *ledger.Record) { r.Finding = "The internet reaches port 3389" },
		"another person":    func(r *ledger.Record) { r.Actor = "bob" },
		"another practice":  func(r *ledger.Record) { r.Practice = "sg-risky-port-ingress" },
		"still open":        func(r *ledger.Record) { r.Outcome = practice.Failed },
		"partly":            func(r *ledger.Record) { r.Outcome = practice.Partly },
		"something to note": func(r *ledger.Record) { r.Note = "the exemption by tag ended" },
	} {
		messages := message.Compose(append(records[:9:9], record(func(r *ledger.Record) { r.ID, r.Event = "other", "actiontrail/other" }, change)))
		if len(messages) != 2 || len(messages[1].Records) != 1 {
			t.Errorf("%s is hidden: %d messages", name, len(messages))
		}
	}
	if kind, _ := only(t, record(func(r *ledger.Record) { r.Outcome = practice.Observed })).Repeats(); kind != "" {
		t.Error("what is open counts as a repetition")
	}
}

// A digest says who and where, and reminds of exemptions without an end.
func TestDigestsSayWhatWhereAndWho(t *testing.T) {
	var records []ledger.Record
	for i := range 12 {
		records = append(records, record(func(r *ledger.Record) {
			r.ID, r.Event, r.ResourceName, r.Outcome, r.CallsMade = fmt.Sprint(i), fmt.Sprint(i), fmt.Sprint("web-", i), practice.Awaiting, 0
			r.Finding = fmt.Sprintf("The internet reaches port %d", 22+i%2)
			if i > 7 {
				r.Actor = "bob"
			}
		}))
	}
	records = append(records, record(func(r *ledger.Record) {
		r.ID, r.Event, r.Actor, r.ResourceName, r.Outcome, r.Reason = "e", "", "", "honeypot", practice.Exempt, "exempt until 9999-12-31, "+practice.Endless+": x"
	}))
	m := only(t, records...)
	if want := "[critical] 12 awaiting: The internet reaches port 22 (and 1 more); web-0 and 11 more, by alice and 1 more"; m.Title != want {
		t.Errorf("title %q, want %q", m.Title, want)
	}
	for _, s := range []string{"**Who:** alice@1000.onaliyun.com (8), bob (4).", "account 1000000000000001, by alice@1000.onaliyun.com; audit record", "with the commands that would fix it",
		"**Exempt without an end:** honeypot (sg-public-ingress). Give each an end"} {
		if !strings.Contains(md(m), s) {
			t.Errorf("the digest does not say %q:\n%s", s, md(m))
		}
	}
}

// The forms in which the tests read what is said: as a webhook, and a channel without code
// blocks, get it.
func md(m message.Message) string    { return channel.Full.Render(m, channel.Markdown) }
func plain(m message.Message) string { return channel.Full.Render(m, channel.Plain) }
func chat(m message.Message) string  { return dingtalk.Declaration.Limits.Render(m, channel.Markdown) }

// What something costs is said with the finding, and what is left over of what was begun is told even where a sweep finds it exempt.
func TestWhatIsLeftOver(t *testing.T) {
	r := ledger.Record{
		ID: "r-1", Kind: ledger.Result, Time: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC), Practice: "ecs-disk-encrypted", Severity: practice.High, Outcome: practice.Exempt,
		ResourceType: "ACS::ECS::Disk", Resource: "d-1", Region: "cn-hangzhou", Key: "d-1", Finding: "The disk is not encrypted", Costs: "A second disk",
		Prevent: []practice.Prevention{{Kind: practice.LeftOver, Does: "the snapshot s-1; this removes it", Text: "aliyun ecs DeleteSnapshot", Now: true}},
	}
	told := message.Compose([]ledger.Record{r})
	if len(told) != 1 {
		t.Fatalf("%d messages", len(told))
	}
	text := channel.Full.Render(told[0], channel.Markdown)
	for _, want := range []string{"**What it costs:** A second disk", "**Left over:** the snapshot s-1; this removes it.", "aliyun ecs DeleteSnapshot"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	r.Prevent[0].Kind = practice.CommandLine
	if told := message.Compose([]ledger.Record{r}); len(told) > 0 {
		t.Error("an exemption that a sweep comes by is no news")
	}
}
