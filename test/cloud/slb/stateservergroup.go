package slb

import (
	"errors"
	"maps"
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

func (l *slbLoader) classicGroup(f classicGroupFile, region string) (*classicGroup, error) {
	r, err := l.Resource(f.ID, f.Name, region, "rsp", f.Tags)
	if err != nil {
		return nil, err
	}
	g := &classicGroup{Resource: r}
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
	f := classicGroupFile{ID: g.ID, Name: g.Name, Tags: maps.Clone(g.Tags)}
	for _, s := range g.servers {
		server := classicServerFile{ID: s.id, Port: s.port}
		if s.weight != 100 {
			server.Weight = &s.weight
		}
		f.Servers = append(f.Servers, server)
	}
	return f
}
