package cloud

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// sasState is the edition of Security Center: without a paid one it tells
// nothing of what it has found.
type sasState struct{ free bool }

type sasFile struct {
	Edition string `yaml:"edition"` // free, or paid (default)
}

func loadSAS(f *sasFile) (sasState, error) {
	if f.Edition != "" && f.Edition != "free" && f.Edition != "paid" {
		return sasState{}, fmt.Errorf("edition is %q, not free or paid", f.Edition)
	}
	return sasState{free: f.Edition == "free"}, nil
}

func (c *Cloud) dumpSAS() *sasFile {
	if !c.sas.free {
		return nil
	}
	return &sasFile{Edition: "free"}
}

// Security Center is one product with two prefixes of permissions; what is
// served here has yundun-sas.
var sasActions = []rpcAction{
	{
		name: "DescribePropertyPortDetail", do: describePropertyPorts,
		params: `Uuid BindIp Port ProcName Remark Extend CurrentPage:Integer=1..1000000 PageSize:Integer=1..1000 NextToken UseNextToken:Boolean
			ResourceDirectoryAccountId:Long`,
	},
}

func (c *Cloud) startSAS() {
	c.serveRPC(&rpcProduct{code: "Sas", ram: "yundun-sas", version: "2018-12-03", byHost: true, missing: missingAtGateway}, slices.Concat(sasActions, sasVersionActions),
		"tds.aliyuncs.com", "tds.cn-*.aliyuncs.com", "tds.ap-southeast-1.aliyuncs.com")
	c.addSection(sectionOf("sas", func(f *sasFile, _ map[string]any) (func(), error) {
		s, err := loadSAS(f)
		return func() { c.sas = s }, at(err, "$.sas")
	}, func() (*sasFile, error) { return c.dumpSAS(), nil }))
}

// sasUUID is what Security Center calls an instance.
func sasUUID(instance string) string {
	sum := sha256.Sum256([]byte(instance))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// describePropertyPorts lists the listening ports of all regions that the
// centre looks after.
func describePropertyPorts(q *rpcRequest) (any, error) {
	if q.c.sas.free {
		return nil, refuse(400, "FreeVersionNotPermit", "Sorry, your version does not support this feature.")
	}
	abroad := strings.Contains(q.http.Host, "ap-southeast-1")
	views := []any{}
	for _, i := range q.c.ecs.instances {
		if strings.Contains(sasCentre(i.region), "ap-southeast-1") != abroad || !q.matches("Uuid", sasUUID(i.id)) {
			continue
		}
		public := i.publicIP
		if e := q.c.eipOn(i.id, ""); e != nil {
			public = e.address
		}
		// Remark is part of a name or of an address.
		if remark := q.str("Remark"); !slices.ContainsFunc([]string{i.id, i.name, i.privateIP, public}, func(s string) bool { return strings.Contains(s, remark) }) {
			continue
		}
		for _, p := range i.listening {
			port := strconv.Itoa(p.port)
			if (q.has("Port") && q.str("Port") != port) || (q.has("BindIp") && q.str("BindIp") != p.bind) || !strings.Contains(p.process, q.str("ProcName")) {
				continue
			}
			views = append(views, map[string]any{
				"Port": port, "BindIp": p.bind, "Proto": p.protocol, "ProcName": p.process, "Uuid": sasUUID(i.id), "InstanceId": i.id, "InstanceName": i.name,
				"Ip": cmp.Or(public, i.privateIP), "IntranetIp": i.privateIP, "InternetIp": public, "RegionId": i.region,
				"Create": i.created.UTC().Format("2006-01-02 15:04:05"), "CreateTimestamp": i.created.UnixMilli(),
			})
		}
	}
	page, info, err := sasPage(q, views)
	return map[string]any{"Propertys": page, "PageInfo": info}, err
}

// sasPage pages by number, or by token where the call says so.
func sasPage(q *rpcRequest, all []any) ([]any, map[string]any, error) {
	size, from := q.num("PageSize", 10), 0
	info := map[string]any{"PageSize": size, "TotalCount": len(all)}
	if q.is("UseNextToken") {
		if token := q.str("NextToken"); token != "" {
			var err error
			if from, err = readToken(token, q.action.name); err != nil {
				return nil, nil, err
			}
		}
	} else {
		number := q.num("CurrentPage", 1)
		from, _ = pageOf(number, size, len(all))
		info["CurrentPage"] = number
	}
	from = min(from, len(all))
	to := from + max(0, min(size, len(all)-from))
	info["Count"] = to - from
	if q.is("UseNextToken") && to < len(all) {
		info["NextToken"] = makeToken(to, q.action.name)
	}
	return all[from:to], info, nil
}
