package prepare

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/gogo/protobuf/proto"

	"github.com/ecsguard/ecsguard/deploy/ram"
	ours "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/test/cloud"
	account "github.com/ecsguard/ecsguard/test/operator"
)

const (
	number  = account.Number
	project = "ecsguard-" + number
)

// needed is what the documentation of the command says that it needs.
var needed = []string{
	"ram:GetRole", "ram:CreateRole", "ram:UpdateRole", "ram:GetPolicy", "ram:CreatePolicy", "ram:CreatePolicyVersion",
	"ram:ListPoliciesForRole", "ram:AttachPolicyToRole", "ram:DetachPolicyFromRole",
	"log:ListProject", "log:GetProject", "log:CreateProject", "log:GetLogStore", "log:CreateLogStore", "log:UpdateLogStore",
	"log:GetIndex", "log:CreateIndex", "log:UpdateIndex",
	"actiontrail:DescribeTrails", "actiontrail:CreateTrail", "actiontrail:UpdateTrail", "actiontrail:StartLogging",
}

// operator runs prepare in an account of the test's own.
type operator struct {
	*account.Operator
	t       *testing.T
	options Options
}

func start(t *testing.T) *operator {
	t.Helper()
	o := account.Start(t, needed...)
	return &operator{o, t, Options{Region: o.Region, Credentials: o.Credentials, Transport: o.Transport}}
}

// run prepares, and returns what was printed and the writes that were made.
func (o *operator) run(options func(*Options)) (said string, writes []cloud.Call, err error) {
	o.t.Helper()
	var out strings.Builder
	given := o.options
	given.Out, given.All = &out, true
	if options != nil {
		options(&given)
	}
	before := len(o.Calls())
	err = Run(o.t.Context(), given)
	for _, call := range o.Calls()[before:] {
		if call.Write {
			writes = append(writes, call)
		}
	}
	return out.String(), writes, err
}

func (o *operator) must(options func(*Options)) (said string, writes []cloud.Call) {
	o.t.Helper()
	said, writes, err := o.run(options)
	if err != nil {
		o.t.Fatalf("%v after\n%s", err, said)
	}
	return said, writes
}

func enforce(o *Options) { o.Mode = practice.Enforce }

func observe(o *Options) { o.Mode = practice.Observe }

func plan(o *Options) { o.Plan = true }

func actions(calls []cloud.Call) map[string]int {
	count := map[string]int{}
	for _, c := range calls {
		count[c.Action]++
	}
	return count
}

func (o *operator) sls() sls.ClientInterface {
	k := o.options.Credentials
	client := sls.CreateNormalInterfaceV2(ledger.Endpoint(o.Region), sls.NewStaticCredentialsProvider(k.AccessKeyID, k.AccessKeySecret, ""))
	client.SetHTTPClient(ours.Bounded(o.t.Context(), o.options.Transport))
	return client
}

// as makes calls in a role that was made.
func (o *operator) as(role string) ours.Credentials {
	o.t.Helper()
	k, err := o.AssumeRole("acs:ram::"+number+":role/"+role, "test", time.Hour)
	if err != nil {
		o.t.Fatal(err)
	}
	return account.Credentials(k)
}

func (o *operator) do(c ours.Credentials, call ours.Call) error {
	return ours.NewClient(ours.Config{Credentials: c, Transport: o.options.Transport}).Do(o.t.Context(), call, nil)
}

