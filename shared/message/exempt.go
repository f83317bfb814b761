package message

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
	"github.com/ecsguard/ecsguard/shared/ledger"
	"github.com/ecsguard/ecsguard/shared/practice"
	"github.com/ecsguard/ecsguard/shared/resource"
)

// exemptFor is how many days an exemption that is pasted as it stands lasts.
const exemptFor = 30

// What may be put into a command or a line of the settings as it is.
var (
	aPractice = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	anID      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
)

// exempt says how to exempt resources of one kind from all practices that are named, since any
// other practice that objects would act next. Resources that cannot be named are left out.
func exempt(word, before string, records ...ledger.Record) []Block {
	practices, tagged, resources := exempted(records)
	if len(practices) == 0 || len(resources) == 0 {
		return nil
	}
	first := records[0]
	until := first.Time.AddDate(0, 0, exemptFor).UTC().Format("2006-01-02")
	if len(tagged) == len(resources) && len(tagged) <= maxTagged {
		of := "it"
		switch {
		case len(resources) > 1:
			of = "them"
		case first.TagsOf != "":
			of = "its " + resource.KindOf(first.TagType).Words + " " + resources[0]
		}
		before += ": tag " + of + " (choose the end date and the reason)."
		return []Block{run(word, before, inert(tagCall(tagged, first.Region, until+" say why", practices).String()))}
	}
	lines := exemptionLines(practices, resources, until)
	if len(lines) > maxTagged {
		return nil
	}
	before += `: in ecsguard.yaml, as one more of its exemptions, after "- " (choose the end date, the reason and the name), and deploy it (s deploy).`
	return []Block{run(word, before, lines...)}
}

// An Exemption leaves what records are about as it is: by a call that tags it, or where it
// takes no tags, by lines of the settings. With neither, it cannot be named.
type Exemption struct {
	Tag   *cloud.Call
	Lines []string
}

// Exempt is the exemption until the end of a day, from all practices that would act next.
func Exempt(until time.Time, because string, records ...ledger.Record) Exemption {
	practices, tagged, resources := exempted(records)
	day := until.UTC().Format("2006-01-02")
	switch {
	case len(practices) == 0 || len(resources) == 0:
		return Exemption{}
	case len(tagged) == len(resources) && len(tagged) <= maxTagged:
		call := tagCall(tagged, records[0].Region, day+" "+because, practices)
		return Exemption{Tag: &call}
	}
	return Exemption{Lines: exemptionLines(practices, resources, day)}
}

// exempted are the practices and the resources that records name, and the ARNs of those that
// take tags.
func exempted(records []ledger.Record) (practices, tagged, resources []string) {
	for _, r := range records {
		for _, id := range slices.Concat([]string{r.Practice}, r.Also, memberPractices(r)) {
			if aPractice.MatchString(id) && !slices.Contains(practices, id) {
				practices = append(practices, id)
			}
		}
		kind, id := r.ResourceType, r.Resource
		if r.TagsOf != "" {
			kind, id = r.TagType, r.TagsOf
		}
		if anID.MatchString(id) && !slices.Contains(resources, id) {
			resources = append(resources, id)
			if arn := resource.KindOf(kind).ARNOf(r.Region, r.Account, id); arn != "" && anID.MatchString(r.Region) && anID.MatchString(r.Account) {
				tagged = append(tagged, arn)
			}
		}
	}
	return practices, tagged, resources
}

func exemptionLines(practices, resources []string, until string) (lines []string) {
	for _, one := range resources {
		for _, id := range practices {
			lines = append(lines, fmt.Sprintf("{practice: %s, resource: \"%s\", until: %s, because: say why, by: your name}", id, one, until))
		}
	}
	return lines
}

// maxTagged is how many resources one call tags at most.
const maxTagged = 20

// tagCall puts the tags of all exemptions on at once.
func tagCall(arns []string, region, value string, practices []string) cloud.Call {
	tags := map[string]string{}
	for _, id := range practices {
		tags[practice.ExemptionTag(id)] = value
	}
	text, _ := json.Marshal(tags) // words always encode
	call := cloud.New("tag", "TagResources", region, "RegionId", region, "Tags", string(text))
	for i, arn := range arns {
		call = call.With(fmt.Sprintf("ResourceARN.%d", i+1), arn)
	}
	return call
}

func memberPractices(r ledger.Record) (ids []string) {
	for _, m := range r.Members {
		ids = append(ids, m.Practice)
	}
	return ids
}

// deniedBy are phrases in the errors that mean a missing permission.
var deniedBy = []string{"forbidden", "nopermission", "no permission", "unauthorized", "not authorized", "accessdenied", "access denied", "implicitdeny", "explicitdeny"}

// denied tells whether a permission is missing.
func denied(cause string) bool {
	cause = strings.ToLower(cause)
	return slices.ContainsFunc(deniedBy, func(word string) bool { return strings.Contains(cause, word) })
}

// prepare says how to give the roles what they need: with the command, if it is known.
func prepare(command string, mode practice.Mode) []Block {
	words := "give the roles what they need, in the project's folder"
	if command == "" {
		words += " (with --region, if ecsguard is not in cn-hangzhou"
		if command = "go run ./deploy/ecsguard prepare"; mode == practice.Enforce || mode == practice.Approve {
			command += " --mode enforce"
		} else {
			words += ", and with --mode enforce, if any practice acts"
		}
		words += ")"
	}
	return []Block{run("A permission is missing:", words+". If the command changes nothing, a policy of the account or the organisation denies it.", command)}
}

// aRequest is the id of a call, by which the cloud's support finds it.
var aRequest = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

// cutRequest takes the first request ID, and the words that introduce it, out of an error.
func cutRequest(text string) (rest, request string) {
	before, after, found := strings.Cut(text, " (request ")
	id, after, closed := strings.Cut(after, ")")
	if !found || !closed || !aRequest.MatchString(id) {
		return text, ""
	}
	return before + after, " (request " + id + ")"
}

// cause is an error of at most so many characters. The request id in it stays whole.
func cause(text string, limit int) string {
	text, request := cutRequest(text)
	return Clean(text, limit) + request
}

// kind is an error without the parts that differ from call to call.
func kind(text string) string {
	for {
		rest, request := cutRequest(text)
		if request == "" {
			return text
		}
		text = rest
	}
}
