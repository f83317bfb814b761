package flowlog

import (
	"fmt"
	"strings"
	"time"
)

// mostNamed is how many sources a person wants to read.
const mostNamed = 3

// String says who came, as it is read at three in the morning.
func (a *Answer) String() string {
	switch {
	case a.Members == 0:
		return "nobody: no network interface is in the group"
	case a.Bare == a.Members:
		return "not known: no flow log that runs covers the group (the practice vpc-flow-log finds that)"
	case a.Bare+a.Silent == a.Members && len(a.Sources) == 0:
		return "not known: the flow logs of the group have no line of " + a.window()
	}
	users := a.Users()
	var parts []string
	for i, s := range users {
		if i == mostNamed {
			parts = append(parts, fmt.Sprintf("%s more", a.atLeast(len(users)-i)))
			break
		}
		parts = append(parts, s.String())
	}
	passing := len(a.Sources) - len(users)
	switch {
	case len(a.Sources) == 0:
		parts = append(parts, a.nobody()+" in "+a.window())
	case len(users) == 0:
		parts = append(parts, fmt.Sprintf("nobody for long in %s: %s briefly, as scanners do", a.window(), a.came(passing)))
	}
	parts = append(parts, a.gaps()...) // before what a message that is too long can do without
	if len(users) > 0 && passing > 0 {
		parts = append(parts, a.came(passing)+" briefly, as scanners do")
	}
	return strings.Join(parts, "; ")
}

func (a *Answer) nobody() string {
	if a.Private {
		return "nobody"
	}
	return "nobody from the internet"
}

// came is how many came in passing, with one of them.
func (a *Answer) came(n int) string {
	example := a.Sources[len(a.Sources)-n]
	return fmt.Sprintf("%s came (%s on %s)", a.atLeast(n), example.Addr, places(example.Ports))
}

// atLeast is a number of sources, of which there may be more than were asked for.
func (a *Answer) atLeast(n int) string {
	if a.Cut {
		return fmt.Sprintf("at least %d", n)
	}
	return fmt.Sprint(n)
}

// gaps is what the answer does not tell.
func (a *Answer) gaps() (gaps []string) {
	switch {
	case a.Window < Window && len(a.Users()) > 0:
		gaps = append(gaps, "the flow logs go back only "+a.span())
	case a.Window < Window:
		gaps = append(gaps, "the flow logs go back no further")
	}
	if a.Bare > 0 {
		gaps = append(gaps, fmt.Sprintf("%d of %d interfaces have no flow log that was asked", a.Bare, a.Members))
	}
	if a.Silent > 0 {
		gaps = append(gaps, fmt.Sprintf("%d of %d interfaces have a flow log without a line", a.Silent, a.Members))
	}
	if a.Unseen6 > 0 {
		gaps = append(gaps, fmt.Sprintf("%d of %d interfaces have IPv6, and a flow log of IPv4 only", a.Unseen6, a.Members))
	}
	if a.More {
		gaps = append(gaps, fmt.Sprintf("only %d interfaces were looked at", a.Members))
	}
	return gaps
}

// window is the time that the answer is about.
func (a *Answer) window() string { return "the last " + a.span() }

// span is how far back the logs reach, in a unit of which there are some.
func (a *Answer) span() string {
	switch {
	case a.Window < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(a.Window.Minutes()))
	case a.Window < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(a.Window.Hours()))
	}
	return fmt.Sprintf("%d days", int(a.Window.Hours()/24))
}

// Users are the sources that are more like users than like scanners.
func (a *Answer) Users() []Source {
	for i, s := range a.Sources {
		if !s.User() {
			return a.Sources[:i] // the users come first
		}
	}
	return a.Sources
}

// String says what the source did.
func (s Source) String() string {
	days := "1 day"
	if s.Days != 1 {
		days = fmt.Sprintf("%d days", s.Days)
	}
	stays := [...]string{Loses: "", May: ", keeps its access if its security group has it", Keeps: ", keeps its access"}[s.Access]
	return fmt.Sprintf("%s on %s (%s, %s, last %s%s)", s.Addr, places(s.Ports), size(s.Received+s.Sent), days, s.Last.UTC().Format("2006-01-02 15:04 UTC"), stays)
}

func places(ports []Port) string {
	switch len(ports) {
	case 1:
		return ports[0].String()
	case 2:
		return fmt.Sprintf("%s and %s", ports[0], ports[1])
	}
	return fmt.Sprintf("%s and %d more ports", ports[0], len(ports)-1)
}

// size writes bytes in the largest unit that leaves a whole number.
func size(n int64) string {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if n >= unit.bytes {
			return fmt.Sprintf("%d %s", n/unit.bytes, unit.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}
