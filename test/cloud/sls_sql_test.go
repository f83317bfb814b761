package cloud

import (
	"strings"
	"testing"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

const flowLogState = `
logs:
  - project: flow-logs
    logstore: vpc
    flow-log: true
    logs:
      - {ago: 50h, eni-id: eni-1, srcaddr: 198.51.100.7, srcport: 50001, dstaddr: 172.16.0.1, dstport: 22, packets: 20, bytes: 4000}
      - {ago: 26h, eni-id: eni-1, srcaddr: 198.51.100.7, srcport: 50002, dstaddr: 172.16.0.1, dstport: 22, packets: 10, bytes: 1000}
      - {ago: 26h, eni-id: eni-1, direction: out, srcaddr: 172.16.0.1, srcport: 22, dstaddr: 198.51.100.7, dstport: 50002, packets: 10, bytes: 9000}
      - {ago: 2h, eni-id: eni-1, srcaddr: 203.0.113.9, srcport: 40000, dstaddr: 172.16.0.1, dstport: 23, packets: 1, bytes: 40}
      - {ago: 1h, eni-id: eni-2, srcaddr: 10.0.0.9, srcport: 40000, dstaddr: 172.16.0.2, dstport: 22, packets: "-", bytes: "-"}
      - {ago: 1h, eni-id: eni-1, srcaddr: 192.0.2.1, srcport: 40000, dstaddr: 172.16.0.1, dstport: 22, packets: 1, bytes: 40, action: REJECT}
      - {ago: 400h, eni-id: eni-1, srcaddr: 192.0.2.2, srcport: 40000, dstaddr: 172.16.0.1, dstport: 22, packets: 1, bytes: 40}
  - {project: flow-logs, logstore: bare, logs: [{ago: 1h, srcaddr: 192.0.2.1}]}
  - {project: flow-logs, logstore: search, flow-log: true, analytics: false}
`

// asked is the answer to a query about the last week, a line a row.
func asked(t *testing.T, c *Cloud, client sls.ClientInterface, store, query string) (string, error) {
	t.Helper()
	now := time.Now()
	answer, err := client.GetLogsV2("flow-logs", store, &sls.GetLogRequest{From: now.AddDate(0, 0, -7).Unix(), To: now.Unix(), Lines: 100, Query: query})
	if err != nil {
		return "", err
	}
	if !answer.IsComplete() || answer.HasSQL != strings.Contains(query, "|") {
		t.Errorf("%s: complete %v, SQL %v", query, answer.IsComplete(), answer.HasSQL)
	}
	var rows []string
	for _, row := range answer.Logs {
		rows = append(rows, row["a"]+" "+row["b"]+" "+row["c"])
	}
	return strings.Join(rows, "\n"), nil
}

func TestAnalyticStatements(t *testing.T) {
	c := startCloud(t)
	if err := c.Load([]byte(flowLogState)); err != nil {
		t.Fatal(err)
	}
	client := slsClient(c, c.RootSession())
	for name, test := range map[string]struct{ query, want string }{
		"grouped": {
			`action: ACCEPT | SELECT srcaddr AS a, dstport AS b, sum(bytes) AS c WHERE direction = 'in' AND "eni-id" IN ('eni-1', 'eni-3') GROUP BY a, b ORDER BY c DESC LIMIT 10`,
			"198.51.100.7 22 5000\n203.0.113.9 23 40",
		},
		"both directions": {
			`* | SELECT if(direction = 'in', srcaddr, dstaddr) AS a, sum(if(direction = 'out', try_cast(bytes AS bigint), 0)) AS b, count(*) AS c
			FROM log WHERE NOT regexp_like(srcaddr, '^10[.]') AND (dstport BETWEEN 22 AND 22 OR srcport = 22) GROUP BY 1 ORDER BY c DESC, a`,
			"198.51.100.7 9000 3\n192.0.2.1 0 1",
		},
		"distinct":     {`dstport: 22 or srcport: 22 | SELECT count(DISTINCT srcaddr) AS a, count(DISTINCT __time__ / 86400) > 1 AS b, min(packets) AS c`, "4 true 1"},
		"nothing":      {`dstport: 99 | SELECT count(*) AS a, sum(bytes) AS b`, "0 null "},
		"no group":     {`dstport: 23 | SELECT srcaddr AS a, "log-status" AS b, "end" - start AS c`, "203.0.113.9 OK 60"},
		"a bar inside": {`srcaddr: "a|b" or dstport: 23 | SELECT count(*) AS a`, "1  "},
		"limit":        {`* | SELECT srcaddr AS a, count(*) AS b GROUP BY srcaddr ORDER BY 2 DESC, 1 LIMIT 1`, "198.51.100.7 2 "},
		"like":         {`* | SELECT count(*) AS a WHERE srcaddr LIKE '203.0.%' AND dstport NOT IN (22, 24) AND coalesce(bytes, 0) < 41`, "1  "},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := asked(t, c, client, "vpc", test.query); err != nil || got != test.want {
				t.Errorf("%q, want %q (%v)", got, test.want, err)
			}
		})
	}
}

