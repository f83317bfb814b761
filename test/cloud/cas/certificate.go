package cas

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// certificate is one that was issued by the service, or uploaded to it. Its number is what is behind the dash of its id.
type certificate struct {
	kernel.Resource `yaml:",inline" dump:"no region, no description, no tags"`
	Domain          string `yaml:"domain,omitempty"`
	Uploaded        bool   `yaml:"uploaded,omitempty"`
	EndsIn          int    `yaml:"ends-in"` // days from the loading on; negative: it has expired

	ends time.Time
}

var certificateRows = kernel.Kind{Key: "certificates", Prefix: "cas", Type: certificateKind}

const certificateKind = "ACS::CAS::Certificate"

func (r *certificate) Defaults(*Service) { r.Domain = cmp.Or(r.Domain, "www.example.com") }

func (r *certificate) Check(*Service) error {
	_, err := strconv.ParseInt(r.number(), 10, 64)
	return err
}

// Complete counts from now on: a document knows no date.
func (r *certificate) Complete(_ *kernel.Loader, c *Service) error {
	r.ends = c.Clock().AddDate(0, 0, r.EndsIn)
	return nil
}

func (r *certificate) number() string { return strings.TrimPrefix(r.ID, "cas-") }

// The list is all that a practice needs. OrderType=UPLOAD is for uploaded certificates, and
// without it issued ones are listed.
var certificateActions = []action{
	{
		Name: "ListUserCertificateOrder", Do: listCertificates,
		Params: "RegionId Keyword Status OrderType=CERT|UPLOAD CurrentPage:Integer=1..1000000 ShowSize:Integer=1..1000 ResourceGroupId SourceIp",
	},
}

// status is what the service calls it, by when it ends.
func (r *certificate) status(now time.Time) string {
	switch left := r.ends.Sub(now); {
	case left <= 0:
		return "EXPIRED"
	case left < 30*24*time.Hour:
		return "WILLEXPIRED"
	}
	return "ISSUED"
}

// listCertificates: without a status those that are valid. Of what was uploaded the moment is not told,
// only the day.
func listCertificates(q *request) (any, error) {
	views, now := []any{}, q.c.Clock()
	for _, r := range q.c.kept.Certificates {
		status := r.status(now)
		wanted := q.Str("Status") == status || !q.Has("Status") && status != "EXPIRED"
		if r.Uploaded != (q.Str("OrderType") == "UPLOAD") || !wanted || !strings.Contains(r.Domain+r.ID, q.Str("Keyword")) {
			continue
		}
		id, err := strconv.ParseInt(r.number(), 10, 64)
		if err != nil {
			return nil, err
		}
		view := map[string]any{
			"CertificateId": id, "InstanceId": r.ID, "Name": r.Name, "CommonName": r.Domain, "Sans": r.Domain, "Status": status, "Expired": status == "EXPIRED",
			"Upload": r.Uploaded, "EndDate": r.ends.UTC().Format(time.DateOnly), "StartDate": r.Created.UTC().Format(time.DateOnly), "ResourceGroupId": "",
		}
		if !r.Uploaded {
			view["CertEndTime"], view["CertStartTime"] = r.ends.UnixMilli(), r.Created.UnixMilli()
		}
		views = append(views, view)
	}
	size, number := q.Num("ShowSize", 50), q.Num("CurrentPage", 1)
	from, to := kernel.PageOf(number, size, len(views))
	return map[string]any{"CertificateOrderList": views[from:to], "CurrentPage": number, "ShowSize": size, "TotalCount": len(views)}, nil
}
