package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// imageFacts are what an image says of what starts in it.
type imageFacts struct {
	ImageID                 string
	LoginAsNonRootSupported *bool // nil: the answer does not say
	Features                struct{ ImdsSupport string }
}

// factsOfImage reads those of one; none where it is gone.
func factsOfImage(ctx context.Context, r cloud.Reader, region, id string, params ...string) (facts imageFacts, err error) {
	var answer struct{ Images struct{ Image []imageFacts } }
	if err := r.Read(ctx, cloud.New("ecs", "DescribeImages", region, append([]string{"ImageId", id}, params...)...), &answer); err != nil {
		return facts, err
	}
	for _, i := range answer.Images.Image {
		if i.ImageID == id {
			return i, nil
		}
	}
	return facts, nil
}

// NonRootImage tells whether instances of an image can be entered as an ordinary user from the start. nil: the image is gone, or the
// answer does not say.
func NonRootImage(ctx context.Context, r cloud.Reader, region, image string) (*bool, error) {
	facts, err := factsOfImage(ctx, r, region, image)
	return facts.LoginAsNonRootSupported, err
}

// ImageTakesTokens tells whether what starts in an image reads its metadata with tokens, as the image says of itself
// (ImdsSupport): an image that does not cannot be told to require them. In one that is gone nothing starts.
func ImageTakesTokens(ctx context.Context, r cloud.Reader, region, id string) (bool, error) {
	facts, err := factsOfImage(ctx, r, region, id, "Status", "Available,Deprecated")
	if err != nil {
		return false, fmt.Errorf("reading image %s: %w", id, err)
	}
	return facts.Features.ImdsSupport == "v2", nil
}