func TestStatementsThatAreRefused(t *testing.T) {
	c := startCloud(t)
	if err := c.Load([]byte(flowLogState)); err != nil {
		t.Fatal(err)
	}
	client := slsClient(c, c.RootSession())
	for name, test := range map[string]struct{ store, query, code, says string }{
		"no index":        {"bare", `* | SELECT count(*)`, "IndexConfigNotExist", "without index"},
		"no analytics":    {"search", `* | SELECT srcaddr`, "ParameterInvalid", "add the column in the index"},
		"no such column":  {"vpc", `* | SELECT sourceaddr`, "ParameterInvalid", "'sourceaddr' cannot be resolved"},
		"hyphen":          {"vpc", `* | SELECT eni-id`, "ParameterInvalid", "'eni' cannot be resolved"},
		"reserved":        {"vpc", `* | SELECT max(end)`, "ParameterInvalid", "'end'"},
		"types":           {"vpc", `* | SELECT srcaddr WHERE dstport = '22'`, "ParameterInvalid", "cannot be applied to bigint, varchar"},
		"not grouped":     {"vpc", `* | SELECT srcaddr, dstaddr, count(*) GROUP BY srcaddr`, "ParameterInvalid", "must be an aggregate"},
		"function":        {"vpc", `* | SELECT ip_to_country(srcaddr)`, "NotSupported", "ip_to_country"},
		"having":          {"vpc", `* | SELECT srcaddr, count(*) GROUP BY srcaddr HAVING count(*) > 1`, "NotSupported", "HAVING"},
		"case":            {"vpc", `* | SELECT CASE WHEN true THEN 1 END`, "NotSupported", "CASE"},
		"everything":      {"vpc", `* | SELECT *`, "NotSupported", "SELECT *"},
		"aggregate there": {"vpc", `* | SELECT srcaddr WHERE count(*) > 1`, "ParameterInvalid", "WHERE clause"},
		"no statement":    {"vpc", `* |`, "ParameterInvalid", "SELECT"},
		"rest":            {"vpc", `* | SELECT srcaddr LIMIT 1 2`, "ParameterInvalid", "'2'"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := asked(t, c, client, test.store, test.query)
			if slsCode(err) != test.code || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, want %s: …%s…", err, test.code, test.says)
			}
		})
	}
}

// The role of a practice that may search no log is refused.
func TestStatementsNeedTheAction(t *testing.T) {
	c := startCloud(t)
	if err := c.Load([]byte(flowLogState)); err != nil {
		t.Fatal(err)
	}
	p, err := kernel.ParsePolicy([]byte(`{"Version":"1","Statement":[{"Effect":"Allow","Action":"log:GetLogStoreLogs","Resource":"acs:log:*:*:project/other/logstore/vpc"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := asked(t, c, slsClient(c, c.AddUser("reader", p)), "vpc", `* | SELECT count(*)`); slsCode(err) != "Unauthorized" {
		t.Error(err)
	}
}

func TestLogsOfAStateFile(t *testing.T) {
	c := startCloud(t)
	before, err := c.Dump()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Load([]byte(flowLogState)); err != nil {
		t.Fatal(err)
	}
	if after, err := c.Dump(); err != nil || string(after) != string(before) {
		t.Errorf("the dump has logs (%v):\n%s", err, after)
	}
	if logs := c.Logs("flow-logs", "vpc"); len(logs) != 7 || logs[0]["account-id"] != c.Account || logs[2]["direction"] != "out" {
		t.Errorf("%d logs: %v", len(logs), logs[:1])
	}
	for name, test := range map[string]struct{ document, says string }{
		"project": {"logs:\n  - {project: A, logstore: b}\n", "line 2"},
		"type":    {"logs:\n  - {project: abc, logstore: bb, index: {x: number}}\n", "number"},
		"age":     {"logs:\n  - {project: abc, logstore: bb, logs: [{x: 1}]}\n", "ago"},
		"region":  {"logs:\n  - {project: abc, logstore: bb, region: mars}\n", "mars"},
	} {
		t.Run(name, func(t *testing.T) { wantMistake(t, test.document, test.says) })
	}
}
