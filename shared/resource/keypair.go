package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// TypeKeyPair is the type of a key pair, whose name is its id.
const TypeKeyPair = "ACS::ECS::KeyPair"

var _ = add(Kind{Type: TypeKeyPair, Words: "key pair", Param: "KeyPairName", ARN: "acs:ecs:%s:%s:keypair/%s"})

// A KeyPair opens instances by SSH. The key itself is told by its fingerprint.
type KeyPair struct {
	KeyPairName, KeyPairFingerPrint string

	Tags cloud.Tags
}

// About says which key pair it is.
func (k KeyPair) About() About {
	return About{Type: TypeKeyPair, ID: k.KeyPairName, Name: k.KeyPairName, Tags: k.Tags.Map()}
}

type keyPairPage struct{ KeyPairs struct{ KeyPair []KeyPair } }

func (p keyPairPage) Items() []KeyPair { return p.KeyPairs.KeyPair }

// KeyPairs reads those of a region that the parameters choose.
func KeyPairs(ctx context.Context, r cloud.Reader, region string, params ...string) ([]KeyPair, error) {
	all, err := cloud.ReadNumbered[keyPairPage](ctx, r, cloud.New("ecs", "DescribeKeyPairs", region, params...))
	for _, k := range all {
		if k.KeyPairName == "" || k.KeyPairFingerPrint == "" {
			return nil, fmt.Errorf("key pair %q: the answer does not say its name and its fingerprint", k.KeyPairName)
		}
	}
	return all, err
}
