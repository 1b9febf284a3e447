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
	"strings"
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

// checkOperations calls what only reads. connected is the subject that keeps it from
// connecting, "" for none.
func (d *doctor) checkOperations(ctx context.Context, connected string) {
	calls := d.liveCalls()
	why := d.blockedBy(connected)
	transport := d.newTransport()
	clock := finding{Section: live, Subject: clockSubject, Outcome: skipped, Found: why}
	var found []finding
	for _, c := range calls {
		f := c.finding
		switch {
		case why != "":
			f.Outcome, f.Found = skipped, why
		case f.Outcome == "":
			f.Outcome, f.Found, f.WhoActs = d.call(ctx, transport, c)
		}
		found = append(found, f)
	}
	if why == "" {
		clock = transport.clock()
	}
	d.report.add(clock)
	for _, f := range found {
		d.report.add(f)
	}
}

// blockedBy says what keeps every call from being made, "" for nothing.
func (d *doctor) blockedBy(connected string) string {
	switch {
	case connected != "":
		return hangsOn(connected)
	case d.profileErr != nil:
		return hangsOn(profileSubject)
	case d.credentials.ClientKey == "":
		return hangsOn(clientKeySubject)
	case d.credentials.Signer == nil:
		return hangsOn(privateKeySubject)
	case d.report.outcomeOf(signatureSubject) != holds:
		return hangsOn(signatureSubject)
	}
	return ""
}

// liveCall is an operation that may be called. Its finding is filled in where it is not.
type liveCall struct {
	operation string
	arguments arguments
	finding   finding
}

// liveCalls has the operations that read, and says of each why it is not called, if so.
func (d *doctor) liveCalls() []liveCall {
	token := coreapi.Secret(os.Getenv("COREAPI_REQ_TOKEN"))
	id := os.Getenv("COREAPI_DEVICE_ID")
	var asUser []coreapi.CallOption
	if user := os.Getenv("COREAPI_USER_TOKEN"); user != "" {
		asUser = append(asUser, coreapi.WithUserToken(coreapi.Secret(user)))
	}
	unset := map[string]string{}
	if token == "" {
		unset[statusOperation] = "COREAPI_REQ_TOKEN is not set: set it to a login's reqToken to ask for its status"
	}
	if id == "" {
		unset[deviceOperation] = "COREAPI_DEVICE_ID is not set: set it to a stored device's id to ask for it"
	}
	calls := []liveCall{
		{operation: infoOperation},
		{operation: statusOperation, arguments: arguments{reqToken: token, options: asUser}},
		{operation: deviceOperation, arguments: arguments{id: id, options: asUser}},
	}
	for i, c := range calls {
		f := &calls[i].finding
		f.Section, f.Subject = live, c.operation
		if method := d.methodOf(c.operation); method != http.MethodGet {
			f.Outcome, f.Found = skipped, "its method is "+method+" in this profile, and nothing but GET is sent"
		} else if why := unset[c.operation]; why != "" {
			f.Outcome, f.Found = skipped, why
		}
	}
	return calls
}

func (d *doctor) methodOf(operation string) string {
	for _, r := range doctorRoutes(&d.profile) {
		if r.operation == operation {
			return r.effectiveMethod(&d.profile)
		}
	}
	return ""
}

// call makes one attempt.
func (d *doctor) call(ctx context.Context, transport *doctorTransport, c liveCall) (o outcome, found, who string) {
	client, err := coreapi.New(os.Getenv("COREAPI_BASE_URL"), coreapi.SignedClientKey(string(d.credentials.ClientKey), d.credentials.Signer),
		coreapi.WithProfile(d.profile), coreapi.WithHTTPClient(&http.Client{Transport: transport}),
		coreapi.WithRetryPolicy(coreapi.NoRetry()), coreapi.WithAttemptTimeout(attemptTimeout))
	var success string
	if err == nil {
		success, err = operate(ctx, client, c.operation, c.arguments)
	}
	if err == nil {
		return holds, success, ""
	}
	e := asSDKError(err)
	found = failureText(e)
	if ids := e.RequestIDs(); len(ids) > 0 {
		found += ", request id " + ids[0]
	}
	hint := profileHint(e)
	if advice := e.Guidance().Advice; !isOfProfile(e) && advice != "" {
		hint = ": " + strings.TrimSuffix(advice, ".")
	}
	return fails, found + hint, actorOn(e)
}

// doctorTransport lets GET out alone, each on a connection of its own, so that net/http
// repeats none, and keeps the first response's Date.
type doctorTransport struct {
	next http.RoundTripper
	date string
	seen bool
	at   time.Time
}

func (d *doctor) newTransport() *doctorTransport {
	next := http.DefaultTransport.(*http.Transport).Clone()
	next.DisableKeepAlives = true
	next.TLSClientConfig = &tls.Config{RootCAs: d.host.roots}
	return &doctorTransport{next: next}
}

func (t *doctorTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, errors.New("the doctor sends nothing but GET")
	}
	response, err := t.next.RoundTrip(r)
	if err == nil && !t.seen {
		t.seen, t.date, t.at = true, response.Header.Get("Date"), time.Now()
	}
	return response, err
}

// clock compares the server's clock with this machine's.
func (t *doctorTransport) clock() finding {
	f := finding{Section: live, Subject: clockSubject, Outcome: skipped}
	theirs, err := http.ParseTime(t.date)
	switch off := t.at.Sub(theirs).Round(time.Minute); {
	case !t.seen:
		f.Found = "there was no response to compare it with"
	case err != nil:
		f.Found = "the response has no Date to compare it with"
	case off > clockTolerance:
		f.Outcome, f.Found, f.WhoActs = fails, fmt.Sprintf("this machine's clock is %s ahead of the server's: set it, or tell the admin", minutes(off)), youThenAdmin
	case off < -clockTolerance:
		f.Outcome, f.Found, f.WhoActs = fails, fmt.Sprintf("this machine's clock is %s behind the server's: set it, or tell the admin", minutes(-off)), youThenAdmin
	default:
		f.Outcome, f.Found = holds, fmt.Sprintf("within %s of the server's", minutes(clockTolerance))
	}
	return f
}

func minutes(d time.Duration) string { return fmt.Sprintf("%d minutes", int(d.Minutes())) }
