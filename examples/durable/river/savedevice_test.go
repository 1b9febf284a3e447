package riverdevices

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/fypass/coreapi-go/examples/durable/internal/failing"
)

const probeEvery = time.Minute

var noRetry = coreapi.WithRetryPolicy(coreapi.NoRetry())

// saveWith is the error of a Save that gets the fault.
func saveWith(t *testing.T, fault coreapitest.Fault) error {
	t.Helper()
	fake := coreapitest.New()
	fault.Operation = "Devices.Save"
	fake.Inject(fault)
	_, err := fake.Client(noRetry).Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "phone-1"})
	require.Error(t, err)
	return err
}

func decideFirst(t *testing.T, err error) decision {
	t.Helper()
	return decide(t.Context(), err, metadata{}, probeEvery)
}

func requireCancelled(t *testing.T, d decision, reason string) {
	t.Helper()
	var cancelled *river.JobCancelError
	require.ErrorAs(t, d.result, &cancelled)
	require.ErrorContains(t, d.result, reason)
	require.False(t, d.pause)
	require.Nil(t, d.tell)
}

func requireSnoozed(t *testing.T, err error) time.Duration {
	t.Helper()
	var snoozed *river.JobSnoozeError
	require.ErrorAs(t, err, &snoozed)
	return snoozed.Duration
}

// requireBackoff: River's retry policy repeats the job.
func requireBackoff(t *testing.T, d decision, err error) {
	t.Helper()
	require.Equal(t, err, d.result)
	require.False(t, d.pause)
}

func TestASavedDeviceIsDone(t *testing.T) {
	d := decideFirst(t, nil)
	require.NoError(t, d.result)
	require.Nil(t, d.tell)
	require.False(t, d.pause)
	require.True(t, d.mark.Sent)
}

func TestADuplicateKeyAfterARunThatMayHaveSentIsDone(t *testing.T) {
	err := saveWith(t, coreapitest.Fault{Code: coreapi.CodeDuplicateKey})
	d := decide(t.Context(), err, metadata{Output: mark{Runs: 2, Sent: true}}, probeEvery)
	require.NoError(t, d.result)
}

func TestADuplicateKeyInAFirstRunIsAnothersDevice(t *testing.T) {
	err := saveWith(t, coreapitest.Fault{Code: coreapi.CodeDuplicateKey})
	requireCancelled(t, decideFirst(t, err), "Change the value that has to be unique.")
}

func TestADuplicateKeyAfterARunThatWasRefusedIsAnothersDevice(t *testing.T) {
	refused := decideFirst(t, saveWith(t, coreapitest.Fault{Status: http.StatusTooManyRequests}))
	err := saveWith(t, coreapitest.Fault{Code: coreapi.CodeDuplicateKey})
	d := decide(t.Context(), err, metadata{Output: refused.mark}, probeEvery)
	requireCancelled(t, d, "Change the value that has to be unique.")
}

func TestAClientsCodePausesTheQueueAndSnoozesTheJob(t *testing.T) {
	for _, code := range []coreapi.Code{
		coreapi.CodeClientAccountInactive, coreapi.CodeClientAccountSuspended, coreapi.CodeClientAccountDeleted,
		coreapi.CodeClientKeyNotFound, coreapi.CodeEndpointForbidden,
	} {
		t.Run(string(code), func(t *testing.T) {
			d := decideFirst(t, saveWith(t, coreapitest.Fault{Code: code}))
			require.Equal(t, probeEvery, requireSnoozed(t, d.result))
			require.True(t, d.pause)
			require.Equal(t, code, d.tell.Code)
			require.False(t, d.mark.Sent, "it was refused")
		})
	}
}

func TestAUsersCodeCancelsItsJobAloneWithTheReport(t *testing.T) {
	for _, code := range []coreapi.Code{coreapi.CodeUserNotActive, coreapi.CodeUserSuspended, coreapi.CodeUserDeleted} {
		t.Run(string(code), func(t *testing.T) {
			err := saveWith(t, coreapitest.Fault{Code: code})
			var e *coreapi.Error
			require.ErrorAs(t, err, &e)
			requireCancelled(t, decideFirst(t, err), e.Report())
		})
	}
}

func TestARetryableErrorBacksOffAsRiverDoes(t *testing.T) {
	for name, fault := range map[string]coreapitest.Fault{
		"REQUEST_TIMEOUT":                {Code: coreapi.CodeRequestTimeout},
		"too many requests without wait": {Status: http.StatusTooManyRequests},
	} {
		t.Run(name, func(t *testing.T) {
			err := saveWith(t, fault)
			d := decideFirst(t, err)
			requireBackoff(t, d, err)
			require.Nil(t, d.tell)
		})
	}
}

func TestAConnectionThatWasNotMadeBacksOffAndLeavesNoMark(t *testing.T) {
	client, err := coreapi.New("http://127.0.0.1:1", coreapi.ClientKey("key"), noRetry)
	require.NoError(t, err)
	_, err = client.Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "phone-1"})
	require.Error(t, err)
	d := decideFirst(t, err)
	requireBackoff(t, d, err)
	require.False(t, d.mark.Sent)
}

func TestARetryAfterSnoozesTheJob(t *testing.T) {
	for name, fault := range map[string]coreapitest.Fault{
		"a refusal":         {Status: http.StatusTooManyRequests, RetryAfter: "30"},
		"REQUEST_TIMEOUT":   {Code: coreapi.CodeRequestTimeout, RetryAfter: "30"},
		"a gateway's error": {Status: http.StatusServiceUnavailable, RetryAfter: "30"},
	} {
		t.Run(name, func(t *testing.T) {
			wait := requireSnoozed(t, decideFirst(t, saveWith(t, fault)).result)
			require.GreaterOrEqual(t, wait, 30*time.Second)
			require.Less(t, wait, 35*time.Second)
		})
	}
}

