package coreapitest_test

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
)

// outcome is what a call and the fake show after one fault.
type outcome struct {
	is       []error          // what the error matches
	code     coreapi.Code     // its code
	status   int              // its status; 0: no response
	delivery coreapi.Delivery // what the SDK knows of the request's fate
	retry    time.Duration    // its RetryAfter
	saved    bool             // the state has the device
	body     string           // of the error
}

var saveFaults = []struct {
	name  string
	fault coreapitest.Fault
	want  outcome
}{
	{"a code", coreapitest.Fault{Code: coreapi.CodeClientAccountSuspended, Message: "no <b>"},
		outcome{is: []error{coreapi.ErrClientSuspended}, code: coreapi.CodeClientAccountSuspended, status: 403,
			delivery: coreapi.DeliveryRejected, body: `{"code":"CLIENT_ACCOUNT_SUSPENDED","message":"no \u003cb\u003e"}`}},
	{"a code with a status of its own", coreapitest.Fault{Code: coreapi.CodeDuplicateKey, Message: "m", Status: 200},
		outcome{is: []error{coreapi.ErrDuplicateKey}, code: coreapi.CodeDuplicateKey, status: 200,
			delivery: coreapi.DeliveryRejected, body: `{"code":"DUPLICATE_KEY","message":"m"}`}},
	{"a message without a code", coreapitest.Fault{Status: 500, Message: "m"},
		outcome{is: []error{coreapi.ErrUnknownCode}, status: 500, body: `{"message":"m"}`}},
	{"a code after the state", coreapitest.Fault{Code: coreapi.CodeRequestTimeout, Message: "m", After: true},
		outcome{is: []error{coreapi.ErrRequestTimeout}, code: coreapi.CodeRequestTimeout, status: 504, saved: true,
			body: `{"code":"REQUEST_TIMEOUT","message":"m"}`}},
	{"an HTML 502", coreapitest.Fault{Status: 502, Body: "<h1>Bad gateway</h1>", ContentType: "text/html"},
		outcome{is: []error{coreapi.ErrUnknownCode}, status: 502, body: "<h1>Bad gateway</h1>"}},
	{"an HTML 502 after the state", coreapitest.Fault{Status: 502, Body: "<h1>Bad gateway</h1>", After: true},
		outcome{is: []error{coreapi.ErrUnknownCode}, status: 502, saved: true, body: "<h1>Bad gateway</h1>"}},
	{"a status alone is an empty body", coreapitest.Fault{Status: 503},
		outcome{is: []error{coreapi.ErrUnknownCode}, status: 503}},
	{"an empty 200", coreapitest.Fault{Status: 200},
		outcome{is: []error{coreapi.ErrUnexpectedResponse}, status: 200}},
	{"broken JSON is a 200", coreapitest.Fault{Body: `{"id":`},
		outcome{is: []error{coreapi.ErrUnexpectedResponse}, status: 200, body: `{"id":`}},
	{"Retry-After on a code", coreapitest.Fault{Code: coreapi.CodeRequestTimeout, Message: "m", RetryAfter: "7"},
		outcome{is: []error{coreapi.ErrRequestTimeout}, code: coreapi.CodeRequestTimeout, status: 504, retry: 7 * time.Second,
			body: `{"code":"REQUEST_TIMEOUT","message":"m"}`}},
	{"Retry-After on a raw answer", coreapitest.Fault{Status: 429, RetryAfter: "7"},
		outcome{is: []error{coreapi.ErrUnknownCode}, status: 429, delivery: coreapi.DeliveryRejected, retry: 7 * time.Second}},
	{"dropped before", coreapitest.Fault{Drop: coreapitest.DropBefore},
		outcome{is: []error{io.ErrUnexpectedEOF}}},
	{"dropped before, though there is an answer", coreapitest.Fault{Drop: coreapitest.DropBefore, Code: coreapi.CodeDuplicateKey, After: true},
		outcome{is: []error{io.ErrUnexpectedEOF}}},
	{"dropped after", coreapitest.Fault{Drop: coreapitest.DropAfter},
		outcome{is: []error{io.ErrUnexpectedEOF}, saved: true}},
	{"dropped after an answer of its own", coreapitest.Fault{Drop: coreapitest.DropAfter, Code: coreapi.CodeDuplicateKey},
		outcome{is: []error{io.ErrUnexpectedEOF}}},
	{"dropped after, not cut", coreapitest.Fault{Drop: coreapitest.DropAfter, Truncate: true},
		outcome{is: []error{io.ErrUnexpectedEOF}, saved: true}},
	{"cut", coreapitest.Fault{Truncate: true, Body: "0123456789"},
		outcome{is: []error{coreapi.ErrUnexpectedResponse, io.ErrUnexpectedEOF}, status: 200, body: "01234"}},
	{"an empty body cut", coreapitest.Fault{Truncate: true, Status: 200},
		outcome{is: []error{coreapi.ErrUnexpectedResponse, io.ErrUnexpectedEOF}, status: 200}},
	{"delayed, then answered", coreapitest.Fault{Delay: time.Millisecond, Code: coreapi.CodeRequestTimeout, Message: "m"},
		outcome{is: []error{coreapi.ErrRequestTimeout}, code: coreapi.CodeRequestTimeout, status: 504,
			body: `{"code":"REQUEST_TIMEOUT","message":"m"}`}},
}

