package cloud

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// slbFile is Classic Load Balancer.
type slbFile struct {
	Balancers []classicFile `yaml:"load-balancers,omitempty"`
}

type classicFile struct {
	ID          string                `yaml:"id"`
	Name        string                `yaml:"name,omitempty"`
	Region      string                `yaml:"region,omitempty"`
	AddressType string                `yaml:"address-type,omitempty"` // internet (default) or intranet
	Address     string                `yaml:"address"`
	Spec        string                `yaml:"spec,omitempty"`
	Charge      string                `yaml:"charge,omitempty"` // PayBySpec (default) or PayByCLCU
	VPC         string                `yaml:"vpc,omitempty"`    // default none: the classic network
	VSwitch     string                `yaml:"vswitch,omitempty"`
	Bandwidth   int                   `yaml:"bandwidth,omitempty"`
	Protected   bool                  `yaml:"deletion-protection,omitempty"`
	Tags        map[string]string     `yaml:"tags,omitempty"`
	Servers     []string              `yaml:"backend-servers,omitempty"` // instances and interfaces
	Listeners   []classicListenerFile `yaml:"listeners,omitempty"`
}

type classicListenerFile struct {
	Port     int               `yaml:"port"`
	Protocol string            `yaml:"protocol"` // http or https
	Stopped  bool              `yaml:"stopped,omitempty"`
	Managed  bool              `yaml:"service-managed,omitempty"`
	Settings map[string]string `yaml:"settings,omitempty"` // by the names of the API
	Tags     map[string]string `yaml:"tags,omitempty"`
}

