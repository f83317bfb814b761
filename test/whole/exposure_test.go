package whole

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ecsguard/ecsguard/functions"
	api "github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/test/cloud"
)

// An exposure is a group's rules on which an edit was wrong once, and packets whose answer
// must not change unless a practice forbids them.
type exposure struct {
	Note  string
	Rules []struct {
		Dir, Proto, Ports, Src4, Policy, Desc string
		Prio                                  int
	}
	Ask []struct {
		Src, Proto string
		Port       int
	}
}

func readExposure(t *testing.T, name string) (e exposure, settings string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		t.Fatal(err)
	}
	if settings, err = filepath.Abs(filepath.Join("testdata", name+".settings.yaml")); err != nil {
		t.Fatal(err)
	}
	return e, settings // the functions run elsewhere
}

// mistake is one call that gives the group all of the rules.
func (e exposure) mistake() api.Call {
	params := []string{"SecurityGroupId", "sg-web"}
	for i, r := range e.Rules {
		for _, p := range [][2]string{
			{"IpProtocol", r.Proto}, {"PortRange", r.Ports}, {"SourceCidrIp", r.Src4}, {"Policy", strings.ToLower(r.Policy)},
			{"Priority", strconv.Itoa(r.Prio)}, {"Description", r.Desc},
		} {
			if p[1] != "" {
				params = append(params, fmt.Sprintf("Permissions.%d.%s", i+1, p[0]), p[1])
			}
		}
	}
	return api.New("ecs", "AuthorizeSecurityGroup", "cn-hangzhou", params...)
}

// A wall is a group's ingress rules in the order in which the cloud asks them.
type wall []struct {
	IpProtocol, PortRange, SourceCidrIp, Policy, Direction string
	Priority                                               json.Number
}

func readWall(t *testing.T, c *cloud.Cloud) wall {
	t.Helper()
	var out struct{ Permissions struct{ Permission wall } }
	if err := admin(t, c).Do(t.Context(), api.New("ecs", "DescribeSecurityGroupAttribute", "cn-hangzhou", "SecurityGroupId", "sg-web", "Direction", "ingress"), &out); err != nil {
		t.Fatal(err)
	}
	w := out.Permissions.Permission
	number := func(i int) int64 { n, _ := w[i].Priority.Int64(); return n }
	order := make([]int, len(w))
	for i := range w {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(number(a), number(b)), -strings.Compare(strings.ToLower(w[a].Policy), strings.ToLower(w[b].Policy))) // drop before accept
	})
	sorted := make(wall, len(w))
	for i, at := range order {
		sorted[i] = w[at]
	}
	return sorted
}

// open tells whether the first rule that is about a packet accepts it.
func (w wall) open(source, protocol string, port int) bool {
	from := netip.MustParseAddr(source)
	for _, r := range w {
		block, err := netip.ParsePrefix(r.SourceCidrIp)
		if err != nil || !block.Contains(from) || !strings.EqualFold(r.IpProtocol, "ALL") && !strings.EqualFold(r.IpProtocol, protocol) {
			continue
		}
		if low, high := span(r.PortRange); strings.EqualFold(r.IpProtocol, "ALL") || low <= port && port <= high {
			return strings.EqualFold(r.Policy, "accept")
		}
	}
	return false
}

func span(text string) (low, high int) {
	first, last, two := strings.Cut(text, "/")
	low, _ = strconv.Atoi(first)
	if high = low; two {
		high, _ = strconv.Atoi(last)
	}
	return low, high
}

// forbids are the TCP ports that practices never leave open to everyone, as they are
// without settings.
func forbids(ids ...string) (ports map[int]bool) {
	ports = map[int]bool{}
	for _, p := range functions.All {
		for _, param := range p.Params {
			if param.Name != "ports" || !slices.Contains(ids, p.ID) {
				continue
			}
			for _, text := range param.Default {
				low, high := span(text)
				for port := low; port <= high; port++ {
					ports[port] = true
				}
			}
		}
	}
	return ports
}
