package cloud

import (
	"strings"
	"testing"
)

// An API that somebody adds can be called as those that are here can, and a row of which no
// request could be made is refused where the program begins.
func TestAdd(t *testing.T) {
	t.Cleanup(func() { delete(products, "kms"); delete(passing, "kms") })
	Add("kms", Product{Version: "2016-01-20", RAM: "kms", Host: Regional("kms"), Page: "Kms"}, "Rejected.Busy")
	if got := New("kms", "DescribeKey", "cn-hangzhou").RAM(); got != "kms:DescribeKey" || regionless("kms") {
		t.Error(got)
	}
	if got := PageOf("kms:DescribeKey"); got != "https://api.alibabacloud.com/document/Kms/2016-01-20/DescribeKey" {
		t.Error(got)
	}
	if !passes("kms:DescribeKey", "Rejected.Busy.Key", 403) || passes("ecs:DescribeDisks", "Rejected.Busy", 403) {
		t.Error("its refusals do not pass as it says, or those of others do")
	}
	for want, add := range map[string]func(){
		"two rows for the product kms": func() { Add("kms", Product{Version: "2016-01-20", RAM: "kms", Host: Regional("kms")}) },
		"the product oss needs":        func() { Add("oss", Product{RAM: "oss", Host: Regional("oss")}) },
	} {
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, want) {
					t.Errorf("it says %q, not %q", said, want)
				}
			}()
			add()
		}()
	}
}

// Two APIs may share a prefix: each action has the page of its own.
func TestPagesOfSharedPrefixes(t *testing.T) {
	products["vpcpeer"] = Product{Version: "2022-01-01", RAM: "vpc", Host: Central("vpcpeer"), Page: "VpcPeer"}
	defer delete(products, "vpcpeer")
	for range 50 { // whatever the order is
		for action, want := range map[string]string{"vpc:DescribeVpcs": "Vpc/2016-04-28/DescribeVpcs", "vpc:ListVpcPeerConnections": "VpcPeer/2022-01-01/ListVpcPeerConnections"} {
			if got := PageOf(action); got != "https://api.alibabacloud.com/document/"+want {
				t.Fatalf("%s: %s", action, got)
			}
		}
	}
}
