package coreapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatACallReturnedDoesNotChangeWhenLaterCallsRun(t *testing.T) {
	echo := roundTripper(func(r *http.Request) (*http.Response, error) {
		id := r.Header.Get("X-Request-Id")
		if r.URL.Path == "/v1/fail" {
			return answer{status: 400, body: `{"code":"X` + id + `","message":"` + id + `"}`}.response(r)
		}
		return answer{body: `{"id":"` + id + `","pad":"` + strings.Repeat("x", len(id)*7%400) + `"}`}.response(r)
	})
	c := newClient(t, echo)
	ctx := context.Background()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 50 {
				id := fmt.Sprintf("id-%d-%d", g, i)
				info, err := c.Clients.Info(ctx, WithRequestID(id))
				if err != nil {
					t.Error(err)
					return
				}
				raw, _ := Do[RawJSON](ctx, c, Request{Path: "/x"}, WithRequestID(id))
				_, err = Do[RawJSON](ctx, c, Request{Path: "/fail"}, WithRequestID(id))
				before := []string{string(info.Raw), info.ID, string(raw), string(asError(t, err).Body), err.Error()}
				for range 5 {
					_, _ = c.Clients.Info(ctx)
					_, _ = Do[RawJSON](ctx, c, Request{Path: "/fail"})
				}
				after := []string{string(info.Raw), info.ID, string(raw), string(asError(t, err).Body), err.Error()}
				if fmt.Sprint(before) != fmt.Sprint(after) || !strings.Contains(before[0], id) {
					t.Errorf("%q became %q", before, after)
				}
			}
		})
	}
	wg.Wait()
}

func TestABodyThatACallerChangesReachesNoOne(t *testing.T) {
	c := newClient(t, scripted(answer{body: `{"id":"i"}`}))
	raw, err := Do[RawJSON](context.Background(), c, Request{Path: "/x"})
	require.NoError(t, err)
	for i := range raw {
		raw[i] = '!'
	}
	info, err := c.Clients.Info(context.Background())
	require.NoError(t, err)
	require.Equal(t, "i", info.ID)
}
