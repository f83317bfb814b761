package kernel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Policy is a RAM policy: what an identity may do, or, as the trust policy of
// a role, who may assume it.
type Policy struct {
	Version   string      `json:"Version"`
	Statement []Statement `json:"Statement"`
}

// Statement allows or denies. A permission has Action or NotAction, and
// Resource or NotResource; trust has Action and Principal.
type Statement struct {
	Effect      string                         `json:"Effect"`
	Action      TextList                       `json:"Action,omitempty"`
	NotAction   TextList                       `json:"NotAction,omitempty"`
	Resource    TextList                       `json:"Resource,omitempty"`
	NotResource TextList                       `json:"NotResource,omitempty"`
	Principal   map[string]TextList            `json:"Principal,omitempty"`
	Condition   map[string]map[string]TextList `json:"Condition,omitempty"`
}

// TextList is one string or several; conditions also hold bare booleans and
// numbers.
type TextList []string

// Numbers become text as fmt writes them; what compares them reads them again.
func (l *TextList) UnmarshalJSON(b []byte) error {
	var one any
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	many, ok := one.([]any)
	if !ok {
		many = []any{one}
	}
	for _, v := range many {
		switch v := v.(type) {
		case string:
			*l = append(*l, v)
		case bool, float64:
			*l = append(*l, fmt.Sprint(v))
		default:
			return fmt.Errorf("%v is neither text nor a boolean or a number", v)
		}
	}
	return nil
}

// ParsePolicy reads a policy and refuses what RAM would not understand, so
// that a misspelt operator fails here and does not silently grant nothing.
func ParsePolicy(document []byte) (Policy, error) {
	var p Policy
	dec := json.NewDecoder(bytes.NewReader(document))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Policy{}, fmt.Errorf("reading a RAM policy: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Policy{}, errors.New("reading a RAM policy: something follows the document")
	}
	if p.Version != "1" {
		return Policy{}, fmt.Errorf("reading a RAM policy: Version is %q, not \"1\"", p.Version)
	}
	if len(p.Statement) == 0 {
		return Policy{}, errors.New("reading a RAM policy: no Statement")
	}
	for i, s := range p.Statement {
		if err := s.check(); err != nil {
			return Policy{}, fmt.Errorf("reading a RAM policy: statement %d: %w", i+1, err)
		}
	}
	return p, nil
}

// JSON is the policy's document.
// Fields are in the struct's order, so two equal policies have one text.
func (p Policy) JSON() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and lists of strings always marshal
	}
	return string(b)
}

// check refuses a statement that says too little, or says something twice: RAM does not guess either.
func (s Statement) check() error {
	trust := len(s.Principal) > 0
	switch {
	case s.Effect != "Allow" && s.Effect != "Deny":
		return fmt.Errorf("the effect is %q, not Allow or Deny", s.Effect)
	case (len(s.Action) > 0) == (len(s.NotAction) > 0):
		return errors.New("exactly one of Action and NotAction is needed")
	case trust && len(s.Resource)+len(s.NotResource) > 0:
		return errors.New("a statement with Principal has no Resource")
	case !trust && (len(s.Resource) > 0) == (len(s.NotResource) > 0):
		return errors.New("exactly one of Resource and NotResource is needed")
	}
	for _, a := range slices.Concat(s.Action, s.NotAction) {
		if a != "*" && strings.Count(a, ":") != 1 {
			return fmt.Errorf("action %q is not service:Action", a)
		}
	}
	for _, r := range slices.Concat(s.Resource, s.NotResource) {
		if r != "*" && (!strings.HasPrefix(r, "acs:") || strings.Count(r, ":") < 4) {
			return fmt.Errorf("resource %q is not acs:service:region:account:resource", r)
		}
	}
	for kind := range s.Principal {
		if !slices.Contains([]string{"RAM", "Service", "Federated"}, kind) {
			return fmt.Errorf("principal %q is not RAM, Service or Federated", kind)
		}
	}
	return s.checkConditions()
}

// checkConditions tries every condition once, so that a value which no request could ever be compared
// with is found when the policy is written. Keys that are not of acs: may be anything.
func (s Statement) checkConditions() error {
	for operator, keys := range s.Condition {
		compare := operators[operator]
		if compare == nil {
			return fmt.Errorf("condition operator %q is not known", operator)
		}
		for key, wanted := range keys {
			if strings.HasPrefix(key, "acs:") && !slices.Contains(knownKeys, key) && !isTagKey(key) {
				return fmt.Errorf("condition key %q is not known", key)
			}
			for _, w := range wanted {
				if _, err := compare(probe(operator), w); err != nil {
					return fmt.Errorf("condition %s %s: %w", operator, key, err)
				}
			}
		}
	}
	return nil
}

