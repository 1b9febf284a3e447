// Package proof has tests of the SDK on real parts that are too heavy for its own
// module: a TCP proxy that breaks the network, and a gateway.
package proof

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	zerolog.SetGlobalLevel(zerolog.Disabled) // toxiproxy's
	goleak.VerifyTestMain(m,
		// The proxy's own: a pipe of a connection that it broke ends when the
		// proxy's memory of it does. The SDK has no goroutine there.
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*NoopToxic).Pipe"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).read"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).write"),
	)
}

// patience bounds what has to happen by itself.
const patience = 20 * time.Second

// eventually waits for a condition, for a bounded time.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	require.Eventually(t, is, patience, time.Millisecond, what)
}

// transport is like the SDK's own: HTTP/2 where there is TLS, and idle
// connections that are kept.
func transport(t *testing.T) *http.Transport {
	tr := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 100,
	}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// signed is the documented way to authenticate to the fake.
func signed(fake *coreapitest.Server) coreapi.Authenticator {
	return coreapi.SignedClientKey(fake.ClientKey, fake.PrivateKey)
}

// clientOf calls a fake by way of base, which stands before it.
func clientOf(t *testing.T, auth coreapi.Authenticator, base string, tr http.RoundTripper, opts ...coreapi.Option) *coreapi.Client {
	t.Helper()
	opts = append([]coreapi.Option{coreapi.WithHTTPClient(&http.Client{Transport: tr})}, opts...)
	client, err := coreapi.New(base, auth, opts...)
	require.NoError(t, err)
	return client
}

// replays notes the request ids that net/http sent again by itself, as it does with a GET
// on a reused connection that turns out dead. The SDK has no part in it.
type replays struct {
	next http.RoundTripper
	mu   sync.Mutex
	ids  map[string]bool
}

func watchReplays(next http.RoundTripper) *replays {
	return &replays{next: next, ids: map[string]bool{}}
}

func (r *replays) RoundTrip(request *http.Request) (*http.Response, error) {
	var connections atomic.Int64
	ctx := httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			if connections.Add(1) > 1 {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.ids[request.Header.Get("X-Request-Id")] = true
			}
		},
	})
	return r.next.RoundTrip(request.WithContext(ctx))
}

// refused says that a call ended because the fake had read an id that came again, and
// that it was net/http that had sent it again.
func (r *replays) refused(e *coreapi.Error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := e.RequestIDs()
	return e.StatusCode == http.StatusBadRequest && e.Code == "" && len(ids) > 0 && r.ids[ids[len(ids)-1]]
}

// tally is what came of many calls.
type tally struct {
	mu                             sync.Mutex
	calls, failedGETs, failedPOSTs int
	untyped                        []error
	getErrors                      []*coreapi.Error
	posts                          map[string]*coreapi.Error // by deviceId; nil: it succeeded
	slowest                        time.Duration
}

// run makes so many calls from so many goroutines, half of them POSTs with a
// deviceId of their own each. client tells which Client a call of a
// goroutine uses.
func run(ctx context.Context, goroutines, calls int, client func(goroutine int) *coreapi.Client) *tally {
	result := &tally{posts: map[string]*coreapi.Error{}}
	var next atomic.Int64
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for n := next.Add(1); n <= int64(calls); n = next.Add(1) {
				c := client(g)
				start := time.Now()
				if n%2 == 0 {
					_, err := c.Clients.Info(ctx)
					result.add("", err, time.Since(start))
					continue
				}
				id := fmt.Sprintf("device-%d", n)
				_, err := c.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: id, Name: strings.Repeat("n", 100)})
				result.add(id, err, time.Since(start))
			}
		})
	}
	all.Wait()
	return result
}

func (r *tally) add(deviceID string, err error, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	r.slowest = max(r.slowest, took)
	var e *coreapi.Error
	if err != nil && !errors.As(err, &e) {
		r.untyped = append(r.untyped, err)
	}
	switch {
	case deviceID != "":
		r.posts[deviceID] = e
		if err != nil {
			r.failedPOSTs++
		}
	case err != nil:
		r.failedGETs++
		r.getErrors = append(r.getErrors, e)
	}
}

// arrivals counts the POSTs that the fake handled, by their deviceId.
func arrivals(fake *coreapitest.Server) map[string]int {
	counts := map[string]int{}
	for _, r := range fake.Requests() {
		if r.Operation == "Devices.Save" {
			_, rest, _ := strings.Cut(string(r.Body), `"deviceId":"`)
			id, _, _ := strings.Cut(rest, `"`)
			counts[id]++
		}
	}
	return counts
}

// requireHonest asserts that no POST came twice, and that what a call says of its
// delivery is so.
func (r *tally) requireHonest(t *testing.T, fake *coreapitest.Server) {
	t.Helper()
	require.Empty(t, r.untyped)
	arrived := arrivals(fake)
	for id, e := range r.posts {
		require.LessOrEqual(t, arrived[id], 1, "%s was sent twice: %v", id, e)
		switch {
		case e == nil:
			require.Equal(t, 1, arrived[id], "%s is said to be saved", id)
		case e.Delivery == coreapi.DeliveryNotSent:
			require.Zero(t, arrived[id], "%s is said not to have been sent: %v", id, e)
		default:
			require.Equal(t, coreapi.DeliveryUnknown, e.Delivery, "%v", e)
		}
	}
}

// requireEachFailedGET shows one that failed for another reason.
func (r *tally) requireEachFailedGET(t *testing.T, is func(*coreapi.Error) bool) {
	t.Helper()
	for _, e := range r.getErrors {
		require.True(t, is(e), "%v", e)
	}
}

// none is for requireEachFailedGET, where none may fail.
func none(*coreapi.Error) bool { return false }

func (r *tally) String() string {
	return fmt.Sprintf("%d calls, %d GETs failed, %d POSTs failed, slowest %v", r.calls, r.failedGETs, r.failedPOSTs, r.slowest.Round(time.Millisecond))
}
