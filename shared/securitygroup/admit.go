package securitygroup

import (
	"context"
	"errors"
	"fmt"

	"go4.org/netipx"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// AdmitReads are the RAM actions that AdmitInternet may call.
var AdmitReads = []string{"ecs:DescribePortRangeListEntries", "ecs:DescribePrefixListAttributes", "ecs:DescribeSecurityGroupAttribute"}

// AdmitInternet tells whether somebody of the internet gets in by security groups that something is in: the cloud merges their rules.
// In none of them is nothing of the cloud: then the answer has not said them.
func AdmitInternet(ctx context.Context, pass *practice.Pass, groups []string) (bool, error) {
	if len(groups) == 0 {
		return false, errors.New("the answer does not say in which security groups it is")
	}
	var merged []exposure.Rule
	for _, id := range groups {
		g, err := ReadIngress(ctx, pass, id)
		if errors.Is(err, practice.ErrGone) {
			return false, fmt.Errorf("security group %s was left and deleted a moment ago: %w", id, practice.ErrNotYet)
		}
		if err != nil {
			return false, err
		}
		rules, err := g.Exposure()
		if err != nil {
			return false, err
		}
		merged = append(merged, rules...)
	}
	for _, area := range exposure.Admitted(merged).Areas() {
		var b netipx.IPSetBuilder
		for _, source := range area.Sources {
			b.AddPrefix(source)
		}
		set, err := b.IPSet()
		if err != nil || area.Group == "" && exposure.AnyPublic(set) {
			return true, err
		}
	}
	return false, nil
}
