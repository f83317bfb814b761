package alert

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ecsguard/ecsguard/shared/audit"
	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/practice"
)

// arns are the types whose tags a check reads, as the tag service names them.
var arns = map[string]string{
	"ACS::ECS::SecurityGroup":  "acs:ecs:%s:%s:securitygroup/%s",
	"ACS::ECS::Instance":       "acs:ecs:%s:%s:instance/%s",
	"ACS::ECS::Disk":           "acs:ecs:%s:%s:disk/%s",
	"ACS::VPC::VPC":            "acs:vpc:%s:%s:vpc/%s",
	"ACS::NAT::NatGateway":     "acs:vpc:%s:%s:natgateway/%s",
	"ACS::SLB::LoadBalancer":   "acs:slb:%s:%s:loadbalancer/%s",
	"ACS::ALB::Listener":       "acs:alb:%s:%s:listener/%s",
	"ACS::ALB::SecurityPolicy": "acs:alb:%s:%s:securitypolicy/%s",
}

// exemptFor is how many days an exemption that is pasted as it stands lasts.
const exemptFor = 30

// What may be put into a command or a line of the settings as it is.
var (
	aPractice = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	anID      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
)

// exempt is how to leave the resource as it is: of all practices that are named, since
// whoever else objects would act next.
func exempt(word, before string, r audit.Record) []block {
	var ids []string
	for _, id := range slices.Concat([]string{r.Practice}, r.Also, memberPractices(r)) {
		if aPractice.MatchString(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	kind, resource, of := r.ResourceType, r.Resource, "it"
	if kind == "ACS::NAT::ForwardEntry" { // an undo makes another one
		kind, resource, of = "ACS::NAT::NatGateway", r.Facts["gateway"], "its NAT gateway "+clean(r.Facts["gateway"], maxName)
	}
	until := r.Time.AddDate(0, 0, exemptFor).UTC().Format("2006-01-02")
	var lines []string
	switch form, taggable := arns[kind]; {
	case len(ids) == 0 || !anID.MatchString(resource):
		return nil
	case taggable && anID.MatchString(r.Region) && anID.MatchString(r.Account):
		before += ": tag " + of + " (until when and why is yours to say)."
		lines = []string{inert(tagCommand(fmt.Sprintf(form, r.Region, r.Account, resource), r.Region, until+" say why", ids))}
	default:
		before += `: in ecsguard.yaml, as one more of its exemptions, after "- " (until when, why and who is yours to say), and deploy it (s deploy).`
		for _, id := range ids {
			lines = append(lines, fmt.Sprintf("{practice: %s, resource: \"%s\", until: %s, because: say why, by: your name}", id, resource, until))
		}
	}
	return []block{say(word, before), fence(lines...)}
}

// tagCommand puts the tags of all exemptions on at once.
func tagCommand(arn, region, value string, practices []string) string {
	tags := map[string]string{}
	for _, id := range practices {
		tags[practice.ExemptionTag(id)] = value
	}
	text, _ := json.Marshal(tags) // words always encode
	return cloud.New("tag", "TagResources", region, "RegionId", region, "ResourceARN.1", arn, "Tags", string(text)).String()
}

func memberPractices(r audit.Record) (ids []string) {
	for _, m := range r.Members {
		ids = append(ids, m.Practice)
	}
	return ids
}

// deniedBy are what refusals for want of a permission say.
var deniedBy = []string{"forbidden", "nopermission", "no permission", "unauthorized", "not authorized", "accessdenied", "access denied", "implicitdeny", "explicitdeny"}

// denied tells whether a permission is missing.
func denied(cause string) bool {
	cause = strings.ToLower(cause)
	return slices.ContainsFunc(deniedBy, func(word string) bool { return strings.Contains(cause, word) })
}

// prepare is how the roles get what they need. Where ecsguard is may not be known.
func prepare(region string, mode practice.Mode) []block {
	words := "make the roles anew, in the project's folder. If the command changes nothing, a policy of the account or the organisation denies it."
	command := "go run ./deploy/prepare"
	if anID.MatchString(region) {
		command += " -region " + region
	} else {
		words = "make the roles anew, in the project's folder (with -region, if ecsguard is not in cn-hangzhou). If the command changes nothing, a policy of the account or the organisation denies it."
	}
	if mode == practice.Enforce || mode == practice.Approve {
		command += " -mode enforce"
	}
	return []block{say("A permission is missing:", words), fence(command)}
}

// aRequest is how an error ends: by it the cloud's support finds the call.
var aRequest = regexp.MustCompile(`\s*\(request [0-9A-Za-z-]{1,64}\)`)

// cause is an error of at most so many characters. A request id in it stays whole.
func cause(text string, limit int) string {
	requests := aRequest.FindAllString(text, 1)
	return clean(aRequest.ReplaceAllString(text, ""), limit) + strings.Join(requests, "")
}
