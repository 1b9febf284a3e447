package coreapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fypass/coreapi-go"
)

// echoServer is a server that tells each call what of it arrived, and keeps count.
type echoServer struct {
	mu     sync.Mutex
	ids    map[string][]string // request id → the calls that sent it
	sent   map[string]int      // call → requests
	keys   map[string]bool
	hangs  sync.Map // call → func() that is called when it has arrived
	issued atomic.Int64
}

func (e *echoServer) key(context.Context) (string, error) {
	return fmt.Sprintf("rotated-key-%06d", e.issued.Load()), nil
}

func (e *echoServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	call, id, key := r.Header.Get(callHeader), r.Header.Get("X-Request-Id"), r.Header.Get("X-Client-Key")
	e.mu.Lock()
	first := e.sent[call] == 0
	e.sent[call]++
	e.keys[key] = true
	e.ids[id] = append(e.ids[id], call)
	requests := e.sent[call]
	e.mu.Unlock()
	if !first && !strings.HasSuffix(id, fmt.Sprintf("-%d", requests)) {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	w.Header().Set("X-Request-Id", id)
	switch {
	case strings.HasSuffix(r.URL.Path, "/hang"):
		arrived, _ := e.hangs.Load(call)
		arrived.(func())()
		<-r.Context().Done()
	case strings.HasSuffix(r.URL.Path, "/flaky") && first:
		w.WriteHeader(http.StatusServiceUnavailable)
	case strings.HasSuffix(r.URL.Path, "/refused"):
		w.WriteHeader(http.StatusConflict)
		fmt.Fprintf(w, `{"code":"DUPLICATE_KEY","message":"%s %s"}`, call, key)
	default:
		fmt.Fprintf(w, `{"id":%q,"name":%q,"status":%q,"deviceId":%q,"state":"succeeded","userToken":"t","userId":%q}`, call, id, r.Header.Get(extraHeader), r.Method, body)
	}
}

// The headers by which a test's calls are told apart.
const (
	callHeader  = "X-Call"
	extraHeader = "X-Extra"
)

// taggedCall is one call of one goroutine.
type taggedCall struct {
	client *coreapi.Client
	server *echoServer
	call   string
	extra  string // "": the call gives no such header
}

func (r taggedCall) opts(more ...coreapi.CallOption) []coreapi.CallOption {
	opts := append(slices.Clone(more), coreapi.WithHeader(callHeader, r.call))
	if r.extra != "" {
		opts = append(opts, coreapi.WithHeader(extraHeader, r.extra))
	}
	return opts
}

// callKinds are the kinds of call. Each returns what is wrong.
var callKinds = []func(context.Context, taggedCall) error{
	func(ctx context.Context, r taggedCall) error {
		info, err := r.client.Clients.Info(ctx, r.opts()...)
		if err != nil {
			return err
		}
		return differs(info.ID, r.call, info.Status, r.extra)
	},
	func(ctx context.Context, r taggedCall) error {
		info, err := r.client.Clients.Info(ctx, r.opts(coreapi.WithRequestID("own-"+r.call))...)
		if err != nil {
			return err
		}
		return differs(info.ID, r.call, info.Name, "own-"+r.call)
	},
	func(ctx context.Context, r taggedCall) error {
		device, err := r.client.Devices.Save(ctx, coreapi.DeviceInfo{DeviceID: r.call, PushToken: "push-token-of-" + coreapi.Secret(r.call)}, r.opts()...)
		if err != nil {
			return err
		}
		return differs(device.ID, r.call, device.Info.DeviceID, http.MethodPost)
	},
	func(ctx context.Context, r taggedCall) error {
		status, err := r.client.Users.Login(ctx, coreapi.LoginRequest{Email: r.call, Password: "password-of-" + coreapi.Secret(r.call)}, r.opts()...)
		if err != nil {
			return err
		}
		return differs(status.UserID, `{"email":"`+r.call+`","password":"password-of-`+r.call+`"}`)
	},
	func(ctx context.Context, r taggedCall) error {
		_, err := coreapi.Do[map[string]any](ctx, r.client, coreapi.Request{Path: "/refused"}, r.opts()...)
		var e *coreapi.Error
		if !errors.As(err, &e) || !errors.Is(err, coreapi.ErrDuplicateKey) {
			return fmt.Errorf("got %w", err)
		}
		return differs(e.Message, r.call+" [redacted]", fmt.Sprint(e.Attempts), "1")
	},
	func(ctx context.Context, r taggedCall) error {
		got, err := coreapi.Do[map[string]string](ctx, r.client, coreapi.Request{Path: "/flaky"},
			r.opts(coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 2, BaseBackoff: 1, MaxBackoff: 1}))...)
		if err != nil {
			return err
		}
		return differs(got["id"], r.call)
	},
	func(ctx context.Context, r taggedCall) error {
		_, err := coreapi.Do[map[string]string](ctx, r.client, coreapi.Request{Path: "/flaky"}, r.opts(coreapi.WithRetryPolicy(coreapi.NoRetry()))...)
		var e *coreapi.Error
		if !errors.As(err, &e) || e.StatusCode != http.StatusServiceUnavailable || e.Attempts != 1 {
			return fmt.Errorf("got %w", err)
		}
		return nil
	},
	func(ctx context.Context, r taggedCall) error {
		cause := errors.New("cause of " + r.call)
		ctx, cancel := context.WithCancelCause(ctx)
		r.server.hangs.Store(r.call, func() { cancel(cause) })
		_, err := coreapi.Do[map[string]string](ctx, r.client, coreapi.Request{Method: http.MethodPost, Path: "/hang", Body: r.call}, r.opts()...)
		if !errors.Is(err, cause) || !errors.Is(err, coreapi.ErrClientClosedRequest) {
			return fmt.Errorf("got %w", err)
		}
		return nil
	},
}

