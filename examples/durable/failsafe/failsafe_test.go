package failsafedevices

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/fypass/coreapi-go/examples/durable/internal/failing"
)

// desk is where reports go.
type desk struct {
	mu      sync.Mutex
	reports []*coreapi.Error
}

func (d *desk) handOver(e *coreapi.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reports = append(d.reports, e)
}

// saves are the requests to save a device that have arrived.
func saves(fake *coreapitest.Server) int {
	n := 0
	for _, r := range fake.Requests() {
		if r.Operation == "Devices.Save" {
			n++
		}
	}
	return n
}

func phone(id string) *Work { return &Work{Device: coreapi.DeviceInfo{DeviceID: id}} }

// inFakeTime runs a test against a fake in memory.
func inFakeTime(t *testing.T, f func(t *testing.T, fake *coreapitest.Server, s *Saver, d *desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		fake, d := coreapitest.New(), &desk{}
		f(t, fake, New(fake.Client(), d.handOver), d)
	})
}

func TestADeviceIsSavedByOneRequest(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, d *desk) {
		require.NoError(t, s.Save(t.Context(), phone("phone-1")))
		require.Equal(t, 1, saves(fake))
		require.Empty(t, d.reports)
	})
}

func TestAClientsCodeStopsAllWorkAndIsReportedOnce(t *testing.T) {
	for _, code := range []coreapi.Code{
		coreapi.CodeClientAccountInactive, coreapi.CodeClientAccountSuspended, coreapi.CodeClientAccountDeleted,
		coreapi.CodeClientKeyNotFound, coreapi.CodeEndpointForbidden,
	} {
		t.Run(string(code), func(t *testing.T) {
			inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, d *desk) {
				fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: code, Times: 2})
				err := s.Save(t.Context(), phone("phone-1"))
				require.Equal(t, code, coreapi.CodeOf(err))
				require.True(t, Keep(err))

				err = s.Save(t.Context(), phone("phone-2"))
				require.ErrorIs(t, err, circuitbreaker.ErrOpen)
				require.True(t, Keep(err))
				require.Equal(t, 1, saves(fake), "nothing is sent for another device")

				time.Sleep(noAccessFor)
				require.Equal(t, code, coreapi.CodeOf(s.Save(t.Context(), phone("phone-2"))), "the probe is refused")
				require.ErrorIs(t, s.Save(t.Context(), phone("phone-1")), circuitbreaker.ErrOpen)

				time.Sleep(noAccessFor)
				require.NoError(t, s.Save(t.Context(), phone("phone-1")))
				require.NoError(t, s.Save(t.Context(), phone("phone-2")))
				require.Len(t, d.reports, 1)
				require.Equal(t, code, d.reports[0].Code)
			})
		})
	}
}

func TestAClientThatLosesItsAccessAgainIsReportedAgain(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, d *desk) {
		for range 2 {
			fake.SetClientStatus(coreapitest.Suspended)
			require.ErrorIs(t, s.Save(t.Context(), phone("phone-1")), coreapi.ErrClientAccount)
			fake.SetClientStatus(coreapitest.Active)
			time.Sleep(noAccessFor)
			err := s.Save(t.Context(), phone("phone-1"))
			require.True(t, err == nil || errors.Is(err, coreapi.ErrDuplicateKey), err)
		}
		require.Len(t, d.reports, 2)
	})
}

func TestManyCallsAtOnceMakeOneReport(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, d *desk) {
		fake.SetClientStatus(coreapitest.Suspended)
		var calls sync.WaitGroup
		for i := range 32 {
			calls.Go(func() { _ = s.Save(t.Context(), phone(fmt.Sprint("phone-", i))) })
		}
		calls.Wait()
		require.Len(t, d.reports, 1)
	})
}

func TestAProbeThatTheAPIDidNotAnswerProvesNothing(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, d *desk) {
		fake.Inject(
			coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeClientAccountSuspended},
			coreapitest.Fault{Operation: "Devices.Save", Skip: 1, Status: http.StatusBadGateway},
			coreapitest.Fault{Operation: "Devices.Save", Skip: 2, Code: coreapi.CodeClientAccountSuspended})
		require.Error(t, s.Save(t.Context(), phone("phone-1")))
		time.Sleep(noAccessFor)
		require.ErrorIs(t, s.Save(t.Context(), phone("phone-1")), circuitbreaker.ErrOpen, "closed again after a gateway's 502")
		time.Sleep(noAccessFor)
		require.ErrorIs(t, s.Save(t.Context(), phone("phone-1")), coreapi.ErrClientSuspended)
		require.Len(t, d.reports, 1)
	})
}

