package kernel

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// authority signs a certificate for any host, so that clients can speak https
// to the real host names. It lives and dies with the process: one for each Cloud would
// take a good part of the time of tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte

	mu      sync.Mutex
	leaves  map[string]*tls.Certificate
	servers map[string]*tls.Config

	sessions tls.ClientSessionCache // of clients in this process, which need not check a host twice
}

// certificateLife uses the machine's clock, not the cloud's: the clients that
// check certificates are real programs.
func certificateLife() (from, to time.Time) {
	now := time.Now()
	return now.Add(-24 * time.Hour), now.Add(365 * 24 * time.Hour)
}

var theAuthority = sync.OnceValues(newAuthority)

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the CA's key: %w", err)
	}
	from, to := certificateLife()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "ecsguard local cloud"},
		NotBefore:             from,
		NotAfter:              to,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("making the CA's certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading the CA's certificate: %w", err)
	}
	return &authority{
		cert:   cert,
		key:    key,
		pem:    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		leaves: map[string]*tls.Certificate{}, servers: map[string]*tls.Config{},
		sessions: tls.NewLRUClientSessionCache(64),
	}, nil
}

// leaf returns the certificate of a host, made once.
func (a *authority) leaf(host string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if cert := a.leaves[host]; cert != nil {
		return cert, nil
	}
	from, to := certificateLife()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(a.leaves) + 2)),
		Subject:      pkix.Name{CommonName: host},
		DNSNames:     []string{host},
		NotBefore:    from,
		NotAfter:     to,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	// The leaf uses the CA's key: one key less to make for each host, and
	// nothing is at stake.
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("making a certificate for %s: %w", host, err)
	}
	cert := &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: a.key}
	a.leaves[host] = cert
	return cert, nil
}

// It trusts this authority and no other: a client of the tests that reaches the real cloud by
// mistake fails at the handshake.
func (a *authority) clientConfig() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &tls.Config{RootCAs: pool, ClientSessionCache: a.sessions}
}

// serverConfig answers for one host, whatever the client says in SNI.
func (a *authority) serverConfig(host string) *tls.Config {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.servers[host] == nil {
		a.servers[host] = &tls.Config{
			NextProtos: []string{"http/1.1"},
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
				return a.leaf(host)
			},
		}
	}
	return a.servers[host]
}
