package temporaldevices

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/fypass/coreapi-go/examples/durable/internal/failing"
)

// save makes one attempt to save the record's device, after a login.
func (b *bench) save(t *testing.T) error {
	t.Helper()
	b.loggedIn(t, "1")
	_, err := b.activities().ExecuteActivity(b.a.SaveDevice, "1")
	return err
}

func TestADeviceIsSavedByOneRequest(t *testing.T) {
	b := newBench([]string{"1"})
	require.NoError(t, b.save(t))
	require.Len(t, b.sent("Devices.Save"), 1)
	require.Empty(t, b.desk.reports)
}

func TestAClientsCodeIsNotRetriedAndHasItsReport(t *testing.T) {
	for _, code := range []coreapi.Code{
		coreapi.CodeClientAccountInactive, coreapi.CodeClientAccountSuspended, coreapi.CodeClientAccountDeleted,
		coreapi.CodeClientKeyNotFound, coreapi.CodeEndpointForbidden,
	} {
		t.Run(string(code), func(t *testing.T) {
			b := newBench([]string{"1"})
			b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: code})
			failed := failure(t, b.save(t))
			require.Equal(t, string(code), failed.Type())
			require.True(t, failed.NonRetryable())
			var report string
			require.NoError(t, failed.Details(&report))
			require.Contains(t, report, "Code: "+string(code))
			require.Empty(t, b.desk.reports, "ClientStopped hands it over, once for all")
		})
	}
}

func TestAUsersCodeEndsItsWorkAloneWithItsReport(t *testing.T) {
	for _, code := range []coreapi.Code{coreapi.CodeUserNotActive, coreapi.CodeUserSuspended, coreapi.CodeUserDeleted} {
		t.Run(string(code), func(t *testing.T) {
			b := newBench([]string{"1"})
			b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: code})
			failed := failure(t, b.save(t))
			require.Equal(t, string(code), failed.Type())
			require.True(t, failed.NonRetryable())
			require.False(t, failed.HasDetails(), "no work of others stops")
			require.Len(t, b.desk.reports, 1)
		})
	}
}

func TestARequestTimeoutIsForTemporalsBackoff(t *testing.T) {
	b := newBench([]string{"1"})
	b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeRequestTimeout})
	failed := failure(t, b.save(t))
	require.Equal(t, string(coreapi.CodeRequestTimeout), failed.Type())
	require.False(t, failed.NonRetryable())
	require.Zero(t, failed.NextRetryDelay())
	require.Empty(t, b.desk.reports)
}

func TestRetryAfterIsTheNextDelayWithinAnHour(t *testing.T) {
	for name, c := range map[string]struct {
		asked string
		least time.Duration
	}{
		"a minute": {"60", time.Minute},
		"a year":   {"31536000", time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench([]string{"1"})
			b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Status: http.StatusTooManyRequests, RetryAfter: c.asked})
			failed := failure(t, b.save(t))
			require.False(t, failed.NonRetryable())
			require.GreaterOrEqual(t, failed.NextRetryDelay(), c.least)
			require.LessOrEqual(t, failed.NextRetryDelay(), c.least+retryPolicy.InitialInterval)
		})
	}
}

func TestALostAnswerIsLookedForByAnotherSave(t *testing.T) {
	b := newBench([]string{"1"})
	b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Drop: coreapitest.DropAfter})
	failed := failure(t, b.save(t))
	require.Equal(t, "lost", failed.Type())
	require.False(t, failed.NonRetryable())
	require.True(t, b.store.records["1"].MaybeSaved)

	b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeDuplicateKey})
	require.NoError(t, b.save(t))
}

func TestTheWorkIsMarkedBeforeItIsSent(t *testing.T) {
	var b *bench
	marked := false
	transport := watched{before: func(r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/device" {
			marked = b.store.records["1"].MaybeSaved
		}
	}}
	b = newBench([]string{"1"})
	transport.RoundTripper = b.fake.Transport()
	b.a.API = b.fake.Client(coreapi.WithHTTPClient(&http.Client{Transport: transport}))
	require.NoError(t, b.save(t))
	require.True(t, marked)
}

func TestARefusalTakesTheMarkBack(t *testing.T) {
	b := newBench([]string{"1"})
	b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Status: http.StatusTooManyRequests})
	require.Error(t, b.save(t))
	require.False(t, b.store.records["1"].MaybeSaved)
}

