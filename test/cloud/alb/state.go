package alb

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// albFile is Application Load Balancer.
type albFile struct {
	Policies  []tlsPolicyFile   `yaml:"security-policies,omitempty"`
	Groups    []serverGroupFile `yaml:"server-groups,omitempty"`
	Balancers []appBalancerFile `yaml:"load-balancers,omitempty"`
}

type tlsPolicyFile struct {
	ID       string            `yaml:"id"`
	Name     string            `yaml:"name,omitempty"`
	Region   string            `yaml:"region,omitempty"`
	Versions []string          `yaml:"tls-versions"`
	Ciphers  []string          `yaml:"ciphers,omitempty"`
	Tags     map[string]string `yaml:"tags,omitempty"`
}

type appBalancerFile struct {
	ID          string            `yaml:"id"`
	Name        string            `yaml:"name,omitempty"`
	Region      string            `yaml:"region,omitempty"`
	AddressType string            `yaml:"address-type,omitempty"` // Internet (default) or Intranet
	Address6    string            `yaml:"ipv6-address-type,omitempty"`
	Edition     string            `yaml:"edition,omitempty"` // default Standard
	VPC         string            `yaml:"vpc,omitempty"`     // default vpc-1
	Zones       []any             `yaml:"zone-mappings,omitempty"`
	Protected   bool              `yaml:"deletion-protection,omitempty"`
	Tags        map[string]string `yaml:"tags,omitempty"`
	Listeners   []appListenerFile `yaml:"listeners,omitempty"`
}

type appListenerFile struct {
	ID           string            `yaml:"id"`
	Description  string            `yaml:"description,omitempty"`
	Port         int               `yaml:"port"`
	Protocol     string            `yaml:"protocol"`             // HTTP, HTTPS or QUIC
	Policy       string            `yaml:"tls-policy,omitempty"` // default tls_cipher_policy_1_0, but for HTTP
	Idle         int               `yaml:"idle-timeout,omitempty"`
	Timeout      int               `yaml:"request-timeout,omitempty"`
	Gzip         *bool             `yaml:"gzip,omitempty"`  // default true
	HTTP2        *bool             `yaml:"http2,omitempty"` // default by the protocol
	Stopped      bool              `yaml:"stopped,omitempty"`
	Managed      bool              `yaml:"service-managed,omitempty"`
	Actions      []any             `yaml:"default-actions,omitempty"`
	Certificates []any             `yaml:"certificates,omitempty"`
	Tags         map[string]string `yaml:"tags,omitempty"`
}

func (c *Service) loadALB(f *albFile) (*state, error) {
	l, s := &albLoader{c.NewLoader()}, &state{}
	for i, v := range f.Policies {
		r, err := l.Resource(v.ID, v.Name, v.Region, "spy", v.Tags)
		if err != nil {
			return nil, kernel.At(err, "$.alb.security-policies[%d]", i)
		}
		s.policies = append(s.policies, &tlsPolicy{Resource: r, versions: slices.Clone(v.Versions), ciphers: slices.Clone(v.Ciphers)})
	}
	for i, v := range f.Groups {
		g, err := l.serverGroup(v)
		if err != nil {
			return nil, kernel.At(err, "$.alb.server-groups[%d]", i)
		}
		s.groups = append(s.groups, g)
	}
	for i, v := range f.Balancers {
		r, err := l.Resource(v.ID, v.Name, v.Region, "alb", v.Tags)
		if err != nil {
			return nil, kernel.At(err, "$.alb.load-balancers[%d]", i)
		}
		b := &appBalancer{
			Resource: r, addressType: cmp.Or(v.AddressType, "Internet"), edition: cmp.Or(v.Edition, "Standard"), vpc: cmp.Or(v.VPC, "vpc-1"), address6: v.Address6,
			zones: append([]any{}, v.Zones...), protected: v.Protected,
		}
		if b.addressType != "Internet" && b.addressType != "Intranet" {
			return nil, kernel.At(fmt.Errorf("address-type is %q, not Internet or Intranet", v.AddressType), "$.alb.load-balancers[%d]", i)
		}
		s.balancers = append(s.balancers, b)
		for j, listener := range v.Listeners {
			if err := l.appListener(s, b, listener); err != nil {
				return nil, kernel.At(err, "$.alb.load-balancers[%d].listeners[%d]", i, j)
			}
		}
	}
	return s, nil
}

// albLoader builds one state.
type albLoader struct{ kernel.Loader }

