package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/fypass/coreapi-go"
)

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
