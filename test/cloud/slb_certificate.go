package cloud

import (
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"slices"
	"strings"
)

// classicCertificate is one that was uploaded for HTTPS listeners. Its private key is
// not kept: nobody may read it again.
type classicCertificate struct {
	ecsResource
	fingerprint string
	x509        *x509.Certificate
}

const classicCertificateKind = "ACS::SLB::Certificate"

func onCertificate(q *rpcRequest) []string {
	return []string{q.arn("slb", "certificate/"+q.orElse("ServerCertificateId", "*"))}
}

var classicCertificateActions = []rpcAction{
	{
		name: "UploadServerCertificate", write: true, on: onCertificate, do: uploadCertificate,
		params: `RegionId! ServerCertificate PrivateKey ServerCertificateName AliCloudCertificateId AliCloudCertificateName AliCloudCertificateRegionId
			ResourceGroupId ` + classicTag,
	},
	{
		name: "DescribeServerCertificates", on: onCertificate, do: describeCertificates,
		params: "RegionId ServerCertificateId ResourceGroupId " + classicTag,
	},
	{name: "SetServerCertificateName", write: true, on: onCertificate, do: nameCertificate, params: "RegionId! ServerCertificateId! ServerCertificateName!"},
	{name: "DeleteServerCertificate", write: true, on: onCertificate, do: deleteCertificate, params: "RegionId ServerCertificateId!"},
}

// uploadCertificate takes a certificate whose key belongs to it.
func uploadCertificate(q *rpcRequest) (any, error) {
	if q.has("AliCloudCertificateId") {
		return nil, refuse(400, "CertificateNotExist", "The specified certificate does not exist. (The local cloud has no Certificate Management Service.)")
	}
	for _, name := range []string{"ServerCertificate", "PrivateKey"} {
		if !q.has(name) {
			return nil, q.product.missing(name)
		}
	}
	block, _ := pem.Decode([]byte(q.str("ServerCertificate")))
	if block == nil {
		return nil, refuse(400, "CertificateFormatInvalid", "The format of the certificate is invalid.")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, refuse(400, "CertificateFormatInvalid", "The format of the certificate is invalid.")
	}
	if _, err := tls.X509KeyPair([]byte(q.str("ServerCertificate")), []byte(q.str("PrivateKey"))); err != nil {
		return nil, refuse(400, "CertificateAndPrivateKeyIsRefusedByVerification", "The certificate and the private key do not belong together.")
	}
	sum := sha1.Sum(block.Bytes)
	cert := &classicCertificate{
		ecsResource: q.newResource("cert", q.str("ServerCertificateName")), x509: parsed,
		fingerprint: strings.Join(pairs(hex.EncodeToString(sum[:])), ":"),
	}
	cert.id = q.c.Account + "_" + q.c.random.text(32, "0123456789abcdef")
	q.c.slb.certificates = append(q.c.slb.certificates, cert)
	q.touch(classicCertificateKind, cert.id)
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
		"ServerCertificateId": c.id, "ServerCertificateName": c.name, "Fingerprint": c.fingerprint, "RegionId": c.region, "RegionIdAlias": c.region,
		"CommonName": c.x509.Subject.CommonName, "SubjectAlternativeNames": map[string]any{"SubjectAlternativeName": append([]string{}, c.x509.DNSNames...)},
		"CreateTime": stamp(c.created), "CreateTimeStamp": c.created.UnixMilli(), "ExpireTime": stamp(c.x509.NotAfter), "ExpireTimeStamp": c.x509.NotAfter.UnixMilli(),
		"AliCloudCertificateId": "", "AliCloudCertificateName": "", "IsAliCloudCertificate": 0, "ResourceGroupId": "",
		"Tags": map[string]any{"Tag": tagViews(c.tags, "TagKey", "TagValue")},
	}
}

func describeCertificates(q *rpcRequest) (any, error) {
	views := []any{}
	for _, cert := range within(q, q.c.slb.certificates, func(c *classicCertificate) bool { return q.matches("ServerCertificateId", c.id) && c.hasTags(q) }) {
		views = append(views, cert.view())
	}
	return map[string]any{"ServerCertificates": map[string]any{"ServerCertificate": views}}, nil
}

func (q *rpcRequest) certificate() (*classicCertificate, error) {
	cert, ok := find(q, q.c.slb.certificates, q.str("ServerCertificateId"))
	if !ok {
		return nil, refuse(404, "CertificateNotExist", "The specified certificate does not exist.")
	}
	q.touch(classicCertificateKind, cert.id)
	return cert, nil
}

func nameCertificate(q *rpcRequest) (any, error) {
	cert, err := q.certificate()
	if err != nil {
		return nil, err
	}
	cert.name = q.str("ServerCertificateName")
	return done()
}

func deleteCertificate(q *rpcRequest) (any, error) {
	cert, err := q.certificate()
	if err != nil {
		return nil, err
	}
	for _, b := range q.c.slb.classics {
		if slices.ContainsFunc(b.listeners, func(l *classicListener) bool { return l.settings["ServerCertificateId"] == cert.id }) {
			return nil, refuse(400, "CertificateBeingUsed", "The certificate is used by a listener.")
		}
	}
	q.c.slb.certificates = without(q.c.slb.certificates, cert.id)
	return done()
}