func TestAnAbsurdRetryAfterSnoozesForAnHour(t *testing.T) {
	err := saveWith(t, coreapitest.Fault{Status: http.StatusTooManyRequests, RetryAfter: "99999999999"})
	wait := requireSnoozed(t, decideFirst(t, err).result)
	require.GreaterOrEqual(t, wait, time.Hour)
	require.Less(t, wait, time.Hour+5*time.Second)
}

func TestAJobThatWasSnoozedTwentyTimesBacksOff(t *testing.T) {
	err := saveWith(t, coreapitest.Fault{Status: http.StatusTooManyRequests, RetryAfter: "30"})
	requireSnoozed(t, decide(t.Context(), err, metadata{Snoozes: 19}, probeEvery).result)
	requireBackoff(t, decide(t.Context(), err, metadata{Snoozes: 20}, probeEvery), err)
}

func TestARequestTimeoutThatComesAgainIsRetriedAndTold(t *testing.T) {
	err := saveWith(t, coreapitest.Fault{Code: coreapi.CodeRequestTimeout})
	first := decideFirst(t, err)
	require.Nil(t, first.tell)
	require.True(t, first.mark.Sent, "it may have been acted on")

	second := decide(t.Context(), err, metadata{Output: first.mark}, probeEvery)
	requireBackoff(t, second, err)
	require.Equal(t, coreapi.CodeRequestTimeout, second.tell.Code)
}

func TestALostAnswerIsLookedForByTheNextRun(t *testing.T) {
	for name, fault := range map[string]coreapitest.Fault{
		"dropped":           {Drop: coreapitest.DropAfter},
		"a gateway's error": {Status: http.StatusServiceUnavailable},
		"a body cut short":  {Truncate: true},
		"a body of another": {Body: "<html>", ContentType: "text/html"},
	} {
		t.Run(name, func(t *testing.T) {
			err := saveWith(t, fault)
			d := decideFirst(t, err)
			requireBackoff(t, d, err)
			require.True(t, d.mark.Sent)
			require.Nil(t, d.tell)
		})
	}
}

func TestALookThatFailsTellsNobodyAgainOfRequestTimeouts(t *testing.T) {
	err := saveWith(t, coreapitest.Fault{Drop: coreapitest.DropAfter})
	d := decide(t.Context(), err, metadata{Output: mark{Sent: true, Timeouts: 2}}, probeEvery)
	require.Nil(t, d.tell)
}

func TestARefusedLookLeavesTheMark(t *testing.T) {
	err := saveWith(t, coreapitest.Fault{Code: coreapi.CodeClientAccountSuspended})
	d := decide(t.Context(), err, metadata{Output: mark{Sent: true}}, probeEvery)
	require.True(t, d.mark.Sent)
}

func TestWhatCanNeverWorkIsCancelledWithItsGuidance(t *testing.T) {
	for name, fault := range map[string]coreapitest.Fault{
		"fix the request":     {Code: coreapi.CodeInvalidObjectID},
		"fix the credentials": {Code: coreapi.CodeUserNotFound},
		"nobody acts":         {Code: coreapi.CodeClientClosedRequest},
		"refused, no code":    {Status: http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			err := saveWith(t, fault)
			guidance, _ := coreapi.GuidanceFor(err)
			requireCancelled(t, decideFirst(t, err), guidance.String())
		})
	}
}

func TestAFaultOfTheDeploymentBacksOffAsRiverDoes(t *testing.T) {
	for name, client := range failing.Deployments(t) {
		t.Run(name, func(t *testing.T) {
			_, err := client.Clients.Info(t.Context())
			require.Error(t, err)
			d := decideFirst(t, err)
			requireBackoff(t, d, err)
			require.Nil(t, d.tell)
		})
	}
}

func TestAnyOtherFailureForGoodIsCancelled(t *testing.T) {
	for name, client := range failing.Others(t) {
		t.Run(name, func(t *testing.T) {
			_, err := client.Clients.Info(t.Context())
			guidance, _ := coreapi.GuidanceFor(err)
			requireCancelled(t, decideFirst(t, err), guidance.String())
		})
	}
}

func TestARefusedArgumentIsCancelled(t *testing.T) {
	_, err := coreapitest.New().Client().Devices.Save(t.Context(), coreapi.DeviceInfo{})
	requireCancelled(t, decideFirst(t, err), "the device has no DeviceID")
}

func TestAProcessThatStopsCancelsNoJob(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := coreapitest.New().Client(noRetry).Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: "phone-1"})
	d := decide(ctx, err, metadata{}, probeEvery)
	requireBackoff(t, d, err)
	require.ErrorIs(t, d.result, context.Canceled, "River tells by it that the job was interrupted")
	require.False(t, d.mark.Sent, "nothing left")
}

func TestEveryDocumentedCodeIsDecidedByItsAction(t *testing.T) {
	for _, info := range coreapi.Catalogue() {
		t.Run(string(info.Code), func(t *testing.T) {
			err := saveWith(t, coreapitest.Fault{Code: info.Code})
			d := decideFirst(t, err)
			var cancelled *river.JobCancelError
			switch {
			case info.Retryable:
				requireBackoff(t, d, err)
			case info.Action == coreapi.ActionContactAdmin && !errors.Is(err, coreapi.ErrUserAccount):
				require.True(t, d.pause)
			default:
				require.ErrorAs(t, d.result, &cancelled)
			}
		})
	}
}