func TestAUsersCodeEndsItsWorkAloneWithItsReport(t *testing.T) {
	for _, code := range []coreapi.Code{coreapi.CodeUserNotActive, coreapi.CodeUserSuspended, coreapi.CodeUserDeleted} {
		t.Run(string(code), func(t *testing.T) {
			inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, d *desk) {
				fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: code})
				err := s.Save(t.Context(), phone("phone-1"))
				require.Equal(t, code, coreapi.CodeOf(err))
				require.False(t, Keep(err))
				require.Equal(t, 1, saves(fake))
				require.Len(t, d.reports, 1)
				require.NoError(t, s.Save(t.Context(), phone("phone-2")))
			})
		})
	}
}

func TestARequestTimeoutThatComesTwiceIsRepeatedAndForTheAdmin(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, d *desk) {
		fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeRequestTimeout, Times: 3})
		require.NoError(t, s.Save(t.Context(), phone("phone-1")))
		require.Equal(t, 4, saves(fake))
		require.Len(t, d.reports, 1)
	})
}

func TestOneRequestTimeoutIsNotForTheAdmin(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, d *desk) {
		fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeRequestTimeout})
		require.NoError(t, s.Save(t.Context(), phone("phone-1")))
		require.Equal(t, 2, saves(fake))
		require.Empty(t, d.reports)
	})
}

func TestWorkThatStaysRetryableIsKept(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, _ *desk) {
		fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Code: coreapi.CodeRequestTimeout, Times: -1})
		err := s.Save(t.Context(), phone("phone-1"))
		require.ErrorIs(t, err, coreapi.ErrRequestTimeout)
		require.True(t, Keep(err))
		require.Equal(t, maxAttempts, saves(fake))
	})
}

func TestRetryAfterIsTheLeastWait(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, _ *desk) {
		fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Status: http.StatusTooManyRequests, RetryAfter: "40"})
		start := time.Now()
		require.NoError(t, s.Save(t.Context(), phone("phone-1")))
		require.GreaterOrEqual(t, time.Since(start), 40*time.Second)
		require.Less(t, time.Since(start), 40*time.Second+baseBackoff+time.Second)
	})
}

func TestARetryAfterOverTheLimitEndsTheCallAndKeepsTheWork(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, _ *desk) {
		fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Status: http.StatusTooManyRequests, RetryAfter: "3600"})
		err := s.Save(t.Context(), phone("phone-1"))
		require.Error(t, err)
		require.True(t, Keep(err))
		require.Equal(t, 1, saves(fake))
	})
}

func TestALostAnswerIsLookedForByAnotherSave(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, _ *desk) {
		fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Drop: coreapitest.DropAfter})
		require.NoError(t, s.Save(t.Context(), phone("phone-1")))
		require.Len(t, fake.Devices(), 1)
		require.Equal(t, 2, saves(fake))
	})
}

func TestWorkOfAProcessThatDiedIsLookedFor(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, _ *desk) {
		fake.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-1"})
		w := phone("phone-1")
		w.MaybeSaved = true
		require.NoError(t, s.Save(t.Context(), w))
	})
}

func TestARefusalDoesNotTakeAnEarlierMarkBack(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, _ *desk) {
		fake.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-1"})
		fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Status: http.StatusTooManyRequests})
		w := phone("phone-1")
		w.MaybeSaved = true
		require.NoError(t, s.Save(t.Context(), w))
	})
}

func TestADuplicateAfterARefusalIsAnothers(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, _ *desk) {
		fake.AddDevice(coreapi.DeviceInfo{DeviceID: "phone-1"})
		fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Status: http.StatusTooManyRequests})
		err := s.Save(t.Context(), phone("phone-1"))
		require.ErrorIs(t, err, coreapi.ErrDuplicateKey)
		require.False(t, Keep(err))
	})
}

func TestWhatCanNeverWorkIsNotRepeated(t *testing.T) {
	for name, fault := range map[string]coreapitest.Fault{
		"fix the request":     {Code: coreapi.CodeInvalidObjectID},
		"fix the credentials": {Code: coreapi.CodeInvalidPassword},
		"none":                {Code: coreapi.CodeClientClosedRequest},
		"no code":             {Status: http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, d *desk) {
				fault.Operation = "Devices.Save"
				fake.Inject(fault)
				err := s.Save(t.Context(), phone("phone-1"))
				require.Error(t, err)
				require.False(t, Keep(err))
				require.Equal(t, 1, saves(fake))
				require.Empty(t, d.reports)
			})
		})
	}
}

