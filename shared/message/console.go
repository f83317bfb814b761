package message

import (
	"net/url"
	"strings"
)

// consoles are the pages of resources. {id} and {region} are put in escaped.
// Alibaba Cloud documents none of these addresses: they are what its console on
// the mainland shows.
var consoles = map[string]string{
	"ACS::ECS::SecurityGroup": "https://ecs.console.aliyun.com/securityGroupDetail/region/{region}/groupId/{id}/detail/intranetIngress",
	"ACS::ECS::Instance":      "https://ecs.console.aliyun.com/server/{id}/detail?regionId={region}",
	"ACS::ECS::Disk":          "https://ecs.console.aliyun.com/diskdetail/{id}/detail?regionId={region}",
	"ACS::ActionTrail::Trail": "https://actiontrail.console.aliyun.com/{region}/trails/{id}",
	"ACS::RAM::User":          "https://ram.console.aliyun.com/users/detail?userId={id}",
	"ACS::::Account":          "https://ram.console.aliyun.com/overview",
}

// ConsoleURL is the page of a resource in the console, or "" where none is known.
// No character of it can end a link in Markdown.
func ConsoleURL(resourceType, id, region string) string {
	page := consoles[resourceType]
	if resourceType == "ACS::RAM::User" && strings.Trim(id, "0123456789") != "" {
		page = "https://ram.console.aliyun.com/users" // the page of a user needs the number, not the name
	}
	for name, value := range map[string]string{"{id}": id, "{region}": region} {
		if !strings.Contains(page, name) {
			continue
		}
		// Missing, or no id at all, or dots, which would climb out of the path.
		if strings.Trim(value, ".") == "" || len(value) > 128 {
			return ""
		}
		page = strings.ReplaceAll(page, name, url.QueryEscape(value))
	}
	return page
}
