// Package flowlog finds out from VPC flow logs who reached the members of a security group, so
// that closing a port is not a leap in the dark.
//
// A flow log has one line per connection, direction and interval of 1, 5 or 10 minutes, and
// lags by about that interval. It counts packets and does not show their contents, so a person
// has to judge. Callers that come through an Application Load Balancer, or an HTTP listener of
// a classic one, appear with the balancer's address, and are not named. Under load the cloud
// drops lines; its note of that (SKIPDATA) is not evaluated here.
package flowlog

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// Reads are the RAM actions that Ask may call.
var Reads = []string{"ecs:DescribeInstances", "ecs:DescribeNetworkInterfaces", "log:GetLogStoreLogs", "vpc:DescribeFlowLogs"}

// Window is how far back is asked. More costs more, and who came last month may have
// left.
const Window = 7 * 24 * time.Hour

// A Question is who reached some ports of a group's members.
type Question struct {
	Group, Region string
	Open          practice.Scope              // ports by protocol, "TCP"; 0 where it has none
	Private       bool                        // from private networks, too
	Came          func(netip.Addr, Port) bool // who came in by what is in question; nil: everybody
}

// An Answer is what the flow logs say.
type Answer struct {
	Private bool          // private networks are in it
	Window  time.Duration // how far back they reach; at most what was asked for
	Members int           // interfaces of the group that were looked at
	More    bool          // it has more
	Bare    int           // of those looked at, how many no log was asked about
	Silent  int           // how many are in a log that has no line
	Unseen6 int           // how many have IPv6 addresses, and a log of IPv4 only
	Sources []Source      // the users first
	Cut     bool          // there are more sources
}

// A Source is one address that reached an open port.
type Source struct {
	Addr     netip.Addr
	Ports    []Port
	Access   Access // to all of them, by what is not in question
	Received int64  // bytes that it sent to the members
	Sent     int64  // bytes that they answered with
	Days     int64  // on how many days, in UTC
	Last     time.Time
}

// A Port is a port of a protocol. Protocols without ports have the number 0.
type Port struct {
	Protocol string // "TCP"
	Number   uint16
}

func (p Port) String() string {
	if p.Protocol != "TCP" && p.Protocol != "UDP" {
		return p.Protocol
	}
	return fmt.Sprintf("%s %d", p.Protocol, p.Number)
}

// Access is whether a source is still let in when what is in question is closed.
type Access int

// The ranks of access.
const (
	Loses Access = iota
	May          // if it is in a security group that is let in, which no address tells
	Keeps
)

// Keep says of each source what access it keeps: the least of the ports that it has
// used. Users that keep theirs go behind the others.
func (a *Answer) Keep(keeps func(netip.Addr, Port) Access) {
	for i := range a.Sources {
		s := &a.Sources[i]
		s.Access = Keeps
		for _, p := range s.Ports {
			s.Access = min(s.Access, keeps(s.Addr, p))
		}
	}
	slices.SortStableFunc(a.Users(), func(x, y Source) int { return cmp.Compare(x.Access, y.Access) })
}

// What tells a user from somebody who knocks at every door. A scanner is answered
// with a few packets or a banner, mostly once.
const (
	little    = 10 << 10 // bytes both ways
	plenty    = 1 << 20  // bytes both ways that make up for a single day
	manyPorts = 10       // that one address tries
)

// User tells whether the source is more like a user than like a scanner. Whoever
// guesses passwords for days is too.
func (s Source) User() bool {
	total := s.Received + s.Sent
	return s.Received > 0 && s.Sent > 0 && total >= little && (s.Days > 1 || total >= plenty) && len(s.Ports) < manyPorts
}

