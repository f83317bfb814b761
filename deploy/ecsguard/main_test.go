package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
	account "github.com/ecsguard/ecsguard/test/operator"
)

// An operator runs commands against an account of the test's own.
type operator struct {
	*account.Operator
	t     *testing.T
	env   map[string]string
	asked bool   // a person is in front of it
	typed string // and answers
	surroundings
}

const group = `
ecs:
  security-groups:
    - id: sg-web
      rules:
        - {id: sgr-https, protocol: TCP, ports: 443/443, source: 0.0.0.0/0}
`

func start(t *testing.T) *operator {
	t.Helper()
	t.Chdir(t.TempDir()) // the settings of the folder are read
	on := account.Start(t, "*")
	if err := on.Load([]byte(group)); err != nil {
		t.Fatal(err)
	}
	o := &operator{Operator: on, t: t, env: map[string]string{keyID: on.Credentials.AccessKeyID, keySecret: on.Credentials.AccessKeySecret}}
	o.surroundings = surroundings{getenv: func(name string) string { return o.env[name] }, now: time.Now, terminal: func() bool { return o.asked }, transport: on.Transport}
	return o
}

func (o *operator) run(args ...string) (string, error) {
	o.t.Helper()
	var out bytes.Buffer
	c := command(o.surroundings)
	c.SetArgs(args)
	c.SetOut(&out)
	c.SetErr(&out)
	c.SetIn(strings.NewReader(o.typed))
	err := c.ExecuteContext(o.t.Context())
	return out.String(), err
}

func (o *operator) must(args ...string) string {
	o.t.Helper()
	said, err := o.run(args...)
	if err != nil {
		o.t.Fatalf("%v: %v\n%s", args, err, said)
	}
	return said
}

// note writes records into the account's audit log, as a function does.
func (o *operator) note(records ...ledger.Record) {
	o.t.Helper()
	log := ledger.Open(ledger.Config{Project: "ecsguard-" + o.Account, Store: "audit", Region: o.Region, Transport: o.transport,
		Credentials: ours.Credentials{AccessKeyID: o.env[keyID], AccessKeySecret: o.env[keySecret]}})
	if err := log.Append(o.t.Context(), records...); err != nil {
		o.t.Fatal(err)
	}
}

func says(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, one := range want {
		if !strings.Contains(text, one) {
			t.Errorf("it lacks %q:\n%s", one, text)
		}
	}
}

