package cloud

import (
	"context"
	"testing"
	"time"
)

// reads counts.
type reads int

func (r *reads) Read(context.Context, Call, any) error { *r++; return nil }

// Each action in each region has a limit of its own, and a call whose turn would come too
// late is not made.
func TestLimited(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var made reads
	r := Limited(&made, newLimits(1.0/3600)) // once an hour
	for _, c := range []struct {
		call Call
		made reads
		code string
	}{
		{New("ecs", "DescribeDisks", "cn-hangzhou", "DiskIds", IDs("d-1")), 1, ""},
		{New("ecs", "DescribeDisks", "cn-hangzhou", "DiskIds", IDs("d-2")), 1, codeDeadline},
		{New("ecs", "DescribeDisks", "cn-beijing"), 2, ""},
		{New("ecs", "DescribeInstances", "cn-hangzhou"), 3, ""},
		{New("vpc", "DescribeNetworkAclAttributes", "cn-hangzhou"), 4, ""},
	} {
		if err := r.Read(ctx, c.call, nil); Code(err) != c.code || made != c.made {
			t.Errorf("%s: %v after %d calls", c.call, err, made)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := Limited(&made, NewLimits()).Read(ended, look, nil); Code(err) != codeDeadline || !Retryable(err) {
		t.Error(err)
	}
}

func TestLimitsAreHalfOfWhatIsDocumented(t *testing.T) {
	for action, want := range map[string]float64{"DescribeNetworkAclAttributes": 2.5, "DescribeNetworkAcls": 0.25, "DescribeVpcs": 10} {
		b := NewLimits().bucket(New("vpc", action, "cn-hangzhou"))
		if float64(b.Limit()) != want || b.Burst() < 1 {
			t.Errorf("%s: %v a second, %d at once", action, b.Limit(), b.Burst())
		}
	}
}