func TestWhatAFaultDoesToASave(t *testing.T) {
	for _, tt := range saveFaults {
		t.Run(tt.name, func(t *testing.T) {
			inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
				// A connection that was used before is what net/http sends again on.
				_, err := once(s).Clients.Info(t.Context())
				require.NoError(t, err)
				s.Inject(tt.fault)
				_, err = once(s).Devices.Save(t.Context(), deviceInfo)
				require.Error(t, err)
				for _, target := range tt.want.is {
					require.ErrorIs(t, err, target)
				}
				var e *coreapi.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, tt.want, outcome{tt.want.is, e.Code, e.StatusCode, e.Delivery, e.RetryAfter, tt.want.saved, string(e.Body)})
				require.Len(t, s.Requests(), 2)

				_, err = once(s).Devices.Save(t.Context(), deviceInfo)
				require.Equal(t, tt.want.saved, errors.Is(err, coreapi.ErrDuplicateKey), "what the state has: %v", err)
			})
		})
	}
}

func TestACutAnswerOfTheStateLeavesItsWorkDone(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		s.Inject(coreapitest.Fault{Truncate: true})
		_, err := once(s).Devices.Save(t.Context(), deviceInfo)
		require.ErrorIs(t, err, coreapi.ErrUnexpectedResponse)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		_, err = once(s).Devices.Save(t.Context(), deviceInfo)
		require.ErrorIs(t, err, coreapi.ErrDuplicateKey)
	})
}

func TestASaveWhoseAnswerWasDroppedIsNotSentAgain(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		s.Inject(coreapitest.Fault{Operation: "Devices.Save", Drop: coreapitest.DropAfter})
		c := s.Client()
		_, err := c.Devices.Save(t.Context(), deviceInfo)
		var e *coreapi.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, coreapi.DeliveryUnknown, e.Delivery)
		require.Equal(t, 1, e.Attempts)
		require.Len(t, s.Requests(), 1)

		_, err = c.Devices.Save(t.Context(), deviceInfo)
		require.ErrorIs(t, err, coreapi.ErrDuplicateKey, "the lost answer's work was done")
		require.Len(t, s.Requests(), 2)
	})
}

func TestADroppedGetOnAUsedConnectionArrivesOnce(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		c := once(s)
		for _, drop := range []coreapitest.Drop{coreapitest.DropBefore, coreapitest.DropAfter} {
			s.Reset()
			_, err := c.Clients.Info(t.Context())
			require.NoError(t, err)
			s.Inject(coreapitest.Fault{Drop: drop})
			_, err = c.Clients.Info(t.Context())
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.Len(t, s.Requests(), 2, "net/http must not send it again behind the SDK's back")
		}
	})
}

func TestADroppedRequestOnAUsedConnectionArrivesOnceWhateverItsMethod(t *testing.T) {
	for _, method := range []string{"GET", "OPTIONS", "POST", "PUT"} {
		t.Run(method, func(t *testing.T) {
			s := coreapitest.NewServer(t, coreapitest.WithProfile(coreapi.Profile{ClientInfo: coreapi.Route{Method: method}}))
			client := &http.Client{Transport: &http.Transport{}}
			require.NoError(t, ask(t.Context(), client, method, s.URL+"/client"))
			s.Inject(coreapitest.Fault{Drop: coreapitest.DropBefore})
			require.ErrorIs(t, ask(t.Context(), client, method, s.URL+"/client"), io.ErrUnexpectedEOF)
			require.Len(t, s.Requests(), 2, "net/http must not send it again by itself")
		})
	}
}

// ask leaves the connection idle.
func ask(ctx context.Context, client *http.Client, method, address string) error {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}