func TestARefusalDoesNotTakeAnEarlierMarkBack(t *testing.T) {
	b := newBench([]string{"1"})
	b.store.records["1"] = Record{Device: b.store.records["1"].Device, MaybeSaved: true} // a process died
	b.fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Status: http.StatusTooManyRequests})
	require.Error(t, b.save(t))
	require.True(t, b.store.records["1"].MaybeSaved)
}

func TestADuplicateOfAnotherIsNotRetried(t *testing.T) {
	b := newBench([]string{"1"})
	b.fake.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-1"})
	failed := failure(t, b.save(t))
	require.Equal(t, string(coreapi.CodeDuplicateKey), failed.Type())
	require.True(t, failed.NonRetryable())
}

func TestWhatCanNeverWorkIsNotRetriedAndSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		fault coreapitest.Fault
		kind  string
	}{
		"fix the request":     {coreapitest.Fault{Code: coreapi.CodeInvalidObjectID}, "INVALID_OBJECT_ID"},
		"fix the credentials": {coreapitest.Fault{Code: coreapi.CodeInvalidPassword}, "INVALID_PASSWORD"},
		"none":                {coreapitest.Fault{Code: coreapi.CodeClientClosedRequest}, "CLIENT_CLOSED_REQUEST"},
		"no code":             {coreapitest.Fault{Status: http.StatusBadRequest}, "unknown_code"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench([]string{"1"})
			c.fault.Operation = "Devices.Save"
			b.fake.Inject(c.fault)
			failed := failure(t, b.save(t))
			require.True(t, failed.NonRetryable())
			require.Equal(t, c.kind, failed.Type())
			require.False(t, failed.HasDetails())
			want, ok := coreapi.GuidanceFor(coreapi.NewError(c.fault.Code, ""))
			require.True(t, ok)
			require.Contains(t, failed.Message(), want.Advice)
			require.Empty(t, b.desk.reports)
		})
	}
}

// poll asks once for a login, by a GET of the client.
func (b *bench) poll(client *coreapi.Client) error {
	b.a.API = client
	b.store.records["1"] = Record{Session: coreapi.LoginSession{ReqToken: "req-token"}}
	_, err := b.activities().ExecuteActivity(b.a.PollLogin, "1")
	return err
}

func TestAFaultOfTheDeploymentIsForTemporalsBackoff(t *testing.T) {
	for name, client := range failing.Deployments(t) {
		t.Run(name, func(t *testing.T) {
			b := newBench([]string{"1"})
			failed := failure(t, b.poll(client))
			require.False(t, failed.NonRetryable(), failed)
			require.False(t, failed.HasDetails(), "no work of others stops")
			require.Empty(t, b.desk.reports)
		})
	}
}

func TestAnyOtherFailureForGoodIsNotRetried(t *testing.T) {
	for name, client := range failing.Others(t) {
		t.Run(name, func(t *testing.T) {
			b := newBench([]string{"1"})
			failed := failure(t, b.poll(client))
			require.True(t, failed.NonRetryable(), failed)
			require.False(t, failed.HasDetails())
			require.Empty(t, b.desk.reports)
		})
	}
}

func TestAWorkerThatStopsBuriesNoWork(t *testing.T) {
	b := newBench([]string{"1"})
	b.loggedIn(t, "1")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	env := b.activities()
	env.SetWorkerOptions(worker.Options{BackgroundActivityContext: stopped})
	_, err := env.ExecuteActivity(b.a.SaveDevice, "1")
	require.False(t, failure(t, err).NonRetryable())
}

func TestALoginThatFailedEndsWhateverItsCode(t *testing.T) {
	for _, code := range []coreapi.Code{coreapi.CodeUserSuspended, coreapi.CodeRequestTimeout, coreapi.CodeClientAccountSuspended} {
		t.Run(string(code), func(t *testing.T) {
			b := newBench([]string{"1"})
			session, err := b.fake.Client().Users.StartLogin(t.Context())
			require.NoError(t, err)
			b.store.records["1"] = Record{Session: *session}
			b.fake.FailLogin(session.ReqToken, code)
			_, err = b.activities().ExecuteActivity(b.a.PollLogin, "1")
			failed := failure(t, err)
			require.True(t, failed.NonRetryable())
			require.Equal(t, string(code), failed.Type())
			require.False(t, failed.HasDetails())
		})
	}
}

func TestALoginThatWasStartedIsNotStartedAgain(t *testing.T) {
	b := newBench([]string{"1"})
	for range 2 {
		_, err := b.activities().ExecuteActivity(b.a.StartLogin, "1")
		require.NoError(t, err)
	}
	require.Len(t, b.sent("Users.StartLogin"), 1)
}
