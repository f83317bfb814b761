package resource

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/shared/cloud"
)

var _ = cloud.Add("cas", cloud.Product{Version: "2020-04-07", RAM: "yundun-cert", Host: cloud.Central("cas"), Page: "cas"})

// TypeCertificate is the type of a certificate of Certificate Management Service, which has one centre
// for all regions.
const TypeCertificate = "ACS::CAS::Certificate"

var _ = add(Kind{Type: TypeCertificate, Words: "certificate", Param: "CertificateId", Global: true, Written: number})

// number is a certificate's, behind which load balancers write the region: 10001-cn-hangzhou.
func number(named string) string {
	id, _, _ := strings.Cut(named, "-")
	return id
}

// A Certificate is one that was issued here, or uploaded.
type Certificate struct {
	CertificateID                                       int64
	Name, CommonName, Sans, InstanceID, Status, EndDate string

	CertEndTime int64
}

// About says which certificate it is. Lists do not tell its tags.
func (c Certificate) About() About {
	return About{Type: TypeCertificate, ID: strconv.FormatInt(c.CertificateID, 10), Name: c.Name}
}

// Ends is when it expires; zero: the answer does not say. Where only a date is told, it is the end of that day.
func (c Certificate) Ends() time.Time {
	if at := Moment(c.CertEndTime); !at.IsZero() {
		return at
	}
	if at, err := time.Parse(time.DateOnly, c.EndDate); err == nil {
		return at.AddDate(0, 0, 1)
	}
	return cloud.Time(c.EndDate)
}

// Moment is a time that an answer writes as a number: of milliseconds since 1970, or of seconds. Zero: none.
func Moment(n int64) time.Time {
	const farAsSeconds = 100_000_000_000 // the year 5138, and as milliseconds March 1973
	switch {
	case n <= 0:
		return time.Time{}
	case n < farAsSeconds:
		return time.Unix(n, 0)
	}
	return time.UnixMilli(n)
}

type certificatePage struct{ CertificateOrderList []Certificate }

func (p certificatePage) Items() []Certificate { return p.CertificateOrderList }

// Certificates reads all of the account. A call without a status tells those that are valid, so that the ones
// that have expired are asked for by name; and what was issued and what was uploaded are two lists.
func Certificates(ctx context.Context, r cloud.Reader, region string) (all []Certificate, err error) {
	for _, kind := range []string{"CERT", "UPLOAD"} {
		for _, status := range []string{"", "EXPIRED"} {
			some, err := cloud.ReadNumberedAs[certificatePage](ctx, r, cloud.New("cas", "ListUserCertificateOrder", region, "OrderType", kind, "Status", status), "CurrentPage", "ShowSize")
			if err != nil {
				return nil, fmt.Errorf("the certificates of the list %s %s: %w", kind, status, err)
			}
			all = append(all, some...)
		}
	}
	return all, nil
}
