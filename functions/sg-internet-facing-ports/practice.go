package sginternetfacingports

import (
	"context"
	_ "embed"
	"slices"

	"github.com/ecsguard/ecsguard/shared/exposure"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/publicpath"
	"github.com/ecsguard/ecsguard/shared/securitygroup"
)

//go:embed doc.go
var doc string

// Practice is sg-internet-facing-ports.
var Practice = securitygroup.Member(&practice.Practice{
	ID:       "sg-internet-facing-ports",
	Doc:      doc,
	Severity: practice.High,
	Guide:    []string{"異なるユースケースのセキュリティグループ"},
	Cites:    []string{"CIS Alibaba Cloud 3.5", "MLPS 8.1.3.2", "Cloud Config: ecs-security-group-white-list-port-check"},
	Triggers: publicpath.Paths,
	Reads:    publicpath.Reads,
	Params: append([]practice.Param{
		{Name: "ports", Kind: practice.PortRanges, Default: []string{"80", "443"}, Doc: "TCP ports and ranges (8000/8100) of services"},
		{Name: "udp-ports", Kind: practice.PortRanges, Doc: "UDP ports and ranges of services"},
		{Name: "ports-tag", Default: []string{"ecsguard:service-ports"}, Doc: "key of a tag of the group that lists further TCP ports and ranges of its service"},
		{Name: "trusted", Kind: practice.AddressBlocks, Doc: "addresses and blocks that may use every port: of administration and monitoring, the way in for emergencies"},
		{Name: "trusted-groups", Kind: practice.GroupIDs, Doc: "ids of security groups whose members may use every port, such as the bastion hosts'"},
	}, securitygroup.BastionParams("bastion-", ", which are not judged here", "")...),
	Disruptive: "whoever administers, watches or calls a machine that faces the internet, on another port than its service's, is cut off unless trusted",
	Check:      check,
})

func check(ctx context.Context, pass *practice.Pass) error {
	policy := service(pass)
	groups, err := read(ctx, pass)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if g.Bastion(pass.Param("bastion-names"), pass.Param("bastion-tags")) {
			continue
		}
		if err := look(ctx, pass, g, policy); err != nil {
			return err
		}
	}
	return nil
}

// read reads the groups that the event is about, or those of the machines that it
// leads to.
func read(ctx context.Context, pass *practice.Pass) ([]*securitygroup.Group, error) {
	switch pass.Resource.Type {
	case securitygroup.Type, securitygroup.TypePrefixList, securitygroup.TypePortList:
		return securitygroup.Read(ctx, pass)
	}
	ids, err := publicpath.Groups(ctx, pass, pass.Resource.ID)
	if err != nil {
		return nil, err
	}
	return securitygroup.ReadSeveral(ctx, pass, ids)
}

// look judges the rules first, which have been read, and only then asks who faces the
// internet.
func look(ctx context.Context, pass *practice.Pass, g *securitygroup.Group, policy exposure.Policy) error {
	o := securitygroup.Objection{
		Advice: "Who administers or watches these machines goes into trusted or trusted-groups, and a further port of the service into ports or the group's tag. Everything else belongs on machines that the internet does not reach.",
	}
	if slices.ContainsFunc(slices.Concat(publicpath.Paths, securitygroup.Attaching), func(t practice.Trigger) bool { return pass.Event.Is(t.Service, t.Name) }) {
		// The machine may be the mistake, and the path gone in a moment: who calls from
		// inside would be cut off for nothing.
		o.Tells, o.Advice = true, "The rules were right until this machine faced the internet: take the path or the group from it, or close them. The next sweep acts on what is left. "+o.Advice
	}
	listed, err := tagged(pass, g)
	if err != nil { // what its owner meant may be cut off
		o.Tells, o.Advice = true, "Put the tag right: "+err.Error()+". "+o.Advice
	}
	policy.Allowed = slices.Concat(policy.Allowed, listed)
	g.Doubt(pass)
	if breaches, err := g.Judge(policy); err != nil || len(breaches) == 0 {
		return err
	}
	face, err := publicpath.Facing(ctx, pass, g.ID)
	switch {
	case publicpath.IsUnread(err) != nil:
		publicpath.Doubt(pass, pass.Finding(g, "", ""), err)
		return nil
	case err != nil || face.Who == "":
		return err
	case face.Behind: // it calls the members on ports that only it and they know
		o.Tells = true
		for _, port := range face.Ports {
			policy.Allowed = append(policy.Allowed, exposure.PortRange{From: uint16(port), To: uint16(port)})
			policy.AllowedUDP = append(policy.AllowedUDP, exposure.PortRange{From: uint16(port), To: uint16(port)})
		}
		o.Advice = "Only a load balancer is in front, so that the internet reaches no further port as things are. " + o.Advice
	}
	o.Title = "The internet reaches " + face.Who + ", and the group opens more than the ports of its service"
	if err := trust(ctx, pass, g, &policy, &o); err != nil {
		return err
	}
	o.Policies = []exposure.Policy{policy}
	return g.Object(ctx, pass, o)
}
