package slb

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
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
	Groups      []classicGroupFile    `yaml:"server-groups,omitempty"`
	Inactive    bool                  `yaml:"inactive,omitempty"`
	Listeners   []classicListenerFile `yaml:"listeners,omitempty"`
}

type classicListenerFile struct {
	Port     int               `yaml:"port"`
	Protocol string            `yaml:"protocol"` // http, https, tcp or udp
	Stopped  bool              `yaml:"stopped,omitempty"`
	Managed  bool              `yaml:"service-managed,omitempty"`
	Settings map[string]string `yaml:"settings,omitempty"` // by the names of the API
	Tags     map[string]string `yaml:"tags,omitempty"`
}

// usualSettings are those of a listener that a call says nothing about.
func usualSettings(protocol string) map[string]string {
	if protocol == "tcp" || protocol == "udp" {
		return layer4Settings(protocol)
	}
	settings := map[string]string{
		"Bandwidth": "-1", "Gzip": "on", "IdleTimeout": "15", "RequestTimeout": "60", "Scheduler": "wrr", "StickySession": "off", "AclStatus": "off",
		"XForwardedFor": "on",
	}
	if protocol == "https" {
		settings["TLSCipherPolicy"], settings["EnableHttp2"] = kernel.UsualTLSPolicy, "on"
	} else {
		settings["ListenerForward"] = "off"
	}
	return settings
}

func (c *Service) loadSLB(f *slbFile) (*state, error) {
	l, s := &slbLoader{c.NewLoader()}, &state{certificates: c.certificates} // no file has certificates: they stay
	for i, v := range f.Balancers {
		b, err := l.classic(v)
		if err != nil {
			return nil, kernel.At(err, "$.slb.load-balancers[%d]", i)
		}
		s.classics = append(s.classics, b)
	}
	return s, nil
}

// slbLoader builds one state.
type slbLoader struct{ kernel.Loader }

func (l *slbLoader) classic(f classicFile) (*classicBalancer, error) {
	r, err := l.Resource(f.ID, f.Name, f.Region, "lb", f.Tags)
	if err != nil {
		return nil, err
	}
	b := &classicBalancer{
		Resource: r, addressType: cmp.Or(f.AddressType, "internet"), address: f.Address, spec: f.Spec, charge: cmp.Or(f.Charge, "PayBySpec"), vpc: f.VPC, vswitch: f.VSwitch,
		bandwidth: f.Bandwidth, protected: f.Protected, servers: slices.Clone(f.Servers), inactive: f.Inactive,
	}
	for _, v := range f.Groups {
		g, err := l.classicGroup(v, r.Region)
		if err != nil {
			return nil, err
		}
		b.groups = append(b.groups, g)
	}
	if b.addressType != "internet" && b.addressType != "intranet" {
		return nil, fmt.Errorf("address-type is %q, not internet or intranet", f.AddressType)
	}
	ports := map[int]bool{}
	for _, v := range f.Listeners {
		switch {
		case !slices.Contains([]string{"http", "https", "tcp", "udp"}, v.Protocol):
			return nil, fmt.Errorf("the protocol of a listener is %q, not http, https, tcp or udp", v.Protocol)
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
func (c *Service) dumpSLB() *slbFile {
	if len(c.classics) == 0 {
		return nil
	}
	f := &slbFile{}
	for _, b := range kernel.ByID(c.classics) {
		file := classicFile{
			ID: b.ID, Name: b.Name, Region: kernel.Unless(b.Region, c.Region), AddressType: kernel.Unless(b.addressType, "internet"), Address: b.address, Spec: b.spec, Charge: kernel.Unless(b.charge, "PayBySpec"),
			VPC: b.vpc, VSwitch: b.vswitch, Bandwidth: b.bandwidth, Protected: b.protected, Tags: maps.Clone(b.Tags), Servers: slices.Clone(b.servers), Inactive: b.inactive,
		}
		for _, g := range kernel.ByID(b.groups) {
			file.Groups = append(file.Groups, dumpClassicGroup(g))
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
