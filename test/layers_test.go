package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ecsguard/ecsguard/"

// A unit is a package of ours. Imports of the standard library are left out.
type unit struct {
	path    string   // from the root: "shared/engine"
	ours    []string // likewise
	foreign []string // whole import paths of other modules
}

// A layer says what some packages may import of ours.
type layer struct {
	of      string   // a pattern for path.Match, or one that ends in "/..."
	may     []string // patterns likewise
	foreign []string // other modules; nil is any
	reason  string
}

const given = "a function that is no practice is given what it needs by the program, so that its tests can give it something else"

// layers are the directions in which imports go. Of several that are about one
// package, the first counts.
var layers = []layer{
	{of: "events", may: nil,
		reason: "what happened is read without knowing what anybody does about it"},
	{of: "shared/cloud", may: nil,
		reason: "making a call knows nothing of why it is made"},
	{of: "shared/exposure", may: nil, foreign: []string{"go4.org/netipx"},
		reason: "reasoning about addresses and ports is pure: it can be proved, and used without the rest"},
	{of: "shared/policy", may: nil, foreign: []string{},
		reason: "reasoning about RAM policies is pure: it can be proved, and used without the rest"},
	{of: "shared/resource", may: []string{"shared/cloud"},
		reason: "what a type of resource is called and how it is read knows nothing of why anybody asks"},
	{of: "shared/practice", may: []string{"events", "shared/cloud", "shared/resource", "shared/exposure"},
		reason: "the words that practices are written in must not know the driver that runs them"},
	{of: "shared/ports", may: nil,
		reason: "which ports are meant is a list, which practices and what they share may use"},
	{of: "shared/flowlog", may: []string{"events", "shared/cloud", "shared/practice", "shared/resource", "shared/exposure"},
		reason: "what flow logs tell is a part that several practices share: it reads, and may import what a practice may"},
	{of: "shared/securitygroup", may: []string{"events", "shared/cloud", "shared/practice", "shared/resource", "shared/exposure", "shared/flowlog"},
		reason: "it is a part that several practices share, and may import what a practice may"},
	{of: "shared/publicpath", may: []string{"events", "shared/cloud", "shared/practice", "shared/resource"},
		reason: "it is a part that several practices share, and may import what a practice may"},
	{of: "shared/quarantine", may: []string{"events", "shared/cloud", "shared/practice", "shared/resource"},
		reason: "it is a part that several practices share, and may import what a practice may"},
	{of: "shared/secret", may: nil,
		reason: "what hides secrets must be usable everywhere"},
	{of: "shared/identity", may: []string{"events", "shared/cloud", "shared/practice", "shared/resource", "shared/guard", "shared/settings", "shared/policy"},
		reason: "it has the rules that practices declare and the engine asks, and reads what they go by"},
	{of: "shared/message", may: []string{"events", "shared/cloud", "shared/ledger", "shared/practice", "shared/resource", "shared/secret"},
		reason: "what is said is said without knowing how a channel shows it"},
	{of: "shared/channel", may: []string{"shared/cloud", "shared/message"},
		reason: "what channels have in common must not know them: one is a folder, and the list is generated"},
	{of: "shared/channel/all", may: []string{"shared/channel", "shared/channel/*"},
		reason: "it is a list of the channels"},
	{of: "shared/channel/*", may: []string{"shared/channel", "shared/message", "shared/practice"},
		reason: "a channel shows what it is given: what is said, and another channel, is none of its business"},
	{of: "shared/ledger", may: []string{"events", "shared/cloud", "shared/practice", "shared/secret"},
		reason: "what was written down is read without knowing who decides by it, or how people are told"},
	{of: "shared/logtrigger", may: []string{"shared/cloud", "shared/ledger"},
		reason: "it reads the range of a log that a trigger names: what the logs mean is for who asked"},
	{of: "shared/settings", may: []string{"shared/practice", "shared/resource"},
		reason: "what an operator may set is said in the words of practices, and reading it needs no cloud and no log"},
	{of: "shared/guard", may: []string{"events", "shared/ledger", "shared/practice", "shared/settings"},
		reason: "whether something may be done follows from what was done and what is set: it makes no call"},
	{of: "shared/engine", may: []string{"events", "shared/cloud", "shared/guard", "shared/identity", "shared/ledger", "shared/practice", "shared/settings"},
		reason: "it runs any practice, tells nobody, and knows no type of resource: what is particular to one is the practice's. Whom a change must not lock out it asks identity"},
	{of: "shared/watch", may: []string{"shared/cloud", "shared/ledger", "shared/message", "shared/practice"},
		reason: "it looks after what is deployed, which is given to it, and must work where the engine, the settings or a channel do not"},
	{of: "functions", may: []string{"functions/*", "shared/practice"},
		reason: "it is a list of the practices"},
	{of: "functions/triage", may: []string{"events", "shared/..."}, reason: given},
	{of: "functions/notify", may: []string{"events", "shared/..."}, reason: given},
	{of: "functions/respond", may: []string{"events", "shared/..."}, reason: given},
	{of: "functions/main", may: []string{"functions", "functions/triage", "functions/notify", "functions/respond", "events", "shared/...", "deploy/ram", "deploy/eventbridge"},
		reason: "the program puts functions together, finds the practices in their list, and compares what is deployed with what was generated"},
	{of: "functions/*", may: []string{"events", "shared/cloud", "shared/practice", "shared/resource", "shared/exposure", "shared/policy", "shared/ports", "shared/flowlog", "shared/securitygroup", "shared/publicpath", "shared/identity", "shared/secret", "shared/quarantine"},
		reason: "a practice reads and reports: what applies, records or tells is the driver's, and another practice is another function with another role"},
	{of: "deploy/generate/artefacts/main", may: []string{"deploy/...", "functions"},
		reason: "it is the step of generating that knows the practices"},
	{of: "deploy/ram", may: []string{"shared/practice"},
		reason: "it only holds files that are generated, under the names of functions"},
	{of: "deploy/eventbridge", may: nil,
		reason: "it only holds a file that is generated"},
	{of: "deploy/deployment", may: []string{"shared/practice", "shared/settings"},
		reason: "what is deployed follows from two files and a list of the practices, which is given to it"},
	{of: "deploy/prepare", may: []string{"deploy/ram", "shared/ledger", "shared/cloud", "shared/practice", "shared/message"},
		reason: "what an account needs follows from generated files: a binary that makes it needs no practice"},
	{of: "deploy/ecsguard", may: []string{"deploy/deployment", "deploy/prepare", "events", "functions", "functions/notify", "shared/channel", "shared/channel/all", "shared/message", "shared/ledger", "shared/cloud", "shared/practice", "shared/settings"},
		reason: "the operator's command reads settings, channels and the log as the functions do, and generates nothing"},
	{of: "deploy/generate/artefacts", may: []string{"deploy/generate/catalogue", "deploy/generate/output", "deploy/ram", "shared/cloud", "shared/practice", "shared/channel", "shared/channel/all"},
		reason: "the practices are given to it, so that its tests can give it others"},
	{of: "deploy/generate/output", may: nil,
		reason: "it compares and writes files, whatever is in them"},
	{of: "deploy/generate/registry", may: []string{"deploy/generate/output", "shared/practice"},
		reason: "the lists come from the names of folders: with the practices or the channels, one that does not compile could never be mended"},
	{of: "deploy/generate/catalogue", may: []string{"deploy/generate/registry", "shared/practice"},
		reason: "the catalogue names practices that are not built yet, too: it knows none that is"},
	{of: "deploy/generate/new", may: []string{"deploy/generate/catalogue", "deploy/generate/output", "deploy/generate/registry", "shared/practice"},
		reason: "whoever begins a practice has one that does not compile yet"},
	{of: "deploy/generate", may: []string{"deploy/generate/output", "deploy/generate/registry"},
		reason: "it compiles the program that imports the practices, with the lists as they should be: it must compile without them"},
	{of: "test/cloud/kernel", may: nil,
		reason: "the local cloud is written from Alibaba Cloud's documentation: with our code in it, both would share a mistake. And the kernel knows no product"},
	{of: "test/cloud/eventbridge", may: []string{"events", "test/cloud/kernel", "test/cloud/fc"},
		reason: "patterns are matched by what was tested against the documentation; of the rest of our code the local cloud knows nothing"},
	{of: "test/cloud/*", may: []string{"test/cloud/*"},
		reason: "the local cloud is written from Alibaba Cloud's documentation: with our code in it, both would share a mistake"},
	{of: "test/cloud", may: []string{"test/cloud/*"},
		reason: "it puts the products together, and knows nothing of who uses them"},
	{of: "test/interleave", may: []string{"test/cloud"},
		reason: "it orders calls to the local cloud, whoever makes them"},
	{of: "test/operator", may: []string{"shared/cloud", "test/cloud"},
		reason: "packages of deploy are tested with it: it can import none of them"},
	{of: "test/product", may: []string{"shared/cloud", "test/cloud"},
		reason: "products of the local cloud are tried with it, by the calls that practices make"},
	{of: "test/receiver", may: []string{"shared/channel", "shared/cloud", "shared/ledger", "shared/message", "shared/practice"},
		reason: "channels are tested with it: it can import none of them"},
	{of: "test/account", may: []string{"deploy/prepare", "shared/cloud", "shared/practice", "shared/settings", "test/cloud"},
		reason: "it deploys what is built, as an operator does: the practices are in the program"},
	{of: "test/scenario", may: []string{"events", "shared/...", "test/cloud", "test/interleave"},
		reason: "each practice is tested with it: it can import none of them"},
	{of: "test/performance/...", may: []string{"test/performance/script"},
		reason: "what is measured is on the other side of a network: it is replayed without our code"},
	{of: "test/performance", may: []string{"..."},
		reason: "it measures all there is"},
	{of: "test/console", may: []string{"events", "functions", "shared/...", "test/cloud"},
		reason: "it shows an account, and is given the cloud and the settings"},
	{of: "test/local", may: []string{"..."},
		reason: "it is the demo, which puts all together"},
	{of: "test/whole", may: []string{"..."},
		reason: "it holds tests of all together"},
	{of: "test", may: []string{"..."},
		reason: "it holds tests about the project"},
	{of: "...", may: nil,
		reason: "no rule is about this place: give it one in test/layers_test.go"},
}