// net/http takes a connection for a reused one, on which it sends again, that it
// dialled for a request which did not want it any more. The fake sees the first
// request on it.
func TestADroppedGetOnAConnectionDialledForAnotherArrivesOnce(t *testing.T) {
	s := coreapitest.NewServer(t)
	s.Inject(coreapitest.Fault{Drop: coreapitest.DropBefore})
	dials := make(chan chan struct{}, 2)
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		proceed := make(chan struct{})
		dials <- proceed
		<-proceed
		return new(net.Dialer).DialContext(context.WithoutCancel(ctx), network, address)
	}}}
	ended := make(chan error, 2)
	ctx, giveUp := context.WithCancel(t.Context())
	go func() { ended <- ask(ctx, client, "GET", s.URL+"/client") }()
	first := <-dials
	giveUp()
	require.ErrorIs(t, <-ended, context.Canceled)
	ctx, giveUp = context.WithTimeout(t.Context(), time.Minute)
	defer giveUp()
	go func() { ended <- ask(ctx, client, "GET", s.URL+"/client") }()
	second := <-dials
	defer close(second)
	close(first)
	require.ErrorIs(t, <-ended, io.ErrUnexpectedEOF)
	require.Len(t, s.Requests(), 1)
}

func TestADropSendsAnInterimContinueAndNothingElse(t *testing.T) {
	const interim = "HTTP/1.1 100 Continue\r\n\r\n" // what every client of HTTP/1.1 reads over
	for version, want := range map[string]string{"HTTP/1.1": interim, "HTTP/1.0": ""} {
		t.Run(version, func(t *testing.T) {
			s := coreapitest.NewServer(t)
			for _, drop := range []coreapitest.Drop{coreapitest.DropBefore, coreapitest.DropAfter} {
				s.Inject(coreapitest.Fault{Drop: drop})
				conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
				require.NoError(t, err)
				defer conn.Close()
				_, err = io.WriteString(conn, "GET /client "+version+"\r\nHost: x\r\n\r\n")
				require.NoError(t, err)
				got, err := io.ReadAll(conn)
				require.NoError(t, err)
				require.Equal(t, want, string(got))
			}
		})
	}
}

func TestARetryAfterAloneGoesOnTheStatesAnswer(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		s.Inject(coreapitest.Fault{RetryAfter: "7"})
		got := send(t, s, "GET", "/client", "")
		require.Equal(t, http.StatusOK, got.status)
		require.Equal(t, "7", got.header.Get("Retry-After"))
		require.Contains(t, got.body, `"status":"active"`)
	})
}

func TestARawAnswerHasTheContentTypeThatItWasGiven(t *testing.T) {
	inBothWays(t, func(t *testing.T, s *coreapitest.Server) {
		s.Inject(
			coreapitest.Fault{Body: "<h1>x</h1>"},
			coreapitest.Fault{Skip: 1, Body: "<h1>x</h1>", ContentType: "text/html"},
			coreapitest.Fault{Skip: 2, Status: 204},
		)
		require.Empty(t, send(t, s, "GET", "/client", "").header.Values("Content-Type"))
		require.Equal(t, "text/html", send(t, s, "GET", "/client", "").header.Get("Content-Type"))
		require.Equal(t, http.StatusNoContent, send(t, s, "GET", "/client", "").status)
	})
}

// Each letter is the answer to one request: a fault's code, or "." for the
// state's.
func TestFaultsCountEveryRequestThatTheyMatch(t *testing.T) {
	fault := func(code string, skip, times int) coreapitest.Fault {
		return coreapitest.Fault{Code: coreapi.Code(code), Skip: skip, Times: times}
	}
	for _, tt := range []struct {
		name   string
		faults []coreapitest.Fault
		want   string
	}{
		{"Times 0 is once", []coreapitest.Fault{fault("a", 0, 0)}, "a....."},
		{"Times", []coreapitest.Fault{fault("a", 0, 3)}, "aaa..."},
		{"for ever", []coreapitest.Fault{fault("a", 0, -1)}, "aaaaaa"},
		{"Skip", []coreapitest.Fault{fault("a", 2, 2)}, "..aa.."},
		{"Skip, then for ever", []coreapitest.Fault{fault("a", 4, -1)}, "....aa"},
		{"the first in order answers, the others count", []coreapitest.Fault{fault("a", 0, 1), fault("b", 0, 2), fault("c", 0, 3)}, "abc..."},
		{"a later one takes over", []coreapitest.Fault{fault("a", 1, 1), fault("b", 0, -1)}, "babbbb"},
		{"another operation's does not count", []coreapitest.Fault{{Operation: "Devices.Get", Code: "x", Times: -1}, fault("a", 1, 1)}, ".a...."},
		{"only delays let the next one answer", []coreapitest.Fault{{Delay: time.Hour, Times: 2}, fault("a", 1, 2)}, ".aa..."},
		{"Retry-After alone is an answer", []coreapitest.Fault{{RetryAfter: "1"}, fault("a", 0, 2)}, ".a...."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := coreapitest.New()
				s.Inject(tt.faults...)
				c := once(s, coreapi.WithAttemptTimeout(24*time.Hour))
				got := ""
				for range tt.want {
					_, err := c.Clients.Info(t.Context())
					if err == nil {
						got += "."
						continue
					}
					got += string(asError(t, err).Code)
				}
				require.Equal(t, tt.want, got)
			})
		})
	}
}

