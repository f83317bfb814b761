package slb

import (
	"cmp"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"slices"
	"strings"
	"time"

	"github.com/ecsguard/ecsguard/test/cloud/kernel"
)

// classicCertificate is one for HTTPS listeners. Its private key is not kept: nobody may read it
// again. A document says of one only what lists tell; one that was uploaded no document has.
// Client CAs (CA certificates) are another resource of the API, and left out.
type classicCertificate struct {
	kernel.Resource `yaml:",inline"`
	Domain          string `yaml:"domain,omitempty"`
	EndsIn          int    `yaml:"ends-in"`            // days from the loading on; negative: it has expired
	FromCAS         string `yaml:"from-cas,omitempty"` // the number of the certificate that it is made from

	fingerprint string
	uploaded    bool
	names       []string // besides its domain
	ends        time.Time
}

var certificateRows = kernel.Kind{Key: "certificates", Prefix: "cert", Tagged: "certificate", Type: classicCertificateKind}

// A document has no fingerprint, so the answer has none either.
func (c *classicCertificate) Defaults(*Service) { c.Domain = cmp.Or(c.Domain, "www.example.com") }

func (c *classicCertificate) Check(*Service) error { return nil }

// Complete counts from now on: a document knows no date.
func (c *classicCertificate) Complete(_ *kernel.Loader, s *Service) error {
	c.ends = s.Clock().AddDate(0, 0, c.EndsIn)
	return nil
}

// Implied tells that a document does not have it.
func (c *classicCertificate) Implied(*Service) bool { return c.uploaded }

const classicCertificateKind = "ACS::SLB::Certificate"

func onCertificate(q *kernel.Request) []string {
	return []string{q.ARN("slb", "certificate/"+q.OrElse("ServerCertificateId", "*"))}
}

// A listener names a certificate by its id, and a new certificate is a new id: replacing one means
// changing each listener. ServerCertificate and PrivateKey are optional in the metadata, as a
// certificate may come from CAS instead, which is refused here by name.
var classicCertificateActions = []action{
	{
		Name: "UploadServerCertificate", Write: true, On: onCertificate, Do: uploadCertificate,
		Params: `RegionId! ServerCertificate PrivateKey ServerCertificateName AliCloudCertificateId AliCloudCertificateName AliCloudCertificateRegionId
			ResourceGroupId ` + classicTag,
	},
	{
		Name: "DescribeServerCertificates", On: onCertificate, Do: describeCertificates,
		Params: "RegionId ServerCertificateId ResourceGroupId " + classicTag,
	},
	{Name: "SetServerCertificateName", Write: true, On: onCertificate, Do: nameCertificate, Params: "RegionId! ServerCertificateId! ServerCertificateName!"},
	{Name: "DeleteServerCertificate", Write: true, On: onCertificate, Do: deleteCertificate, Params: "RegionId ServerCertificateId!"},
}

// uploadCertificate takes a certificate whose key belongs to it.
// It is parsed, and the key is tried against it, in the order in which the real service finds
// fault: the format first. The id is the account's number and 32 hexadecimal digits.
func uploadCertificate(q *request) (any, error) {
	if q.Has("AliCloudCertificateId") {
		return nil, kernel.Refuse(400, "CertificateNotExist", "The specified certificate does not exist. (The local cloud has no Certificate Management Service.)")
	}
	for _, name := range []string{"ServerCertificate", "PrivateKey"} {
		if !q.Has(name) {
			return nil, q.Product.Missing(name)
		}
	}
	block, _ := pem.Decode([]byte(q.Str("ServerCertificate")))
	if block == nil {
		return nil, kernel.Refuse(400, "CertificateFormatInvalid", "The format of the certificate is invalid.")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, kernel.Refuse(400, "CertificateFormatInvalid", "The format of the certificate is invalid.")
	}
	if _, err := tls.X509KeyPair([]byte(q.Str("ServerCertificate")), []byte(q.Str("PrivateKey"))); err != nil {
		return nil, kernel.Refuse(400, "CertificateAndPrivateKeyIsRefusedByVerification", "The certificate and the private key do not belong together.")
	}
	sum := sha1.Sum(block.Bytes)
	cert := &classicCertificate{
		Resource: q.NewResource("cert", q.Str("ServerCertificateName")), uploaded: true, Domain: parsed.Subject.CommonName, names: parsed.DNSNames, ends: parsed.NotAfter,
		fingerprint: strings.Join(pairs(hex.EncodeToString(sum[:])), ":"),
	}
	cert.ID = q.c.Account + "_" + q.c.Random.Text(32, "0123456789abcdef")
	q.c.Certificates = append(q.c.Certificates, cert)
	q.Touch(classicCertificateKind, cert.ID)
	return cert.view(), nil
}

// pairs cuts a text into pieces of two.
func pairs(s string) []string {
	var list []string
	for ; len(s) >= 2; s = s[2:] {
		list = append(list, s[:2])
	}
	return list
}

func (c *classicCertificate) view() map[string]any {
	return map[string]any{
		"ServerCertificateId": c.ID, "ServerCertificateName": c.Name, "Fingerprint": c.fingerprint, "RegionId": c.Region, "RegionIdAlias": c.Region,
		"CommonName": c.Domain, "SubjectAlternativeNames": map[string]any{"SubjectAlternativeName": append([]string{}, c.names...)},
		"CreateTime": kernel.Stamp(c.Created), "CreateTimeStamp": c.Created.UnixMilli(), "ExpireTime": kernel.Stamp(c.ends), "ExpireTimeStamp": c.ends.UnixMilli(),
		"AliCloudCertificateId": c.FromCAS, "AliCloudCertificateName": "", "IsAliCloudCertificate": min(len(c.FromCAS), 1), "ResourceGroupId": "",
		"Tags": map[string]any{"Tag": kernel.TagViews(c.Tags, "TagKey", "TagValue")},
	}
}

// It does not page: the answer is the whole list.
func describeCertificates(q *request) (any, error) {
	views := []any{}
	for _, cert := range kernel.Within(q.Request, q.c.Certificates, func(c *classicCertificate) bool {
		return q.Matches("ServerCertificateId", c.ID) && c.HasTags(q.Request)
	}) {
		views = append(views, cert.view())
	}
	return map[string]any{"ServerCertificates": map[string]any{"ServerCertificate": views}}, nil
}

func (q *request) certificate() (*classicCertificate, error) {
	cert, ok := kernel.Find(q.Request, q.c.Certificates, q.Str("ServerCertificateId"))
	if !ok {
		return nil, kernel.Refuse(404, "CertificateNotExist", "The specified certificate does not exist.")
	}
	q.Touch(classicCertificateKind, cert.ID)
	return cert, nil
}

func nameCertificate(q *request) (any, error) {
	cert, err := q.certificate()
	if err != nil {
		return nil, err
	}
	cert.Name = q.Str("ServerCertificateName")
	return kernel.Done()
}

// One that a listener uses is refused, on whatever balancer.
func deleteCertificate(q *request) (any, error) {
	cert, err := q.certificate()
	if err != nil {
		return nil, err
	}
	for _, b := range q.c.Balancers {
		if slices.ContainsFunc(b.Listeners, func(l *classicListener) bool { return l.Settings["ServerCertificateId"] == cert.ID }) {
			return nil, kernel.Refuse(400, "CertificateBeingUsed", "The certificate is used by a listener.")
		}
	}
	q.c.Certificates = kernel.Without(q.c.Certificates, cert.ID)
	return kernel.Done()
}