func (l *albLoader) appListener(s *state, b *appBalancer, f appListenerFile) error {
	r, err := l.Resource(f.ID, "", b.Region, "lsn", f.Tags)
	if err != nil {
		return err
	}
	r.Description = f.Description
	v := &appListener{
		Resource: r, balancer: b.ID, protocol: f.Protocol, port: f.Port, policy: f.Policy, idle: cmp.Or(f.Idle, 15), timeout: cmp.Or(f.Timeout, 60),
		gzip: f.Gzip == nil || *f.Gzip, http2: f.HTTP2 == nil && f.Protocol == "HTTPS" || f.HTTP2 != nil && *f.HTTP2, stopped: f.Stopped, managed: f.Managed,
		actions: f.Actions, certificates: f.Certificates,
	}
	if v.protocol != "HTTP" {
		v.policy = cmp.Or(v.policy, kernel.UsualTLSPolicy)
	}
	s.listeners = append(s.listeners, v)
	switch {
	case !slices.Contains([]string{"HTTP", "HTTPS", "QUIC"}, v.protocol):
		return fmt.Errorf("protocol is %q, not HTTP, HTTPS or QUIC", f.Protocol)
	case v.port < 1 || v.port > 65535:
		return fmt.Errorf("no port %d", f.Port)
	case v.policy != "" && systemTLSPolicies[v.policy] == nil && !kernel.Has(s.policies, v.policy):
		return fmt.Errorf("no security policy %q", v.policy)
	}
	return nil
}

// dumpALB is the inverse of loadALB. Jobs are left out: they are history.
func (c *Service) dumpALB() *albFile {
	f := &albFile{Groups: c.dumpServerGroups()}
	for _, p := range kernel.ByID(c.policies) {
		f.Policies = append(f.Policies, tlsPolicyFile{
			ID: p.ID, Name: p.Name, Region: kernel.Unless(p.Region, c.Region), Versions: kernel.ListOf(p.versions), Ciphers: slices.Clone(p.ciphers), Tags: maps.Clone(p.Tags),
		})
	}
	for _, b := range kernel.ByID(c.balancers) {
		file := appBalancerFile{
			ID: b.ID, Name: b.Name, Region: kernel.Unless(b.Region, c.Region), AddressType: kernel.Unless(b.addressType, "Internet"), Edition: kernel.Unless(b.edition, "Standard"),
			VPC: kernel.Unless(b.vpc, "vpc-1"), Address6: b.address6, Zones: slices.Clone(b.zones), Protected: b.protected, Tags: maps.Clone(b.Tags),
		}
		for _, l := range kernel.ByID(c.listeners) {
			if l.balancer == b.ID {
				file.Listeners = append(file.Listeners, dumpAppListener(l))
			}
		}
		f.Balancers = append(f.Balancers, file)
	}
	if reflect.DeepEqual(f, &albFile{}) {
		return nil
	}
	return f
}

func dumpAppListener(l *appListener) appListenerFile {
	f := appListenerFile{
		ID: l.ID, Description: l.Description, Port: l.port, Protocol: l.protocol, Policy: l.policy, Stopped: l.stopped, Managed: l.managed,
		Actions: slices.Clone(l.actions), Certificates: slices.Clone(l.certificates), Tags: maps.Clone(l.Tags),
	}
	if l.protocol != "HTTP" {
		f.Policy = kernel.Unless(l.policy, kernel.UsualTLSPolicy)
	}
	if l.idle != 15 {
		f.Idle = l.idle
	}
	if l.timeout != 60 {
		f.Timeout = l.timeout
	}
	if !l.gzip {
		f.Gzip = &l.gzip
	}
	if l.http2 != (l.protocol == "HTTPS") {
		f.HTTP2 = &l.http2
	}
	return f
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
	s := map[string]any{"ServerId": f.ID, "ServerType": cmp.Or(f.Type, kernel.ServerType(f.ID)), "Port": f.Port, "Weight": 100, "Status": "Available"}
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
	f := groupServerFile{ID: text("ServerId"), IP: text("ServerIp"), Type: kernel.Unless(text("ServerType"), kernel.ServerType(text("ServerId"))), Port: number("Port"), Description: text("Description")}
	if w := number("Weight"); w != 100 {
		f.Weight = &w
	}
	return f
}

func (l *albLoader) serverGroup(f serverGroupFile) (*serverGroup, error) {
	r, err := l.Resource(f.ID, f.Name, f.Region, "sgp", f.Tags)
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

func (c *Service) dumpServerGroups() []serverGroupFile {
	var files []serverGroupFile
	for _, g := range kernel.ByID(c.groups) {
		usual := newServerGroup(g.Resource)
		f := serverGroupFile{
			ID: g.ID, Name: g.Name, Region: kernel.Unless(g.Region, c.Region), VPC: kernel.Unless(g.vpc, usual.vpc), Protocol: kernel.Unless(g.protocol, usual.protocol),
			Type: kernel.Unless(g.kind, usual.kind), Health: maps.Clone(g.health), Sticky: maps.Clone(g.sticky), Tags: maps.Clone(g.Tags), Balancers: slices.Clone(g.balancers),
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