// albFile is Application Load Balancer.
type albFile struct {
	Policies  []tlsPolicyFile   `yaml:"security-policies,omitempty"`
	Balancers []appBalancerFile `yaml:"load-balancers,omitempty"`
	Groups    []serverGroupFile `yaml:"server-groups,omitempty"`
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

const usualTLSPolicy = "tls_cipher_policy_1_0"

// usualSettings are those of a listener that a call says nothing about.
func usualSettings(protocol string) map[string]string {
	settings := map[string]string{
		"Bandwidth": "-1", "Gzip": "on", "IdleTimeout": "15", "RequestTimeout": "60", "Scheduler": "wrr", "StickySession": "off", "AclStatus": "off",
		"XForwardedFor": "on",
	}
	if protocol == "https" {
		settings["TLSCipherPolicy"], settings["EnableHttp2"] = usualTLSPolicy, "on"
	} else {
		settings["ListenerForward"] = "off"
	}
	return settings
}

func (c *Cloud) loadSLB(f *slbFile) (*slbState, error) {
	l, s := &ecsLoader{c: c, seen: map[string]bool{}}, &slbState{}
	for i, v := range f.Balancers {
		b, err := l.classic(v)
		if err != nil {
			return nil, at(err, "$.slb.load-balancers[%d]", i)
		}
		s.classics = append(s.classics, b)
	}
	return s, nil
}

func (l *ecsLoader) classic(f classicFile) (*classicBalancer, error) {
	r, err := l.resource(f.ID, f.Name, f.Region, "lb", f.Tags)
	if err != nil {
		return nil, err
	}
	b := &classicBalancer{
		ecsResource: r, addressType: cmp.Or(f.AddressType, "internet"), address: f.Address, spec: f.Spec, charge: cmp.Or(f.Charge, "PayBySpec"), vpc: f.VPC, vswitch: f.VSwitch,
		bandwidth: f.Bandwidth, protected: f.Protected, servers: slices.Clone(f.Servers),
	}
	if b.addressType != "internet" && b.addressType != "intranet" {
		return nil, fmt.Errorf("address-type is %q, not internet or intranet", f.AddressType)
	}
	ports := map[int]bool{}
	for _, v := range f.Listeners {
		switch {
		case v.Protocol != "http" && v.Protocol != "https":
			return nil, fmt.Errorf("the protocol of a listener is %q, not http or https", v.Protocol)
		case v.Port < 1 || v.Port > 65535:
			return nil, fmt.Errorf("no port %d", v.Port)
		case ports[v.Port]:
			return nil, fmt.Errorf("port %d has two listeners", v.Port)
		}
		ports[v.Port] = true
		listener := &classicListener{port: v.Port, protocol: v.Protocol, running: !v.Stopped, managed: v.Managed, settings: usualSettings(v.Protocol), tags: map[string]string{}}
		maps.Copy(listener.settings, v.Settings)
		maps.Copy(listener.tags, v.Tags)
		if p := listener.settings["TLSCipherPolicy"]; p != "" && !slices.Contains(classicPolicies, p) {
			return nil, fmt.Errorf("no TLSCipherPolicy %q", p)
		}
		b.listeners = append(b.listeners, listener)
	}
	return b, nil
}

// dumpSLB is the inverse of loadSLB; nothing is written where there is nothing.
func (c *Cloud) dumpSLB() *slbFile {
	if len(c.slb.classics) == 0 {
		return nil
	}
	f := &slbFile{}
	for _, b := range byID(c.slb.classics) {
		file := classicFile{
			ID: b.id, Name: b.name, Region: unless(b.region, c.Region), AddressType: unless(b.addressType, "internet"), Address: b.address, Spec: b.spec, Charge: unless(b.charge, "PayBySpec"),
			VPC: b.vpc, VSwitch: b.vswitch, Bandwidth: b.bandwidth, Protected: b.protected, Tags: maps.Clone(b.tags), Servers: slices.Clone(b.servers),
		}
		for _, l := range b.listeners {
			usual := usualSettings(l.protocol)
			settings := maps.Clone(l.settings)
			maps.DeleteFunc(settings, func(k, v string) bool { return usual[k] == v })
			file.Listeners = append(file.Listeners, classicListenerFile{
				Port: l.port, Protocol: l.protocol, Stopped: !l.running, Managed: l.managed, Settings: settings, Tags: maps.Clone(l.tags),
			})
		}
		slices.SortFunc(file.Listeners, func(a, b classicListenerFile) int { return cmp.Compare(a.Port, b.Port) })
		f.Balancers = append(f.Balancers, file)
	}
	return f
}

func (c *Cloud) loadALB(f *albFile) (*albState, error) {
	l, s := &ecsLoader{c: c, seen: map[string]bool{}}, &albState{}
	for i, v := range f.Policies {
		r, err := l.resource(v.ID, v.Name, v.Region, "spy", v.Tags)
		if err != nil {
			return nil, at(err, "$.alb.security-policies[%d]", i)
		}
		s.policies = append(s.policies, &tlsPolicy{ecsResource: r, versions: slices.Clone(v.Versions), ciphers: slices.Clone(v.Ciphers)})
	}
	var err error
	if s.groups, err = l.serverGroups("alb", f.Groups); err != nil {
		return nil, err
	}
	for i, v := range f.Balancers {
		r, err := l.resource(v.ID, v.Name, v.Region, "alb", v.Tags)
		if err != nil {
			return nil, at(err, "$.alb.load-balancers[%d]", i)
		}
		b := &appBalancer{
			ecsResource: r, addressType: cmp.Or(v.AddressType, "Internet"), edition: cmp.Or(v.Edition, "Standard"), vpc: cmp.Or(v.VPC, "vpc-1"), address6: v.Address6,
			zones: append([]any{}, v.Zones...), protected: v.Protected,
		}
		if b.addressType != "Internet" && b.addressType != "Intranet" {
			return nil, at(fmt.Errorf("address-type is %q, not Internet or Intranet", v.AddressType), "$.alb.load-balancers[%d]", i)
		}
		s.balancers = append(s.balancers, b)
		for j, listener := range v.Listeners {
			if err := l.appListener(s, b, listener); err != nil {
				return nil, at(err, "$.alb.load-balancers[%d].listeners[%d]", i, j)
			}
		}
	}
	return s, nil
}

func (l *ecsLoader) appListener(s *albState, b *appBalancer, f appListenerFile) error {
	r, err := l.resource(f.ID, "", b.region, "lsn", f.Tags)
	if err != nil {
		return err
	}
	r.description = f.Description
	v := &appListener{
		ecsResource: r, balancer: b.id, protocol: f.Protocol, port: f.Port, policy: f.Policy, idle: cmp.Or(f.Idle, 15), timeout: cmp.Or(f.Timeout, 60),
		gzip: f.Gzip == nil || *f.Gzip, http2: f.HTTP2 == nil && f.Protocol == "HTTPS" || f.HTTP2 != nil && *f.HTTP2, stopped: f.Stopped, managed: f.Managed,
		actions: f.Actions, certificates: f.Certificates,
	}
	if v.protocol != "HTTP" {
		v.policy = cmp.Or(v.policy, usualTLSPolicy)
	}
	s.listeners = append(s.listeners, v)
	switch {
	case !slices.Contains([]string{"HTTP", "HTTPS", "QUIC"}, v.protocol):
		return fmt.Errorf("protocol is %q, not HTTP, HTTPS or QUIC", f.Protocol)
	case v.port < 1 || v.port > 65535:
		return fmt.Errorf("no port %d", f.Port)
	case v.policy != "" && systemTLSPolicies[v.policy] == nil && !has(s.policies, v.policy):
		return fmt.Errorf("no security policy %q", v.policy)
	}
	return nil
}

// dumpALB is the inverse of loadALB. Jobs are left out: they are history.
func (c *Cloud) dumpALB() *albFile {
	f := &albFile{Groups: c.dumpServerGroups(c.alb.groups)}
	for _, p := range byID(c.alb.policies) {
		f.Policies = append(f.Policies, tlsPolicyFile{
			ID: p.id, Name: p.name, Region: unless(p.region, c.Region), Versions: listOf(p.versions), Ciphers: slices.Clone(p.ciphers), Tags: maps.Clone(p.tags),
		})
	}
	for _, b := range byID(c.alb.balancers) {
		file := appBalancerFile{
			ID: b.id, Name: b.name, Region: unless(b.region, c.Region), AddressType: unless(b.addressType, "Internet"), Edition: unless(b.edition, "Standard"),
			VPC: unless(b.vpc, "vpc-1"), Address6: b.address6, Zones: slices.Clone(b.zones), Protected: b.protected, Tags: maps.Clone(b.tags),
		}
		for _, l := range byID(c.alb.listeners) {
			if l.balancer == b.id {
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
		ID: l.id, Description: l.description, Port: l.port, Protocol: l.protocol, Policy: l.policy, Stopped: l.stopped, Managed: l.managed,
		Actions: slices.Clone(l.actions), Certificates: slices.Clone(l.certificates), Tags: maps.Clone(l.tags),
	}
	if l.protocol != "HTTP" {
		f.Policy = unless(l.policy, usualTLSPolicy)
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