// Ask asks the flow logs of the group's members, those of each member once.
func Ask(ctx context.Context, pass *practice.Pass, q Question) (*Answer, error) {
	var found members
	var logs []resource.FlowLog
	err := pass.Together(ctx,
		func(ctx context.Context) (err error) { found, err = readMembers(ctx, pass, q); return err },
		func(ctx context.Context) (err error) { logs, err = readLogs(ctx, pass, q.Region); return err })
	if err != nil {
		return nil, err
	}
	a := &Answer{Private: q.Private, Window: Window, Members: len(found.all), More: found.more}
	stores := covering(found.all, logs)
	a.Bare = a.Members - asked(stores)
	rows, oldest := make([][]map[string]string, len(stores)), make([][]map[string]string, len(stores))
	var searches []func(context.Context) error
	for i, s := range stores {
		search := func(query string, lines int, into *[]map[string]string) {
			searches = append(searches, func(ctx context.Context) (err error) {
				*into, err = pass.Search(ctx, practice.Search{
					Region: q.Region, Project: s.project, Logstore: s.logstore,
					Query: query, From: pass.Now.Add(-Window), To: pass.Now, Lines: lines,
				})
				return err
			})
		}
		search(query(q, s.interfaces), 0, &rows[i])
		search("*", 1, &oldest[i])
	}
	if err := pass.Together(ctx, searches...); err != nil {
		return nil, err
	}
	for i, s := range stores {
		if err := a.reach(s, oldest[i], pass.Now); err != nil {
			return nil, err
		}
	}
	return a, a.count(rows, q)
}

// quiet is how long a log may have no line and still be taken to reach further back.
const quiet = time.Hour

// reach tells how far back a store goes. Its oldest line says that without a right to
// read its settings: logs are kept for a day, or found only since there is an index.
func (a *Answer) reach(s store, oldest []map[string]string, now time.Time) error {
	a.Unseen6 += s.unseen6
	if len(oldest) == 0 {
		a.Silent += len(s.interfaces)
		return nil
	}
	second, err := strconv.ParseInt(oldest[0]["__time__"], 10, 64)
	if err != nil {
		return fmt.Errorf("a flow log's answer: the time of a line is %q, no number", oldest[0]["__time__"])
	}
	begun := time.Unix(second, 0)
	if s.since.After(begun) {
		begun = s.since
	}
	if age := now.Sub(begun); age < Window-quiet {
		a.Window = min(a.Window, max(age, 0))
	}
	return nil
}

// count makes sources of the answers' rows. A source may be in several: a row is
// about one port.
func (a *Answer) count(answers [][]map[string]string, q Question) error {
	sources := map[netip.Addr]*Source{}
	for _, rows := range answers {
		a.Cut = a.Cut || len(rows) == mostRows
		for _, fields := range rows {
			r, err := parse(fields)
			if err != nil {
				return fmt.Errorf("a flow log's answer: %w", err)
			}
			if !counts(r.addr, q.Private) || !r.in(q.Open) || q.Came != nil && !q.Came(r.addr, r.at()) {
				continue
			}
			s := sources[r.addr]
			if s == nil {
				s = &Source{Addr: r.addr}
				sources[r.addr] = s
			}
			s.add(r)
		}
	}
	for _, s := range sources {
		slices.SortFunc(s.Ports, func(x, y Port) int {
			return cmp.Or(cmp.Compare(x.Protocol, y.Protocol), cmp.Compare(x.Number, y.Number))
		})
		a.Sources = append(a.Sources, *s)
	}
	slices.SortFunc(a.Sources, func(x, y Source) int {
		return cmp.Or(-compare(x.User(), y.User()), -cmp.Compare(x.Received+x.Sent, y.Received+y.Sent), x.Addr.Compare(y.Addr))
	})
	return nil
}

func compare(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	}
	return -1
}

func (s *Source) add(r row) {
	if p := r.at(); !slices.Contains(s.Ports, p) {
		s.Ports = append(s.Ports, p)
	}
	s.Received += r.received
	s.Sent += r.sent
	s.Days = max(s.Days, r.days)
	if r.last.After(s.Last) {
		s.Last = r.last
	}
}
