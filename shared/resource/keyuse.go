package resource

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

// A KeyUse is that an AccessKey was used, as ActionTrail's audit of keys has it: of each service and
// each address the last time, up to an hour late and 400 days back. Services that write no events
// are not among them.
type KeyUse struct {
	UsedTimestamp   int64 // milliseconds
	ServiceName, IP string
}

// At is when that was; a zero time: never.
func (u KeyUse) At() time.Time {
	if u.UsedTimestamp <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(u.UsedTimestamp).UTC()
}

// AuditedUse reads when a key was last used, also one that was deleted. A zero time: nothing is known.
func AuditedUse(ctx context.Context, r cloud.Reader, region, key string) (KeyUse, error) {
	var use KeyUse
	err := r.Read(ctx, cloud.New("actiontrail", "GetAccessKeyLastUsedInfo", region, "AccessKey", key), &use)
	return use, err
}

// KeyServices reads for which services a key was used.
func KeyServices(ctx context.Context, r cloud.Reader, region, key string) ([]KeyUse, error) {
	var answer struct{ Products []KeyUse }
	call := cloud.New("actiontrail", "GetAccessKeyLastUsedProducts", region, "AccessKey", key)
	if err := r.Read(ctx, call, &answer); err != nil {
		return nil, err
	}
	if answer.Products == nil {
		return nil, fmt.Errorf("%s: the answer has no list", call.RAM())
	}
	return answer.Products, nil
}

type keyAddresses struct {
	cloud.Page
	Ips []KeyUse
}

func (p keyAddresses) Items() []KeyUse { return p.Ips }

// KeyAddresses reads from where a key was used for a service.
func KeyAddresses(ctx context.Context, r cloud.Reader, region, key, service string) ([]KeyUse, error) {
	return cloud.ReadList[keyAddresses](ctx, r, cloud.New("actiontrail", "GetAccessKeyLastUsedIps", region, "AccessKey", key, "ServiceName", service, "PageSize", "100"))
}

// The kinds of lists of a NetworkPolicy.
const (
	PublicList = "ClassicWhiteList" // public addresses
	VPCList    = "VPCWhiteList"     // those of a VPC, which the Value names
)

// A NetworkPolicy says from where AccessKeys work. One that is empty says nothing.
type NetworkPolicy struct {
	Version    int
	Status     string
	Statements []NetworkList
}

// A NetworkList is one statement of it.
type NetworkList struct {
	Type   string
	Value  string `json:",omitempty"`
	IPList []string
}

// NoNetworkPolicy is what is set where there was none: there is no call that deletes one.
var NoNetworkPolicy = NetworkPolicy{Version: 1, Status: "Inactive", Statements: []NetworkList{}}

// Said tells whether the policy says anything.
func (p NetworkPolicy) Said() bool { return p.Status != "" }

// KeyNetworks reads the policy of a key of a user, by the whole name.
func KeyNetworks(ctx context.Context, r cloud.Reader, principal, key string) (NetworkPolicy, error) {
	return networks(ctx, r, cloud.New("ims", "GetAccessKeyPolicy", "", "UserPrincipalName", principal, "UserAccessKeyId", key))
}

// AccountNetworks reads the policy of keys that have none of their own.
func AccountNetworks(ctx context.Context, r cloud.Reader) (NetworkPolicy, error) {
	return networks(ctx, r, cloud.New("ims", "GetAccessKeyPolicyForAccount", ""))
}

// Document is the policy as it is set.
func (p NetworkPolicy) Document() string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and lists of texts always encode
	}
	return string(text)
}

func networks(ctx context.Context, r cloud.Reader, call cloud.Call) (p NetworkPolicy, err error) {
	var answer struct{ AccessKeyPolicy json.RawMessage }
	if err := r.Read(ctx, call, &answer); err != nil {
		return p, err
	}
	document := []byte(answer.AccessKeyPolicy)
	var text string // which holds the document
	if json.Unmarshal(document, &text) == nil {
		document = []byte(text)
	}
	if len(document) == 0 || string(document) == "null" {
		return p, fmt.Errorf("%s: the answer has no policy", call.RAM())
	}
	if err := cloud.Decode(call, document, &p); err != nil {
		return p, err
	}
	if p.Said() && p.Status != "Active" && p.Status != "Inactive" {
		return p, fmt.Errorf("%s: the answer does not say whether the policy is active: its status is %q", call.RAM(), p.Status)
	}
	return p, nil
}
