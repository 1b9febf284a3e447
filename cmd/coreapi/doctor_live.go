package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"time"

	"github.com/fypass/coreapi-go"
)

const (
	stepTimeout    = 10 * time.Second // of a look-up, a connection, a handshake
	attemptTimeout = 20 * time.Second // of a call
	clockTolerance = 5 * time.Minute  // more would make certificates look expired, and logs hard to compare
)

// The subjects of the live checks, in order. Each hangs on those before it.
const (
	baseURLSubject = "base URL"
	dnsSubject     = "DNS"
	tcpSubject     = "TCP"
	tlsSubject     = "TLS"
	clockSubject   = "clock"
)

// liveHost is the API's host, as the checks know it.
type liveHost struct {
	url   *url.URL
	roots *x509.CertPool // nil: the system's
	proxy bool           // requests go through one
}

func (h liveHost) name() string { return h.url.Hostname() }

func (h liveHost) address() string {
	port := h.url.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[h.url.Scheme]
	}
	return net.JoinHostPort(h.name(), port)
}

// checkLive goes from the host's name to the operations that only read. Nothing but GET
// is sent, each once.
func (d *doctor) checkLive(ctx context.Context) {
	connected := d.checkBaseURL()
	for _, step := range []struct {
		subject string
		check   func(context.Context) finding
	}{
		{dnsSubject, d.checkDNS},
		{tcpSubject, d.checkTCP},
		{tlsSubject, d.checkTLS},
	} {
		if connected != "" {
			d.report.skip(live, step.subject, hangsOn(connected))
			continue
		}
		f := step.check(ctx)
		f.Section, f.Subject = live, step.subject
		d.report.add(f)
		if f.Outcome == fails {
			connected = step.subject
		}
	}
	d.checkOperations(ctx, connected)
}

// checkBaseURL returns the subject that failed, "" for none, as all that the rest hangs on.
func (d *doctor) checkBaseURL() (failed string) {
	base := os.Getenv("COREAPI_BASE_URL")
	f := finding{Section: live, Subject: baseURLSubject, Source: isSet, Outcome: holds}
	_, err := coreapi.New(base, coreapi.ClientKey("key"))
	switch {
	case base == "":
		err, f.Source = errors.New("COREAPI_BASE_URL is not set: set it to the API's base URL"), ""
	case err != nil:
		err = sdkCause(err)
	}
	if err == nil {
		d.host.url, err = url.Parse(base)
	}
	if err != nil {
		f.Outcome, f.Found, f.WhoActs = fails, err.Error(), you
		d.report.add(f)
		return baseURLSubject
	}
	f.Found = d.host.url.Scheme + "://" + d.host.url.Host + d.host.url.EscapedPath()
	if proxy, _ := http.ProxyFromEnvironment(&http.Request{URL: d.host.url}); proxy != nil {
		d.host.proxy = true
		f.Found += ", through the proxy that the environment names"
	}
	d.report.add(f)
	return ""
}

const throughProxy = "requests go through a proxy"

func (d *doctor) checkDNS(ctx context.Context) finding {
	if _, err := netip.ParseAddr(d.host.name()); err == nil {
		return finding{Outcome: skipped, Found: "the host is an address, not a name"}
	}
	if d.host.proxy {
		return finding{Outcome: skipped, Found: throughProxy}
	}
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, d.host.name())
	if err != nil {
		return finding{Outcome: fails, Found: dnsFault(err) + ": check COREAPI_BASE_URL and this machine's DNS", WhoActs: you}
	}
	return finding{Outcome: holds, Found: fmt.Sprintf("the name has %d address(es)", len(addresses))}
}

func dnsFault(err error) string {
	var failed *net.DNSError
	switch {
	case errors.As(err, &failed) && failed.IsNotFound:
		return "there is no host of that name"
	case isTimeout(err):
		return "the look-up took over " + stepTimeout.String()
	}
	return "the look-up failed"
}

func (d *doctor) checkTCP(ctx context.Context) finding {
	if d.host.proxy {
		return finding{Outcome: skipped, Found: throughProxy}
	}
	conn, err := (&net.Dialer{Timeout: stepTimeout}).DialContext(ctx, "tcp", d.host.address())
	if err != nil {
		return finding{Outcome: fails, Found: tcpFault(err) + ": check the base URL's port, firewalls, and whether the admin has to let this machine in", WhoActs: youThenAdmin}
	}
	conn.Close()
	return finding{Outcome: holds, Found: "a connection was made"}
}

func tcpFault(err error) string {
	if isTimeout(err) {
		return "no connection within " + stepTimeout.String()
	}
	var failed *os.SyscallError
	if errors.As(err, &failed) {
		return "no connection: " + failed.Err.Error()
	}
	return "no connection"
}

func isTimeout(err error) bool {
	var timed interface{ Timeout() bool }
	return errors.As(err, &timed) && timed.Timeout()
}

func (d *doctor) checkTLS(ctx context.Context) finding {
	switch {
	case d.host.url.Scheme == "http":
		return finding{Outcome: skipped, Found: "the base URL is http to this machine: nothing is encrypted"}
	case d.host.proxy:
		return finding{Outcome: skipped, Found: throughProxy}
	}
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: d.host.roots}}
	conn, err := dialer.DialContext(ctx, "tcp", d.host.address())
	if err != nil {
		found, who := tlsFault(err)
		return finding{Outcome: fails, Found: found, WhoActs: who}
	}
	defer conn.Close()
	return finding{Outcome: holds, Found: tls.VersionName(conn.(*tls.Conn).ConnectionState().Version) + ", and the certificate is accepted"}
}

// tlsFault says what is wrong without what the certificate has in it.
func tlsFault(err error) (found, who string) {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		plain     tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &authority):
		return "the certificate is of an authority that this machine does not trust: check the base URL's host and the trusted authorities (SSL_CERT_FILE)", youThenAdmin
	case errors.As(err, &host):
		return "the certificate is another host's: check the base URL's host", youThenAdmin
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate has expired, or is not valid yet: check this machine's clock", youThenAdmin
	case errors.As(err, &invalid):
		return "the certificate is not valid", admin
	case errors.As(err, &plain):
		return "what answers does not speak TLS: check the base URL's scheme and port", you
	case isTimeout(err):
		return "no handshake within " + stepTimeout.String(), youThenAdmin
	}
	return "the handshake failed: check the base URL's port, the TLS versions, and whether the server wants a client certificate", youThenAdmin
}
