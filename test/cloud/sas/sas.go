package sas

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// state is the edition of Security Center: without a paid one it tells nothing of what it
// has found.
type state struct {
	Edition string `yaml:"edition,omitempty"`        // free, or paid (default)
	Leaks   []leak `yaml:"published-keys,omitempty"` // AccessKeys that were found where everybody can read them

	Weak []weakness `yaml:"weak-passwords,omitempty"` // found by baseline checks
}

func (s *state) free() bool { return s.Edition == "free" }

func (s *state) check() error {
	if s.Edition != "" && s.Edition != "free" && s.Edition != "paid" {
		return fmt.Errorf("edition is %q, not free or paid", s.Edition)
	}
	return s.checkWeak()
}

// dump says nothing of the edition that is usual.
func (c *Service) dump() (*state, error) {
	shown := c.state
	if !c.free() {
		shown.Edition = ""
		if len(shown.Leaks)+len(shown.Weak) == 0 {
			return nil, nil
		}
	}
	return &shown, nil
}

// Security Center is one product with two prefixes of permissions; what is
// served here has yundun-sas.
var sasActions = []action{
	{
		Name: "DescribePropertyPortDetail", Do: describePropertyPorts,
		Params: `Uuid BindIp Port ProcName Remark Extend CurrentPage:Integer=1..1000000 PageSize:Integer=1..1000 NextToken UseNextToken:Boolean
			ResourceDirectoryAccountId:Long`,
	},
}

func (c *Service) register() {
	kernel.Serve(c.Cloud, c.request, &kernel.Product{Code: "Sas", Ram: "yundun-sas", Version: "2018-12-03", Endpoint: centre, Names: []string{"tds", "yundun-sas"}, ByHost: true}, slices.Concat(sasActions, sasVersionActions, sasLeakActions, sasBaselineActions),
		"tds.aliyuncs.com", "tds.cn-*.aliyuncs.com")
	c.AddSection(kernel.SectionOf("sas", func(s *state, _ map[string]any) (func(), error) {
		return func() { c.state = *s }, kernel.At(s.check(), "$.sas")
	}, c.dump))
}

// centre is which of the two centres looks after a region: that of the mainland, or that of
// everywhere else.
func centre(region string) string {
	if strings.HasPrefix(region, "cn-") && region != "cn-hongkong" {
		return "tds.aliyuncs.com"
	}
	return "tds.ap-southeast-1.aliyuncs.com"
}

// sasUUID is what Security Center calls an instance.
// It is made of the id, so that it need not be kept.
func sasUUID(instance string) string {
	sum := sha256.Sum256([]byte(instance))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// describePropertyPorts lists the listening ports of all regions that the
// centre looks after.
func describePropertyPorts(q *request) (any, error) {
	// The code that practices take for "nobody knows", and not for "nothing listens".
	if q.c.free() {
		return nil, kernel.Refuse(400, "FreeVersionNotPermit", "Sorry, your version does not support this feature.")
	}
	abroad := strings.Contains(q.HTTP.Host, "ap-southeast-1")
	views := []any{}
	for _, i := range q.c.ecs.Instances {
		if strings.Contains(centre(i.Region), "ap-southeast-1") != abroad || !q.Matches("Uuid", sasUUID(i.ID)) {
			continue
		}
		public := i.PublicIP
		if e := q.c.vpc.EIPOn(i.ID, ""); e != nil {
			public = e.Address
		}
		// Remark is part of a name or of an address.
		if remark := q.Str("Remark"); !slices.ContainsFunc([]string{i.ID, i.Name, i.PrivateIP, public}, func(s string) bool { return strings.Contains(s, remark) }) {
			continue
		}
		for _, p := range i.Listening {
			port := strconv.Itoa(p.Port)
			if (q.Has("Port") && q.Str("Port") != port) || (q.Has("BindIp") && q.Str("BindIp") != p.Bind) || !strings.Contains(p.Process, q.Str("ProcName")) {
				continue
			}
			views = append(views, map[string]any{
				"Port": port, "BindIp": p.Bind, "Proto": p.Protocol, "ProcName": p.Process, "Uuid": sasUUID(i.ID), "InstanceId": i.ID, "InstanceName": i.Name,
				"Ip": cmp.Or(public, i.PrivateIP), "IntranetIp": i.PrivateIP, "InternetIp": public, "RegionId": i.Region,
				"Create": i.Created.UTC().Format("2006-01-02 15:04:05"), "CreateTimestamp": i.Created.UnixMilli(),
			})
		}
	}
	page, info, err := sasPage(q, views)
	return map[string]any{"Propertys": page, "PageInfo": info}, err
}

// sasPage pages by number, or by token where the call says so.
func sasPage(q *request, all []any) ([]any, map[string]any, error) {
	size, from := q.Num("PageSize", 10), 0
	info := map[string]any{"PageSize": size, "TotalCount": len(all)}
	if q.Is("UseNextToken") {
		if token := q.Str("NextToken"); token != "" {
			var err error
			if from, err = kernel.ReadToken(token, q.Action.Name); err != nil {
				return nil, nil, err
			}
		}
	} else {
		number := q.Num("CurrentPage", 1)
		from, _ = kernel.PageOf(number, size, len(all))
		info["CurrentPage"] = number
	}
	from = min(from, len(all))
	to := from + max(0, min(size, len(all)-from))
	info["Count"] = to - from
	if q.Is("UseNextToken") && to < len(all) {
		info["NextToken"] = kernel.MakeToken(to, q.Action.Name)
	}
	return all[from:to], info, nil
}