func TestAFaultOfAnyOperationMatchesOperationsOnly(t *testing.T) {
	s := coreapitest.New()
	s.Inject(coreapitest.Fault{Code: coreapi.CodeRequestTimeout})
	send(t, s, "GET", "/nowhere", "")
	send(t, s, "DELETE", "/device", "")
	send(t, s, "OPTIONS", "/device", "")
	send(t, s, "GET", "/hosted/login", "")
	_, err := once(s).Clients.Info(t.Context())
	require.ErrorIs(t, err, coreapi.ErrRequestTimeout)
}

func TestAFaultTellsTheTwoLoginsApart(t *testing.T) {
	s := coreapitest.New()
	s.AddUser(ana)
	s.Inject(coreapitest.Fault{Operation: "Users.Login", Code: coreapi.CodeRequestTimeout})
	_, err := once(s).Users.StartLogin(t.Context())
	require.NoError(t, err)
	_, err = once(s).Users.Login(t.Context(), anasLogin)
	require.ErrorIs(t, err, coreapi.ErrRequestTimeout)
}

func TestDelaysAddUpInFakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := coreapitest.New()
		s.Inject(coreapitest.Fault{Delay: 2 * time.Second}, coreapitest.Fault{Delay: 3 * time.Second, Code: coreapi.CodeRequestTimeout})
		begin := time.Now()
		_, err := once(s).Clients.Info(t.Context())
		require.ErrorIs(t, err, coreapi.ErrRequestTimeout)
		require.Equal(t, 5*time.Second, time.Since(begin))
	})
}

func TestRetriesTakeNoTimeInFakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := coreapitest.New()
		s.Inject(coreapitest.Fault{Code: coreapi.CodeRequestTimeout, Times: 3, RetryAfter: "20", Delay: 10 * time.Second})
		begin := time.Now()
		_, err := s.Client().Clients.Info(t.Context())
		require.NoError(t, err)
		require.Len(t, s.Requests(), 4)
		require.GreaterOrEqual(t, time.Since(begin), 90*time.Second)
		require.Less(t, time.Since(begin), 100*time.Second, "and the drawn backoff on top")
	})
}

func TestADelayEndsWithTheRequestsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := coreapitest.New()
		s.Inject(coreapitest.Fault{Delay: time.Hour, Times: -1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begin := time.Now()
		_, err := once(s, coreapi.WithAttemptTimeout(2*time.Hour)).Devices.Save(ctx, deviceInfo)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Minute, time.Since(begin))
		synctest.Wait()
		require.Len(t, s.Requests(), 1)
		s.AddDevice(deviceInfo) // it would be a mistake if the device were there
	})
}

func TestADelayOnAServerMadeOutsideTheBubbleIsInFakeTimeToo(t *testing.T) {
	s := coreapitest.NewServer(t)
	synctest.Test(t, func(t *testing.T) {
		s.Inject(coreapitest.Fault{Delay: time.Hour})
		begin := time.Now()
		req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/nowhere", nil)
		require.NoError(t, err)
		req.URL.Path = "/client"
		resp, err := s.Transport().RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, time.Hour, time.Since(begin))
	})
}

func TestADelayEndsWhenTheServerCloses(t *testing.T) {
	const delayed, late = 1, 2
	statuses := make(chan int, late)
	var ask func()
	t.Run("server", func(t *testing.T) {
		s := coreapitest.NewServer(t)
		s.Inject(coreapitest.Fault{Delay: time.Hour, Status: http.StatusTeapot, Times: -1})
		// In memory, where the closing listener cannot be what ends the request.
		ask = func() {
			req, err := http.NewRequestWithContext(context.Background(), "GET", s.URL+"/client", nil)
			check(t, err)
			resp, err := s.Transport().RoundTrip(req)
			check(t, err)
			statuses <- resp.StatusCode
		}
		go ask()
		require.Eventually(t, func() bool { return len(s.Requests()) == delayed }, time.Minute, time.Millisecond)
	})
	go ask() // after the server has closed
	for range late {
		select {
		case status := <-statuses:
			require.Equal(t, http.StatusTeapot, status, "a Delay that ended goes on")
		case <-time.After(time.Minute):
			t.Fatal("a request still waits")
		}
	}
}

