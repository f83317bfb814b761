package cloud

import (
	"context"
	"sync"

	"golang.org/x/time/rate"
)

// usualRate is how often a second one action is read in one region where nothing else is
// known. What an account may do is counted by account, region and action, and shared with
// the console and with Terraform; who is refused stays so until the next minute
// (https://www.alibabacloud.com/help/doc-detail/437902.htm). Most reads that are documented
// may be made 1,000 to 3,000 times a minute.
const usualRate rate.Limit = 10

// slower are reads that are documented to be rarer: each at half of what an account has.
var slower = map[string]rate.Limit{
	// https://help.aliyun.com/zh/vpc/developer-reference/api-vpc-2016-04-28-quota
	"vpc:DescribeNetworkAclAttributes": perMinute(300) / 2,
	"vpc:DescribeNetworkAcls":          perMinute(30) / 2,
	// Documented with the action.
	"actiontrail:LookupEvents": 2.0 / 2,
}

func perMinute(n rate.Limit) rate.Limit { return n / 60 }

// Limits are how often a process reads. They hold for it alone: processes that read at the
// same time add up.
type Limits struct {
	usual   rate.Limit
	mu      sync.Mutex
	buckets map[string]*rate.Limiter // by action and region
}

// NoLimits are those of who has a cloud for himself.
func NoLimits() *Limits { return newLimits(rate.Inf) }

// NewLimits returns the limits of a process, which it keeps.
func NewLimits() *Limits { return newLimits(usualRate) }

func newLimits(usual rate.Limit) *Limits {
	return &Limits{usual: usual, buckets: map[string]*rate.Limiter{}}
}

// Limited reads no more often than limits say: a call waits for its turn, and is not made
// where that would be after ctx's deadline. It is for sweeps, which have time.
func Limited(r Reader, limits *Limits) Reader { return limited{r, limits} }

type limited struct {
	Reader
	limits *Limits
}

func (l limited) Read(ctx context.Context, call Call, out any) error {
	if l.limits.bucket(call).Wait(ctx) != nil {
		return TimeUp(call.RAM())
	}
	return l.Reader.Read(ctx, call, out)
}

func (l *Limits) bucket(call Call) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := call.RAM() + "/" + call.Region
	b := l.buckets[key]
	if b == nil {
		limit, ok := slower[call.RAM()]
		if !ok {
			limit = l.usual
		}
		if l.usual == rate.Inf {
			limit = rate.Inf
		}
		b = rate.NewLimiter(limit, max(1, int(limit))) // a second's calls at once
		l.buckets[key] = b
	}
	return b
}
