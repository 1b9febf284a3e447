package proof

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/fypass/coreapi-go"
	"github.com/fypass/coreapi-go/coreapitest"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// toxic is a real proxy between the SDK and the fake.
func toxic(t *testing.T, fake *coreapitest.Server) *toxiproxy.Proxy {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.New(io.Discard))
	proxy := toxiproxy.NewProxy(server, "fake", "127.0.0.1:0", strings.TrimPrefix(fake.URL, "http://"))
	require.NoError(t, server.Collection.Add(proxy, true))
	t.Cleanup(func() {
		proxy.Toxics.ResetToxics(context.Background())
		require.NoError(t, server.Collection.Clear())
	})
	return proxy
}

// persistent outlasts what the proxy does, and waits little.
func persistent() coreapi.Option {
	return coreapi.WithRetryPolicy(coreapi.RetryPolicy{MaxAttempts: 40, BaseBackoff: 5 * time.Millisecond, MaxBackoff: 100 * time.Millisecond})
}

// ownClients gives each call a Client, over one transport. The retry budget
// of a Client is there to stop such a storm of retries as these networks cause;
// here every GET shall come through.
func ownClients(t *testing.T, auth coreapi.Authenticator, base string, tr http.RoundTripper, attempt time.Duration) func(int) *coreapi.Client {
	return func(int) *coreapi.Client {
		return clientOf(t, auth, base, tr, persistent(), coreapi.WithAttemptTimeout(attempt))
	}
}