func TestWorkIsKeptWhereTheDeploymentIsAtFault(t *testing.T) {
	for name, client := range failing.Deployments(t) {
		t.Run(name, func(t *testing.T) {
			_, err := client.Clients.Info(t.Context())
			require.Error(t, err)
			require.True(t, Keep(err), err)
		})
	}
}

func TestWorkIsNotKeptForAnyOtherFailureForGood(t *testing.T) {
	for name, client := range failing.Others(t) {
		t.Run(name, func(t *testing.T) {
			_, err := client.Clients.Info(t.Context())
			require.Error(t, err)
			require.False(t, Keep(err), err)
		})
	}
}

func TestAFaultOfTheDeploymentIsNotRepeatedAtOnceAndForNoAdmin(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, d *desk) {
		fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Status: http.StatusUnauthorized})
		w := phone("phone-1")
		require.True(t, Keep(s.Save(t.Context(), w)))
		require.Equal(t, 1, saves(fake))
		require.Empty(t, d.reports)
		require.NoError(t, s.Save(t.Context(), w))
	})
}

func TestWorkIsKeptWhereTheProcessStops(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, _ *desk) {
		fake.Inject(coreapitest.Fault{Operation: "Devices.Save", Delay: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w := phone("phone-1")
		err := s.Save(ctx, w)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.True(t, Keep(err))
		require.True(t, w.MaybeSaved)
	})
}

// noNetwork cannot connect until it is up.
type noNetwork struct {
	http.RoundTripper
	dials int
	up    bool
}

func (n *noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	if n.up {
		return n.RoundTripper.RoundTrip(r)
	}
	n.dials++
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func TestWithoutAConnectionTheBreakerOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, d := coreapitest.New(), &desk{}
		broken := &noNetwork{RoundTripper: fake.Transport()}
		s := New(fake.Client(coreapi.WithHTTPClient(&http.Client{Transport: broken})), d.handOver)
		for i := range 10 {
			w := phone(fmt.Sprint("phone-", i))
			err := s.Save(t.Context(), w)
			require.True(t, Keep(err), err)
			require.False(t, w.MaybeSaved)
		}
		require.Equal(t, unreachableAfter, broken.dials)
		time.Sleep(unreachableFor)
		require.ErrorIs(t, s.Save(t.Context(), phone("phone-0")), circuitbreaker.ErrOpen)
		require.Equal(t, unreachableAfter+1, broken.dials, "one attempt finds out that it still is")
		broken.up = true
		require.ErrorIs(t, s.Save(t.Context(), phone("phone-0")), circuitbreaker.ErrOpen)
		time.Sleep(unreachableFor)
		require.NoError(t, s.Save(t.Context(), phone("phone-0")))
		broken.up = false
		require.False(t, errors.Is(s.Save(t.Context(), phone("phone-1")), circuitbreaker.ErrOpen), "one success closes it")
		require.Empty(t, d.reports)
	})
}

// The trap: two policies that both repeat.
func TestAPolicyAroundTheSDKsOwnMultipliesTheRequests(t *testing.T) {
	inFakeTime(t, func(t *testing.T, fake *coreapitest.Server, s *Saver, _ *desk) {
		fake.Inject(coreapitest.Fault{Code: coreapi.CodeRequestTimeout, Times: -1})
		retry := retrypolicy.NewBuilder[any]().WithMaxAttempts(4).WithBackoff(baseBackoff, maxBackoff).ReturnLastFailure().Build()
		save := func(opts ...coreapi.CallOption) func() error {
			return func() error {
				_, err := fake.Client().Devices.Save(t.Context(), coreapi.DeviceInfo{DeviceID: "phone-1"}, opts...)
				return err
			}
		}
		for _, c := range []struct {
			name     string
			run      func() error
			requests int
		}{
			{"retries in retries", func() error { return failsafe.With[any](retry).Run(save()) }, 16},
			{"failsafe alone", func() error { return failsafe.With[any](retry).Run(save(coreapi.WithRetryPolicy(coreapi.NoRetry()))) }, 4},
			{"the SDK alone", save(), 4},
			{"this package", func() error { return s.Save(t.Context(), phone("phone-1")) }, 4},
		} {
			before := saves(fake)
			require.Error(t, c.run())
			require.Equal(t, c.requests, saves(fake)-before, c.name)
		}
	})
}