func TestInjectRefusesAFaultThatMakesNoSense(t *testing.T) {
	for name, fault := range map[string]coreapitest.Fault{
		"nothing":                  {},
		"only an operation":        {Operation: "Users.Login", Times: 3},
		"only After":               {After: true},
		"unknown operation":        {Operation: "Users.Logout", Code: "x"},
		"negative Skip":            {Skip: -1, Code: "x"},
		"Times below -1":           {Times: -2, Code: "x"},
		"negative Delay":           {Delay: -1},
		"unknown Drop":             {Drop: 3},
		"negative Drop":            {Drop: -1},
		"negative Status":          {Status: -1},
		"interim Status":           {Status: 100},
		"Status of four figures":   {Status: 1000},
		"only a message":           {Message: "m"},
		"message and a raw answer": {Message: "m", Status: 500, Body: "b"},
		"code and a raw answer":    {Code: "X", Body: "b"},
		"code and a content type":  {Code: "X", ContentType: "text/html"},
		"message, content type":    {Message: "m", Status: 500, ContentType: "text/html"},
		"only a content type":      {ContentType: "text/html"},
		"header injection":         {RetryAfter: "1\r\nX: y"},
		"content type injection":   {Body: "b", ContentType: "text/html\nX: y"},
	} {
		t.Run(name, func(t *testing.T) {
			fatal, panicked := mistake(t, func(server func(...coreapitest.Option) *coreapitest.Server) {
				s := server()
				s.Inject(coreapitest.Fault{Code: coreapi.CodeRequestTimeout}, fault)
			})
			require.Contains(t, fatal, "coreapitest: Inject: fault 2: ")
			require.Equal(t, fatal, panicked)
		})
	}
}

func TestAMistakeInOneFaultInjectsNone(t *testing.T) {
	s := coreapitest.New()
	require.Panics(t, func() { s.Inject(coreapitest.Fault{Code: coreapi.CodeRequestTimeout, Times: -1}, coreapitest.Fault{}) })
	_, err := once(s).Clients.Info(t.Context())
	require.NoError(t, err)
}

func TestTwoHundredThousandFaultsThatAreUsedUpCostNothing(t *testing.T) {
	s := coreapitest.New(coreapitest.WithUnsigned())
	thousandRequests := func() time.Duration {
		began := time.Now()
		for range 1_000 {
			s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/client", nil))
		}
		return time.Since(began)
	}
	before := thousandRequests()
	s.Inject(slices.Repeat([]coreapitest.Fault{{Status: 503}}, 200_000)...)
	require.Equal(t, http.StatusServiceUnavailable, send(t, s, "GET", "/client", "").status, "it uses all up")
	require.Less(t, thousandRequests(), 10*before+100*time.Millisecond)
	require.Equal(t, http.StatusOK, send(t, s, "GET", "/client", "").status)
}

// What is left of the list answers in its order, whatever went from between.
func TestFaultsThatAreUsedUpLeaveTheOthersInTheirOrder(t *testing.T) {
	s := coreapitest.New(coreapitest.WithUnsigned())
	s.Inject(
		coreapitest.Fault{Operation: "Devices.Get", Status: 501},
		coreapitest.Fault{Status: 502},
		coreapitest.Fault{Skip: 1, Times: 2, Status: 503},
		coreapitest.Fault{Times: -1, Status: 504},
	)
	for _, want := range []int{502, 503, 503, 504, 504} {
		require.Equal(t, want, send(t, s, "GET", "/client", "").status)
	}
	require.Equal(t, 501, send(t, s, "GET", "/device?id=x", "").status)
	require.Equal(t, 504, send(t, s, "GET", "/device?id=x", "").status)
}

func TestDelaysThatAreTooLongTogetherDoNotOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := coreapitest.New()
		s.Inject(coreapitest.Fault{Delay: math.MaxInt64}, coreapitest.Fault{Delay: math.MaxInt64}, coreapitest.Fault{Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), 1000*time.Hour)
		defer cancel()
		_, err := once(s, coreapi.WithAttemptTimeout(2000*time.Hour)).Clients.Info(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
