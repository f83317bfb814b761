package resource

import (
	"context"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A PublishedKey is an AccessKey that Security Center has found where everybody can read it.
type PublishedKey struct {
	ID                                               int64
	AccesskeyID, AliUserName, UserType, Status, Type string
	URL                                              string `json:"Url"`
	GmtModified                                      int64
}

type publishedPage struct{ AccessKeyLeakList []PublishedKey }

func (p publishedPage) Items() []PublishedKey { return p.AccessKeyLeakList }

// PublishedKeys reads those that nobody has dealt with.
func PublishedKeys(ctx context.Context, r cloud.Reader, region string) ([]PublishedKey, error) {
	return cloud.ReadNumberedBy[publishedPage](ctx, r, cloud.New("sas", "DescribeAccesskeyLeakList", region, "Status", "pending"), "CurrentPage")
}
