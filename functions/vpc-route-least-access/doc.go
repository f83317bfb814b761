// Package vpcrouteleastaccess: routes lead no more than they have to, and only where they should.
//
// # What is wrong
//
// A route that somebody made leads everything (0.0.0.0/0 or ::/0), or a block wider than the settings
// widest (/8) and widest-ipv6 (/16), to an instance, a network interface or a virtual IP of
// instances: whoever has that machine reads and changes what all others send. Routes to the same hop are added
// up, so that two halves are the whole. Or a route to a peering connection is wider than
// the VPC at its other end: packets for others go there. Routes of the system are not judged, nor
// are routes to gateways, which are what a default route is for.
//
// # What is done
//
// A person is told. With the setting delete-new, a route that this very event has made, less than
// ten minutes ago, is deleted; the undo makes it again. One that is older may be in use. Hops of the setting
// allowed-hops may have such routes, and so may the tables of a VPC with one of the setting
// transit-tags: its firewall sees everything.
//
// # What may break
//
// With delete-new: whatever already uses the route, within these minutes.
//
// # References
//
// VPC API DescribeRouteTableList, DescribeRouteEntryList, CreateRouteEntry, DeleteRouteEntry
// (2016-04-28); VpcPeer API ListVpcPeerConnections (2022-01-01). IncorrectRouteEntryStatus and
// IncorrectStatus.RouteTable, while a table is being changed, are tried again. Not judged: tables of border routers
// and transit routers. A peering connection that cannot be read is told, and hides no other route.
package vpcrouteleastaccess