func roles(t *testing.T, observe bool) []ram.Role {
	t.Helper()
	all, err := ram.Roles(observe, false)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// policiesOf counts the policies of roles.
func policiesOf(all []ram.Role) (n int) {
	for _, r := range all {
		n += len(r.Policies)
	}
	return n
}

func TestFromNothing(t *testing.T) {
	o := start(t)
	said, writes := o.must(nil)
	n, policies := len(roles(t, true)), policiesOf(roles(t, true))
	want := map[string]int{
		"log:CreateProject": 1, "log:CreateLogStore": 2, "log:CreateIndex": 2, "actiontrail:CreateTrail": 1, "actiontrail:StartLogging": 1,
		"ram:CreatePolicy": policies, "ram:CreateRole": n, "ram:AttachPolicyToRole": policies,
	}
	if got := actions(writes); !maps.Equal(got, want) {
		t.Errorf("the writes are %v, want %v", got, want)
	}
	for _, line := range []string{
		"account " + number + " in cn-hangzhou, mode observe",
		"project    " + project, "logstore   " + project + "/audit ", "index      " + project + "/functions ",
		"role       ecsguard-triage ", "policy     ecsguard-sg-public-ingress ",
		fmt.Sprintf("\n0 as they should be, %d made or updated\n", len(writes)),
		"next: ACCOUNT_ID=" + number + " REGION=cn-hangzhou s deploy",
	} {
		if !strings.Contains(said, line) {
			t.Errorf("it does not say %q:\n%s", line, said)
		}
	}
	for name, want := range map[string]store{"audit": {days: 365, shards: 4, meta: true}, "functions": {days: 30, shards: 1}} {
		s, err := o.sls().GetLogStore(project, name)
		if err != nil || s.TTL != want.days || s.ShardCount != want.shards || s.AppendMeta != want.meta || s.AutoSplit || s.WebTracking {
			t.Errorf("logstore %s: %+v, %v", name, s, err)
		}
	}
	index, err := o.sls().GetIndex(project, "audit")
	if err != nil || len(widen(index, ledger.Index())) > 0 {
		t.Errorf("the audit log's index: %+v, %v", index, err)
	}
}

func TestASecondRunChangesNothing(t *testing.T) {
	o := start(t)
	for _, mode := range []func(*Options){nil, enforce} {
		_, first := o.must(mode)
		said, writes := o.must(mode)
		if len(first) == 0 || len(writes) > 0 {
			t.Errorf("writes: %v, then %v", actions(first), actions(writes))
		}
		if !strings.Contains(said, ", 0 made or updated") || strings.Contains(said, " made\n") {
			t.Error(said)
		}
	}
}

func TestTheModeChangesPoliciesThatDiffer(t *testing.T) {
	o := start(t)
	o.must(nil)
	var want []string
	careful := roles(t, true)
	for i, r := range roles(t, false) {
		if r.Policies[0].Document != careful[i].Policies[0].Document {
			want = append(want, r.Name)
		}
	}
	if len(want) == 0 || len(want) == len(careful) {
		t.Fatalf("%d of %d policies differ: this test shows nothing", len(want), len(careful))
	}
	// Often enough that the five versions of a policy are used up.
	for i := range 6 {
		mode := enforce
		if i%2 == 1 {
			mode = observe
		}
		_, writes := o.must(mode)
		var got []string
		for _, call := range writes {
			if call.Action != "ram:CreatePolicyVersion" {
				t.Errorf("it made the call %s", call.Action)
			}
			got = append(got, call.Params["PolicyName"])
		}
		if !slices.Equal(got, want) {
			t.Errorf("updated are %v, want %v", got, want)
		}
	}
}

// What the roles may do is what the mode says, and nothing else.
func TestTheRolesMayDoWhatTheModeSays(t *testing.T) {
	o := start(t)
	const fixer = "ecsguard-sg-public-ingress"
	read := ours.New("ecs", "DescribeSecurityGroups", "cn-hangzhou")
	write := ours.New("ecs", "RevokeSecurityGroup", "cn-hangzhou", "SecurityGroupId", "sg-none", "SecurityGroupRuleId.1", "sgr-none")
	another := ours.New("ecs", "DescribeDisks", "cn-hangzhou")
	log := func(store string) error {
		k := o.as(fixer)
		client := sls.CreateNormalInterfaceV2(ledger.Endpoint(o.Region), sls.NewStaticCredentialsProvider(k.AccessKeyID, k.AccessKeySecret, k.SecurityToken))
		client.SetHTTPClient(ours.Bounded(t.Context(), o.options.Transport))
		return client.PutLogs(project, store, &sls.LogGroup{Topic: proto.String(""), Source: proto.String(""), Logs: []*sls.Log{{
			Time: proto.Uint32(uint32(time.Now().Unix())), Contents: []*sls.LogContent{{Key: proto.String("a"), Value: proto.String("b")}},
		}}})
	}
	for _, mode := range []practice.Mode{practice.Observe, practice.Enforce} {
		o.must(func(p *Options) { p.Mode = mode })
		k := o.as(fixer)
		if err := o.do(k, read); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
		if err := o.do(k, another); !ours.Forbidden(err) {
			t.Errorf("%s: what another practice reads: %v", mode, err)
		}
		// There is no such group: whoever hears that was allowed to ask.
		if err := o.do(k, write); ours.Forbidden(err) != (mode == practice.Observe) {
			t.Errorf("%s: a write: %v", mode, err)
		}
		if err := log("audit"); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
	}
	if err := o.sls().CreateLogStore(project, "another", 1, 1, false, 1); err != nil {
		t.Fatal(err)
	}
	if err := log("another"); err == nil {
		t.Error("the role may write to any logstore of the project")
	}
}

func TestAPlanChangesNothing(t *testing.T) {
	o := start(t)
	said, writes := o.must(plan)
	if len(writes) > 0 || !strings.Contains(said, "project    "+project) || !strings.Contains(said, "would be made") {
		t.Errorf("writes %v, and it says\n%s", actions(writes), said)
	}
	_, made := o.must(nil)
	if planned := strings.Count(said, "would be"); planned != len(made) {
		t.Errorf("it planned %d writes and made %d", planned, len(made))
	}
	said, writes = o.must(func(o *Options) { plan(o); enforce(o) })
	if len(writes) > 0 || strings.Contains(said, "would be made") || !strings.Contains(said, "would be updated") {
		t.Errorf("writes %v, and it says\n%s", actions(writes), said)
	}
}

func TestARunThatEndsHalfWayIsCompletedByTheNext(t *testing.T) {
	o := start(t)
	created := 0
	remove := func() {}
	o.OnCall(func(c cloud.Call) {
		if c.Action == "ram:CreateRole" {
			if created++; created == 2 {
				remove = o.Inject(cloud.Fault{Action: "ram:CreateRole", Status: 403, Code: "NoPermission", Message: "You are not authorized to do this action."})
			}
		}
	})
	said, first, err := o.run(nil)
	third := roles(t, true)[2].Name
	if err == nil || !strings.Contains(err.Error(), "role "+third+": ram:CreateRole: NoPermission") || !strings.Contains(err.Error(), "run the same again") {
		t.Errorf("got %v, want an error that names %s", err, third)
	}
	if strings.Contains(said, "next:") {
		t.Error(said)
	}
	remove()
	said, second := o.must(nil)
	// What was refused is counted in the first run.
	if n := 7 + len(roles(t, true)) + 2*policiesOf(roles(t, true)); len(first)+len(second) != n+1 || !strings.Contains(said, fmt.Sprintf("%d made or updated", len(second))) {
		t.Errorf("%d and %d writes for %d things:\n%s", len(first), len(second), n, said)
	}
	if _, writes := o.must(nil); len(writes) > 0 {
		t.Errorf("a third run made %v", actions(writes))
	}
}

// A thing just made is not known everywhere at once, answers are lost, and calls are
// throttled.
func TestACloudThatIsNotAtItsBest(t *testing.T) {
	o := start(t)
	for _, f := range []cloud.Fault{
		{Action: "log:CreateLogStore", Times: 1, Status: 404, Code: "ProjectNotExist", Message: "The Project does not exist"},
		{Action: "log:CreateIndex", Times: 1, Status: 404, Code: "LogStoreNotExist", Message: "logstore audit does not exist"},
		{Action: "ram:AttachPolicyToRole", Times: 1, Status: 404, Code: "EntityNotExist.Role", Message: "The role not exists."},
		{Action: "ram:CreateRole", Times: 1, LoseResponse: true},
		{Action: "ram:CreatePolicy", Times: 1, LoseResponse: true},
		cloud.Throttle("ram:GetRole"),
	} {
		o.Inject(f)
	}
	o.must(nil)
	if _, writes := o.must(nil); len(writes) > 0 {
		t.Errorf("something was left: %v", actions(writes))
	}
}

func TestWhatDiffersIsPutRight(t *testing.T) {
	o := start(t)
	o.must(nil)
	client := o.sls()
	store, err := client.GetLogStore(project, "audit")
	if err != nil {
		t.Fatal(err)
	}
	store.TTL, store.AutoSplit, store.WebTracking, store.AppendMeta = 7, true, true, false
	if err := client.UpdateLogStoreV2(project, store); err != nil {
		t.Fatal(err)
	}
	index := ledger.Index()
	delete(index.Keys, "outcome")
	index.Keys["theirs"] = sls.IndexKey{Type: "long", DocValue: true}
	index.MaxTextLen = 16384
	if err := client.UpdateIndex(project, "audit", index); err != nil {
		t.Fatal(err)
	}
	trust, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::` + number + `:root"]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	all, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	triage := slices.IndexFunc(roles(t, true), func(r ram.Role) bool { return r.Name == "ecsguard-triage" })
	o.AddRole("ecsguard-triage", trust, all) // which also takes its own policies away

	said, writes := o.must(nil)
	want := map[string]int{"log:UpdateLogStore": 1, "log:UpdateIndex": 1, "ram:UpdateRole": 1, "ram:AttachPolicyToRole": len(roles(t, true)[triage].Policies)}
	if got := actions(writes); !maps.Equal(got, want) {
		t.Errorf("the writes are %v, want %v", got, want)
	}
	for _, line := range []string{
		"updated (kept 365 days instead of 7, its shards are not split, the time of receipt is kept, no writing without credentials)",
		"(outcome)", "note       ecsguard-triage", "also has the policy ecsguard-triage-1",
	} {
		if !strings.Contains(said, line) {
			t.Errorf("it does not say %q:\n%s", line, said)
		}
	}
	if store, err = client.GetLogStore(project, "audit"); err != nil || store.TTL != 365 || store.AutoSplit || store.WebTracking || !store.AppendMeta {
		t.Errorf("%+v, %v", store, err)
	}
	got, err := client.GetIndex(project, "audit")
	if err != nil || got.Keys["theirs"].Type != "long" || got.Keys["outcome"].Type != "text" || got.MaxTextLen != 16384 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, writes := o.must(nil); len(writes) > 0 {
		t.Errorf("another run made %v", actions(writes))
	}
}

// What a role needed in an earlier version is taken off it, and what others gave it is not.
func TestAPolicyThatIsNoLongerNeeded(t *testing.T) {
	o := start(t)
	o.must(nil)
	admin, err := cloud.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	k := account.Credentials(o.AddUser("kenji", admin))
	for name, description := range map[string]string{"ecsguard-triage-old": policyMade, "ecsguard-triage-theirs": "of theirs"} {
		document := `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:DescribeDisks","Resource":"*"}]}`
		for _, call := range []ours.Call{
			ours.New("ram", "CreatePolicy", "", "PolicyName", name, "PolicyDocument", document, "Description", description),
			ours.New("ram", "AttachPolicyToRole", "", "RoleName", "ecsguard-triage", "PolicyName", name, "PolicyType", "Custom"),
		} {
			if err := o.do(k, call); err != nil {
				t.Fatal(err)
			}
		}
	}
	if said, writes := o.must(plan); len(writes) > 0 || !strings.Contains(said, "would be taken off") {
		t.Errorf("%v:\n%s", actions(writes), said)
	}
	said, writes := o.must(nil)
	if len(writes) != 1 || writes[0].Action != "ram:DetachPolicyFromRole" || writes[0].Params["PolicyName"] != "ecsguard-triage-old" {
		t.Errorf("%v:\n%s", writes, said)
	}
	for _, line := range []string{"taken off: ecsguard-triage no longer needs this policy", "also has the policy ecsguard-triage-theirs, which is not ecsguard's: left"} {
		if !strings.Contains(said, line) {
			t.Errorf("it does not say %q:\n%s", line, said)
		}
	}
	if _, writes := o.must(nil); len(writes) > 0 {
		t.Errorf("another run made %v", actions(writes))
	}
}

// A practice that is off gets no role, and one that it has had is told of.
func TestAPracticeThatIsOff(t *testing.T) {
	o := start(t)
	off := func(o *Options) { o.Off = []string{"sg-public-ingress"} }
	said, writes := o.must(off)
	if n := len(roles(t, true)) - 1; actions(writes)["ram:CreateRole"] != n || strings.Contains(said, "sg-public-ingress") {
		t.Errorf("%d roles were made, want %d:\n%s", actions(writes)["ram:CreateRole"], n, said)
	}
	o.must(nil)
	said, writes = o.must(off)
	if len(writes) > 0 || !strings.Contains(said, "ecsguard-sg-public-ingress") || !strings.Contains(said, "its practice is off") {
		t.Errorf("%v:\n%s", actions(writes), said)
	}
	if _, _, err := o.run(func(o *Options) { o.Off = []string{"sg-pubic-ingress"} }); err == nil || !strings.Contains(err.Error(), "sg-pubic-ingress is to be off, and there is no such practice") {
		t.Errorf("a name that is misspelt: %v", err)
	}
}

// Two would answer each other's changes.
func TestASecondEcsguardIsRefused(t *testing.T) {
	o := start(t)
	for i := range 3 {
		if _, err := o.sls().CreateProject(fmt.Sprintf("somebody-else-%d", i), "logs of a shop, not of ecsguard: "); err != nil {
			t.Fatal(err)
		}
	}
	o.must(nil)
	if _, err := o.sls().CreateProject("watch-it", mark+" its audit log and the output of its functions"); err != nil {
		t.Fatal(err)
	}
	for _, options := range []func(*Options){nil, plan} {
		_, writes, err := o.run(options)
		if err == nil || !strings.Contains(err.Error(), "project watch-it in cn-hangzhou is of another ecsguard") || len(writes) > 0 {
			t.Errorf("%v, %v", err, actions(writes))
		}
	}
}

// Which shard a resource's records are in follows from their number, so it is left to a
// person.
func TestAnotherNumberOfShards(t *testing.T) {
	o := start(t)
	if _, err := o.sls().CreateProject(project, mark); err != nil {
		t.Fatal(err)
	}
	if err := o.sls().CreateLogStoreV2(project, &sls.LogStore{Name: "audit", TTL: 365, ShardCount: 1, AppendMeta: true, MaxSplitShard: 64}); err != nil {
		t.Fatal(err)
	}
	said, writes := o.must(nil)
	if actions(writes)["log:UpdateLogStore"] > 0 || !strings.Contains(said, "has 1 shards instead of 4: left") {
		t.Errorf("%v:\n%s", actions(writes), said)
	}
}

// The records of the days between would be gone.
func TestRetentionIsNeverMadeShorter(t *testing.T) {
	o := start(t)
	o.must(func(o *Options) { o.AuditDays = 3650 })
	_, writes := o.must(nil)
	if s, err := o.sls().GetLogStore(project, "audit"); len(writes) > 0 || err != nil || s.TTL != 3650 {
		t.Errorf("%v: %+v, %v", actions(writes), s, err)
	}
}

func TestANameThatIsTaken(t *testing.T) {
	o := start(t)
	k := o.options.Credentials
	elsewhere := sls.CreateNormalInterfaceV2(ledger.Endpoint("cn-shanghai"), sls.NewStaticCredentialsProvider(k.AccessKeyID, k.AccessKeySecret, ""))
	elsewhere.SetHTTPClient(ours.Bounded(t.Context(), o.options.Transport))
	if _, err := elsewhere.CreateProject(project, ""); err != nil {
		t.Fatal(err)
	}
	said, _, err := o.run(nil)
	if err == nil || !strings.Contains(err.Error(), "project "+project+": it is not in cn-hangzhou, and the name is taken") || strings.Contains(err.Error(), "run the same again") {
		t.Errorf("%v after\n%s", err, said)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	o := start(t)
	for name, test := range map[string]struct {
		options func(*Options)
		want    string
	}{
		"a mode there is not": {func(o *Options) { o.Mode = "approve" }, `the mode is "approve"`},
		"a key there is not":  {func(o *Options) { o.Credentials.AccessKeyID = "LTAI1" }, "which account the credentials of LTAI1 belong to"},
		"a retention":         {func(o *Options) { o.AuditDays = 4000 }, "logstore " + project + "/audit: log:CreateLogStore"},
	} {
		_, _, err := o.run(test.options)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), o.options.Credentials.AccessKeySecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What the cloud gives back is not written as what it was given.
func TestWhatIsTheSame(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{`{"Version":"1","Statement":[{"Action":["a:B"]}]}`, "{\n \"Statement\": {\"Action\": \"a:B\"}, \"Version\": \"1\"}", true},
		{`{"Action":["a:B","a:C"]}`, `{"Action":["a:B"]}`, false},
		{`{"Action":["a:B"],"Effect":"Allow"}`, `{"Action":["a:B"],"Effect":"Deny"}`, false},
		{`{"Action":"a:B"}`, ``, false},
	} {
		if ours.SameDocument(test.a, test.b) != test.want {
			t.Errorf("%s and %s: want %t", test.a, test.b, test.want)
		}
	}
	want := ledger.Index()
	given := ledger.Index()
	given.Ttl, given.MaxTextLen = 365, 2048
	for name, key := range given.Keys {
		key.Token = slices.Clone(key.Token)
		slices.Reverse(key.Token)
		given.Keys[name] = key
	}
	if changed := widen(&given, want); len(changed) > 0 {
		t.Errorf("differing in its own additions and in order, it was changed: %v", changed)
	}
	if changed := widen(&sls.Index{}, want); len(changed) != len(want.Keys)+1 {
		t.Errorf("of nothing, %v was changed", changed)
	}
}

// An account that puts things right is not made one that only looks by leaving a word out.
func TestWhatRolesMayDoIsNotTakenFromThemSilently(t *testing.T) {
	o := start(t)
	o.must(func(o *Options) { enforce(o); o.Canary = true })
	const loses = "loses      ecsguard-sg-public-ingress"
	const ways = "--mode enforce\nto take it from them: go run ./deploy/ecsguard prepare --region cn-hangzhou --mode observe"
	said, writes, err := o.run(nil)
	if err == nil || !strings.Contains(err.Error(), "ecsguard-sg-public-ingress: ecs:AuthorizeSecurityGroup, ") || !strings.Contains(err.Error(), "ecsguard-notify: ") || !strings.Contains(err.Error(), ways) || len(writes) > 0 {
		t.Errorf("%v, %v:\n%s", err, actions(writes), said)
	}
	if strings.Contains(err.Error(), "Describe") || strings.Contains(said, "Describe") {
		t.Errorf("what it may read it does not lose: %v", err)
	}
	for name, options := range map[string]func(*Options){"nothing": plan, "observe": func(o *Options) { plan(o); observe(o) }} {
		said, writes, err := o.run(options)
		if err != nil || !strings.Contains(said, loses) || len(writes) > 0 || strings.Contains(said, "without --plan this is refused: no --mode was given") != (name == "nothing") {
			t.Errorf("%s: %v, %v:\n%s", name, err, actions(writes), said)
		}
	}
	// The canary is lost where the file that names it is not found.
	noCanary := func(o *Options) { enforce(o); o.NoSettings = true }
	if said, writes, err := o.run(noCanary); err == nil || !strings.Contains(err.Error(), "no ecsguard.yaml in this folder") || !strings.Contains(err.Error(), "ecsguard-notify: ecs:AuthorizeSecurityGroup") || len(writes) > 0 {
		t.Errorf("%v, %v:\n%s", err, actions(writes), said)
	}
	if said, writes := o.must(enforce); len(writes) != 1 || !strings.Contains(said, "loses      ecsguard-notify ") {
		t.Errorf("a canary that is no longer set: %v:\n%s", actions(writes), said)
	}
	if said, _ := o.must(observe); !strings.Contains(said, loses) {
		t.Errorf("it does not say what was taken away:\n%s", said)
	}
	if said, writes := o.must(nil); strings.Contains(said, "loses") || len(writes) > 0 {
		t.Errorf("%v:\n%s", actions(writes), said)
	}
	// What is no longer needed is no loss.
	if err := o.do(o.options.Credentials, ours.New("ram", "CreatePolicyVersion", "", "PolicyName", "ecsguard-sg-public-ingress", "SetAsDefault", "true",
		"PolicyDocument", `{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:PutObject","Resource":"*"}]}`)); err != nil {
		t.Fatal(err)
	}
	if said, writes := o.must(nil); strings.Contains(said, "loses") || len(writes) != 1 {
		t.Errorf("%v:\n%s", actions(writes), said)
	}
	// A pattern that somebody has put there is.
	if err := o.do(o.options.Credentials, ours.New("ram", "CreatePolicyVersion", "", "PolicyName", "ecsguard-sg-public-ingress", "SetAsDefault", "true",
		"RotateStrategy", "DeleteOldestNonDefaultVersionWhenLimitExceeded",
		"PolicyDocument", `{"Version":"1","Statement":[{"Effect":"Allow","Action":"ecs:*","Resource":"*"}]}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.run(nil); err == nil || !strings.Contains(err.Error(), "ecs:RevokeSecurityGroup") {
		t.Errorf("a pattern: %v", err)
	}
}

// Who looks reads what will change, in a line a role, and not what stays.
func TestShort(t *testing.T) {
	o := start(t)
	short := func(o *Options) { o.All = false }
	said, _ := o.must(func(o *Options) { short(o); plan(o) })
	n := len(roles(t, true))
	if lines := strings.Count(said, "\n"); lines != n+8+2 || !strings.Contains(said, "planned: policy made, role made, attachment made") || !strings.Contains(said, "policy ecsguard-triage-ecs made") {
		t.Errorf("%d lines for %d roles:\n%s", lines, n, said)
	}
	o.must(nil)
	said, writes := o.must(func(o *Options) { short(o); enforce(o) })
	if lines := strings.Count(said, "\n"); lines != len(writes)+3 || !strings.Contains(said, "done: policy updated") || !strings.Contains(said, "as they should be (-v lists them), ") {
		t.Errorf("%d lines for %d changes:\n%s", lines, len(writes), said)
	}
}

// What a role loses is said once, in its own line, and the refusal after a plan does not list it again.
func TestWhatIsLostIsSaidOnce(t *testing.T) {
	o := start(t)
	o.must(enforce)
	short := func(o *Options) { o.All = false }
	said, _ := o.must(func(o *Options) { short(o); plan(o) })
	const action = "ecs:RevokeSecurityGroup"
	var named []string
	for line := range strings.Lines(said) {
		if strings.Contains(line, "ecsguard-sg-public-ingress") {
			named = append(named, line)
		}
	}
	if len(named) != 1 || !strings.Contains(named[0], "planned: policy updated; loses ") || !strings.Contains(named[0], action) {
		t.Errorf("the role is named in %q:\n%s", named, said)
	}
	losers := strings.Count(said, "; loses ")
	if losers < 2 || !strings.Contains(said, fmt.Sprintf("without --plan this is refused: no --mode was given, which means observe, and %d roles may change things now", losers)) {
		t.Errorf("it says %d times what is lost:\n%s", losers, said)
	}
	_, _, err := o.run(short)
	if err == nil || strings.Count(err.Error(), "ecsguard-sg-public-ingress: ") != 1 {
		t.Errorf("the refusal itself: %v", err)
	}
	if said, _ := o.must(func(o *Options) { short(o); observe(o) }); strings.Count(said, "done: policy updated; loses ") != losers {
		t.Errorf("what was taken away:\n%s", said)
	}
}
