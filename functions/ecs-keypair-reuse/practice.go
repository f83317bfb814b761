package ecskeypairreuse

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

//go:embed doc.go
var doc string

// Practice is ecs-keypair-reuse.
var Practice = &practice.Practice{
	ID:       "ecs-keypair-reuse",
	Doc:      doc,
	Severity: practice.Low,
	Resource: resource.TypeKeyPair,
	Guide:    []string{"アカウントとパスワードを管理するためのセキュリティの提案"},
	Cites:    []string{"MLPS 8.1.4.1"},
	Triggers: []practice.Trigger{
		{Service: "Ecs", Name: "AttachKeyPair", Resource: "params.KeyPairName"},
		{Service: "Ecs", Name: "ImportKeyPair", Resource: "params.KeyPairName", New: true},
		{Service: "Ecs", Name: "RunInstances", Resource: "params.KeyPairName", Maybe: true}, // or a password, or nothing
		{Service: "Ecs", Name: "CreateInstance", Resource: "params.KeyPairName", Maybe: true},
		{Service: "Ecs", Name: "ReplaceSystemDisk", Resource: "params.KeyPairName", Maybe: true},
	},
	Sweep: practice.Weekly(list, "ecs:DescribeKeyPairs"),
	Reads: []string{"ecs:DescribeKeyPairs", "ecs:DescribeInstances"},
	Params: []practice.Param{
		{Name: "most", Kind: practice.Number, Default: []string{"10"}, Least: 1, Most: 10000, Doc: "how many hosts one key pair may open"},
		{Name: "app-tag", Kind: practice.OneWord, Default: []string{"app"}, Doc: "the key of the tag that says to which application or tier a host belongs"},
	},
	Check: check,
}

func check(ctx context.Context, pass *practice.Pass) error {
	r := pass.Resource
	pair, err := practice.One(resource.KeyPairs(ctx, pass, r.Region, "KeyPairName", r.ID))
	if err != nil {
		return fmt.Errorf("reading key pair %s: %w", r.ID, err)
	}
	on, twins, err := practice.Both(ctx, pass,
		func(ctx context.Context) ([]resource.Instance, error) {
			return resource.Instances(ctx, pass, r.Region, "KeyPairName", r.ID)
		},
		func(ctx context.Context) ([]resource.KeyPair, error) {
			return resource.KeyPairs(ctx, pass, r.Region, "KeyPairFingerPrint", pair.KeyPairFingerPrint)
		})
	if err != nil {
		return fmt.Errorf("reading what key pair %s opens: %w", r.ID, err)
	}
	report := func(key, title string, seen []string, advice string) {
		f := pass.Finding(pair, key, title)
		said := practice.Few(seen, 20, ", ")
		f.Facts = map[string]string{"seen": said, "fingerprint": pair.KeyPairFingerPrint}
		f.Advice = "Found: " + said + ". " + advice
		pass.Report(f)
	}
	const apart = "Give some of them a key of their own (aliyun ecs CreateKeyPair, then aliyun ecs AttachKeyPair); it takes effect when they restart."
	hosts, apps := spread(on, pass.Word("app-tag"))
	if most := pass.Int("most"); len(hosts) > most {
		report("many", fmt.Sprintf("One key pair opens more than %d hosts", most), hosts, apart)
	}
	if len(apps) > 1 {
		report("apps", "One key pair opens hosts of several applications", apps, apart)
	}
	var names []string
	for _, twin := range twins {
		if twin.KeyPairName != r.ID {
			names = append(names, twin.KeyPairName)
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		report("twin", "The same key has two names", names, "Whoever opens one opens the other. Put the hosts of both together, and delete the name that is left over (aliyun ecs DeleteKeyPairs).")
	}
	return nil
}

// spread is on which hosts a key is, a fleet being one, and of which applications these are.
func spread(on []resource.Instance, tag string) (hosts, apps []string) {
	host, app := map[string]bool{}, map[string]bool{}
	for _, i := range on {
		about := i.About()
		host[cmp.Or(about.Managed, about.ID)] = true
		if value := about.Tags[tag]; value != "" {
			app[value] = true
		}
	}
	return slices.Sorted(maps.Keys(host)), slices.Sorted(maps.Keys(app))
}

func list(ctx context.Context, pass *practice.Pass) ([]practice.Resource, error) {
	all, err := resource.KeyPairs(ctx, pass, pass.Resource.Region)
	return practice.Listed(pass, all, err, nil)
}
