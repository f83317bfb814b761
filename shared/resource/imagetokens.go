package resource

import (
	"context"
	"fmt"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// ImageTakesTokens tells whether what starts in an image reads its metadata with tokens, as the image says of itself
// (ImdsSupport): an image that does not cannot be told to require them.
func ImageTakesTokens(ctx context.Context, r cloud.Reader, region, id string) (bool, error) {
	var answer struct {
		Images struct {
			Image []struct {
				ImageID  string
				Features struct{ ImdsSupport string }
			}
		}
	}
	if err := r.Read(ctx, cloud.New("ecs", "DescribeImages", region, "ImageId", id, "Status", "Available,Deprecated"), &answer); err != nil {
		return false, fmt.Errorf("reading image %s: %w", id, err)
	}
	for _, i := range answer.Images.Image {
		if i.ImageID == id {
			return i.Features.ImdsSupport == "v2", nil
		}
	}
	return false, nil // it is gone: nothing starts from it
}