// differs compares pairs.
func differs(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] != pairs[i+1] {
			return fmt.Errorf("got %q, want %q", pairs[i], pairs[i+1])
		}
	}
	return nil
}

func TestOneClientInManyGoroutinesKeepsEachCallsOptionsResultsAndErrorsApart(t *testing.T) {
	// Half of the goroutines make calls that are retried, so that the Client's
	// retry budget always suffices.
	const goroutines, rounds = 64, 3
	server := &echoServer{ids: map[string][]string{}, sent: map[string]int{}, keys: map[string]bool{}}
	listener := httptest.NewServer(server)
	defer listener.Close()
	client, err := coreapi.New(listener.URL, coreapi.ClientKeyFunc("", server.key), coreapi.WithHeader("X-Of-The-Client", "1"))
	require.NoError(t, err)
	defer client.CloseIdleConnections()
	retried := len(callKinds) - 3
	calls := 0
	for g := range goroutines {
		for kind := range callKinds {
			if kind != retried || g%2 == 0 {
				calls += rounds
			}
		}
	}
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for n := range rounds * len(callKinds) {
				kind := (n + g) % len(callKinds)
				if kind == retried && g%2 == 1 {
					continue
				}
				r := taggedCall{client: client, server: server, call: fmt.Sprintf("call-%d-%d", g, n)}
				if n%2 == 0 {
					r.extra = "extra-of-" + r.call
				}
				server.issued.Add(1) // the key changes all the time
				if err := callKinds[kind](context.Background(), r); err != nil {
					t.Errorf("%s of kind %d: %v", r.call, kind, err)
				}
			}
		})
	}
	all.Wait()
	require.Len(t, server.sent, calls)
	for id, sentBy := range server.ids {
		require.Len(t, sentBy, 1, "the id %s is one request's alone", id)
	}
	require.Greater(t, len(server.keys), goroutines, "a rotated key is picked up")
}

func TestOneClientServesManyGoroutinesWithoutMixingTheirCalls(t *testing.T) {
	echo := roundTripper(func(r *http.Request) (*http.Response, error) {
		return answer{body: `{"id":"` + r.Header.Get("X-Tenant") + " " + r.Header.Get("X-Request-Id") + `"}`}.response(r)
	})
	c := newClient(t, echo, coreapi.WithHeader("X-A", "1"), coreapi.WithHeader("X-B", "2"))
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for range 20 {
				tenant, id := fmt.Sprint("tenant", i), fmt.Sprint("id", i)
				info, err := c.Clients.Info(context.Background(), coreapi.WithHeader("X-Tenant", tenant), coreapi.WithRequestID(id))
				if err != nil || info.ID != tenant+" "+id {
					t.Errorf("got %v, %v", info, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestOneErrorMayBeReadByManyGoroutines(t *testing.T) {
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusGatewayTimeout)
		_, _ = io.WriteString(w, `{"code":"REQUEST_TIMEOUT","message":"late"}`)
	}))
	defer listener.Close()
	client, err := coreapi.New(listener.URL, coreapi.ClientKey("key-0123456789"), coreapi.WithRetryPolicy(coreapi.NoRetry()))
	require.NoError(t, err)
	defer client.CloseIdleConnections()
	_, err = client.Clients.Info(context.Background())
	var e *coreapi.Error
	require.ErrorAs(t, err, &e)
	want := e.Error() + e.Report()
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			guidance, _ := coreapi.GuidanceFor(err)
			_ = fmt.Sprintf("%v %+v", guidance, e.LogValue())
			if got := e.Error() + e.Report(); got != want || !errors.Is(err, coreapi.ErrRequestTimeout) || len(e.Unwrap()) > 0 && !e.Timeout() {
				t.Errorf("got %s", got)
			}
		})
	}
	all.Wait()
}
