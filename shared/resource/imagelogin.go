package resource

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// NonRootImage tells whether instances of an image can be entered as an ordinary user from the start. nil: the image is gone, or the
// answer does not say.
func NonRootImage(ctx context.Context, r cloud.Reader, region, image string) (*bool, error) {
	var answer struct {
		Images struct {
			Image []struct {
				ImageID                 string
				LoginAsNonRootSupported *bool
			}
		}
	}
	if err := r.Read(ctx, cloud.New("ecs", "DescribeImages", region, "ImageId", image), &answer); err != nil {
		return nil, err
	}
	for _, i := range answer.Images.Image {
		if i.ImageID == image {
			return i.LoginAsNonRootSupported, nil
		}
	}
	return nil, nil
}