// probe is a value of the kind that an operator compares, to try a condition.
func probe(operator string) string {
	switch {
	case strings.HasSuffix(operator, "IpAddress"):
		return "192.0.2.1"
	case strings.HasPrefix(operator, "Date"):
		return "2026-01-01T00:00:00Z"
	case strings.HasPrefix(operator, "Numeric"):
		return "1"
	}
	return "true"
}

// knownKeys are the condition keys of this cloud. No call comes to it by a VPC endpoint.
var knownKeys = []string{
	"acs:SourceIp", "acs:SecureTransport", "acs:MFAPresent", "acs:CurrentTime", "acs:PrincipalARN", "acs:ViaAliyunService", "acs:SourceVpc", "acs:VpcSourceIp",
}

// The tags of the resource that a call is about, and those that it brings.
const (
	resourceTagKey = "acs:ResourceTag/"
	requestTagKey  = "acs:RequestTag/"
)

// isTagKey says whether a key names a tag of the resource or of the request, whatever the tag.
func isTagKey(key string) bool {
	return len(key) > len(resourceTagKey) && strings.HasPrefix(key, resourceTagKey) ||
		len(key) > len(requestTagKey) && strings.HasPrefix(key, requestTagKey)
}

// operators compare what the request has with what the policy wants.
var operators = map[string]func(have, want string) (bool, error){
	"StringEquals":              func(have, want string) (bool, error) { return have == want, nil },
	"StringNotEquals":           func(have, want string) (bool, error) { return have != want, nil },
	"StringEqualsIgnoreCase":    func(have, want string) (bool, error) { return strings.EqualFold(have, want), nil },
	"StringNotEqualsIgnoreCase": func(have, want string) (bool, error) { return !strings.EqualFold(have, want), nil },
	"StringLike":                func(have, want string) (bool, error) { return Wildcard(want, have), nil },
	"StringNotLike":             func(have, want string) (bool, error) { return !Wildcard(want, have), nil },
	"NumericEquals":             compareNumber(func(have, want float64) bool { return have == want }),
	"NumericNotEquals":          compareNumber(func(have, want float64) bool { return have != want }),
	"NumericLessThan":           compareNumber(func(have, want float64) bool { return have < want }),
	"NumericLessThanEquals":     compareNumber(func(have, want float64) bool { return have <= want }),
	"NumericGreaterThan":        compareNumber(func(have, want float64) bool { return have > want }),
	"NumericGreaterThanEquals":  compareNumber(func(have, want float64) bool { return have >= want }),
	"Bool":                      compareBool,
	"IpAddress":                 compareIP,
	"NotIpAddress":              func(have, want string) (bool, error) { return negate(compareIP(have, want)) },
	"DateLessThan":              compareDate(func(c int) bool { return c < 0 }),
	"DateLessThanEquals":        compareDate(func(c int) bool { return c <= 0 }),
	"DateGreaterThan":           compareDate(func(c int) bool { return c > 0 }),
	"DateGreaterThanEquals":     compareDate(func(c int) bool { return c >= 0 }),
	"DateEquals":                compareDate(func(c int) bool { return c == 0 }),
	"DateNotEquals":             compareDate(func(c int) bool { return c != 0 }),
}

// negative operators have to hold for every value listed, the others for one.
func negativeOperator(name string) bool { return strings.Contains(name, "Not") }

func negate(ok bool, err error) (bool, error) { return !ok, err }

// The comparisons return an error only for what the policy wants: that is known when it is written. A
// request that has something else than a number, an address or a date meets no condition.
func compareBool(have, want string) (bool, error) {
	if want != "true" && want != "false" {
		return false, fmt.Errorf("%q is neither true nor false", want)
	}
	return have == want, nil
}

func compareNumber(ok func(have, want float64) bool) func(have, want string) (bool, error) {
	return func(have, want string) (bool, error) {
		w, err := strconv.ParseFloat(want, 64)
		if err != nil {
			return false, fmt.Errorf("%q is not a number", want)
		}
		h, err := strconv.ParseFloat(have, 64)
		return err == nil && ok(h, w), nil
	}
}

// compareIP takes an IPv4 address in IPv6 form as the IPv4 address that it is.
func compareIP(have, want string) (bool, error) {
	prefix, err := ParseCIDR(want)
	if err != nil {
		return false, err
	}
	addr, err := netip.ParseAddr(have)
	return err == nil && prefix.Contains(addr.Unmap()), nil
}

func compareDate(ok func(int) bool) func(have, want string) (bool, error) {
	return func(have, want string) (bool, error) {
		w, err := time.Parse(time.RFC3339, want)
		if err != nil {
			return false, fmt.Errorf("%q is not a date such as 2026-01-31T12:00:00Z", want)
		}
		h, err := time.Parse(time.RFC3339, have)
		return err == nil && ok(h.Compare(w)), nil
	}
}

// ParseCIDR reads a block or a single address.
// Bits behind the mask are dropped, as security groups do; blocks of VPC are refused for them
// elsewhere.
func ParseCIDR(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not an address or a CIDR block", s)
	}
	return p.Masked(), nil
}