// finding is a result about the group. What is stamped more than three minutes ago is
// indexed late.
func finding(id string, ago time.Duration, outcome practice.Outcome, change ...func(*ledger.Record)) ledger.Record {
	r := ledger.Record{
		ID: id, Kind: ledger.Result, Time: time.Now().Add(-ago), Practice: "sg-public-ingress", Severity: practice.High, Outcome: outcome,
		ResourceType: "ACS::ECS::SecurityGroup", Resource: "sg-web", Region: "cn-hangzhou", Account: "1098765432101234", Key: id, Finding: "port 22 is open (" + id + ")",
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

func TestPrepare(t *testing.T) {
	o := start(t)
	says(t, o.must("prepare", "--plan"), "account 1098765432101234", "would be made")
	if len(o.Writes()) == 0 {
		t.Fatal("the local cloud knows no write")
	}
	for _, c := range o.Calls() {
		if c.Write {
			t.Errorf("--plan called %s", c.Action)
		}
	}
	if err := os.WriteFile("ecsguard.yaml", []byte("regions: [cn-shanghai]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(t, o.must("prepare", "--plan"), "line 1: regions: the region of the deployment (REGION), cn-hangzhou, is not among them")
	if err := os.Remove("ecsguard.yaml"); err != nil {
		t.Fatal(err)
	}
	says(t, o.must("prepare"), "s deploy")
	if said, err := o.run("prepare", "--mode", "approve"); err == nil || !strings.Contains(err.Error(), "observe or enforce") {
		t.Errorf("a mode of no role: %v %s", err, said)
	}
	if _, err := o.run("prepare", "now"); err == nil || !strings.Contains(err.Error(), `"now"`) {
		t.Errorf("a word that is no flag: %v", err)
	}
}

// What is wrong at its last look is listed, the worst first; what has been put right is not.
func TestFindings(t *testing.T) {
	o := start(t)
	o.must("prepare")
	says(t, o.must("findings"), "nothing is wrong")
	same := func(key string, severity practice.Severity) func(*ledger.Record) {
		return func(r *ledger.Record) { r.Key, r.Severity = key, severity }
	}
	o.note(
		finding("old", 90*time.Second, practice.Observed, same("mended", practice.High)), finding("new", time.Minute, practice.Fixed, same("mended", practice.High)),
		finding("low", time.Minute, practice.Awaiting, same("low", practice.Low)),
		finding("bad", time.Minute, practice.Failed, same("bad", practice.Critical), func(r *ledger.Record) { r.Finding = "a \x1b[31mname\nwith a line" }),
		finding("accepted", time.Minute, practice.Exempt, same("accepted", practice.High)),
		finding("glance", time.Minute, practice.Observed, same("glance", practice.High), func(r *ledger.Record) { r.Momentary = true }),
		finding("elsewhere", time.Minute, practice.Observed, same("low", practice.High), func(r *ledger.Record) { r.Resource, r.Region = "sg-db", "" }),
	)
	ids := func(args ...string) string {
		t.Helper()
		var got []string
		for line := range strings.Lines(o.must(append(args, "--json")...)) {
			var r map[string]string
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			got = append(got, r["id"])
		}
		return strings.Join(got, " ")
	}
	for args, want := range map[string]string{
		"findings":                              "bad elsewhere low",
		"findings --exempt":                     "bad elsewhere accepted low",
		"findings --severity high":              "bad elsewhere",
		"findings --resource sg-db":             "elsewhere",
		"findings --practice vpc-flow-log":      "",
		"findings --practice sg-public-ingress": "bad elsewhere low",
	} {
		if got := ids(strings.Fields(args)...); got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
	said := o.must("findings")
	says(t, said, "critical  failed    sg-public-ingress: sg-web, cn-hangzhou\n", "high      observed  sg-public-ingress: sg-db\n", "UTC; go run ./deploy/ecsguard show bad\n", "3 findings")
	if strings.ContainsRune(said, '\x1b') || strings.Contains(said, "\nwith") {
		t.Errorf("a name moves the cursor: %q", said)
	}
	for args, want := range map[string]string{"--severity worst": "critical, high", "--days 0": "--days is 0"} {
		if _, err := o.run(append([]string{"findings"}, strings.Fields(args)...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", args, err)
		}
	}
	if _, err := o.run("findings", "--project", "another"); err == nil || !strings.Contains(err.Error(), "ProjectNotExist") {
		t.Errorf("a project that is not there: %v", err)
	}
}

// closed is a change that was made by hand here, and how it is taken back.
func (o *operator) closed(id, edit string) []ledger.Record {
	again := ours.New("ecs", "AuthorizeSecurityGroup", o.Region, "SecurityGroupId", "sg-web", "Permissions.1.IpProtocol", "TCP", "Permissions.1.PortRange", "22/22",
		"Permissions.1.SourceCidrIp", "0.0.0.0/0", "Permissions.1.Policy", "accept", "Permissions.1.Priority", "1")
	revoke := ours.New("ecs", "RevokeSecurityGroup", o.Region, "SecurityGroupId", "sg-web", "SecurityGroupRuleId.1", "sgr-1")
	made := func(r *ledger.Record) {
		r.Calls, r.Undo, r.CallsMade, r.Why = []ours.Call{revoke}, []ours.Call{again}, 1, []string{"revoke the rule"}
	}
	announced := finding(edit, 2*time.Minute, "", made)
	announced.Kind, announced.Undo = ledger.Intent, nil
	all := []ledger.Record{announced, finding(edit, time.Minute, practice.Fixed, made)}
	if id != edit {
		all = append(all, finding(id, time.Minute, practice.Fixed, func(r *ledger.Record) { r.Edit, r.Practice = edit, "sg-risky-port-ingress" }))
	}
	return all
}

func TestShow(t *testing.T) {
	o := start(t)
	o.must("prepare")
	o.note(o.closed("member", "edit")...)
	says(t, o.must("show", "edit"), "sg-public-ingress intent", "result: fixed", "aliyun ecs RevokeSecurityGroup", "port 22 is open (edit)", "To undo it")
	if said := o.must("show", "edit"); strings.Count(said, "aliyun ecs RevokeSecurityGroup") != 1 || !strings.Contains(said, "of these calls, 1 of 1 made") {
		t.Errorf("what was announced is not said to be made, or is printed twice:\n%s", said)
	}
	says(t, o.must("show", "member"), "sg-risky-port-ingress result: fixed", "sg-public-ingress intent")
	if _, err := o.run("show", "edi"); err == nil || !strings.Contains(err.Error(), `nothing under the id "edi"`) || !strings.Contains(err.Error(), "ecsguard-1098765432101234/audit") {
		t.Errorf("no such id: %v", err)
	}
}

// rules are how many the group has.
func (o *operator) rules() int {
	o.t.Helper()
	dump, err := o.Dump()
	if err != nil {
		o.t.Fatal(err)
	}
	return strings.Count(string(dump), "- id: sgr-")
}

func TestUndo(t *testing.T) {
	o := start(t)
	o.must("prepare")
	o.note(o.closed("member", "edit")...)
	o.note(finding("told", time.Minute, practice.Observed))
	o.note(finding("oneway", time.Minute, practice.Fixed, func(r *ledger.Record) {
		r.Calls = []ours.Call{ours.New("ecs", "RevokeSecurityGroup", o.Region, "SecurityGroupId", "sg-web")}
	}))
	said := o.must("undo", "member")
	says(t, said, "aliyun ecs AuthorizeSecurityGroup", "(go run ./deploy/ecsguard undo --yes member does it)", "(go run ./deploy/ecsguard undo --yes --exempt 30 member does this", "aliyun tag TagResources", "--exempt 30 member")
	if n := o.rules(); n != 1 {
		t.Errorf("%d rules after it was only printed", n)
	}
	says(t, o.must("undo", "--yes", "member"), "done: aliyun ecs AuthorizeSecurityGroup")
	if n := o.rules(); n != 2 {
		t.Errorf("%d rules after the undo, want the port's back", n)
	}
	for id, want := range map[string]string{"told": `nothing was changed for told: its last known outcome is "observed"`, "oneway": "that cannot be undone", "none": "nothing under the id"} {
		if _, err := o.run("undo", "--yes", id); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", id, err)
		}
	}
	o.env[keySecret] = "wrong"
	if _, err := o.run("undo", "--yes", "member"); err == nil || !strings.Contains(err.Error(), "SignatureDoesNotMatch") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong secret: %v", err)
	}
}

// What was taken back is in the log, for every finding whose change it was, and is not taken back twice.
func TestUndoIsRecorded(t *testing.T) {
	for _, id := range []string{"member", "edit"} { // the one names the other
		o := start(t)
		o.must("prepare")
		records := o.closed("member", "edit")
		records[1].Members = []ledger.Member{{Practice: "sg-public-ingress", ID: "edit"}, {Practice: "sg-risky-port-ingress", ID: "member"}}
		o.note(records...)
		if said := o.must("findings"); !strings.Contains(said, "nothing is wrong") {
			t.Fatal(said)
		}
		o.must("undo", "--yes", "--exempt", "3", "--because", "first", id)
		for _, shown := range []string{"member", "edit"} {
			says(t, o.must("show", shown), "sg-public-ingress result: undone, taken back with ecsguard undo by operator\n    aliyun ecs AuthorizeSecurityGroup", "Undone")
		}
		says(t, o.must("show", "member"), "sg-risky-port-ingress result: undone")
		says(t, o.must("findings"), "undone    sg-public-ingress: sg-web", "undone    sg-risky-port-ingress: sg-web", "2 findings")
		before := len(o.Calls())
		for _, args := range [][]string{{"--yes", "--exempt", "5", "--because", "second"}, {"--yes"}, nil} {
			for _, again := range []string{"member", "edit"} {
				said := o.must(append([]string{"undo", again}, args...)...)
				says(t, said, "sg-web is already as it was before the change: operator took it back at ", "nothing was done")
				if strings.Contains(said, "done: ") {
					t.Errorf("%s %v: it did it again:\n%s", again, args, said)
				}
			}
		}
		for _, c := range o.Calls()[before:] {
			if c.Write {
				t.Errorf("what was taken back was changed again: %s", c.Action)
			}
		}
	}
	// Whoever may not write into the log is told that it does not know.
	o := start(t)
	o.must("prepare")
	o.note(o.closed("edit", "edit")...)
	o.Inject(cloud.Deny("log:PostLogStoreLogs"))
	said, err := o.run("undo", "--yes", "edit")
	if err == nil || !strings.Contains(err.Error(), "it was taken back, but the audit log does not say so: ") || !strings.Contains(said, "done: aliyun ecs AuthorizeSecurityGroup") {
		t.Errorf("%v\n%s", err, said)
	}
	// Who it is has to be known before anything is done.
	o = start(t)
	o.must("prepare")
	o.note(o.closed("edit", "edit")...)
	o.Inject(cloud.Deny("sts:GetCallerIdentity"))
	if said, err := o.run("undo", "--yes", "--project", "ecsguard-"+o.Account, "edit"); err == nil || !strings.Contains(err.Error(), "before anything was done") || o.rules() != 1 {
		t.Errorf("%v\n%s", err, said)
	}
}

// What is taken back is put right again, unless it is exempt: that is said, asked and done.
func TestUndoExempts(t *testing.T) {
	for name, x := range map[string]struct {
		args   []string
		person bool
		typed  string
		want   string
		tagged bool
	}{
		"nobody to ask":    {[]string{"--yes"}, false, "", "it is not exempt, so a practice that may act puts it right again; to exempt it:\n  aliyun tag TagResources", false},
		"asked for":        {[]string{"--yes", "--exempt", "3", "--because", "a test, until Friday"}, false, "", "done: aliyun tag TagResources", true},
		"a person":         {[]string{"--yes"}, true, "\n", "[Y/n] done: aliyun tag TagResources", true},
		"a person says no": {[]string{"--yes"}, true, "n\n", "to exempt it:\n  aliyun tag TagResources", false},
		"a person leaves":  {[]string{"--yes"}, true, "", "to exempt it:\n  aliyun tag TagResources", false},
		"only printed":     {nil, true, "\n", "first, or it is put right again", false},
	} {
		t.Run(name, func(t *testing.T) {
			o := start(t)
			o.must("prepare")
			o.note(o.closed("member", "edit")...)
			o.asked, o.typed = x.person, x.typed
			says(t, o.must(append([]string{"undo", "member"}, x.args...)...), x.want)
			var tags []string
			for _, c := range o.Calls() {
				if c.Action == "tag:TagResources" && c.Code == "" {
					tags = append(tags, c.Params["Tags"])
				}
			}
			if (len(tags) == 1) != x.tagged {
				t.Fatalf("it tagged %q", tags)
			}
			for _, id := range []string{"sg-public-ingress", "sg-risky-port-ingress"} { // whoever objects next would act
				if x.tagged && !strings.Contains(tags[0], practice.ExemptionTag(id)) {
					t.Errorf("the tags are %s", tags[0])
				}
			}
			if name == "asked for" {
				day := time.Now().AddDate(0, 0, 3).UTC().Format(time.DateOnly)
				says(t, tags[0], day+" a test, until Friday")
			}
		})
	}
	o := start(t)
	o.must("prepare")
	o.note(o.closed("edit", "edit")...)
	o.note(finding("untagged", time.Minute, practice.Fixed, func(r *ledger.Record) {
		call := ours.New("actiontrail", "StartLogging", o.Region, "Name", "main")
		r.ResourceType, r.Resource, r.Practice = "ACS::ActionTrail::Trail", "main", "actiontrail-tamper"
		r.Calls, r.Undo = []ours.Call{call}, []ours.Call{call}
	}))
	for args, want := range map[string]string{
		"undo --yes --exempt 0 edit":                            "--exempt is 0",
		"undo --exempt 3 edit":                                  "--exempt goes with --yes",
		"undo --yes --exempt 3 untagged":                        "takes no tag, so nothing was done: exempt it in ecsguard.yaml, as one more of its exemptions, and deploy:\n  - {practice: actiontrail-tamper, resource: \"main\"",
		"undo --yes edit --because " + strings.Repeat("x", 101): "at most 100 characters",
	} {
		if said, err := o.run(strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\n%s", args, err, said)
		}
	}
	if n := o.rules(); n != 1 {
		t.Errorf("%d rules after what was refused", n)
	}
}

// An undo that is refused half-way says what is left.
func TestUndoRefused(t *testing.T) {
	o := start(t)
	o.must("prepare")
	first := ours.New("ecs", "ModifySecurityGroupAttribute", o.Region, "SecurityGroupId", "sg-web", "SecurityGroupName", "web")
	second := ours.New("ecs", "ModifySecurityGroupAttribute", o.Region, "SecurityGroupId", "sg-gone", "SecurityGroupName", "web")
	o.note(finding("two", time.Minute, practice.Partly, func(r *ledger.Record) { r.Calls, r.Undo = []ours.Call{first, second}, []ours.Call{first, second} }))
	said, err := o.run("undo", "--yes", "two")
	if err == nil || !strings.Contains(err.Error(), "InvalidSecurityGroupId.NotFound") {
		t.Errorf("%v", err)
	}
	says(t, said, "1 of 2 made; left:", "sg-gone")
}

// The disk that an undo has just taken off may still be at its device.
func TestUndoWaitsForADevice(t *testing.T) {
	o := start(t)
	o.must("prepare")
	call := ours.New("ecs", "ModifySecurityGroupAttribute", o.Region, "SecurityGroupId", "sg-web", "SecurityGroupName", "web")
	o.note(finding("swap", time.Minute, practice.Fixed, func(r *ledger.Record) { r.Calls, r.Undo = []ours.Call{call}, []ours.Call{call} }))
	o.Inject(cloud.Fault{Action: "ecs:ModifySecurityGroupAttribute", Status: 403, Code: "InvalidDevice.InUse", Times: 1})
	says(t, o.must("undo", "--yes", "swap"), "done: aliyun ecs ModifySecurityGroupAttribute")
}

// There is no program ecsguard on the PATH: what is printed can be pasted.
func TestWhatIsPrintedCanBePasted(t *testing.T) {
	o := start(t)
	for _, args := range []string{"help", "help findings", "help undo", "help show", "help prepare", "help settings"} {
		said := o.must(strings.Fields(args)...)
		says(t, said, "Usage:\n  go run ./deploy/ecsguard ")
		if strings.Contains(strings.ReplaceAll(said, "go run ./deploy/ecsguard ", ""), "  ecsguard ") {
			t.Errorf("%s names a program that is not there:\n%s", args, said)
		}
	}
}

// What is wrong on the command line, or around it, is said with what to do.
func TestWhatToDo(t *testing.T) {
	o := start(t)
	for args, want := range map[string]string{
		"show":                          "takes one ID: it is at the end of every message",
		"findings extra":                `findings takes no argument, and there is "extra"`,
		"settings a b":                  `settings takes at most 1 argument, and there is "b"`,
		"undo a b":                      "takes one ID",
		"show x --days 0":               "--days is 0",
		"prepare --days 0":              "--days is 0",
		"settings":                      "run this in the project's folder",
		"findings":                      "go run ./deploy/ecsguard prepare makes it",
		"findings --region nowhere":     "the region is nowhere (from --region): say another",
		"show none --region cn-beijing": "looked for in cn-beijing (from --region)",
		"findings --practice sg-nope":   "there is no such practice",
	} {
		if said, err := o.run(strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q\n%s", args, err, want, said)
		}
	}
	o.must("prepare")
	_, err := o.run("show", "none")
	if err == nil || !strings.Contains(err.Error(), `/audit in cn-hangzhou (the default) has nothing under the id "none"`) {
		t.Errorf("%v", err)
	}
	o.env["REGION"] = "cn-beijing"
	for _, args := range []string{"findings", "show none", "undo none"} {
		if _, err := o.run(strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), "looked for in cn-beijing (from REGION)") {
			t.Errorf("%s in the region of the environment: %v", args, err)
		}
	}
	delete(o.env, "REGION")
	o.env[keyID] = "LTAInobody"
	if _, err := o.run("findings"); err == nil || !strings.Contains(err.Error(), "look at "+keyID) {
		t.Errorf("an unknown key: %v", err)
	}
}