// onlyIn are other modules that one package of what is deployed imports, for a reason that
// holds for all the others.
var onlyIn = map[string]struct{ of, reason string }{
	"github.com/cenkalti/backoff/v5": {"shared/cloud", "how something is tried again is said once, by cloud.Retry"},
}

func fits(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "..."); ok {
		parts := strings.Count(prefix, "/")
		names := strings.SplitAfterN(name, "/", parts+1)
		if len(names) <= parts {
			return false
		}
		ok, _ := path.Match(prefix, strings.Join(names[:parts], ""))
		return ok
	}
	ok, _ := path.Match(pattern, name)
	return ok
}

// faults names every import that goes the wrong way, and why it is wrong.
func faults(units []unit) []string {
	var found []string
	for _, u := range units {
		l := layers[slices.IndexFunc(layers, func(l layer) bool { return fits(l.of, u.path) })]
		for _, to := range u.ours {
			allowed := slices.ContainsFunc(l.may, func(pattern string) bool { return fits(pattern, to) })
			switch {
			case strings.HasPrefix(to, "test/") && !strings.HasPrefix(u.path, "test"):
				found = append(found, u.path+" imports "+to+": nothing outside test/ imports test/, or the local cloud would be deployed")
			case !allowed:
				found = append(found, u.path+" imports "+to+": "+l.reason)
			}
		}
		for _, to := range u.foreign {
			if l.foreign != nil && !slices.Contains(l.foreign, to) {
				found = append(found, u.path+" imports "+to+": "+l.reason)
			}
			if only, ok := onlyIn[to]; ok && u.path != only.of && !strings.HasPrefix(u.path, "test") {
				found = append(found, u.path+" imports "+to+": "+only.reason)
			}
		}
	}
	return found
}

