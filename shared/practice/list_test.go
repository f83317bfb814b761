package practice_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ecsguard/ecsguard/events"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

func passOf(event *events.Event) *practice.Pass {
	return practice.NewPass(&practice.Practice{ID: "test", Resource: resource.TypeDisk},
		practice.Resource{Type: resource.TypeVPC, ID: "vpc-1", Region: "cn-hangzhou", Account: "1"}, event, time.Now(), nil, nil)
}

func TestListed(t *testing.T) {
	disks := []resource.Disk{{DiskID: "d-1", DiskName: "one"}, {DiskID: "d-2"}}
	one := practice.Resource{Type: resource.TypeDisk, ID: "d-1", Name: "one", Region: "cn-hangzhou", Account: "1"}
	two := practice.Resource{Type: resource.TypeDisk, ID: "d-2", Region: "cn-hangzhou", Account: "1"}
	first := func(d resource.Disk) bool { return d.DiskID == "d-1" }
	wrong := errors.New("the second page cannot be read")
	pass := passOf(&events.Event{})
	if got, err := practice.Listed(pass, disks, wrong, first); !slices.Equal(got, []practice.Resource{one}) || err != wrong {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := practice.Listed(pass, append(disks, disks...), nil, nil); !slices.Equal(got, []practice.Resource{one, two}) || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	var asked []string
	pages := func(_ context.Context, _ cloud.Reader, region string, enough func([]resource.Disk, bool) bool, params ...string) error {
		asked = append([]string{region}, params...)
		if enough(disks[:1], true) || enough(disks[1:], false) {
			t.Error("a list ends before the last page")
		}
		return wrong
	}
	if got, err := practice.ListedPages(t.Context(), pass, pages, nil, "Encrypted", "false"); !slices.Equal(got, []practice.Resource{one, two}) || err != wrong {
		t.Errorf("%v, %v", got, err)
	}
	if !slices.Equal(asked, []string{"cn-hangzhou", "Encrypted", "false"}) {
		t.Errorf("it asks for %q", asked)
	}
}

// What exempts a resource and who alone may change it go along with a finding.
func TestAFindingSaysWhatItsResourceSays(t *testing.T) {
	group := resource.SecurityGroup{SecurityGroupID: "sg-1", SecurityGroupName: "web", ServiceManaged: true, ServiceID: 7}
	group.Tags.Tag = cloud.TagList{{TagKey: "owner", TagValue: "shop"}}
	f := passOf(&events.Event{}).Finding(group, "key", "It is wrong")
	want := practice.Resource{Type: resource.TypeSecurityGroup, ID: "sg-1", Name: "web", Region: "cn-hangzhou", Account: "1"}
	if f.Resource != want || f.Key != "key" || f.Title != "It is wrong" || f.Tags["owner"] != "shop" || f.Managed != "a cloud service (7)" {
		t.Errorf("%+v", f)
	}
	if r := passOf(&events.Event{}).Of(resource.Trail{Name: "audit", HomeRegion: "cn-beijing"}); r.Region != "cn-beijing" || r.ID != "audit" {
		t.Errorf("a trail is changed in its home region only: %+v", r)
	}
	node := resource.Instance{InstanceID: "i-1"}
	node.Tags.Tag = cloud.TagList{{TagKey: "ack.aliyun.com", TagValue: "c-1"}}
	if f := passOf(&events.Event{}).Finding(node, "key", ""); f.Managed == "" {
		t.Error("what people change on a node of a cluster, the cluster changes back")
	}
}

// One that is gone keeps nobody from the others; what is looked at itself, and any other
// error, does.
func TestEach(t *testing.T) {
	broken := errors.New("broken")
	pass := practice.NewPass(&practice.Practice{}, practice.Resource{ID: "own"}, &events.Event{}, time.Now(), nil, nil)
	for _, x := range []struct {
		fails string
		err   error
		want  error
		seen  int
	}{
		{"", nil, nil, 3}, {"other", practice.ErrGone, nil, 3}, {"own", practice.ErrGone, practice.ErrGone, 2}, {"other", broken, broken, 1},
	} {
		seen := 0
		err := pass.Each([]string{"other", "own", "third"}, func(id string) error {
			seen++
			if id == x.fails {
				return x.err
			}
			return nil
		})
		if !errors.Is(err, x.want) || seen != x.seen {
			t.Errorf("%s fails: %v after %d", x.fails, err, seen)
		}
	}
}

func TestFew(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	for most, want := range map[int]string{4: "a; b; c; d", 3: "a; b; c; and 1 more", 1: "a; and 3 more"} {
		if got := practice.Few(names, most, "; "); got != want {
			t.Errorf("%d: %q, want %q", most, got, want)
		}
	}
	if practice.Few(nil, 3, ", ") != "" || names[3] != "d" {
		t.Error(names)
	}
}
