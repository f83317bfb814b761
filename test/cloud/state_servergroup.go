package cloud

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// classicGroupFile is a group of servers of a classic balancer.
type classicGroupFile struct {
	ID      string              `yaml:"id"`
	Name    string              `yaml:"name,omitempty"`
	Tags    map[string]string   `yaml:"tags,omitempty"`
	Servers []classicServerFile `yaml:"servers,omitempty"`
}

type classicServerFile struct {
	ID     string `yaml:"id"`
	Port   int    `yaml:"port"`
	Weight *int   `yaml:"weight,omitempty"` // default 100
}

// serverGroupFile is a group of servers of Application Load Balancer, its settings by
// the names of the API.
type serverGroupFile struct {
	ID        string            `yaml:"id"`
	Name      string            `yaml:"name,omitempty"`
	Region    string            `yaml:"region,omitempty"`
	VPC       string            `yaml:"vpc,omitempty"`      // default vpc-1
	Protocol  string            `yaml:"protocol,omitempty"` // default HTTP
	Type      string            `yaml:"type,omitempty"`     // default Instance
	Health    map[string]any    `yaml:"health-check,omitempty"`
	Sticky    map[string]any    `yaml:"sticky-session,omitempty"`
	Tags      map[string]string `yaml:"tags,omitempty"`
	Balancers []string          `yaml:"load-balancers,omitempty"` // that lead to it, besides those whose listeners say so
	Servers   []groupServerFile `yaml:"servers,omitempty"`
}

type groupServerFile struct {
	ID          string `yaml:"id"` // of an instance or an interface; an address
	IP          string `yaml:"ip,omitempty"`
	Type        string `yaml:"type,omitempty"` // default by the id
	Port        int    `yaml:"port,omitempty"`
	Weight      *int   `yaml:"weight,omitempty"` // default 100
	Description string `yaml:"description,omitempty"`
}

// server is it as a call would have added it.
func (f groupServerFile) server() (map[string]any, error) {
	if f.ID == "" {
		return nil, errors.New("a server of a group needs an id")
	}
	s := map[string]any{"ServerId": f.ID, "ServerType": cmp.Or(f.Type, serverType(f.ID)), "Port": f.Port, "Weight": 100, "Status": "Available"}
	if f.Weight != nil {
		s["Weight"] = *f.Weight
	}
	for name, v := range map[string]string{"ServerIp": f.IP, "Description": f.Description} {
		if v != "" {
			s[name] = v
		}
	}
	return s, nil
}

func dumpGroupServer(s map[string]any) groupServerFile {
	text := func(name string) string { t, _ := s[name].(string); return t }
	number := func(name string) int { n, _ := strconv.Atoi(fmt.Sprint(s[name])); return n }
	f := groupServerFile{ID: text("ServerId"), IP: text("ServerIp"), Type: unless(text("ServerType"), serverType(text("ServerId"))), Port: number("Port"), Description: text("Description")}
	if w := number("Weight"); w != 100 {
		f.Weight = &w
	}
	return f
}

func (l *ecsLoader) classicGroup(f classicGroupFile, region string) (*classicGroup, error) {
	r, err := l.resource(f.ID, f.Name, region, "rsp", f.Tags)
	if err != nil {
		return nil, err
	}
	g := &classicGroup{ecsResource: r}
	for _, s := range f.Servers {
		if s.Port < 1 || s.Port > 65535 || s.ID == "" {
			return nil, errors.New("a server of a group needs an id and a port")
		}
		weight := 100
		if s.Weight != nil {
			weight = *s.Weight
		}
		g.servers = append(g.servers, classicServer{id: s.ID, kind: backendType(s.ID), port: s.Port, weight: weight})
	}
	return g, nil
}

func dumpClassicGroup(g *classicGroup) classicGroupFile {
	f := classicGroupFile{ID: g.id, Name: g.name, Tags: maps.Clone(g.tags)}
	for _, s := range g.servers {
		server := classicServerFile{ID: s.id, Port: s.port}
		if s.weight != 100 {
			server.Weight = &s.weight
		}
		f.Servers = append(f.Servers, server)
	}
	return f
}

func (l *ecsLoader) serverGroup(f serverGroupFile) (*serverGroup, error) {
	r, err := l.resource(f.ID, f.Name, f.Region, "sgp", f.Tags)
	if err != nil {
		return nil, err
	}
	g := newServerGroup(r)
	for from, into := range map[*string]*string{&f.VPC: &g.vpc, &f.Protocol: &g.protocol, &f.Type: &g.kind} {
		if *from != "" {
			*into = *from
		}
	}
	maps.Copy(g.health, f.Health)
	maps.Copy(g.sticky, f.Sticky)
	g.balancers = slices.Clone(f.Balancers)
	for _, v := range f.Servers {
		s, err := v.server()
		if err != nil {
			return nil, err
		}
		g.servers = append(g.servers, s)
	}
	return g, nil
}

func (c *Cloud) dumpServerGroups() []serverGroupFile {
	var files []serverGroupFile
	for _, g := range byID(c.alb.groups) {
		usual := newServerGroup(g.ecsResource)
		f := serverGroupFile{
			ID: g.id, Name: g.name, Region: unless(g.region, c.Region), VPC: unless(g.vpc, usual.vpc), Protocol: unless(g.protocol, usual.protocol),
			Type: unless(g.kind, usual.kind), Health: maps.Clone(g.health), Sticky: maps.Clone(g.sticky), Tags: maps.Clone(g.tags), Balancers: slices.Clone(g.balancers),
		}
		for _, s := range g.servers {
			f.Servers = append(f.Servers, dumpGroupServer(s))
		}
		for _, of := range []struct{ have, usual map[string]any }{{f.Health, usual.health}, {f.Sticky, usual.sticky}} {
			maps.DeleteFunc(of.have, func(k string, v any) bool { return fmt.Sprint(of.usual[k]) == fmt.Sprint(v) })
		}
		files = append(files, f)
	}
	return files
}
