// Package bench compares the SDK with code written by hand and with other SDKs.
// Each client has a file of its own and does the same works; bench_test.go runs
// them, run.sh prints the table.
package bench

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// thing is what a GET answers: 8 fields, 300 bytes as JSON.
type thing struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Model     string `json:"model"`
	Platform  string `json:"platform"`
	OwnerID   string `json:"ownerId"`
	Note      string `json:"note"`
	Revision  int    `json:"revision"`
	Confirmed bool   `json:"confirmed"`
}

// pair is what a POST sends: two strings.
type pair struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// session is what a POST answers: 200 bytes as JSON.
type session struct {
	State     string `json:"state"`
	UserID    string `json:"userId"`
	UserToken string `json:"userToken"`
	Region    string `json:"region"`
	Locale    string `json:"locale"`
	ExpiresIn int    `json:"expiresIn"`
}

// client is one way to call the API. Its methods are what an integrator would
// call; each file says how its client was set up.
type client interface {
	get(ctx context.Context) (thing, error)
	post(ctx context.Context, in *pair) (session, error)
	// denied is the caller's own check of the error of a 403: errors.Is where the
	// client has a sentinel for the API's code, else what its documentation shows.
	denied(err error) bool
}

// builder makes a client on a transport.
type builder func(base string, rt http.RoundTripper) client

// contender is one way to call the API, set up for each kind of work. A builder is nil
// where the client cannot do it.
type contender struct {
	name           string
	make           builder
	retrying       builder // without a wait before a retry
	signed         builder
	signedRetrying builder
}

// baseline is the contender that the others are measured against.
const baseline = "handwritten"

// own is this SDK.
const own = "ours"

// contenders in the order of the table.
var contenders = []contender{
	{baseline, newHandwritten, newHandwritten, newHandwrittenSigned, newHandwrittenSigned},
	{own, newOurs, newOursNoBackoff, newOursSigned, newOursSignedNoBackoff},
	{"retryablehttp", newRetryable, newRetryable, newRetryableSigned, newRetryableSigned},
	{"gitlab", newGitLab, newGitLab, nil, nil},
	{"godo", newGodo, newGodoRetrying, nil, nil},
	{"go-github", newGitHub, nil, nil, nil},
	{"hcloud", newHCloud, newHCloud, nil, nil},
	{"resty", newResty, newResty, nil, nil},
}

const (
	clientKey      = "key-0123456789abcdef"
	version        = "1.0.0" // of the API, in X-Version
	attemptTimeout = 30 * time.Second
	maxBody        = 4 << 20
	maxAttempts    = 4
	thingPath      = "things/42"
	sessionPath    = "sessions"
	inMemoryBase   = "https://api.example.com"
)

// The bodies. TestBodies holds them to the sizes that the works name.
const (
	thingBody = `{"id":"thg_01hzy3v9k2","name":"Front desk tablet","model":"Pixel Tablet 2","platform":"android",` +
		`"ownerId":"usr_01hzy3v9k2m4n6p8q0r2","note":"Fixed to the reception counter on the ground floor; the charger ` +
		`stays in the drawer on the left hand side, the key at desk 12.","revision":17,"confirmed":true}`
	sessionBody = `{"state":"succeeded","userId":"usr_01hzy3v9k2m4n6p8q0r2",` +
		`"userToken":"tok_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",` +
		`"region":"ap-southeast-3","locale":"id-ID","expiresIn":3600}`
	deniedBody = `{"code":"UNITSYSTEM00002","message":"The client has no access to this endpoint: contact the API's admin to get it open"}`
	busyBody   = `{"code":"REQUEST_TIMEOUT","message":"The request took too long to process. Please try it again in a moment."}`
)

var (
	wantThing = thing{
		ID: "thg_01hzy3v9k2", Name: "Front desk tablet", Model: "Pixel Tablet 2", Platform: "android",
		OwnerID: "usr_01hzy3v9k2m4n6p8q0r2", Note: "Fixed to the reception counter on the ground floor; the charger " +
			"stays in the drawer on the left hand side, the key at desk 12.", Revision: 17, Confirmed: true,
	}
	wantSession = session{
		State: "succeeded", UserID: "usr_01hzy3v9k2m4n6p8q0r2", Region: "ap-southeast-3", Locale: "id-ID", ExpiresIn: 3600,
		UserToken: "tok_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	}
	credentials = pair{Email: "ayu@example.com", Password: "correct horse battery"}
)

// answer is one canned response.
type answer struct {
	status int
	body   []byte
}

var (
	thingAnswer   = answer{http.StatusOK, []byte(thingBody)}
	sessionAnswer = answer{http.StatusOK, []byte(sessionBody)}
	deniedAnswer  = answer{http.StatusForbidden, []byte(deniedBody)}
	// busyAnswer is retryable for all: by its status for those that look at the
	// status, by its code for ours.
	busyAnswer = answer{http.StatusGatewayTimeout, []byte(busyBody)}
)

// Header values are shared, since a real transport's are no client's cost.
var (
	jsonType  = []string{"application/json"}
	requestID = []string{"req_01hzy3v9k2m4n6p8q0r2"}
)

// canned is a transport that answers in memory, in turn, so that the client is
// what is measured. It costs four allocations a request: the response, its
// header (two) and its body.
type canned struct {
	answers  []answer
	requests atomic.Int64
}

func newCanned(answers ...answer) *canned { return &canned{answers: answers} }

// RoundTrip is safe for concurrent use.
func (c *canned) RoundTrip(req *http.Request) (*http.Response, error) {
	a := c.answers[int(c.requests.Add(1)-1)%len(c.answers)]
	if req.Body != nil {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return nil, err
		}
		_ = req.Body.Close()
	}
	return a.response(req), nil
}

func (a answer) response(req *http.Request) *http.Response {
	header := make(http.Header, 2)
	header["Content-Type"] = jsonType
	header["X-Request-Id"] = requestID
	body := new(cannedBody)
	body.Reset(a.body)
	return &http.Response{
		Status:     http.StatusText(a.status),
		StatusCode: a.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        header,
		Body:          body,
		ContentLength: int64(len(a.body)),
		Request:       req,
	}
}

type cannedBody struct{ bytes.Reader }

// Close does nothing: there is no connection.
func (*cannedBody) Close() error { return nil }

// must ends a benchmark whose client cannot be made.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