// Tests may import anything, so only what is built counts.
func TestLayers(t *testing.T) {
	for _, fault := range faults(project(t)) {
		t.Error(fault)
	}
}

func project(t *testing.T) []unit {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", module+"...")
	var complaints bytes.Buffer
	list.Stderr = &complaints
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &complaints)
	}
	var units []unit
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		u := unit{path: strings.TrimPrefix(p.ImportPath, module)}
		for _, to := range p.Imports {
			first, _, _ := strings.Cut(to, "/")
			if ours, ok := strings.CutPrefix(to, module); ok {
				u.ours = append(u.ours, ours)
			} else if strings.Contains(first, ".") {
				u.foreign = append(u.foreign, to)
			}
		}
		units = append(units, u)
	}
	if len(units) < 10 {
		t.Fatalf("go list names %d packages", len(units))
	}
	return units
}

// Each rule catches what it is there for.
func TestLayersCatch(t *testing.T) {
	for _, x := range []struct{ from, to string }{
		{"events", "shared/cloud"},
		{"shared/cloud", "events"},
		{"shared/practice", "shared/ledger"},
		{"shared/resource", "shared/practice"},
		{"shared/flowlog", "shared/ledger"},
		{"shared/exposure", "shared/practice"},
		{"shared/policy", "shared/exposure"},
		{"shared/publicpath", "shared/engine"},
		{"shared/message", "shared/channel"},
		{"shared/channel", "shared/channel/webhook"},
		{"shared/channel/dingtalk", "shared/channel/webhook"},
		{"shared/channel/dingtalk", "shared/ledger"},
		{"shared/watch", "functions/notify"},
		{"deploy/generate/registry", "shared/channel/all"},
		{"shared/engine", "functions"},
		{"shared/engine", "functions/sg-public-ingress"},
		{"shared/guard", "deploy/generate/output"},
		{"functions/sg-public-ingress", "functions/root-accesskey"},
		{"functions/sg-public-ingress", "functions"},
		{"functions/sg-public-ingress", "shared/ledger"},
		{"functions/sg-public-ingress", "shared/engine"},
		{"functions/sg-public-ingress/inner", "shared/cloud"},
		{"functions/main", "functions/sg-public-ingress"},
		{"functions/main", "test/account"},
		{"functions/triage", "functions"},
		{"functions/triage", "test/cloud"},
		{"functions", "shared/engine"},
		{"deploy/generate/registry", "functions"},
		{"deploy/generate", "functions"},
		{"deploy/ram", "shared/cloud"},
		{"deploy/prepare", "functions"},
		{"deploy/prepare", "test/cloud"},
		{"shared/engine", "test/cloud"},
		{"shared/guard", "shared/cloud"},
		{"shared/settings", "shared/ledger"},
		{"shared/ledger", "shared/message"},
		{"shared/engine", "shared/securitygroup"},
		{"shared/watch", "shared/settings"},
		{"shared/new", "shared/cloud"},
		{"deploy/generate/new", "functions"},
		{"deploy/generate/output", "shared/practice"},
		{"deploy/generate", "deploy/generate/artefacts"},
		{"test/cloud/kernel", "test/cloud/ecs"},
		{"test/cloud/ecs", "shared/cloud"},
		{"test/cloud/eventbridge", "shared/practice"},
		{"test/receiver", "shared/channel/feishu"},
		{"test/operator", "deploy/prepare"},
		{"test/scenario", "functions"},
		{"somewhere/else", "events"},
	} {
		if len(faults([]unit{{path: x.from, ours: []string{x.to}}})) != 1 {
			t.Errorf("%s may import %s", x.from, x.to)
		}
	}
	for _, x := range []struct{ from, to string }{
		{"shared/practice", "events"},
		{"shared/practice", "shared/resource"},
		{"shared/engine", "shared/ledger"},
		{"functions/sg-public-ingress", "shared/exposure"},
		{"functions/root-accesskey", "shared/policy"},
		{"functions/sg-internet-internal-mix", "shared/publicpath"},
		{"functions/main", "functions"},
		{"functions/main", "functions/triage"},
		{"functions/notify", "shared/channel/all"},
		{"shared/channel/all", "shared/channel/webhook"},
		{"deploy/ecsguard", "deploy/deployment"},
		{"deploy/generate/artefacts/main", "functions"},
		{"deploy/ecsguard", "deploy/prepare"},
		{"deploy/prepare", "deploy/ram"},
		{"test/scenario", "shared/engine"},
		{"test/whole", "functions"},
	} {
		if f := faults([]unit{{path: x.from, ours: []string{x.to}}}); len(f) > 0 {
			t.Error(f)
		}
	}
	if len(faults([]unit{{path: "shared/exposure", foreign: []string{"go4.org/netipx"}}})) != 0 ||
		len(faults([]unit{{path: "shared/exposure", foreign: []string{"github.com/goccy/go-yaml"}}})) != 1 {
		t.Error("shared/exposure imports netipx and no other module")
	}
	if len(faults([]unit{{path: "shared/cloud", foreign: []string{"github.com/cenkalti/backoff/v5"}}})) != 0 ||
		len(faults([]unit{{path: "shared/ledger", foreign: []string{"github.com/cenkalti/backoff/v5"}}})) != 1 {
		t.Error("only shared/cloud reckons how long to wait before another try")
	}
	if len(faults([]unit{{path: "shared/policy", foreign: []string{"go4.org/netipx"}}})) != 1 {
		t.Error("shared/policy imports the standard library only")
	}
}