func TestBadNetworksLoseNoGETAndSendNoPOSTTwice(t *testing.T) {
	for _, network := range []struct {
		name      string
		toxics    []string
		postsFail bool // some may be lost on the way, and are not sent again
	}{
		{"latency with jitter", []string{
			`{"type":"latency","stream":"upstream","attributes":{"latency":10,"jitter":8}}`,
			`{"type":"latency","stream":"downstream","attributes":{"latency":10,"jitter":8}}`,
		}, false},
		{"bandwidth of 20 KB/s", []string{`{"type":"bandwidth","stream":"downstream","attributes":{"rate":20}}`}, false},
		{"slices of ten bytes", []string{`{"type":"slicer","stream":"downstream","attributes":{"average_size":10,"size_variation":5,"delay":100}}`}, false},
		{"slow close", []string{`{"type":"slow_close","stream":"downstream","attributes":{"delay":100}}`}, false},
		{"closed without an answer", []string{`{"type":"timeout","stream":"downstream","toxicity":0.3,"attributes":{"timeout":30}}`}, true},
		{"no answer for ever", []string{`{"type":"timeout","stream":"downstream","toxicity":0.1,"attributes":{"timeout":0}}`}, true},
		{"reset peer", []string{`{"type":"reset_peer","stream":"downstream","toxicity":0.3,"attributes":{"timeout":10}}`}, true},
		{"reset peer, upstream", []string{`{"type":"reset_peer","stream":"upstream","toxicity":0.3,"attributes":{"timeout":10}}`}, true},
		{"data cut after 350 bytes", []string{`{"type":"limit_data","stream":"downstream","toxicity":0.5,"attributes":{"bytes":350}}`}, true},
		{"requests cut after 200 bytes", []string{`{"type":"limit_data","stream":"upstream","toxicity":0.5,"attributes":{"bytes":200}}`}, true},
	} {
		t.Run(network.name, func(t *testing.T) {
			fake := coreapitest.NewServer(t)
			proxy := toxic(t, fake)
			for _, each := range network.toxics {
				_, err := proxy.Toxics.AddToxicJson(strings.NewReader(each))
				require.NoError(t, err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			tr := transport(t)
			tr.DisableKeepAlives = network.postsFail // the proxy draws for each connection which it spoils
			attempt := patience                      // a slow machine loses nothing either
			if network.postsFail {
				attempt = 500 * time.Millisecond
			}
			result := run(ctx, 16, 320, ownClients(t, signed(fake), "http://"+proxy.Listen, tr, attempt))
			t.Log(result)
			require.NoError(t, ctx.Err(), "nothing hangs")
			require.Equal(t, 320, result.calls)
			result.requireEachFailedGET(t, none)
			require.Equal(t, network.postsFail, result.failedPOSTs > 0, "the network is as bad as it should be")
			result.requireHonest(t, fake)
		})
	}
}

// unsignedFake is for a network that is up for some 60 ms at a time: the signatures of 32
// goroutines would take as long on a busy machine, and what is tried here is not their
// speed. The fake still refuses a request id that it has seen.
func unsignedFake(t *testing.T) (*coreapitest.Server, coreapi.Authenticator) {
	t.Helper()
	fake := coreapitest.NewServer(t, coreapitest.WithUnsigned())
	return fake, coreapi.ClientKey(fake.ClientKey)
}

// flap takes the proxy down and up again until the context ends.
func flap(ctx context.Context, t *testing.T, proxy *toxiproxy.Proxy, up, down time.Duration) (flaps int) {
	pause := func(d time.Duration) {
		select {
		case <-time.After(d):
		case <-ctx.Done():
		}
	}
	for ctx.Err() == nil {
		pause(up)
		proxy.Stop()
		pause(down)
		if err := proxy.Start(); err != nil {
			t.Error(err)
			return flaps
		}
		flaps++
	}
	return flaps
}

// TestANetworkThatFlapsFor2000CallsFrom32GoroutinesLosesNoGETAndSendsNoPOSTTwice has an
// exception where connections are kept: net/http sends a GET again by itself, with its id,
// and a server that had read the first refuses it. That is the documented limit of
// WithRequestID; the SDK sends no id twice.
func TestANetworkThatFlapsFor2000CallsFrom32GoroutinesLosesNoGETAndSendsNoPOSTTwice(t *testing.T) {
	for name, keepAlives := range map[string]bool{"a connection for each request": false, "kept connections, but for what net/http sends again": true} {
		t.Run(name, func(t *testing.T) {
			fake, auth := unsignedFake(t)
			proxy := toxic(t, fake)
			_, err := proxy.Toxics.AddToxicJson(strings.NewReader(`{"type":"latency","stream":"downstream","attributes":{"latency":5,"jitter":5}}`))
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			flapping, stop := context.WithCancel(ctx)
			flaps := make(chan int)
			go func() { flaps <- flap(flapping, t, proxy, 60*time.Millisecond, 15*time.Millisecond) }()
			tr := transport(t)
			tr.DisableKeepAlives = !keepAlives
			wire := watchReplays(tr)
			result := run(ctx, 32, 2000, ownClients(t, auth, "http://"+proxy.Listen, wire, 500*time.Millisecond))
			stop()
			t.Logf("%v; down %d times; net/http sent %d GETs again", result, <-flaps, len(wire.ids))
			require.NoError(t, ctx.Err(), "nothing hangs")
			require.Equal(t, 2000, result.calls)
			if keepAlives {
				result.requireEachFailedGET(t, wire.refused)
			} else {
				result.requireEachFailedGET(t, none)
			}
			result.requireHonest(t, fake)
		})
	}
}

func TestOneClientInAFlappingNetworkGivesUpOnlyWhereItsBudgetOrItsAttemptsAreSpent(t *testing.T) {
	fake, auth := unsignedFake(t)
	proxy := toxic(t, fake)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	flapping, stop := context.WithCancel(ctx)
	flaps := make(chan int)
	go func() { flaps <- flap(flapping, t, proxy, 20*time.Millisecond, 40*time.Millisecond) }()
	wire := watchReplays(transport(t))
	shared := clientOf(t, auth, "http://"+proxy.Listen, wire, coreapi.WithRetryPolicy(coreapi.RetryPolicy{BaseBackoff: 10 * time.Millisecond}))
	result := run(ctx, 32, 2000, func(int) *coreapi.Client { return shared })
	stop()
	t.Logf("%v; down %d times", result, <-flaps)
	require.NoError(t, ctx.Err(), "nothing hangs")
	require.NotEmpty(t, result.getErrors, "the network is as bad as it should be")
	result.requireEachFailedGET(t, func(e *coreapi.Error) bool {
		spent := e.Attempts == coreapi.DefaultRetryPolicy().MaxAttempts || strings.Contains(e.Error(), "retry budget")
		return spent || wire.refused(e)
	})
	result.requireHonest(t, fake)
}
