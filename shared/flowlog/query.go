package flowlog

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
)

const (
	// mostRows is how many rows an answer has. Whoever was answered most comes first.
	mostRows = 200
	// mostSpans is how many spans of ports a query names; of more it names the whole
	// stretch, and what is too much is left out of the answer.
	mostSpans = 20
	// mostTerms is how many ports are searched for before the statement looks. The
	// service takes 30 terms, and name: number whether the index has text or numbers.
	mostTerms = 10
	// ephemeral is where clients' ports begin. What arrives there is mostly an answer
	// to what the member itself has asked for.
	ephemeral = 32768
)

// numbers are the protocols that rules name, by IANA's numbers.
var numbers = map[string]int64{"ICMP": 1, "TCP": 6, "UDP": 17, "GRE": 47, "ICMPv6": 58}

// The fields of both directions, as seen from the one who is not a member. Columns
// are cast because an index may have them as text, and "-" stands for no number.
const (
	peer     = `if(direction = 'in', srcaddr, dstaddr)`
	protocol = `try_cast(protocol AS bigint)`
	port     = `if(direction = 'in', try_cast(dstport AS bigint), try_cast(srcport AS bigint))`
	peerPort = `if(direction = 'in', try_cast(srcport AS bigint), try_cast(dstport AS bigint))`
	amount   = `try_cast(bytes AS bigint)`

	// nobodys are addresses of no client, 100.64.0.0/10 among them, from which the
	// cloud's own services come.
	nobodys = `^(0|127|169[.]254|100[.](6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))[.]|^(::|[fF][eEfF])`
	// private are those of private networks.
	private = `^(10|192[.]168|172[.](1[6-9]|2[0-9]|3[01]))[.]|^[fF][cCdD]`
)

// query asks for what was accepted on open ports of some interfaces. The search
// before the bar keeps down what the statement has to go through.
func query(q Question, interfaces []string) string {
	left := nobodys
	if !q.Private {
		left += "|" + private
	}
	var ids []string
	for _, id := range interfaces {
		ids = append(ids, "'"+strings.ReplaceAll(id, "'", "''")+"'")
	}
	return search(q.Open) + ` | SELECT ` + peer + ` AS peer, ` + protocol + ` AS proto, ` + port + ` AS port, ` +
		`sum(if(direction = 'in', ` + amount + `, 0)) AS received, sum(if(direction = 'out', ` + amount + `, 0)) AS sent, ` +
		`count(DISTINCT __time__ / 86400) AS days, max(__time__) AS seen ` +
		`WHERE "eni-id" IN (` + strings.Join(ids, ", ") + `) AND (` + strings.Join(conditions(q.Open), " OR ") + `) ` +
		`AND NOT regexp_like(` + peer + `, '` + left + `') ` +
		`GROUP BY 1, 2, 3 ORDER BY sent DESC, received DESC LIMIT ` + strconv.Itoa(mostRows)
}

// search narrows the logs down where a few ports are open.
func search(open practice.Scope) string {
	var terms []string
	for _, name := range slices.Sorted(maps.Keys(open)) {
		for _, s := range open[name] {
			if s.From != s.To || s.From == 0 || len(terms) == 2*mostTerms {
				return "action: ACCEPT"
			}
			terms = append(terms, fmt.Sprintf("dstport: %d", s.From), fmt.Sprintf("srcport: %d", s.From))
		}
	}
	return "action: ACCEPT and (" + strings.Join(terms, " or ") + ")"
}

func conditions(open practice.Scope) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(open)) {
		number, known := numbers[name]
		if !known {
			all = append(all, protocol+` NOT IN (1, 6, 17, 47, 58)`)
			continue
		}
		is := fmt.Sprintf("%s = %d", protocol, number)
		if ports := within(open[name]); ports != "" {
			is = "(" + is + " AND " + ports + ")"
		}
		all = append(all, is)
	}
	return slices.Compact(all)
}

// within is the condition that a port is in some spans; empty for a protocol
// without ports.
func within(spans []practice.Span) string {
	if len(spans) == 0 || spans[0].To == 0 {
		return ""
	}
	last := spans[len(spans)-1].To
	if len(spans) > mostSpans {
		spans = []practice.Span{{From: spans[0].From, To: last}}
	}
	var some []string
	for _, s := range spans {
		some = append(some, fmt.Sprintf("%s BETWEEN %d AND %d", port, s.From, s.To))
	}
	condition := "(" + strings.Join(some, " OR ") + ")"
	if last >= ephemeral {
		condition += fmt.Sprintf(" AND (%s < %d OR %s < %s)", port, ephemeral, port, peerPort)
	}
	return condition
}

// row is what one address did on one port.
type row struct {
	addr                 netip.Addr
	protocol, number     int64
	received, sent, days int64
	last                 time.Time
}

func parse(fields map[string]string) (r row, err error) {
	if r.addr, err = netip.ParseAddr(fields["peer"]); err != nil {
		return r, fmt.Errorf("%q is no address", fields["peer"])
	}
	r.addr = r.addr.Unmap()
	var last int64
	for name, into := range map[string]*int64{
		"proto": &r.protocol, "port": &r.number, "received": &r.received, "sent": &r.sent, "days": &r.days, "seen": &last,
	} {
		if fields[name] == "null" {
			continue // of logs that have no number there
		}
		if *into, err = strconv.ParseInt(fields[name], 10, 64); err != nil {
			return r, fmt.Errorf("%s is %q, no number", name, fields[name])
		}
	}
	r.last = time.Unix(last, 0).UTC()
	return r, nil
}

// name is the protocol as rules have it.
func (r row) name() string {
	for name, number := range numbers {
		if number == r.protocol {
			return name
		}
	}
	return fmt.Sprintf("protocol %d", r.protocol)
}

func (r row) at() Port {
	if name := r.name(); name != "TCP" && name != "UDP" {
		return Port{Protocol: name}
	}
	return Port{r.name(), uint16(r.number)}
}

// in tells whether the row is about what is open.
func (r row) in(open practice.Scope) bool {
	spans, ok := open[r.name()]
	if name := r.name(); name != "TCP" && name != "UDP" {
		return true // the query asked for no protocol but those that are open
	}
	return ok && slices.ContainsFunc(spans, func(s practice.Span) bool { return s.From <= int(r.number) && int(r.number) <= s.To })
}

// counts tells whether an address may be a client's, of the internet or of a private
// network.
func counts(a netip.Addr, private bool) bool {
	return exposure.Public(a) || private && a.IsPrivate()
}
